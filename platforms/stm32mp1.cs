// The types STM32MP1.* of the platform files, for plain Renode: each is a device whose behaviour is the Python model of
// the same block (peripherals/stm32mp1), run by Renode's own Python. Nothing of a device is decided here, only wired.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.CPU;
using Antmicro.Renode.Peripherals.IRQControllers;
using Antmicro.Renode.Peripherals.Timers;
using Antmicro.Renode.Peripherals.UART;
using Antmicro.Renode.Time;

namespace Antmicro.Renode.Peripherals.STM32MP1
{
    public abstract class Device
        : IBytePeripheral, IWordPeripheral, IDoubleWordPeripheral, IQuadWordPeripheral, IKnownSize
    {
        protected Device(IMachine machine, string variant = "")
        {
            Machine = machine;
            Variant = variant;
            Models.Load(this);
            machine.MachineReset += _ => DriveAgain();
        }

        public byte ReadByte(long offset) => (byte)Read(offset, 1);
        public ushort ReadWord(long offset) => (ushort)Read(offset, 2);
        public uint ReadDoubleWord(long offset) => (uint)Read(offset, 4);
        public ulong ReadQuadWord(long offset) => (ulong)Read(offset, 8);
        public void WriteByte(long offset, byte value) => Write(offset, value, 1);
        public void WriteWord(long offset, ushort value) => Write(offset, value, 2);
        public void WriteDoubleWord(long offset, uint value) => Write(offset, value, 4);
        public void WriteQuadWord(long offset, ulong value) => Write(offset, value, 8);

        public void Reset()
        {
            WakeIn(0);
            OnReset();
        }

        // The output line of that name; as a property of type GPIO a platform file can wire it.
        public GPIO Line([CallerMemberName] string name = "")
        {
            if(!lines.TryGetValue(name, out var line))
            {
                lines.Add(name, line = new GPIO());
            }
            return line;
        }

        // A reset of the receivers has made them forget the levels of their inputs.
        public void DriveAgain()
        {
            foreach(var line in lines.Values.Where(line => line.IsSet))
            {
                foreach(var end in line.Endpoints.Where(end => !(end.Receiver is Device)))
                {
                    end.Receiver.OnGPIO(end.Number, true);
                }
            }
        }

        // From now on the recorder learns, by that name, of each access and of what comes of it.
        public void RecordTo(Recorder listener, string name)
        {
            recorder = listener;
            recordedAs = name;
        }

        // From now on the recorder learns, by that name, of each edge of a line.
        public void RecordLinesTo(Recorder listener, string name)
        {
            lineRecorder = listener;
            recordedAs = name;
        }

        // For stm32mp1/renode.py: the model says what it has done. A number of 64 bits comes as Python's long.
        public void Note(string kind, string subject, object before, object after)
        {
            recorder?.Add(Now(), "effect", recordedAs, kind, subject, before, after);
        }

        // The same for an edge, which stands in front of what comes of it.
        public void Drive(string name, bool level)
        {
            lineRecorder?.Add(Now(), "line", recordedAs, name, level ? 1 : 0);
            lines[name].Set(level);
        }

        // For stm32mp1/renode.py, which sets Size and Model.
        public IMachine Machine { get; }
        public string Variant { get; }
        public long Size { get; set; }
        public object Model { get; set; }
        public ulong Address => Places.Min(place => place.StartingPoint);
        public Device[] Neighbours => Machine.GetPeripheralsOfType<Device>().Where(other => other.Places.Any()).ToArray();

        // What the model does: renode.py sets these, too, and none of them raises.
        public Func<int, int, int, long> OnRead;
        public Action<int, ulong, int, int> OnWrite;
        public Action<int, bool> OnInput;
        public Action OnReset;
        public Action OnAlarm;

        // Virtual time in nanoseconds. Inside an access that of the machine is old; while a timer rings it is right.
        public long Now()
        {
            if(!ringing && Machine.SystemBus.TryGetCurrentCPU(out var cpu))
            {
                cpu.SyncTime();
            }
            const ulong nanosecondsPerTick = NanosecondsPerSecond / TimeInterval.TicksPerSecond;
            return (long)(Machine.ElapsedVirtualTime.TimeElapsed.Ticks * nanosecondsPerTick);
        }

        // Call OnAlarm so many nanoseconds from now, in place of any time before; 0: never.
        public void WakeIn(long delay)
        {
            if(timer == null)
            {
                if(delay == 0)
                {
                    return;
                }
                timer = new LimitTimer(Machine.ClockSource, NanosecondsPerSecond, this, "alarm",
                    workMode: WorkMode.OneShot, eventEnabled: true);
                timer.LimitReached += Ring;
            }
            timer.Enabled = false;
            if(delay > 0)
            {
                timer.Value = (ulong)delay;
                timer.Enabled = true;
            }
        }

        public void Complain(string text) => this.Log(LogLevel.Error, "{0}", text);

        public void Warn(string text) => this.Log(LogLevel.Warning, "{0}", text);

        // All of them: those for one processor only, too.
        private IEnumerable<BusRegistration> Places =>
            Machine.GetPeripheralRegistrationPoints(Machine.SystemBus, this).OfType<BusRegistration>();

        private long Read(long offset, int width)
        {
            RuntimeHelpers.EnsureSufficientExecutionStack();
            var place = recorder?.Place ?? 0;
            var value = OnRead((int)offset, width, Processor());
            Record(place, "R", offset, width, (ulong)value);
            return value;
        }

        // Devices may reach each other in circles. Without more stack this raises: into the model that comes this way.
        private void Write(long offset, ulong value, int width)
        {
            RuntimeHelpers.EnsureSufficientExecutionStack();
            var place = recorder?.Place ?? 0;
            OnWrite((int)offset, value, width, Processor());
            Record(place, "W", offset, width, value);
        }

        // An access stands in front of what has come of it.
        private void Record(int place, string op, long offset, int width, ulong value)
        {
            if(recorder != null)
            {
                var pc = Machine.SystemBus.TryGetCurrentCPU(out var cpu) ? cpu.PC.RawValue : 0;
                recorder.Insert(place, Now(), "access", recordedAs, Processor(), pc, op, offset, width, value);
            }
        }

        private int Processor() => Machine.SystemBus.TryGetCurrentCPU(out var cpu) && cpu is CortexM ? 2 : 1;

        private void Ring()
        {
            var outer = ringing;
            ringing = true;
            try
            {
                OnAlarm();
            }
            finally
            {
                ringing = outer;
            }
        }

        private Recorder recorder;
        private Recorder lineRecorder;
        private string recordedAs;
        private LimitTimer timer;
        private const ulong NanosecondsPerSecond = 1000000000;
        private readonly Dictionary<string, GPIO> lines = new Dictionary<string, GPIO>();

        [ThreadStatic]
        private static bool ringing;
    }

    // What devices have done, in order: one line for each event, of its time in nanoseconds, its kind and its operands.
    public sealed class Recorder
    {
        public int Place => events.Count;

        public void Add(params object[] words) => Insert(events.Count, words);

        public void Insert(int place, params object[] words) => events.Insert(place, string.Join("\t", words));

        // A storm of exceptions shows in no device.
        public void Count(CortexM cpu) => cpu.AddHookAtInterruptBegin(_ => Exceptions++);

        public long Exceptions { get; private set; }

        // All since it was last asked, in one string.
        public string Take()
        {
            var taken = string.Join("\n", events);
            events.Clear();
            return taken;
        }

        private readonly List<string> events = new List<string>();
    }

    public abstract class Receiver : Device, IGPIOReceiver
    {
        protected Receiver(IMachine machine) : base(machine) { }

        public void OnGPIO(int number, bool value)
        {
            RuntimeHelpers.EnsureSufficientExecutionStack();
            OnInput(number, value);
        }
    }

    // Has Renode's Python put the model of a device behind it.
    internal sealed class Models : PythonEngine
    {
        public static void Load(Device device)
        {
            try
            {
                new Models(device);
            }
            catch(Exception e)
            {
                throw new ConstructionException($"STM32MP1.{device.GetType().Name} has no model", e);
            }
        }

        private Models(Device device)
        {
            Scope.SetVariable("folder", Folder());
            Scope.SetVariable("device", device);
            Execute(Compile(Engine.CreateScriptSourceFromString(Script)));
        }

        private static string Folder([CallerFilePath] string here = "")
        {
            var chosen = Environment.GetEnvironmentVariable(Variable);
            var beside = Path.GetDirectoryName(here) ?? "";
            var looked = string.IsNullOrEmpty(chosen)
                ? Beside.Select(way => Path.GetFullPath(Path.Combine(beside, way)))
                : new[] { chosen };
            return looked.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "stm32mp1", "renode.py")))
                ?? throw new RecoverableException(
                    $"the Python models are not here: no stm32mp1/renode.py in {string.Join(", ", looked)}."
                    + $" Put the folder stm32mp1 beside stm32mp1.cs, or set the environment variable {Variable}"
                    + " to the folder that contains it.");
        }

        private const string Variable = "STM32MP1_MODELS";
        // As in a project of one's own, in a checkout, and in an installed wheel.
        private static readonly string[] Beside = { ".", "../peripherals", "../../.." };
        private const string Script = @"
if folder not in sys.path:
    sys.path.append(folder)
from stm32mp1.renode import attach
attach(device)
";
    }

    [GPIO(NumberOfInputs = 32)]
    public class ADC : Receiver
    {
        public ADC(IMachine machine) : base(machine) { }
        public GPIO IRQ1 => Line(); public GPIO IRQ2 => Line(); public GPIO DMA1 => Line(); public GPIO DMA2 => Line();
    }

    public class BSEC : Device { public BSEC(IMachine machine) : base(machine) { } }
    public class CRC : Device { public CRC(IMachine machine) : base(machine) { } }

    public class CRYP : Device
    {
        public CRYP(IMachine machine) : base(machine) { }
        public GPIO IRQ => Line(); public GPIO INDMA => Line(); public GPIO OUTDMA => Line();
    }

    [GPIO(NumberOfInputs = 16)]
    public class DAC : Receiver
    {
        public DAC(IMachine machine) : base(machine) { }
        public GPIO IRQ => Line(); public GPIO DMA1 => Line(); public GPIO DMA2 => Line();
    }

    public class DBGMCU : Device { public DBGMCU(IMachine machine) : base(machine) { } }

    [GPIO(NumberOfInputs = 8)]
    public class DMA : Receiver
    {
        public DMA(IMachine machine) : base(machine) { }
        public GPIO S0 => Line(); public GPIO S1 => Line(); public GPIO S2 => Line(); public GPIO S3 => Line();
        public GPIO S4 => Line(); public GPIO S5 => Line(); public GPIO S6 => Line(); public GPIO S7 => Line();
    }

    [GPIO(NumberOfInputs = 128)]
    public class DMAMUX : Receiver
    {
        public DMAMUX(IMachine machine) : base(machine) { }
        public GPIO REQ0 => Line(); public GPIO REQ1 => Line(); public GPIO REQ2 => Line(); public GPIO REQ3 => Line();
        public GPIO REQ4 => Line(); public GPIO REQ5 => Line(); public GPIO REQ6 => Line(); public GPIO REQ7 => Line();
        public GPIO REQ8 => Line(); public GPIO REQ9 => Line(); public GPIO REQ10 => Line();
        public GPIO REQ11 => Line(); public GPIO REQ12 => Line(); public GPIO REQ13 => Line();
        public GPIO REQ14 => Line(); public GPIO REQ15 => Line();
    }

    public class DTS : Device { public DTS(IMachine machine) : base(machine) { } }
    public class ETZPC : Device { public ETZPC(IMachine machine) : base(machine) { } }

    [GPIO(NumberOfInputs = 288)]
    public class EXTI : Receiver
    {
        public EXTI(IMachine machine) : base(machine) { }
        public GPIO C2_0 => Line(); public GPIO C2_1 => Line(); public GPIO C2_2 => Line(); public GPIO C2_3 => Line();
        public GPIO C2_4 => Line(); public GPIO C2_5 => Line(); public GPIO C2_6 => Line(); public GPIO C2_7 => Line();
        public GPIO C2_8 => Line(); public GPIO C2_9 => Line(); public GPIO C2_10 => Line();
        public GPIO C2_11 => Line(); public GPIO C2_12 => Line(); public GPIO C2_13 => Line();
        public GPIO C2_14 => Line(); public GPIO C2_15 => Line(); public GPIO C2_16 => Line();
        public GPIO C2_17 => Line(); public GPIO C2_18 => Line(); public GPIO C2_19 => Line();
        public GPIO C2_66 => Line(); public GPIO C1_68 => Line();
    }

    public class FDCAN : Device
    {
        public FDCAN(IMachine machine) : base(machine) { }
        public GPIO IT0 => Line(); public GPIO IT1 => Line();
    }

    public class FDCANCCU : Device { public FDCANCCU(IMachine machine) : base(machine) { } }

    public class HASH : Device
    {
        public HASH(IMachine machine) : base(machine) { }
        public GPIO IRQ => Line(); public GPIO DMA => Line();
    }

    public class HSEM : Device { public HSEM(IMachine machine) : base(machine) { } public GPIO IRQ => Line(); }

    public class I2C : Device
    {
        public I2C(IMachine machine) : base(machine) { }
        public GPIO EV => Line(); public GPIO ER => Line(); public GPIO RXDMA => Line(); public GPIO TXDMA => Line();
    }

    public class IPCC : Device
    {
        public IPCC(IMachine machine, string variant = "STM32MP15") : base(machine, variant) { }
        public GPIO RX0 => Line(); public GPIO TX0 => Line(); public GPIO RX1 => Line(); public GPIO TX1 => Line();
        public GPIO RXTX1 => Line(); public GPIO RX0S => Line(); public GPIO TX0S => Line(); public GPIO RX1S => Line();
        public GPIO TX1S => Line(); public GPIO EXTI61 => RX0; public GPIO EXTI62 => RX1;
    }

    public class IWDG : Device
    {
        public IWDG(IMachine machine) : base(machine) { }
        public GPIO IRQ => Line(); public GPIO RESET => Line();
    }

    [GPIO(NumberOfInputs = 1)]
    public class LPTIM : Receiver { public LPTIM(IMachine machine) : base(machine) { } public GPIO IRQ => Line(); }
    public class PWR : Device { public PWR(IMachine machine) : base(machine) { } }
    public class QUADSPI : Device { public QUADSPI(IMachine machine) : base(machine) { } public GPIO IRQ => Line(); }

    // Given the Cortex-M4 and its NVIC, it starts, stops and resets them: BOOT_MCU = 1 starts an M4 that is held,
    // MCURST resets it and, while BOOT_MCU is 0, holds it. SysTick runs at the clock that the RCC gives the M4.
    [GPIO(NumberOfInputs = 3)]
    public class RCC : Receiver
    {
        public RCC(IMachine machine, CortexM mcu = null, NVIC nvic = null) : base(machine)
        {
            this.mcu = mcu;
            this.nvic = nvic;
            SYSRST.AddStateChangedHook(level => { if(level) machine.RequestReset(); });
            if(mcu == null)
            {
                return;
            }
            BOOT_MCU.AddStateChangedHook(level => { if(level) Start(); });
            MCURST.AddStateChangedHook(level => { if(level) Stop(); else if(BOOT_MCU.IsSet) Start(); });
            nvic?.SystemResetRequest.Connect(new CoreReset(this), 0);
            // Beside another core the M4 waits for its release after a reset of all; alone it starts by itself.
            machine.MachineReset += _ =>
            {
                started = machine.SystemBus.GetCPUs().Count() == 1;
                mcu.IsHalted = !started;
            };
        }

        public GPIO BOOT_MCU => Line(); public GPIO MCURST => Line(); public GPIO SYSRST => Line();
        public GPIO IPCCRST => Line(); public GPIO IPCCEN => Line(); public GPIO WAKEUP => Line();

        // For the monitor: sets the clocks as the boot chain of ST's boards leaves them, and BOOT_MCU.
        public void Boot() => OnBoot(true);

        // The same without BOOT_MCU, which is Linux's to set.
        public void BootClocks() => OnBoot(false);

        public Action<bool> OnBoot;

        // The M4 has asked to be reset, by AIRCR.SYSRESETREQ.
        public Action OnCoreReset;

        // The M4, and with it SysTick, runs at so many Hz.
        public void SetMcuClock(ulong hz)
        {
            mcuClock = hz;
            if(nvic != null && hz != 0 && nvic.Frequency != hz)
            {
                nvic.Frequency = hz;
            }
        }

        private void Start()
        {
            started = true;
            if(!stopping)
            {
                mcu.IsHalted = false;
            }
        }

        // The M4 may be the one who asks: it stops at the end of the quantum.
        private void Stop()
        {
            started = false;
            if(stopping)
            {
                return;
            }
            stopping = true;
            Machine.LocalTimeSource.ExecuteInNearestSyncedState(_ =>
            {
                using(Machine.ObtainPausedState(true))
                {
                    mcu.Reset();
                    nvic?.Reset();
                    stopping = false;
                    mcu.IsHalted = !started;
                }
                foreach(var device in Machine.GetPeripheralsOfType<Device>())
                {
                    device.DriveAgain();
                }
                SetMcuClock(mcuClock);
            });
        }

        private bool started;
        private bool stopping;
        private ulong mcuClock;

        private readonly CortexM mcu;
        private readonly NVIC nvic;

        private sealed class CoreReset : IGPIOReceiver
        {
            public CoreReset(RCC rcc) { this.rcc = rcc; }

            public void OnGPIO(int number, bool value)
            {
                if(value)
                {
                    rcc.OnCoreReset();
                    rcc.Stop();
                    rcc.started = rcc.BOOT_MCU.IsSet;
                }
            }

            public void Reset() { }

            private readonly RCC rcc;
        }
    }

    public class RNG : Device { public RNG(IMachine machine) : base(machine) { } public GPIO IRQ => Line(); }
    public class RTC : Device { public RTC(IMachine machine) : base(machine) { } }

    public class SPI : Device
    {
        public SPI(IMachine machine) : base(machine) { }
        public GPIO IRQ => Line(); public GPIO RXDMA => Line(); public GPIO TXDMA => Line();
    }

    public class SRAMCAN : Device { public SRAMCAN(IMachine machine) : base(machine) { } }
    public class SYSCFG : Device { public SYSCFG(IMachine machine) : base(machine) { } }
    public class TAMP : Device { public TAMP(IMachine machine) : base(machine) { } }

    public abstract class PlainTimer : Device
    {
        protected PlainTimer(IMachine machine) : base(machine) { }
        public GPIO IRQ => Line(); public GPIO UPDMA => Line(); public GPIO CH1DMA => Line();
        public GPIO CH2DMA => Line(); public GPIO CH3DMA => Line(); public GPIO CH4DMA => Line();
        public GPIO TRGO => Line();
    }

    public class TIM1 : Device
    {
        public TIM1(IMachine machine) : base(machine) { }
        public GPIO UP => Line(); public GPIO CC => Line(); public GPIO BRK => Line(); public GPIO TRG => Line();
        public GPIO UPDMA => Line(); public GPIO CH1DMA => Line(); public GPIO CH2DMA => Line();
        public GPIO CH3DMA => Line(); public GPIO CH4DMA => Line(); public GPIO TRGO => Line();
    }

    public class TIM12 : PlainTimer { public TIM12(IMachine machine) : base(machine) { } }
    public class TIM13 : PlainTimer { public TIM13(IMachine machine) : base(machine) { } }
    public class TIM15 : PlainTimer { public TIM15(IMachine machine) : base(machine) { } }
    public class TIM16 : PlainTimer { public TIM16(IMachine machine) : base(machine) { } }
    public class TIM2 : PlainTimer { public TIM2(IMachine machine) : base(machine) { } }
    public class TIM3 : PlainTimer { public TIM3(IMachine machine) : base(machine) { } }
    public class TIM6 : PlainTimer { public TIM6(IMachine machine) : base(machine) { } }

    public class USART : Device, IUART
    {
        public USART(IMachine machine) : base(machine) { }

        public void WriteChar(byte value) => OnReceive(new[] { value });
        public void Send(byte value) => CharReceived?.Invoke(value);

        // From now on the recorder learns, by that name, of each byte that is sent.
        public void RecordBytesTo(Recorder listener, string name)
        {
            CharReceived += value => listener.Add(Now(), "byte", name, value);
        }

        public event Action<byte> CharReceived;
        public Action<byte[]> OnReceive;

        public uint BaudRate => 115200;
        public Bits StopBits => Bits.One;
        public Parity ParityBit => Parity.None;

        public GPIO IRQ => Line(); public GPIO RXDMA => Line(); public GPIO TXDMA => Line();
    }

    [GPIO(NumberOfInputs = 1)]
    public class WWDG : Receiver
    {
        public WWDG(IMachine machine) : base(machine) { }
        public GPIO EWI => Line(); public GPIO RESET => Line();
    }

}

// What the engine `renode` needs inside Renode: a Cortex-M4 with its NVIC, RAM whose bytes belong to the bench, and
// windows through which the M4 reaches the bench's devices. It models nothing; each call goes to Python and back.
//
// Python is called by plain function pointers and calls back by others: a pythonnet call costs thirty times as much.
using System;
using System.Collections.Generic;
using System.Reflection;
using System.Runtime.InteropServices;

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure.Registers;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.CPU;
using Antmicro.Renode.Peripherals.IRQControllers;
using Antmicro.Renode.Time;

namespace Antmicro.Renode.Peripherals.Ipcclab
{
    /// RAM at an address of the host process.
    public sealed unsafe class BenchMemory : IBytePeripheral, IWordPeripheral, IDoubleWordPeripheral, IMapped, IKnownSize
    {
        public BenchMemory(long pointer, long size)
        {
            bytes = (byte*)pointer;
            Size = size;
            MappedSegments = new IMappedSegment[] { new Segment { Pointer = (IntPtr)pointer, Size = (ulong)size } };
        }

        public void Reset() { }

        public byte ReadByte(long offset) => bytes[offset];

        public void WriteByte(long offset, byte value) => bytes[offset] = value;

        public ushort ReadWord(long offset) => *(ushort*)(bytes + offset);

        public void WriteWord(long offset, ushort value) => *(ushort*)(bytes + offset) = value;

        public uint ReadDoubleWord(long offset) => *(uint*)(bytes + offset);

        public void WriteDoubleWord(long offset, uint value) => *(uint*)(bytes + offset) = value;

        public long Size { get; }

        public IEnumerable<IMappedSegment> MappedSegments { get; }

        private readonly byte* bytes;

        private sealed class Segment : IMappedSegment
        {
            public IntPtr Pointer { get; set; }

            public ulong StartingOffset => 0;

            public ulong Size { get; set; }

            public void Touch() { }
        }
    }

    /// Where one device of the bench, or nothing, stands on the bus.
    public sealed class BenchWindow : IBytePeripheral, IWordPeripheral, IDoubleWordPeripheral, IKnownSize
    {
        public BenchWindow(Bridge bridge, int number, long address, long size)
        {
            this.bridge = bridge;
            Number = number;
            Address = (ulong)address;
            Size = size;
        }

        public void Reset() { }

        public byte ReadByte(long offset) => (byte)bridge.Read(this, offset, 1);

        public void WriteByte(long offset, byte value) => bridge.Write(Number, offset, 1, value);

        public ushort ReadWord(long offset) => (ushort)bridge.Read(this, offset, 2);

        public void WriteWord(long offset, ushort value) => bridge.Write(Number, offset, 2, value);

        public uint ReadDoubleWord(long offset) => bridge.Read(this, offset, 4);

        public void WriteDoubleWord(long offset, uint value) => bridge.Write(Number, offset, 4, value);

        public int Number { get; }

        public ulong Address { get; }

        public long Size { get; }

        private readonly Bridge bridge;
    }

    /// One board. Times are nanoseconds of Renode's virtual time.
    ///
    /// `python` holds Python's functions: read, write, due, exception, sleep, pin. `cell` is where Python says when it wants
    /// to be called next (`due`), or long.MaxValue; it is looked at after each call.
    public sealed unsafe class Bridge : IGPIOReceiver
    {
        public Bridge(IMachine machine, CortexM cpu, NVIC nvic, long[] python, long cell)
        {
            this.machine = machine;
            this.cpu = cpu;
            this.nvic = nvic;
            wanted = (long*)cell;
            read = (delegate* unmanaged[Cdecl]<int, int, int, uint, long, uint>)python[0];
            write = (delegate* unmanaged[Cdecl]<int, int, int, uint, long, uint, void>)python[1];
            due = (delegate* unmanaged[Cdecl]<long, void>)python[2];
            exception = (delegate* unmanaged[Cdecl]<int, long, void>)python[3];
            sleep = (delegate* unmanaged[Cdecl]<int, long, void>)python[4];
            pin = (delegate* unmanaged[Cdecl]<void>)python[5];
            machine.ClockSource.AddClockEntry(new ClockEntry(
                ulong.MaxValue, TimeInterval.TicksPerSecond, Due, this, "bench", enabled: false, workMode: WorkMode.OneShot));
            nvic.IRQ.AddStateChangedHook(IrqChanged);
            nvic.SystemResetRequest.Connect(this, 0); // else Renode would reset the whole machine
            nvic.Lockup.AddStateChangedHook(up => { if(up) { Report(Lockup); } });
            cpu.AddHookAtInterruptBegin(Entered);
            cpu.AddHookAtWfiStateChange(Slept);
            cpu.Halted += arguments => { if(arguments.Reason == HaltReason.Abort) { Stranded(); } };
            cpu.MaximumBlockSize = 1; // events and interrupts fall between two instructions, as on the embedded engine
            ((IRegisterCollection<uint>)nvic.RegisterCollection).AddBeforeWriteHook(Scr, (_, value) =>
            {
                WatchForSleep((value & SleepDeep) != 0);
                return null;
            });
            machine.ClockSource.AddClockEntry(new ClockEntry(
                1000 / cpu.PerformanceInMips, TimeInterval.TicksPerSecond, Watch, this, "watch", enabled: false));
            systick = BankField.GetValue(SysTickField.GetValue(nvic));
            beforeNextInstruction = (Action<Action>)BeforeNextInstruction.CreateDelegate(typeof(Action<Action>), cpu);
            setIrq = SetInput;
        }

        /// For Python: raise (1) or lower (0) an input of the NVIC.
        public long SetIrqPointer => (long)Marshal.GetFunctionPointerForDelegate(setIrq);

        public uint Read(BenchWindow window, long offset, int width)
        {
            var pc = (ulong)cpu.PC.RawValue;
            if(pc - window.Address < (ulong)window.Size)
            {
                throw new BusAccessException(BusAccessError.AddressError); // an instruction is wanted, and devices have none
            }
            Pin();
            var value = read(window.Number, (int)offset, width, (uint)pc, NowInAccess());
            Arm();
            return value;
        }

        public void Write(int window, long offset, int width, uint value)
        {
            Pin();
            write(window, (int)offset, width, (uint)cpu.PC.RawValue, NowInAccess(), value);
            Arm();
        }

        private long Now() => (long)machine.ElapsedVirtualTime.TimeElapsed.Ticks;

        /// Have `due` called as soon as the emulation starts.
        public void Begin() => Arm();

        /// The core counts at this frequency. In `due` only, as what follows.
        public void SetFrequency(long hertz) => nvic.Frequency = (ulong)hertz;

        /// Reset the core and let it fetch SP and PC.
        public void Restart()
        {
            nvic.Reset();
            WatchForSleep(false);
            systickHeld = false;
            cpu.Reset();
            cpu.RequestTranslationCacheClearing();
            cpu.Resume();
        }

        /// SysTick counts.
        public bool Ticks()
        {
            foreach(var entry in ((BaseClockSource)machine.ClockSource).GetAllClockEntries())
            {
                if(entry.Enabled && entry.Owner == nvic)
                {
                    return true;
                }
            }
            return false;
        }

        /// SYST_CSR; other than a read of it, this does not clear COUNTFLAG. In `due` only.
        public long SysTickControl()
        {
            var enabled = systickHeld || IsSet("Enabled");
            return (enabled ? 1 : 0) | (IsSet("TickInterruptEnabled") ? 2 : 0) | 4 | (IsSet("CountFlag") ? 1 << 16 : 0);
        }

        /// SYST_CVR. In `due` only.
        public long SysTickValue() => Convert.ToInt64(Property("Value").GetValue(systick));

        /// Renode tells of a sleep, and stops SysTick, only after it has skipped the time to whatever comes next. So in front
        /// of a deep sleep something comes after each instruction.
        private void WatchForSleep(bool watched)
        {
            machine.ClockSource.ExchangeClockEntryWith(Watch, entry => entry.With(enabled: watched));
            cpu.RequestReturn();
        }

        private void Watch() { }

        /// The core sleeps in WFI: `due` was called while time was skipped, the instruction before pc is a WFI, and nothing
        /// is pending that wakes it.
        public bool Waits() => dueWhileSkipping && !nvic.MaskedInterruptPresent && BehindWfi();

        private bool BehindWfi()
        {
            var pc = (ulong)cpu.PC.RawValue;
            try
            {
                var last = machine.SystemBus.ReadWord(pc - 2, cpu);
                var wfi = last == Wfi || (last == WideWfi && machine.SystemBus.ReadWord(pc - 4, cpu) == WideHint);
                return wfi && machine.SystemBus.ReadWord(pc, cpu) != BranchToSelf;
            }
            catch(BusAccessException)
            {
                return false; // no code is there
            }
        }

        private bool IsSet(string property) => (bool)Property(property).GetValue(systick);

        private PropertyInfo Property(string name) => systick.GetType().GetProperty(name);

        /// What the engine takes of Renode's insides and does not find in this Renode; empty if all is there.
        public static string Lacks =>
            SysTickField == null || BankField == null ? "NVIC.systick" :
            BeforeNextInstruction == null ? "TranslationCPU.InvokeInCpuThreadSafely" : "";

        private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        private static readonly FieldInfo SysTickField = typeof(NVIC).GetField("systick", Any);
        private static readonly FieldInfo BankField = SysTickField?.FieldType.GetField("NonSecureVal", Any);
        private static readonly MethodInfo BeforeNextInstruction =
            typeof(TranslationCPU).GetMethod("InvokeInCpuThreadSafely", Any);

        private void LetSysTick(bool count) => Property("Enabled").SetValue(systick, count);

        /// Renode's NVIC takes any interrupt for the end of deep sleep, and starts a SysTick that the firmware stopped.
        private void SetInput(int number, int level)
        {
            var counted = IsSet("Enabled");
            nvic.OnGPIO(number, level != 0);
            LetSysTick(counted);
        }

        private long NowInAccess()
        {
            cpu.SyncTime();
            return Now();
        }

        /// In a hook of Renode's, inside the core, which may hold the NVIC's lock: the bench has its turn after it.
        private void SyncTimeInCore()
        {
            inCore = true;
            cpu.SyncTime();
            inCore = false;
        }

        /// In front of each call: Python keeps what it needs to know of a thread, once it has been called there, instead of
        /// making it anew each time.
        private void Pin()
        {
            if(!pinned)
            {
                pinned = true;
                pin();
            }
        }

        private void Arm()
        {
            var at = *wanted;
            if(at == armed)
            {
                return;
            }
            armed = at;
            var delay = Math.Max(at - Now(), 1); // 0 would come at once, in the middle of an access
            machine.ClockSource.ExchangeClockEntryWith(
                Due, entry => entry.With(period: (ulong)delay, value: 0, enabled: at != long.MaxValue));
            cpu.RequestReturn();
        }

        private void Due()
        {
            armed = long.MaxValue;
            if(inCore)
            {
                beforeNextInstruction(Turn);
                return;
            }
            Turn();
        }

        private void Turn()
        {
            dueWhileSkipping = cpu.ExecutedInstructions - executedAtDue < cpu.ElapsedCycles - cyclesAtDue;
            (executedAtDue, cyclesAtDue) = (cpu.ExecutedInstructions, cpu.ElapsedCycles);
            Pin();
            due(Now());
            Arm();
        }

        private void Slept(bool asleep)
        {
            SyncTimeInCore();
            var now = Now();
            asleep = asleep && BehindWfi(); // a branch to itself is a sleep, too, for Renode
            if(asleep && nvic.DeepSleepEnabled)
            {
                WatchForSleep(false);
                systickHeld = IsSet("Enabled");
                LetSysTick(false);
            }
            else if(!asleep)
            {
                WatchForSleep(nvic.DeepSleepEnabled);
                LetSysTick(systickHeld || IsSet("Enabled"));
                systickHeld = false;
            }
            Pin();
            sleep(asleep ? 1 : 0, now);
            Arm();
        }

        /// `kind` is not the number of the exception: Renode's NVIC knows that once it has chosen.
        private void Entered(ulong kind)
        {
            entering = kind == Interrupt;
            if(!entering)
            {
                Report(Raised - (int)kind);
            }
        }

        private void IrqChanged(bool level)
        {
            if(entering && !level) // it also falls when nothing is pending any more
            {
                entering = false;
                SyncTimeInCore();
                Report((int)(nvic.ReadDoubleWord(Icsr) & VectActive));
            }
        }

        /// Renode has given the core up, and this thread ends once it has its turn back: it must not get it.
        private void Stranded()
        {
            Report(Aborted);
            due(Now());
        }

        /// Part of IGPIOReceiver: SYSRESETREQ.
        public void OnGPIO(int number, bool level)
        {
            if(level)
            {
                Report(ResetRequested);
            }
        }

        public void Reset() { }

        private void Report(int number)
        {
            Pin();
            exception(number, Now());
            Arm();
        }

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate void SetIrq(int number, int level);

        // What `exception` is told besides the number of the exception that was taken; `processor.py` names them, too.
        private const int Lockup = -2;
        private const int Aborted = -3;
        private const int ResetRequested = -4;
        private const int Raised = -256; // less the kind of what the instruction has raised, as Renode's hook calls it

        // What Renode's hook calls the beginning of whatever the NVIC has chosen.
        private const ulong Interrupt = 5;

        // Offsets from 0xE000E000, and fields.
        private const long Icsr = 0xD04;
        private const uint VectActive = 0x1FF;
        private const long Scr = 0xD10;
        private const uint SleepDeep = 1 << 2;

        // Thumb: WFI, the two halves of WFI.W, and `b .`
        private const ushort Wfi = 0xBF30;
        private const ushort WideHint = 0xF3AF;
        private const ushort WideWfi = 0x8003;
        private const ushort BranchToSelf = 0xE7FE;

        private bool entering;
        private bool inCore;
        private bool dueWhileSkipping;
        private ulong executedAtDue;
        private ulong cyclesAtDue;
        private bool systickHeld; // it counts again when deep sleep is over
        private long armed = long.MaxValue;
        private readonly long* wanted;
        private readonly SetIrq setIrq;
        private readonly object systick;
        private readonly Action<Action> beforeNextInstruction;
        private readonly IMachine machine;
        private readonly CortexM cpu;
        private readonly NVIC nvic;
        private readonly delegate* unmanaged[Cdecl]<int, int, int, uint, long, uint> read;
        private readonly delegate* unmanaged[Cdecl]<int, int, int, uint, long, uint, void> write;
        private readonly delegate* unmanaged[Cdecl]<long, void> due;
        private readonly delegate* unmanaged[Cdecl]<int, long, void> exception;
        private readonly delegate* unmanaged[Cdecl]<int, long, void> sleep;
        private readonly delegate* unmanaged[Cdecl]<void> pin;

        [ThreadStatic]
        private static bool pinned;
    }
}

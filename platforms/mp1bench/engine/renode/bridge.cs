// What the engine `renode` needs inside Renode: a Cortex-M4 with its NVIC, RAM whose bytes belong to the bench, and
// windows through which the M4 reaches the bench's devices. It models nothing; each call goes to Python and back.
//
// Python is called by plain function pointers and calls back by others: a pythonnet call costs thirty times as much.
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

using Antmicro.Renode.Core;
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
        public BenchWindow(Bridge bridge, int number, long size)
        {
            this.bridge = bridge;
            this.number = number;
            Size = size;
        }

        public void Reset() { }

        public byte ReadByte(long offset) => (byte)bridge.Read(number, offset, 1);

        public void WriteByte(long offset, byte value) => bridge.Write(number, offset, 1, value);

        public ushort ReadWord(long offset) => (ushort)bridge.Read(number, offset, 2);

        public void WriteWord(long offset, ushort value) => bridge.Write(number, offset, 2, value);

        public uint ReadDoubleWord(long offset) => bridge.Read(number, offset, 4);

        public void WriteDoubleWord(long offset, uint value) => bridge.Write(number, offset, 4, value);

        public long Size { get; }

        private readonly Bridge bridge;
        private readonly int number;
    }

    /// One board. Times are nanoseconds of Renode's virtual time.
    ///
    /// `python` holds Python's functions: read, write, due, exception, sleep. `cell` is where Python says when it wants
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
            machine.ClockSource.AddClockEntry(new ClockEntry(
                ulong.MaxValue, TimeInterval.TicksPerSecond, Due, this, "bench", enabled: false, workMode: WorkMode.OneShot));
            nvic.IRQ.AddStateChangedHook(IrqChanged);
            nvic.SystemResetRequest.Connect(this, 0); // else Renode would reset the whole machine
            nvic.Lockup.AddStateChangedHook(up => { if(up) { Report(Lockup); } });
            cpu.AddHookAtInterruptBegin(Entered);
            cpu.AddHookAtWfiStateChange(Slept);
            cpu.Halted += arguments => { if(arguments.Reason == HaltReason.Abort) { Report(Aborted); } };
            cpu.MaximumBlockSize = 1; // events and interrupts fall between two instructions, as on the embedded engine
            setIrq = (number, level) => nvic.OnGPIO(number, level != 0);
        }

        /// For Python: raise (1) or lower (0) an input of the NVIC.
        public long SetIrqPointer => (long)Marshal.GetFunctionPointerForDelegate(setIrq);

        public uint Read(int window, long offset, int width)
        {
            var value = read(window, (int)offset, width, (uint)cpu.PC.RawValue, NowInAccess());
            Arm();
            return value;
        }

        public void Write(int window, long offset, int width, uint value)
        {
            write(window, (int)offset, width, (uint)cpu.PC.RawValue, NowInAccess(), value);
            Arm();
        }

        public long Now() => (long)machine.ElapsedVirtualTime.TimeElapsed.Ticks;

        /// Have `due` called as soon as the emulation starts.
        public void Begin() => Arm();

        /// The core counts at this frequency. In `due` only, as what follows.
        public void SetFrequency(long hertz) => nvic.Frequency = (ulong)hertz;

        /// Reset the core and let it fetch SP and PC.
        public void Restart()
        {
            nvic.Reset();
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

        private long NowInAccess()
        {
            cpu.SyncTime();
            return Now();
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
            due(Now());
            Arm();
        }

        private void Slept(bool asleep)
        {
            sleep(asleep ? 1 : 0, NowInAccess());
            Arm();
        }

        /// `kind` is not the number of the exception: Renode's NVIC knows that once it has chosen.
        private void Entered(ulong kind)
        {
            entering = kind == Interrupt;
            if(!entering && kind != SupervisorCall)
            {
                Report(Fault);
            }
        }

        private void IrqChanged(bool level)
        {
            if(entering && !level) // it also falls when nothing is pending any more
            {
                entering = false;
                Report((int)(nvic.ReadDoubleWord(Icsr) & VectActive));
            }
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
            exception(number, Now());
            Arm();
        }

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate void SetIrq(int number, int level);

        // What `exception` is told besides the number of the exception that was taken; `processor.py` names them, too.
        private const int Fault = -1;
        private const int Lockup = -2;
        private const int Aborted = -3;
        private const int ResetRequested = -4;

        // What Renode's hook calls the beginnings of exceptions.
        private const ulong SupervisorCall = 2;
        private const ulong Interrupt = 5;

        private const long Icsr = 0xD04;
        private const uint VectActive = 0x1FF;

        private bool entering;
        private long armed = long.MaxValue;
        private readonly long* wanted;
        private readonly SetIrq setIrq;
        private readonly IMachine machine;
        private readonly CortexM cpu;
        private readonly NVIC nvic;
        private readonly delegate* unmanaged[Cdecl]<int, int, int, uint, long, uint> read;
        private readonly delegate* unmanaged[Cdecl]<int, int, int, uint, long, uint, void> write;
        private readonly delegate* unmanaged[Cdecl]<long, void> due;
        private readonly delegate* unmanaged[Cdecl]<int, long, void> exception;
        private readonly delegate* unmanaged[Cdecl]<int, long, void> sleep;
    }
}

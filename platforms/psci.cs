// The firmware in the secure world of a lone Cortex-A7, as Linux meets it: PSCI 1.0, called by SMC (Arm DEN 0022).

using System.Linq;

using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.CPU;

namespace Antmicro.Renode.Peripherals.STM32MP1
{
    public static class Psci
    {
        // For the monitor: from now on the core's SMC is answered, and what does not return goes by the RCC.
        public static void AnswerPsci(this ARMv7A cpu, IDoubleWordPeripheral rcc)
        {
            cpu.AddPreOpcodeExecutionHook(AnyCondition, Smc, (pc, opcode) =>
                cpu.SetRegister(0, (uint)Answer(cpu, rcc, (uint)cpu.GetRegister(0).RawValue)));
        }

        private static int Answer(ARMv7A cpu, IDoubleWordPeripheral rcc, uint function)
        {
            switch(function)
            {
            case Version:
                return 0x00010000;
            case MigrateInfoType:
                return NothingToMigrate;
            case Features:
                return Answered.Contains((uint)cpu.GetRegister(1).RawValue) ? 0 : NotSupported;
            case SystemOff:
                rcc.WriteDoubleWord(BootOfTheMcu, 0);
                rcc.WriteDoubleWord(Resets, ResetOfTheMcu);
                cpu.IsHalted = true;
                return 0;
            case SystemReset:
                rcc.WriteDoubleWord(Resets, ResetOfTheSystem);
                return 0;
            default:
                return NotSupported;
            }
        }

        private const ulong AnyCondition = 0x0FFFFFF0;
        private const ulong Smc = 0x01600070;
        private const uint Version = 0x84000000;
        private const uint MigrateInfoType = 0x84000006;
        private const uint SystemOff = 0x84000008;
        private const uint SystemReset = 0x84000009;
        private const uint Features = 0x8400000A;
        private static readonly uint[] Answered = { Version, MigrateInfoType, SystemOff, SystemReset, Features };
        private const int NothingToMigrate = 2;
        private const int NotSupported = -1;
        private const long BootOfTheMcu = 0x10C; // RCC_MP_GCR
        private const long Resets = 0x404; // RCC_MP_GRSTCSETR
        private const uint ResetOfTheSystem = 1;
        private const uint ResetOfTheMcu = 2;
    }
}

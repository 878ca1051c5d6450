"""Hardware semaphores: 32 locks, each taken by a read or by a write, and released by its owner.

The lock knows its owner by who accesses: the bus says so in `processor`.
"""

from stm32mp1.device import Device
from stm32mp1.registers import CONST, RO, RW, W1, WO, Field, Register, RegisterTable, identification

R0 = 0x000
RLR0 = 0x080
C1ICR = 0x104
C1ISR = 0x108
C2IER = 0x110
C2ICR = 0x114
C2ISR = 0x118
CR = 0x140
KEYR = 0x144

SEMAPHORES = 32
LOCK = 1 << 31


def _hsem_table():
    lock = [
        Field("PROCID", 0, "process that holds it", width=8),
        Field("COREID", 8, "processor that holds it", width=8),
        Field("LOCK", 31, "taken"),
    ]
    registers = []
    for n in range(SEMAPHORES):
        registers += [
            Register(R0 + 4 * n, "R%d" % n, "Semaphore%d" % n, RW, 0x0, lock,
                     "Takes semaphore %d by a write to be read back, and releases it." % n),
            Register(RLR0 + 4 * n, "RLR%d" % n, "Semaphore%dReadLock" % n, RO, 0x0, lock,
                     "Takes semaphore %d by a read, if it is free." % n, read_acts=True),
        ]  # fmt: skip
    for cpu, bank in ((1, 0x100), (2, 0x110)):
        registers += [
            Register(bank, "C%dIER" % cpu, "Processor%dInterruptEnable" % cpu, RW, 0x0, [],
                     "Semaphores whose release interrupts processor %d." % cpu),
            Register(bank + 0x4, "C%dICR" % cpu, "Processor%dInterruptClear" % cpu, W1, 0x0, [],
                     "Clears releases seen by processor %d." % cpu),
            Register(bank + 0x8, "C%dISR" % cpu, "Processor%dInterruptStatus" % cpu, RO, 0x0, [],
                     "Semaphores released since processor %d cleared them." % cpu),
            Register(bank + 0xC, "C%dMISR" % cpu, "Processor%dMaskedInterruptStatus" % cpu, RO, 0x0, [],
                     "The same, of those enabled."),
        ]  # fmt: skip
    registers += [
        Register(
            CR,
            "CR",
            "Clear",
            WO,
            0x0,
            [
                Field("COREID", 8, "processor whose semaphores to release", width=8),
                Field("KEY", 16, "the key of KEYR", width=16),
            ],
            "Releases all semaphores of a processor, for who writes the key.",
        ),
        Register(KEYR, "KEYR", "ClearKey", RW, 0x0, [Field("KEY", 16, "key", width=16)], "The key to CR."),
        Register(0x3EC, "HWCFGR2", "HardwareConfiguration2", CONST, 0x21, [], "The processors' identities."),
        Register(0x3F0, "HWCFGR1", "HardwareConfiguration1", CONST, 0x220, [], "32 semaphores, 2 processors."),
    ] + identification(0x20, 0x00100072)
    return RegisterTable("HSEM", registers)


class Hsem(Device):
    """The HSEM (m4-platform.md section 5.4).

    IRQ is the interrupt to the Cortex-M4 (HSEM_IT2): a semaphore whose release it waits for has been released.
    """

    TABLE = _hsem_table()
    LINES = ("IRQ",)

    def read(self, offset, width):
        if width == 4 and offset & 3 == 0 and RLR0 <= offset < RLR0 + 4 * SEMAPHORES and not self.stopped:
            semaphore = offset - RLR0
            if not self._words[semaphore]:
                self._words[semaphore] = LOCK | self.processor << 8
            return self._words[semaphore]
        return Device.read(self, offset, width)

    def _store(self, register, value):
        words = self._words
        if register.offset < RLR0:
            self._take_or_release(register.offset, value & register.writable)
        elif register.offset in (C1ICR, C2ICR):
            words[register.offset + 4] &= ~value
        elif register.offset == CR:
            if value >> 16 == words[KEYR] >> 16:
                self._release_all_of(value >> 8 & 0xFF)
        else:
            Device._store(self, register, value)
        self._derive()

    def _take_or_release(self, semaphore, value):
        words = self._words
        if value >> 8 & 0xFF != self.processor:
            return  # nobody takes or releases in another's name
        if value & LOCK:
            words[semaphore] = words[semaphore] or value
        elif words[semaphore] == value | LOCK:
            self._release(semaphore)

    def _release_all_of(self, processor):
        for semaphore in range(R0, R0 + 4 * SEMAPHORES, 4):
            if self._words[semaphore] and self._words[semaphore] >> 8 & 0xFF == processor:
                self._release(semaphore)

    def _release(self, semaphore):
        self._words[semaphore] = 0
        for status in (C1ISR, C2ISR):
            self._words[status] |= 1 << semaphore // 4

    def _derive(self):
        for bank in (0x100, 0x110):
            self._words[bank + 0xC] = self._words[bank + 0x8] & self._words[bank]

    def _outputs(self):
        return [self._words[C2ISR] & self._words[C2IER] != 0]

"""The QUADSPI in its indirect and polling modes, with a serial flash on its first bank.

A command takes no time. Memory-mapped mode, dual flash, the second bank and DMA are left out.
"""

from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import Device
from stm32mp1.nor_flash import NorFlash
from stm32mp1.queues import Queues
from stm32mp1.registers import RO, RW, W1, Field, Register, RegisterTable

CR, DCR, SR, FCR, DLR, CCR, AR, ABR, DR, PSMKR, PSMAR, PIR, LPTR = (4 * n for n in range(13))
FIFO = 32  # bytes

_EN, _ABORT, _APMS, _PMM = 1 << 0, 1 << 1, 1 << 22, 1 << 23  # in CR
_TCF, _FTF, _SMF, _BUSY = 1 << 1, 1 << 2, 1 << 3, 1 << 5  # in SR
_FLAGS = 0x1F  # of them have an enable 16 places higher in CR
_WRITE, _READ, _POLL = 0, 1, 2  # CCR.FMODE


class Quadspi(Queues, DataRegisters, Device):
    """QUADSPI. IRQ is a level. The flash outlives a reset."""

    TABLE = RegisterTable("QUADSPI", [
        Register(CR, "CR", "Control", RW, 0x0, [
            Field("EN", 0, "on"), Field("ABORT", 1, "give up", access=W1), Field("DMAEN", 2, "DMA"),
            Field("TCEN", 3, "timeout counter"), Field("SSHIFT", 4, "sampled half a cycle later"),
            Field("DFM", 6, "two flashes"), Field("FSEL", 7, "the second flash"),
            Field("FTHRES", 8, "bytes for FTF, less one", width=5),
            Field("TEIE", 16, "TEF interrupts"), Field("TCIE", 17, "TCF interrupts"),
            Field("FTIE", 18, "FTF interrupts"), Field("SMIE", 19, "SMF interrupts"),
            Field("TOIE", 20, "TOF interrupts"), Field("APMS", 22, "polling stops at a match"),
            Field("PMM", 23, "any bit matches"), Field("PRESCALER", 24, "cycles per clock, less one", width=8),
        ], "Switches it on, and what interrupts."),
        Register(DCR, "DCR", "Device", RW, 0x0, [
            Field("CKMODE", 0, "clock rests high"), Field("CSHT", 8, "cycles between commands, less one", width=3),
            Field("FSIZE", 16, "the flash has 2 to the power of this + 1 bytes", width=5),
        ], "What the flash is like; stored."),
        Register(SR, "SR", "Status", RO, 0x4, [
            Field("TEF", 0, "transfer error"), Field("TCF", 1, "transfer complete"), Field("FTF", 2, "FIFO threshold"),
            Field("SMF", 3, "status match"), Field("TOF", 4, "timeout"), Field("BUSY", 5, "a command is under way"),
            Field("FLEVEL", 8, "bytes in the FIFO", width=6),
        ], "How far the command is."),
        Register(FCR, "FCR", "FlagClear", W1, 0x0, [
            Field("CTEF", 0, "clear TEF"), Field("CTCF", 1, "clear TCF"), Field("CSMF", 3, "clear SMF"),
            Field("CTOF", 4, "clear TOF"),
        ], "Clears flags."),
        Register(DLR, "DLR", "DataLength", RW, 0x0, [], "Bytes of data, less one."),
        Register(CCR, "CCR", "Command", RW, 0x0, [
            Field("INSTRUCTION", 0, "instruction", width=8), Field("IMODE", 8, "lines of the instruction", width=2),
            Field("ADMODE", 10, "lines of the address", width=2), Field("ADSIZE", 12, "its bytes, less one", width=2),
            Field("ABMODE", 14, "lines of alternate bytes", width=2),
            Field("ABSIZE", 16, "their number, less one", width=2),
            Field("DCYC", 18, "dummy cycles", width=5), Field("DMODE", 24, "lines of the data", width=2),
            Field("FMODE", 26, "0 writes, 1 reads, 2 polls, 3 maps", width=2),
            Field("SIOO", 28, "instruction only once"), Field("DHHC", 30, "DDR hold"), Field("DDRM", 31, "DDR"),
        ], "What a command consists of; if it needs no address and sends no data, this starts it."),
        Register(AR, "AR", "Address", RW, 0x0, [], "The address; starts a command that has one and sends no data."),
        Register(ABR, "ABR", "AlternateBytes", RW, 0x0, [], "What follows the address; the flash ignores it."),
        Register(DR, "DR", "Data", RW, 0x0, [], "The FIFO.", read_acts=True),
        Register(PSMKR, "PSMKR", "PollingMask", RW, 0x0, [], "Which bits of the status matter."),
        Register(PSMAR, "PSMAR", "PollingMatch", RW, 0x0, [], "What they are compared with."),
        Register(PIR, "PIR", "PollingInterval", RW, 0x0, [Field("INTERVAL", 0, "clocks", width=16)],
                 "How often the status is read; the flash is always ready."),
        Register(LPTR, "LPTR", "LowPowerTimeout", RW, 0x0, [Field("TIMEOUT", 0, "clocks", width=16)],
                 "When a mapped flash is let go."),
    ])  # fmt: skip
    LINES = ("IRQ",)
    SOURCES = (DR,)
    SINKS = (DR,)
    QUEUES = ("fifo", "done", "flash")  # bytes waiting; how many have been read from the flash; what it holds

    def __init__(self):
        self._flash = NorFlash()
        super(Quadspi, self).__init__()
        self._queues["done"] = [0]

    def _command(self):
        word = self._words[CCR]
        return word & 0xFF if word >> 8 & 3 else None, word >> 26 & 3

    # -- software -------------------------------------------------------------------------------------------

    def _store(self, register, value):
        words, offset = self._words, register.offset
        if offset == FCR:
            words[SR] &= ~(value & _FLAGS & ~_FTF)
        elif offset == CCR and words[SR] & _BUSY:
            return
        else:
            Device._store(self, register, value)
            command = words[CCR]
            if offset == CR and value & _ABORT:
                self._end()
                self._queues["fifo"] = []
            elif offset == (AR if command >> 10 & 3 else CCR) and not words[SR] & _BUSY:
                self._start()
        self._derive()

    def _give(self, offset, value, width):
        if self._words[CR] & _EN and self._command()[1] == _WRITE and self._words[CCR] >> 24 & 3:
            sent = self._queues["fifo"]
            self._words[SR] |= _BUSY
            sent += [value >> 8 * n & 0xFF for n in range(width)]
            if len(sent) > self._words[DLR]:
                self._flash.run(self._command()[0], self._address(), sent)
                self._queues["fifo"] = []
                self._end()
        self._derive()

    def _take(self, offset, width):
        fifo = self._queues["fifo"]
        if self._command()[1] == _READ:
            value = sum([byte << 8 * n for n, byte in enumerate(fifo[:width])])
            del fifo[:width]
            self._words[DR] = value
            self._fill()
        self._derive()
        return self._words[DR]

    # -- commands -------------------------------------------------------------------------------------------

    def _address(self):
        return self._words[AR] if self._words[CCR] >> 10 & 3 else 0

    def _start(self):
        """All that the command needs has been written, unless it sends data."""
        words = self._words
        instruction, mode = self._command()
        if not words[CR] & _EN:
            return
        if not words[CCR] >> 24 & 3:
            self._flash.run(instruction, self._address(), ())
            self._end()
        elif mode == _READ:
            words[SR] |= _BUSY
            self._queues.update((("fifo", []), ("done", [0])))
            self._fill()
        elif mode == _POLL:
            words[SR] |= _BUSY
            status = sum([self._read(n) << 8 * n for n in range(min(words[DLR], 3) + 1)])
            same = ~(status ^ words[PSMAR]) & words[PSMKR]
            if same if words[CR] & _PMM else same == words[PSMKR]:
                words[SR] |= _SMF
                words[SR] &= ~_BUSY if words[CR] & _APMS else ~0

    def _read(self, index):
        return self._flash.read(self._command()[0], self._address(), index)

    def _fill(self):
        """Read from the flash as much as there is room for."""
        fifo, (done,) = self._queues["fifo"], self._queues["done"]
        while self._words[SR] & _BUSY and len(fifo) < FIFO and done <= self._words[DLR]:
            fifo.append(self._read(done))
            done += 1
            self._words[SR] |= _TCF if done > self._words[DLR] else 0
        self._queues["done"] = [done]
        if not fifo:
            self._words[SR] &= ~_BUSY

    def _end(self):
        self._words[SR] = self._words[SR] & ~_BUSY | _TCF

    # -- what follows ---------------------------------------------------------------------------------------

    def _derive(self):
        words = self._words
        level, threshold = len(self._queues["fifo"]), (words[CR] >> 8 & 0x1F) + 1
        reads = self._command()[1] == _READ
        ready = level >= threshold or level and words[SR] & _TCF if reads else self._command()[1] == _WRITE
        words[SR] = words[SR] & (_FLAGS & ~_FTF | _BUSY) | (_FTF if ready else 0) | (level << 8 if reads else 0)

    def _outputs(self):
        return [self._words[SR] & self._words[CR] >> 16 & _FLAGS != 0]

    # -- reset and state ------------------------------------------------------------------------------------

    def reset(self):
        super(Quadspi, self).reset()
        self._queues["done"] = [0]

    def state(self):
        self._queues["flash"] = self._flash.cells()
        return super(Quadspi, self).state()

    def from_state(self, state):
        super(Quadspi, self).from_state(state)
        self._flash.hold(self._queues["flash"])

    def _may_hold(self, name, queue):
        if name == "flash":
            return NorFlash.may_hold(queue)
        return len(queue) == 1 if name == "done" else max(queue + [0]) <= 0xFF

"""A serial peripheral interface: as master it exchanges frames at once with whoever is attached, or with nobody.

As slave it is silent, since no master clocks it. I2S, CRC and clock rates are stored and do nothing.
"""

from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import Device
from stm32mp1.queues import Queues
from stm32mp1.spi_table import CFG1, CFG2, CR1, CR2, IER, IFCR, RXDR, SPI_TABLE, SR, TXDR

FIFO = 16  # bytes

_SPE, _CSTART, _CSUSP = 1 << 0, 1 << 9, 1 << 10  # in CR1
_MASTER = 1 << 22  # in CFG2
_SEND_ONLY, _RECEIVE_ONLY = 1, 2  # CFG2.COMM
_RXDMAEN, _TXDMAEN = 1 << 14, 1 << 15  # in CFG1
# In SR; the first eleven have their enables at the same places of IER.
_RXP, _TXP, _DXP, _EOT, _TXTF = (1 << n for n in range(5))
_SUSP, _TXC = 1 << 11, 1 << 12
_CLEARED = 0xFF8  # by a write to the same place of IFCR
_INTERRUPTS = 0x7FF


class Spi(Queues, DataRegisters, Device):
    """SPI1 to SPI6.

    `on_exchange(frame, bits)`, which a test may set, gets each frame that is sent and gives the one that comes back;
    until then nobody drives MISO, which is pulled high. IRQ, RXDMA and TXDMA are levels.
    """

    TABLE = SPI_TABLE
    LINES = ("IRQ", "RXDMA", "TXDMA")
    SOURCES = (RXDR,)
    SINKS = (TXDR,)
    QUEUES = ("sending", "received", "counts")  # frames, and how many have been written and exchanged

    def __init__(self):
        self.on_exchange = None
        super(Spi, self).__init__()
        self._begin()

    def _begin(self):
        self._queues.update((("sending", []), ("received", []), ("counts", [0, 0])))

    def _frame(self):
        """Bits of a frame, and the bytes that it takes in the FIFO."""
        bits = (self._words[CFG1] & 0x1F) + 1
        return bits, 1 if bits <= 8 else 2 if bits <= 16 else 4

    # -- software -------------------------------------------------------------------------------------------

    def _give(self, offset, value, width):
        if not self._words[CR1] & _SPE:
            return
        bits, size = self._frame()
        for at in range(0, width, size):
            self._queues["sending"].append(value >> 8 * at & ((1 << bits) - 1))
            self._queues["counts"][0] += 1
        self._run()

    def _take(self, offset, width):
        _, size = self._frame()
        received, value = self._queues["received"], 0
        for at in range(0, max(width, size), size):
            if received:
                value |= received.pop(0) << 8 * at
        self._words[RXDR] = value
        self._run()
        return value

    def _store(self, register, value):
        words = self._words
        if register.offset == IFCR:
            words[SR] &= ~(value & _CLEARED)
        elif register.offset == CR1:
            started, value = words[CR1] & _CSTART, value & register.writable
            words[CR1] = value & ~_CSUSP | started
            if not value & _SPE:
                words[CR1] &= ~_CSTART
                words[SR] &= ~(_EOT | _TXTF)
                self._begin()
            elif value & _CSUSP and started:
                words[CR1] &= ~_CSTART
                words[SR] |= _SUSP
        else:
            Device._store(self, register, value)
        self._run()

    # -- frames ---------------------------------------------------------------------------------------------

    def _run(self):
        """Exchange as many frames as there are, and as find room."""
        words, queues = self._words, self._queues
        mode, length = words[CFG2] >> 17 & 0x3, words[CR2] & 0xFFFF
        while words[CFG2] & _MASTER and words[CR1] & (_SPE | _CSTART) == _SPE | _CSTART:
            if mode != _SEND_ONLY and len(queues["received"]) >= self._room():
                break
            if mode == _RECEIVE_ONLY:
                frame = 0
            elif queues["sending"]:
                frame = queues["sending"].pop(0)
            else:
                break
            back = self._exchange(frame)
            if mode != _SEND_ONLY:
                queues["received"].append(back)
            queues["counts"][1] += 1
            if length and queues["counts"][1] >= length:
                words[CR1] &= ~_CSTART
                words[SR] |= _EOT | _TXTF
                queues["counts"][:] = [0, 0]
        self._derive()

    def _exchange(self, frame):
        bits, _ = self._frame()
        mask = (1 << bits) - 1
        return mask if self.on_exchange is None else self.on_exchange(frame, bits) & mask

    def _room(self):
        """How many frames each FIFO takes."""
        return FIFO // self._frame()[1]

    def _derive(self):
        words, queues = self._words, self._queues
        _, size = self._frame()
        waiting, length = len(queues["received"]), words[CR2] & 0xFFFF
        flags = words[SR] & _CLEARED
        if waiting > words[CFG1] >> 5 & 0xF:
            flags |= _RXP
        written = queues["counts"][0] if queues["counts"] else 0
        ended = flags & _EOT or (length and written >= length)
        if len(queues["sending"]) < self._room() and not ended:
            flags |= _TXP
        if flags & (_RXP | _TXP) == _RXP | _TXP:
            flags |= _DXP
        if not queues["sending"]:
            flags |= _TXC
        words_waiting, rest = divmod(waiting * size, 4)
        flags |= (1 << 15 if words_waiting else 0) | rest // size << 13
        words[SR] = flags

    def _outputs(self):
        words = self._words
        on = words[CR1] & _SPE
        return [
            bool(on and words[SR] & words[IER] & _INTERRUPTS or words[SR] & _SUSP and words[IER] & _EOT),
            bool(words[CFG1] & _RXDMAEN and words[SR] & _RXP),
            bool(on and words[CFG1] & _TXDMAEN and words[SR] & _TXP),
        ]

    def reset(self):
        super(Spi, self).reset()
        self._begin()

    def _may_hold(self, name, queue):
        return len(queue) == 2 if name == "counts" else max(queue + [0]) <= 0xFFFFFFFF

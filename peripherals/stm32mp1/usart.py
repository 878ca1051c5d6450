"""A serial port: a byte is sent as soon as it is written, and received when software or DMA comes to read it.

Baud rate, parity, errors and synchronous modes are stored and do nothing; no byte is lost or late.
"""

from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import Device
from stm32mp1.queues import Queues
from stm32mp1.usart_table import CR1, CR2, CR3, ICR, ISR, RDR, RQR, TDR, USART_TABLE

_UE = 1 << 0
_RE = 1 << 2
_TE = 1 << 3
# Same bits in CR1 (interrupt enable) and ISR (flag), and for IDLE and TC in ICR (clear).
IDLE = 1 << 4
RXNE = 1 << 5
TC = 1 << 6
TXE = 1 << 7
_FIFOEN = 1 << 29  # in CR1
_RXFFIE = 1 << 31
_RTOEN = 1 << 23  # in CR2
_DMAR = 1 << 6  # in CR3
_DMAT = 1 << 7
_RXFTIE = 1 << 28
_RTOF = 1 << 11  # in ISR
_CMF = 1 << 17
_TEACK = 1 << 21
_REACK = 1 << 22
_TXFE = 1 << 23
_RXFF = 1 << 24
_RXFT = 1 << 26
_TXFT = 1 << 27
_RXFRQ = 1 << 3  # in RQR

_CLEARED = IDLE | TC | _RTOF | _CMF  # by a write to the same place of ICR
# Flags of ISR and their enables, where these are elsewhere.
_ENABLES = (
    (_RTOF, CR1, 1 << 26), (_CMF, CR1, 1 << 14), (_TXFE, CR1, 1 << 30), (_RXFF, CR1, _RXFFIE),
    (_TXFT, CR3, 1 << 23), (_RXFT, CR3, _RXFTIE),
)  # fmt: skip
_FIFO = 16
_THRESHOLDS = (2, 4, 8, 12, 14, 16)  # by CR3.RXFTCFG


class Usart(Queues, DataRegisters, Device):
    """USART1 to 3 and 6, UART4, 5, 7 and 8 (m4-platform.md section 5.4).

    `on_tx(byte)` is called for each byte sent. IRQ is a level: an enabled flag is set. RXDMA and TXDMA are the requests
    for DMA: a byte waits, a byte may be written. The line counts as idle, and as silent too long if that is enabled,
    when the last byte that waits has been read; as the latter also, once, when too few wait for the FIFO's threshold.
    """

    TABLE = USART_TABLE
    LINES = ("IRQ", "RXDMA", "TXDMA")
    SOURCES = (RDR,)
    SINKS = (TDR,)
    QUEUES = ("received",)

    def __init__(self):
        self.on_tx = None
        super(Usart, self).__init__()

    @property
    def receiving(self):
        """Software has switched the receiver on."""
        return self._words[CR1] & (_UE | _RE) == _UE | _RE

    @property
    def asking(self):
        """Software wants to be told of bytes, by interrupt or DMA; while receiving without, it may poll."""
        first, third = self._words[CR1] & (RXNE | _RXFFIE), self._words[CR3] & (_DMAR | _RXFTIE)
        return self.receiving and bool(first or third)

    def receive(self, data):
        """Bytes arrive. They wait for the receiver to be on and for software to read them, one by one, from RDR."""
        self._queues["received"].extend(bytearray(data))
        self._fall_silent(known=False)
        self._settle()

    def _take(self, offset, width):
        words, received = self._words, self._queues["received"]
        if words[ISR] & RXNE:
            known = self._left_to_timeout()
            words[RDR] = received.pop(0)
            if words[RDR] == words[CR2] >> 24:
                words[ISR] |= _CMF
            if not received:
                words[ISR] |= IDLE | (_RTOF if words[CR2] & _RTOEN else 0)
            self._fall_silent(known)
        return words[RDR]

    def _give(self, offset, value, width):
        if self._words[CR1] & (_UE | _TE) == _UE | _TE:
            self._words[ISR] |= TC
            if self.on_tx is not None:
                self.on_tx(value & 0xFF)

    def _store(self, register, value):
        known = self._left_to_timeout()
        if register.offset == ICR:
            self._words[ISR] &= ~(value & _CLEARED)
        elif register.offset == RQR:
            if value & _RXFRQ:
                fifo = self._words[CR1] & _FIFOEN
                del self._queues["received"][: _FIFO if fifo else 1]
        else:
            Device._store(self, register, value)
        self._fall_silent(known)

    def _left_to_timeout(self):
        """Bytes wait, too few for the threshold of the FIFO that is to interrupt: only a timeout tells of them."""
        words = self._words
        told = self.receiving and words[CR1] & _FIFOEN and words[CR2] & _RTOEN and words[CR3] & _RXFTIE
        return bool(told) and 0 < len(self._queues["received"]) < self._threshold()

    def _threshold(self):
        return _THRESHOLDS[min(self._words[CR3] >> 25 & 0x7, len(_THRESHOLDS) - 1)]

    def _fall_silent(self, known):
        """Nothing more comes for now. `known`: the timeout has told of the bytes that wait."""
        if self._left_to_timeout() and not known:
            self._words[ISR] |= _RTOF
        self._derive()

    def _derive(self):
        control = self._words[CR1] if self._words[CR1] & _UE else 0
        waiting = len(self._queues["received"]) if control & _RE else 0
        flags = self._words[ISR] & _CLEARED | TXE
        if control & _TE:
            flags |= _TEACK
        if control & _RE:
            flags |= _REACK
        if waiting:
            flags |= RXNE
        if control & _FIFOEN:
            flags |= _TXFE | _TXFT
            flags |= (_RXFF if waiting >= _FIFO else 0) | (_RXFT if waiting >= self._threshold() else 0)
        self._words[ISR] = flags

    def _outputs(self):
        control, flags = self._words[CR1], self._words[ISR]
        if not control & _UE:
            return [False, False, False]
        interrupt = control & flags & (IDLE | RXNE | TC | TXE) != 0
        interrupt = interrupt or any(flags & flag and self._words[at] & enable for flag, at, enable in _ENABLES)
        dma = self._words[CR3]
        return [interrupt, bool(dma & _DMAR and flags & RXNE), bool(dma & _DMAT and control & _TE)]

    def _may_hold(self, name, queue):
        return max(queue + [0]) < 256

"""A CAN FD controller with its transmit buffers, filters and receive FIFOs, in loopback.

Nobody else is on the bus: outside loopback a frame is never acknowledged and stays pending. A frame takes no time;
errors, priorities, dedicated receive buffers and time-triggered operation are not modelled.
"""

from stm32mp1.fdcan_table import (
    CCCR,
    FDCAN_TABLE,
    GFC,
    IE,
    ILE,
    ILS,
    IR,
    RXESC,
    RXF0A,
    RXF0C,
    RXF0S,
    SIDFC,
    TEST,
    TXBAR,
    TXBC,
    TXBCF,
    TXBCR,
    TXBRP,
    TXBTIE,
    TXBTO,
    TXEFA,
    TXEFC,
    TXEFS,
    TXESC,
    TXFQS,
    XIDAM,
    XIDFC,
)  # fmt: skip
from stm32mp1.master import BusMaster
from stm32mp1.queues import Queues

MESSAGE_RAM = 0x44011000

_INIT, _CCE, _CSA, _CSR, _TEST_MODE = 1 << 0, 1 << 1, 1 << 3, 1 << 4, 1 << 7  # in CCCR
_LBCK = 1 << 4  # in TEST
_RF0N, _RF0F, _RF0L, _TC, _TCF, _TEFN = (1 << n for n in (0, 2, 3, 9, 10, 12))  # in IR; those of FIFO 1 are 4 higher
_XTD, _RTR = 1 << 30, 1 << 29  # in the first word of an element
_EFC = 1 << 23  # in its second
_SIZES = (8, 12, 16, 20, 24, 32, 48, 64)  # bytes of data in an element
_REJECT = 3


class Fdcan(Queues, BusMaster):
    """FDCAN1 and FDCAN2. Lines IT0 and IT1 are levels."""

    TABLE = FDCAN_TABLE
    LINES = ("IT0", "IT1")
    QUEUES = ("fifo0", "fifo1", "events", "next")  # get index, put index, fill level; the next transmit buffer

    def __init__(self):
        super(Fdcan, self).__init__()
        self._begin()

    def _begin(self):
        self._queues.update((("fifo0", [0, 0, 0]), ("fifo1", [0, 0, 0]), ("events", [0, 0, 0]), ("next", [0])))
        self._show()

    # -- software -------------------------------------------------------------------------------------------

    def _store(self, register, value):
        words, offset = self._words, register.offset
        if offset == TXBAR:
            words[TXBRP] |= value
            words[TXBTO] &= ~value
            words[TXBCF] &= ~value
            self._send()
        elif offset == TXBCR:
            words[TXBCF] |= value & words[TXBRP]
            words[IR] |= _TCF if value & words[TXBRP] else 0
            words[TXBRP] &= ~value
        elif offset == CCCR:
            value &= register.writable & ~_CSA
            value |= _CSA | _INIT if value & _CSR else 0
            words[CCCR] = value if value & _INIT else value & ~_CCE
            self._send()
        else:
            BusMaster._store(self, register, value)
            for at, name in ((RXF0A, "fifo0"), (RXF0A + 0x10, "fifo1"), (TXEFA, "events")):
                if offset == at:
                    self._acknowledge(name, value)
        self._show()

    def _acknowledge(self, name, index):
        """Software has read all elements up to `index`."""
        get, _, level = self._queues[name]
        if level:
            taken = (index - get) % self._room(name) + 1
            self._queues[name][0] = (index + 1) % self._room(name)
            self._queues[name][2] = max(level - taken, 0)

    def _room(self, name):
        configuration = self._words[TXEFC] if name == "events" else self._words[RXF0C + 0x10 * (name == "fifo1")]
        return max(configuration >> 16 & 0x7F, 1)

    # -- frames ---------------------------------------------------------------------------------------------

    def _send(self):
        """Send all that is pending, the lowest buffer first, if the controller hears itself."""
        words = self._words
        if words[CCCR] & _INIT or not (words[CCCR] & _TEST_MODE and words[TEST] & _LBCK):
            return
        size = 8 + _SIZES[words[TXESC] & 0x7]
        for n in range(32):
            if words[TXBRP] >> n & 1:
                at = (words[TXBC] & 0xFFFC) + size * n
                element = [self.bus_read(MESSAGE_RAM + at + byte, 4) or 0 for byte in range(0, size, 4)]
                words[TXBRP] &= ~(1 << n)
                words[TXBTO] |= 1 << n
                words[IR] |= _TC if words[TXBTIE] >> n & 1 else 0
                self._queues["next"] = [n + 1]
                if element[1] & _EFC:
                    self._put("events", words[TXEFC], [element[0], element[1] & 0xFF3F0000 | 1 << 22], _TEFN)
                self._receive(element)

    def _receive(self, element):
        words = self._words
        target, index = self._filter(element[0])
        if target == _REJECT:
            return
        configuration = words[RXF0C + 0x10 * target]
        room = _SIZES[words[RXESC] >> 4 * target & 0x7] // 4
        second = element[1] & 0x003F0000 | (1 << 31 if index is None else index << 24)
        data = (element[2:] + [0] * room)[:room]
        self._put("fifo%d" % target, configuration, [element[0], second] + data, _RF0N << 4 * target)

    def _put(self, name, configuration, element, flag):
        """Add an element to a FIFO in the message RAM; it is lost if that is full."""
        put, level = self._queues[name][1:]
        room = self._room(name)
        if level >= room or not configuration >> 16 & 0x7F:
            self._words[IR] |= flag << 3  # that one is lost has its flag three higher, in each FIFO
            return
        for n, word in enumerate(element):
            self.bus_write(MESSAGE_RAM + (configuration & 0xFFFC) + 4 * (put * len(element) + n), word, 4)
        self._queues[name][1:] = [(put + 1) % room, level + 1]
        self._words[IR] |= flag | (flag << 2 if level + 1 == room else 0)

    def _filter(self, first):
        """Which FIFO takes a frame with this first word, 3 if none, and which filter says so; None: no filter did."""
        words, extended = self._words, bool(first & _XTD)
        number = first & 0x1FFFFFFF if extended else first >> 18 & 0x7FF
        configuration = words[XIDFC] if extended else words[SIDFC]
        start, count = MESSAGE_RAM + (configuration & 0xFFFC), configuration >> 16 & 0xFF
        if first & _RTR and words[GFC] >> (0 if extended else 1) & 1:
            return _REJECT, None
        for n in range(count):
            kind, action, one, two = self._element(start, n, extended)
            masked = number & words[XIDAM] if extended and kind != 3 else number
            if action and self._matches(kind, masked, one, two, extended):
                return {1: 0, 2: 1, 5: 0, 6: 1}.get(action, _REJECT), n
        other = words[GFC] >> (2 if extended else 4) & 0x3
        return (other if other < 2 else _REJECT), None

    def _element(self, start, n, extended):
        """Kind, action and the two identifiers of a filter."""
        if extended:
            words = [self.bus_read(start + 8 * n + at, 4) or 0 for at in (0, 4)]
            return words[1] >> 30, words[0] >> 29, words[0] & 0x1FFFFFFF, words[1] & 0x1FFFFFFF
        word = self.bus_read(start + 4 * n, 4) or 0
        return word >> 30, word >> 27 & 0x7, word >> 16 & 0x7FF, word & 0x7FF

    @staticmethod
    def _matches(kind, number, one, two, extended):
        if kind == 0 or (extended and kind == 3):
            return one <= number <= two
        if kind == 1:
            return number in (one, two)
        return kind == 2 and number & two == one & two

    # -- status, lines, state -------------------------------------------------------------------------------

    def _show(self):
        """Bring the status registers up to date."""
        words = self._words
        for name, at in (("fifo0", RXF0S), ("fifo1", RXF0S + 0x10), ("events", TXEFS)):
            get, put, level = self._queues[name]
            full = level >= self._room(name)
            words[at] = level | get << 8 | put << 16 | (1 << 24 if full else 0)
        buffers, room = words[TXBC] >> 16 & 0x3F, words[TXBC] >> 24 & 0x3F
        (following,) = self._queues["next"]
        index = following if buffers <= following < buffers + room else buffers
        waiting = bin(words[TXBRP] >> buffers & ((1 << room) - 1)).count("1")
        put = buffers + (index - buffers + waiting) % room if room else 0
        words[TXFQS] = (
            room - waiting | (index << 8 | put << 16 if room else 0) | (1 << 21 if 0 < room <= waiting else 0)
        )

    def _outputs(self):
        words = self._words
        flags = words[IR] & words[IE]
        return [
            bool(words[ILE] & 1 and flags & ~words[ILS]),
            bool(words[ILE] & 2 and flags & words[ILS]),
        ]

    def reset(self):
        super(Fdcan, self).reset()
        self._begin()

    def _may_hold(self, name, queue):
        return len(queue) == (1 if name == "next" else 3) and max(queue) <= 64

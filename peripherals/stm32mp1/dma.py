"""A DMA controller: eight streams that move items between memory and peripherals, in virtual time.

Time is one simple rule: an item takes ITEM_CYCLES of the controller's clock. Arbitration, priorities, bursts and the
FIFO's threshold change nothing; a FIFO only packs items of one size into items of another.
"""

from stm32mp1.dma_table import (
    CR,
    DMA_TABLE,
    FCR,
    HIFCR,
    HISR,
    LIFCR,
    LISR,
    M0AR,
    M1AR,
    NDTR,
    PAR,
    SHIFTS,
    STREAMS,
    base,
)
from stm32mp1.master import BusMaster
from stm32mp1.queues import Queues

ITEM_CYCLES = 8
BLOCK = 16  # items that a memory-to-memory stream moves at once, after the time of them all

# Flags of a stream in LISR and HISR, before they are shifted to its place.
_TEIF = 1 << 3
_HTIF = 1 << 4
_TCIF = 1 << 5
_FLAGS = 0x3D
# In CR.
_EN = 1 << 0
_WHILE_ENABLED = 0x1F  # what can be written then: EN and the interrupt enables
_CIRC = 1 << 8
_PINC = 1 << 9
_MINC = 1 << 10
_PINCOS = 1 << 15
_DBM = 1 << 18
_CT = 1 << 19
_DMDIS = 1 << 2  # in FCR
_TO_PERIPHERAL, _IN_MEMORY = 1, 2  # DIR

# What a stream remembers: next addresses, items of a round, when it moves next (ns; 0: not asked to).
_PERIPHERAL, _MEMORY, _ROUND, _DUE = range(4)


class Dma(Queues, BusMaster):
    """DMA1 and DMA2. Input n is the request of stream n: a level that holds as long as the peripheral wants more.

    A request that comes and goes before it is served counts once. Line Sn is the interrupt of stream n.
    """

    TABLE = DMA_TABLE
    LINES = tuple("S%d" % n for n in STREAMS)
    INPUTS = 8
    INPUTS_TRACED = False
    QUEUES = ("requests",) + tuple("stream%d" % n for n in STREAMS) + tuple("fifo%d" % n for n in STREAMS)

    def __init__(self):
        super(Dma, self).__init__()
        self._forget()

    def _forget(self):
        for n in STREAMS:
            self._queues["stream%d" % n] = [0, 0, 0, 0]

    # -- what software and peripherals ask ------------------------------------------------------------------

    def input(self, number, level):
        requests = self._queues["requests"]
        if level and number not in requests:
            requests.append(number)
        elif not level and number in requests:
            requests.remove(number)
        if level:
            self._ask(number)

    def _ask(self, n):
        """Stream n is asked for an item, if it runs and is not asked already."""
        stream = self._queues["stream%d" % n]
        if self._words[base(n) + CR] & _EN and not stream[_DUE]:
            self._due(n, 1)

    def _due(self, n, items):
        self._queues["stream%d" % n][_DUE] = self.now() + max(items * ITEM_CYCLES * 1000000000 // self.clock_hz(), 1)
        self._arrange()

    def _arrange(self):
        times = [self._queues["stream%d" % n][_DUE] for n in STREAMS]
        times = [time for time in times if time]
        self._wake_at(min(times) if times else None)

    def _store(self, register, value):
        if register.offset in (LIFCR, HIFCR):
            self._words[register.offset - LIFCR + LISR] &= ~value
            return
        n, offset = divmod(register.offset - base(0), base(1) - base(0))
        control = self._words[base(n) + CR]
        if offset == CR and control & _EN:
            value = control & ~_WHILE_ENABLED | value & _WHILE_ENABLED
        elif control & _EN and offset in (NDTR, PAR):
            return
        BusMaster._store(self, register, value)
        if offset == CR and (control ^ value) & _EN:
            if value & _EN:
                self._start(n)
            else:
                self._stop(n)
        elif offset == NDTR:
            self._queues["stream%d" % n][_ROUND] = value & 0xFFFF

    def _start(self, n):
        words, at, stream = self._words, base(n), self._queues["stream%d" % n]
        if not words[at + NDTR]:
            words[at + NDTR] = stream[_ROUND]  # once more as before
        stream[_ROUND] = words[at + NDTR]
        self._queues["fifo%d" % n] = []
        self._rewind(n)
        if self._in_memory(n):
            self._due(n, min(BLOCK, stream[_ROUND]))
        elif n in self._queues["requests"]:
            self._ask(n)

    def _stop(self, n):
        """Software ends it early; that completes the transfer, as far as the flag goes."""
        self._flag(n, _TCIF)
        self._queues["stream%d" % n][_DUE] = 0
        self._arrange()

    # -- what a stream does ---------------------------------------------------------------------------------

    def alarm(self):
        for n in STREAMS:
            stream = self._queues["stream%d" % n]
            if stream[_DUE] and stream[_DUE] <= self.now():
                stream[_DUE] = 0
                self._serve(n)
        self._arrange()
        self._settle()

    def _serve(self, n):
        words, at = self._words, base(n)
        for _ in range(BLOCK if self._in_memory(n) else 1):
            if not words[at + CR] & _EN or not words[at + NDTR]:
                return
            if not self._move(n):
                words[at + CR] &= ~_EN
                self._flag(n, _TEIF)
                return
            self._count(n)
        if not words[at + CR] & _EN:
            return
        if self._in_memory(n):
            self._due(n, min(BLOCK, words[at + NDTR]))
        elif n in self._queues["requests"]:
            self._ask(n)

    def _move(self, n):
        """Move one item of the peripheral's size. False if the bus did not answer."""
        words, at = self._words, base(n)
        control, fifo = words[at + CR], self._queues["fifo%d" % n]
        width = 1 << (control >> 11 & 0x3)
        # Without FIFO the memory's size is the peripheral's.
        memory_width = 1 << (control >> 13 & 0x3) if words[at + FCR] & _DMDIS or self._in_memory(n) else width
        if control >> 6 & 0x3 == _TO_PERIPHERAL:
            while len(fifo) < width:
                if not self._fetch(n, _MEMORY, memory_width):
                    return False
            return self._put(n, _PERIPHERAL, width)
        if not self._fetch(n, _PERIPHERAL, width):
            return False
        last = words[at + NDTR] == 1
        while len(fifo) >= memory_width or (last and fifo):
            if not self._put(n, _MEMORY, memory_width if len(fifo) >= memory_width else 1):
                return False
        return True

    def _fetch(self, n, side, width):
        word = self.bus_read(self._advance(n, side, width), width)
        if word is None:
            return False
        self._queues["fifo%d" % n].extend(word >> 8 * byte & 0xFF for byte in range(width))
        return True

    def _put(self, n, side, width):
        fifo = self._queues["fifo%d" % n]
        word = sum(fifo[byte] << 8 * byte for byte in range(width))
        del fifo[:width]
        return self.bus_write(self._advance(n, side, width), word, width) is not False

    def _advance(self, n, side, width):
        """The next address of one side, which then counts on if it is to."""
        control, stream = self._words[base(n) + CR], self._queues["stream%d" % n]
        address = stream[side]
        if control & (_PINC if side == _PERIPHERAL else _MINC):
            step = 4 if side == _PERIPHERAL and control & _PINCOS else width
            stream[side] = address + step & 0xFFFFFFFF
        return address

    def _count(self, n):
        words, at, stream = self._words, base(n), self._queues["stream%d" % n]
        words[at + NDTR] -= 1
        left = words[at + NDTR]
        if left == stream[_ROUND] // 2:
            self._flag(n, _HTIF)
        if left:
            return
        self._flag(n, _TCIF)
        if words[at + CR] & _DBM:
            words[at + CR] ^= _CT
        if words[at + CR] & (_CIRC | _DBM):
            words[at + NDTR] = stream[_ROUND]
            self._rewind(n)
        else:
            words[at + CR] &= ~_EN

    def _rewind(self, n):
        words, at, stream = self._words, base(n), self._queues["stream%d" % n]
        double = words[at + CR] & (_DBM | _CT) == _DBM | _CT
        stream[_PERIPHERAL] = words[at + PAR]
        stream[_MEMORY] = words[at + (M1AR if double else M0AR)]

    def _in_memory(self, n):
        return self._words[base(n) + CR] >> 6 & 0x3 == _IN_MEMORY

    # -- flags and interrupts -------------------------------------------------------------------------------

    def _flag(self, n, flag):
        self._words[LISR if n < 4 else HISR] |= flag << SHIFTS[n % 4]

    def _outputs(self):
        levels = []
        for n in STREAMS:
            flags = self._words[LISR if n < 4 else HISR] >> SHIFTS[n % 4] & _FLAGS
            # The enables stand in CR one place below the flags.
            levels.append((self._words[base(n) + CR] & 0x1E) << 1 & flags != 0)
        return levels

    # -- reset and state ------------------------------------------------------------------------------------

    def reset(self):
        requests = self._queues["requests"]
        super(Dma, self).reset()
        self._forget()
        self._queues["requests"] = requests  # the peripherals still ask
        self._arrange()

    def _may_hold(self, name, queue):
        if name.startswith("stream"):
            return len(queue) == 4
        return max(queue + [0]) < (8 if name == "requests" else 256)

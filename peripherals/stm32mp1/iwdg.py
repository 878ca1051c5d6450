"""The independent watchdog: a counter on the LSI that software must set back in time, or the whole system is reset.

Whom its reset reaches is for the board to say; it resets itself.
"""

from stm32mp1.counter import ARR, CC1, CCR1, PSC
from stm32mp1.counting import CountingDevice
from stm32mp1.registers import CONST, RO, RW, W1, WO, Field, Register, RegisterTable, identification

KR = 0x00
PR = 0x04
RLR = 0x08
SR = 0x0C
WINR = 0x10
EWCR = 0x14

BUSY_NS = 5 * 31250  # how long it takes a register to reach the counter: five cycles of the LSI

_START = 0xCCCC
_RELOAD = 0xAAAA
_UNLOCK = 0x5555

# Bits of SR by the register that is on its way.
_BUSY = {PR: 1 << 0, RLR: 1 << 1, WINR: 1 << 2, EWCR: 1 << 3}
_EWIF = 1 << 14
_EWIC = 1 << 14  # in EWCR
_EWIE = 1 << 15

_EARLY = CC1  # the counter has reached EWIT
_LATE = CC1 << 1  # and 0


class Iwdg(CountingDevice):
    """IWDG1 and IWDG2. IRQ is a level, RESET a pulse.

    A written register counts at once; its bit in SR says for BUSY_NS that it is on its way.
    """

    TABLE = RegisterTable("IWDG", [
        Register(0x00, "KR", "Key", WO, 0x0, [Field("KEY", 0, "0xCCCC, 0xAAAA or 0x5555", width=16)],
                 "Starts the watchdog, sets it back, or unlocks its registers."),
        Register(0x04, "PR", "Prescaler", RW, 0x7, [Field("PR", 0, "prescaler: 4, 8, 16 and so on", width=4)],
                 "The speed."),
        Register(0x08, "RLR", "Reload", RW, 0xFFF, [Field("RL", 0, "first count", width=12)],
                 "Where the counter begins."),
        Register(0x0C, "SR", "Status", RO, 0x0, [
            Field("PVU", 0, "PR on its way"),
            Field("RVU", 1, "RLR on its way"),
            Field("WVU", 2, "WINR on its way"),
            Field("EWU", 3, "EWCR on its way"),
            Field("EWIF", 14, "EWIT has been reached"),
        ], "Registers on their way to the counter, and the early interrupt's flag."),
        Register(0x10, "WINR", "Window", RW, 0xFFF, [
            Field("WIN", 0, "highest count at which it may be set back", width=12),
        ], "The window."),
        Register(0x14, "EWCR", "EarlyWakeup", RW, 0x0, [
            Field("EWIT", 0, "count at which to interrupt", width=12),
            Field("EWIC", 14, "clear EWIF", access=W1),
            Field("EWIE", 15, "early interrupt enabled"),
        ], "An interrupt before the reset."),
        Register(0x3F0, "HWCFGR", "HardwareConfiguration", CONST, 0x71, [], "What the block can do."),
    ] + identification(0x23, 0x00120041))  # fmt: skip
    BITS = 12
    CHANNELS = 2
    LINES = ("IRQ", "RESET")
    QUEUES = ("progress", "locks")

    def _forget(self):
        super(Iwdg, self)._forget()
        self._locks = [1] + [0] * len(_BUSY)  # locked; until when each register is busy, in ns
        self._biting = False
        self._counter.down = True

    def read(self, offset, width):
        self._catch_up()
        busy = [_BUSY[register] for n, register in enumerate(sorted(_BUSY)) if self.now() < self._locks[n + 1]]
        self._words[SR] = self._words[SR] & _EWIF | sum(busy)
        return super(Iwdg, self).read(offset, width)

    def _store(self, register, value):
        self._catch_up()
        if register.offset == KR:
            self._turn(value & 0xFFFF)
        elif not self._locks[0]:
            super(Iwdg, self)._store(register, value)
            self._locks[sorted(_BUSY).index(register.offset) + 1] = self.now() + BUSY_NS
            if register.offset == EWCR and value & _EWIC:
                self._words[SR] &= ~_EWIF
            self._derive()
            if register.offset == WINR:
                self._reload()
        self._plan()

    def _turn(self, key):
        counter = self._counter
        self._locks[0] = int(key != _UNLOCK)
        if key == _START and not counter.running:
            counter.running = True
            self._begin()
            self._reload()
        elif key == _RELOAD and counter.running and counter.count > self._words[WINR]:
            self._bite()
        elif key == _RELOAD:
            self._reload()

    def _reload(self):
        self._counter.count, self._counter.phase = self._words[RLR], 0
        if self._counter.running and not self._counter.count:
            self._bite()

    def _derive(self):
        counter = self._counter
        counter.shadow[PSC] = (4 << min(self._words[PR], 8)) - 1
        counter.phase = min(counter.phase, counter.shadow[PSC])
        counter.shadow[ARR] = counter.limit
        counter.shadow[CCR1:] = [self._words[EWCR] & 0xFFF, 0]
        counter.preload = list(counter.shadow)

    def _counted(self, events):
        if events & _EARLY:
            self._words[SR] |= _EWIF
        if events & _LATE:
            self._bite()

    def _bite(self):
        self._biting = True
        self._settle()
        self.reset()

    def _heard(self):
        early = self._words[EWCR] & _EWIE and not self._words[SR] & _EWIF
        return _LATE | (_EARLY if early else 0)

    def _outputs(self):
        return [self._words[EWCR] & _EWIE != 0 and self._words[SR] & _EWIF != 0, self._biting]

    def state(self):
        self._queues["locks"] = self._locks
        return super(Iwdg, self).state()

    def from_state(self, state):
        super(Iwdg, self).from_state(state)
        self._locks = list(self._queues["locks"])

    def _may_hold(self, name, queue):
        return len(queue) == 1 + len(_BUSY) if name == "locks" else super(Iwdg, self)._may_hold(name, queue)

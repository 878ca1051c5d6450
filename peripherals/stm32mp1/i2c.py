"""An I2C as master: transfers to the slaves attached to it; an address where there is none is not acknowledged.

As slave it is silent, since no other master is on the bus. SMBus, filters and timeouts are stored and do nothing.
"""

from stm32mp1.data_registers import DataRegisters
from stm32mp1.i2c_table import CR1, CR2, I2C_TABLE, ICR, ISR, RXDR, TIMINGR, TXDR
from stm32mp1.queues import Queues
from stm32mp1.timed import TimedDevice

_PE, _TXDMAEN, _RXDMAEN = 1 << 0, 1 << 14, 1 << 15  # in CR1
_RD_WRN, _ADD10, _START, _STOP, _RELOAD, _AUTOEND = (1 << n for n in (10, 11, 13, 14, 24, 25))  # in CR2
# In ISR; NACKF and STOPF have their place in ICR too.
_TXE, _TXIS, _RXNE, _NACKF, _STOPF, _TC, _TCR, _BUSY = (1 << n for n in (0, 1, 2, 4, 5, 6, 7, 15))
_ERRORS = 0x3F00
_ERRIE = 1 << 7  # in CR1; the enables of events stand at the places of their flags

# What is under way on the bus.
_IDLE, _ADDRESS, _BYTE_OUT, _BYTE_IN, _HELD = range(5)
_STAGE, _LEFT, _DUE, _SLAVE = range(4)


class Slave(object):
    """A chip on the bus: this one acknowledges everything and holds nothing. It is not part of a snapshot."""

    def start(self, reads):
        return True

    def write(self, byte):
        return True

    def read(self):
        return 0xFF

    def stop(self):
        pass


class I2c(Queues, DataRegisters, TimedDevice):
    """I2C1 to I2C6. A byte, address included, takes nine periods of the clock that TIMINGR asks for.

    EV and ER are the interrupts, RXDMA and TXDMA the requests for DMA; all are levels.
    """

    TABLE = I2C_TABLE
    LINES = ("EV", "ER", "RXDMA", "TXDMA")
    SOURCES = (RXDR,)
    SINKS = (TXDR,)
    QUEUES = ("transfer",)

    def __init__(self):
        self._slaves = {}
        super(I2c, self).__init__()
        self._queues["transfer"] = [_IDLE, 0, 0, 0]

    def attach(self, address, slave):
        if not 0 <= address <= 0x3FF:
            raise ValueError("an I2C address has 7 or 10 bits; %r has not." % (address,))
        self._slaves[address] = slave

    # -- software -------------------------------------------------------------------------------------------

    def _store(self, register, value):
        words = self._words
        if register.offset == ICR:
            words[ISR] &= ~(value & (_NACKF | _STOPF | _ERRORS))
            return
        if register.offset == ISR:
            words[ISR] |= value & _TXE
            return
        TimedDevice._store(self, register, value)
        if not words[CR1] & _PE:
            self._abandon()
        elif register.offset == CR2:
            self._command(value)

    def _command(self, value):
        transfer = self._queues["transfer"]
        if value & _START:
            self._words[ISR] = self._words[ISR] & ~(_TC | _TCR | _TXIS) | _BUSY
            transfer[_SLAVE] = value & 0x3FF if value & _ADD10 else value >> 1 & 0x7F
            self._go(_ADDRESS)
        elif value & _STOP:
            self._stop()
        elif self._words[ISR] & _TCR and value >> 16 & 0xFF:
            self._words[ISR] &= ~_TCR
            transfer[_LEFT] = value >> 16 & 0xFF
            self._next()

    def _give(self, offset, value, width):
        self._words[TXDR] = value & 0xFF
        if self._words[ISR] & _TXIS:
            self._words[ISR] &= ~(_TXIS | _TXE)
            self._go(_BYTE_OUT)

    def _take(self, offset, width):
        if self._words[ISR] & _RXNE:
            self._words[ISR] &= ~_RXNE
            self._next()
        return self._words[RXDR]

    # -- the bus --------------------------------------------------------------------------------------------

    def _go(self, stage):
        """`stage` begins, and is over nine clock periods later; without a clock it never is."""
        timing = self._words[TIMINGR]
        cycles = ((timing & 0xFF) + (timing >> 8 & 0xFF) + 2) * ((timing >> 28) + 1)
        transfer = self._queues["transfer"]
        transfer[_STAGE] = stage
        hz = self.clock_hz()
        transfer[_DUE] = self.now() + max(9 * cycles * 1000000000 // hz, 1) if hz else 0
        self._wake_at(transfer[_DUE] or None)

    def alarm(self):
        transfer = self._queues["transfer"]
        stage, slave = transfer[_STAGE], self._slaves.get(transfer[_SLAVE])
        if not transfer[_DUE] or transfer[_DUE] > self.now():
            return
        transfer[_STAGE], transfer[_DUE] = _HELD, 0
        words = self._words
        if stage == _ADDRESS:
            words[CR2] &= ~_START
            if slave is not None and slave.start(bool(words[CR2] & _RD_WRN)):
                transfer[_LEFT] = words[CR2] >> 16 & 0xFF
                self._next()
            else:
                self._refused()
        elif stage == _BYTE_OUT:
            words[ISR] |= _TXE
            if slave is not None and slave.write(words[TXDR]):
                transfer[_LEFT] -= 1
                self._next()
            else:
                self._refused()
        elif stage == _BYTE_IN:
            words[RXDR] = (0xFF if slave is None else slave.read()) & 0xFF
            transfer[_LEFT] -= 1
            words[ISR] |= _RXNE
        self._settle()

    def _next(self):
        """The bus is free for the next byte, or all are through."""
        words = self._words
        if self._queues["transfer"][_LEFT] > 0:
            if words[CR2] & _RD_WRN:
                self._go(_BYTE_IN)
            else:
                words[ISR] |= _TXIS
        elif words[CR2] & _RELOAD:
            words[ISR] |= _TCR
        elif words[CR2] & _AUTOEND:
            self._stop()
        else:
            words[ISR] |= _TC

    def _refused(self):
        self._words[ISR] |= _NACKF
        self._stop()

    def _stop(self):
        transfer = self._queues["transfer"]
        slave = self._slaves.get(transfer[_SLAVE])
        if slave is not None and transfer[_STAGE] != _IDLE:
            slave.stop()
        transfer[:] = [_IDLE, 0, 0, transfer[_SLAVE]]
        self._words[CR2] &= ~(_START | _STOP)
        self._words[ISR] = self._words[ISR] & ~(_BUSY | _TXIS | _TC | _TCR) | _STOPF | _TXE
        self._wake_at(None)

    def _abandon(self):
        """Switched off: the transfer and all flags are gone."""
        self._queues["transfer"] = [_IDLE, 0, 0, 0]
        self._words[ISR] = _TXE
        self._words[CR2] &= ~(_START | _STOP)
        self._wake_at(None)

    # -- lines, reset and state -----------------------------------------------------------------------------

    def _outputs(self):
        control, flags = self._words[CR1], self._words[ISR]
        events = flags & 0x7E | (_TC if flags & _TCR else 0)
        return [
            control & events & 0x7E != 0,
            bool(control & _ERRIE and flags & _ERRORS),
            bool(control & _RXDMAEN and flags & _RXNE),
            bool(control & _TXDMAEN and flags & _TXIS),
        ]

    def reset(self):
        super(I2c, self).reset()
        self._queues["transfer"] = [_IDLE, 0, 0, 0]
        self._wake_at(None)

    def _may_hold(self, name, queue):
        return len(queue) == 4 and queue[_STAGE] <= _HELD

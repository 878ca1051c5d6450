"""A device that accesses the bus by itself, as a DMA controller does.

It says what it wants read and written; the bus is the engine's.
"""

from stm32mp1.timed import TimedDevice


class BusMaster(TimedDevice):
    """Until an engine says otherwise, all it reads is 0 and what it writes is lost."""

    def __init__(self):
        self.bus_read = lambda address, width: 0
        self.bus_write = lambda address, value, width: None
        TimedDevice.__init__(self)

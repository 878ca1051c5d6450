from collections.abc import Callable

from stm32mp1.timed import TimedDevice

class BusMaster(TimedDevice):
    """Addresses are those of the M4, widths are bytes (1, 2 or 4)."""

    bus_read: Callable[[int, int], int | None]  # (address, width); None where nothing answers
    bus_write: Callable[[int, int, int], bool | None]  # (address, value, width); False where nothing answers

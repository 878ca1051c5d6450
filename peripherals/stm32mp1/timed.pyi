from collections.abc import Callable

from stm32mp1.device import Device

class TimedDevice(Device):
    now: Callable[[], int]  # virtual time in ns; an engine sets it
    clock_hz: Callable[[], int]  # frequency at which the device counts, in Hz; a board sets it, 64 MHz until then
    on_wake_at: Callable[[int | None], None] | None  # an engine's: call `alarm` at that time; None: never mind
    def alarm(self) -> None:
        """Called at the time asked for last, and perhaps at others: the device looks at `now()` what is due."""

    def _wake_at(self, at: int | None) -> None:
        """For subclasses: ask for one call of `alarm` at `at` ns, in place of any asked for before."""

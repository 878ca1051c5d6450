"""The engine without a processor: bus, devices and timed events. It serves register tests and the host's own tests."""

from __future__ import annotations

from mp1bench.engine import CoreState, Stop
from mp1bench.engine.machine import Machine


class BareEngine(Machine):
    """A machine whose M4 is absent; a test plays its part through the bus or through `device.write`."""

    name = "bare"

    @property
    def instructions(self) -> int | None:
        return None

    @property
    def running(self) -> bool:
        return False

    @property
    def dozes(self) -> bool:
        return False

    def hold(self) -> None:
        """Nothing to hold."""

    def release(self) -> None:
        """Nothing to release."""

    def core_state(self) -> CoreState | None:
        return None

    def run(self, until: int) -> Stop:
        while True:
            self._fire_due()
            if self.trace is not None:
                self.trace.publish()
            stop = self._take_stop()
            if stop is not None:
                return stop
            if self.time >= until:
                return Stop("time", f"reached {until} ns of virtual time")
            at = self._next_event_time()
            self.time = until if at is None else max(self.time, min(at, until))

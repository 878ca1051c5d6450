"""A high-resolution timer that its function may have run again (kernel/time/hrtimer.c).

It is not `Kernel.after`, which calls a function once: this one is a structure that drivers set up, start and restart.
"""

from __future__ import annotations

from collections.abc import Callable

from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.task import Sleeping, Timer


class HrTimer:
    """One timer. Before `setup` it is what a zeroed structure is in Linux: starting it is a warning, nothing runs."""

    def __init__(self, kernel: Kernel, name: str) -> None:
        self.name = name
        self.expires = 0  # ns
        self._kernel = kernel
        self._function: Callable[[], Sleeping[bool]] | None = None
        self._timer: Timer | None = None

    @property
    def ready(self) -> bool:
        """It has been set up."""
        return self._function is not None

    @property
    def queued(self) -> bool:
        """It runs."""
        return self._timer is not None

    def setup(self, function: Callable[[], Sleeping[bool]]) -> None:
        """Say what to run; if that returns True, it is run again at `expires`, which it has moved by `forward`."""
        self._function = function

    def start(self, delay_ns: int) -> None:
        """Run in `delay_ns`, and not when it would have run else."""
        if self._function is None:
            self._kernel.logger("hrtimer.c").warn(self.name, "the timer was never set up and will not run")
            return
        self.cancel()
        self.expires = self._kernel.now + delay_ns
        self._enqueue()

    def forward(self, interval_ns: int) -> None:
        """Move `expires` by whole intervals until it lies ahead."""
        late = self._kernel.now - self.expires
        if late >= 0:
            self.expires += (late // interval_ns + 1) * interval_ns

    def cancel(self) -> None:
        """Stop it, if it runs."""
        if self._timer is not None:
            self._kernel.cancel(self._timer)
            self._timer = None

    def _enqueue(self) -> None:
        self._timer = self._kernel.after(self.expires - self._kernel.now, self.name, self._fire)

    def _fire(self) -> None:
        self._timer = None
        self._kernel.start(self.name, self._run())

    def _run(self) -> Sleeping[None]:
        assert self._function is not None
        if (yield from self._function()) and not self.queued:
            self._enqueue()

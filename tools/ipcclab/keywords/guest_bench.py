"""What all keywords of one suite share: a real Linux in Renode, and what they say of it when they fail.

It is no keyword itself. The bench of `ipcclab.IpccLibrary` is another one, with a model of Linux.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ipcclab.guest.report import PLATFORM
from ipcclab.trace import About, Origin, Recording
from ipcclab.trace.text import last_accesses
from mp1bench.errors import UsageError
from mp1bench.guest.linux_guest import GuestFailedError, LinuxGuest
from mp1bench.guest.remoteproc import RemoteProcessor, Terminal
from mp1bench.trace import Trace

_ACCESSES = 5
_LINES = 8
#: Descriptors of the guest's shell that devices are held open by.
_DESCRIPTORS = range(3, 10)


class GuestBench:
    """The bench of one suite: a guest, from `Boot Guest` until the next one."""

    def __init__(self) -> None:
        self._guest: LinuxGuest | None = None
        self.images: dict[str, Path] = {}
        self.devices: dict[int, Terminal] = {}
        self.log_from = 0  # the kernel's lines before this one are forgotten

    def put(self, guest: LinuxGuest, images: Mapping[str, Path]) -> None:
        """From now on the bench is this guest, with these images in its /lib/firmware."""
        self._guest = guest
        self.images = dict(images)
        self.devices = {}
        self.log_from = 0

    @property
    def guest(self) -> LinuxGuest:
        if self._guest is None:
            raise UsageError("there is no guest on the bench. Start with `Boot Guest`.")
        return self._guest

    @property
    def processor(self) -> RemoteProcessor:
        """The M4, as Linux has it."""
        return RemoteProcessor(self.guest)

    @property
    def log(self) -> list[str]:
        """The kernel's lines that are not forgotten."""
        return self.guest.log[self.log_from :]

    @property
    def trace(self) -> Trace:
        return self.guest.trace

    @property
    def origin(self) -> Origin:
        return Origin(None, PLATFORM)

    @property
    def recorded(self) -> bool:
        """Has a guest been on the bench?"""
        return self._guest is not None

    @property
    def recording(self) -> Recording:
        """What a writer is given of this guest."""
        return Recording(self.trace, self.origin, About())

    def free_descriptor(self) -> int:
        """A descriptor of the guest's shell that holds no device."""
        for descriptor in _DESCRIPTORS:
            if descriptor not in self.devices:
                return descriptor
        raise UsageError(f"{len(_DESCRIPTORS)} devices are open, which is all at a time. Close one: `Close Device`.")

    @contextmanager
    def explained(self) -> Iterator[None]:
        """What Linux refuses fails the keyword, with the explanation."""
        try:
            yield
        except GuestFailedError as error:
            raise AssertionError(self.explain(str(error).removesuffix("."))) from None

    def memory(self) -> None:
        """What lies in shared memory is not looked at in a guest."""

    def why(self) -> str:
        """Why nothing moves any more: nobody knows that of a real Linux."""
        return ""

    def explain(self, sentence: str) -> str:
        """The text of a failure: the sentence, the kernel's last lines, and the last accesses."""
        parts = [f"{sentence}."]
        lines = self.guest.log[-_LINES:]
        if lines:
            parts += ["Last lines of Linux:", *lines]
        accesses = last_accesses(self.trace, _ACCESSES)
        if accesses:
            parts += ["Last accesses:", *accesses]
        return "\n".join(parts)

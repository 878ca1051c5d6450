"""What a side's transport counts in the shared memory, and says on the trace.

It decides nothing; directions are those of the IPCC's doorbells.
"""

from __future__ import annotations

from mp1bench.mcapi.frame import Frame
from mp1bench.mcapi.layout import Count, Role
from mp1bench.mcapi.memory import OwnWords
from mp1bench.mcapi.port import Port
from mp1bench.trace import Mcapi

WAYS = ("a7_to_m4", "m4_to_a7")  # by the role of who sends


class Journal:
    """Of one side, `role`."""

    def __init__(self, port: Port, role: Role, words: OwnWords) -> None:
        self.role = role
        self.count = words.count
        self._port = port
        self.wrong: set[str] = set()  # what of the peer's cannot be right, as far as this look has come
        self._complaints: dict[str, int] = {}
        self._peer_counts: tuple[int, ...] = ()

    def note(self, what: str, sender: Role, *, buffer: int | None = None, detail: str = "") -> None:
        """One step of what `sender` sends or owns."""
        self._port.record(Mcapi(self._port.now, what, WAYS[sender], buffer=buffer, detail=detail))

    def frame(self, sender: Role, frame: Frame, *, what: str = "frame", why: str = "") -> None:
        """A frame is put into a ring or taken from one; or dropped, and `why`."""
        self._port.record(
            Mcapi(
                self._port.now,
                what,
                WAYS[sender],
                frame.kind.name.lower(),
                frame.priority,
                frame.source,
                frame.destination,
                None if frame.buffer is None else frame.buffer.index,
                frame.payload(),
                why or frame.words(),
            )
        )

    def dropped(self, sender: Role, why: str, *, buffer: int | None = None) -> None:
        """Something in what `sender` wrote is wrong, and passed over."""
        self.count(Count.DROPS)
        self.note("dropped", sender, buffer=buffer, detail=why)

    def complain(self, sender: Role, what: str, value: int) -> None:
        """An index or mark of `sender`'s cannot be right: counted once for each wrong value."""
        self.wrong.add(what)
        if self._complaints.get(what) != value:
            self._complaints[what] = value
            self.dropped(sender, f"the {what} is 0x{value:x}")

    def look_again(self) -> None:
        """A new look at the memory: what was wrong may be right by now."""
        self._complaints = {what: value for what, value in self._complaints.items() if what in self.wrong}
        self.wrong.clear()

    def peer_counts(self, counts: tuple[int, ...]) -> None:
        """What the peer has counted since the last look, where Linux cannot see it happen."""
        before, self._peer_counts = self._peer_counts, counts
        for which, what in ((Count.DEFERRED, "deferred"), (Count.DROPS, "dropped")):
            if before and counts[which] > before[which]:
                detail = f"{counts[which] - before[which]} by its own count"
                self.note(what, self.role.peer if which is Count.DEFERRED else self.role, detail=detail)

    def new_peer(self) -> None:
        """Complaints about the one before are void."""
        self.wrong.clear()
        self._complaints.clear()
        self._peer_counts = ()

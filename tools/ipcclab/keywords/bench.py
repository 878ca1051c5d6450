"""What all keywords of one test share: a board with firmware, or an IPCC without. It is no keyword itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcclab.mailbox import BareIpcc, BoardIpcc, Mailbox
from ipcclab.probe import ProbedIpcc
from ipcclab.sender import adopt_orphan, find_endpoint, unknown_endpoint
from ipcclab.trace import About, Origin, Recording
from ipcclab.trace.text import last_accesses
from mp1bench.board import Board
from mp1bench.errors import UsageError
from mp1bench.trace import Access, Effect, Event, Line, Trace

if TYPE_CHECKING:
    from ipcclab.sharedmemory import SharedMemory
    from mp1bench.linux import HostEndpoint, LinuxHost

_SHOWN = 5
_WITHOUT_PROCESSOR = ("auto", "bare")


class Bench:
    """The bench of one test. Until firmware is booted it is a bare IPCC or, if an engine is named, a probed one."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self._board: Board | None = None
        self._mailbox: Mailbox | None = None
        self._acted = 0

    def put(self, board: Board) -> None:
        """From now on the bench is this board."""
        self._board = board
        self._mailbox = None
        self._acted = 0

    def put_bare(self, ipcc: BareIpcc) -> None:
        """From now on the bench is this bare IPCC."""
        if self._board is not None or self.engine not in _WITHOUT_PROCESSOR:
            raise UsageError("an IPCC of your choice stands alone: it needs the engine `bare` and no firmware.")
        self._mailbox = ipcc
        self._acted = 0

    @property
    def booted(self) -> bool:
        return self._board is not None

    @property
    def board(self) -> Board:
        if self._board is None:
            raise UsageError("there is no firmware on the bench. Start with `Boot Firmware`.")
        return self._board

    @property
    def linux(self) -> LinuxHost:
        if self._board is None:
            raise UsageError("there is no Linux on the bench. Start with `Boot Linux` or `Boot Firmware`.")
        if self.board.linux is None:
            raise UsageError("nobody plays Linux here. Boot the firmware with host=linux.")
        return self.board.linux

    @property
    def mailbox(self) -> Mailbox:
        """The IPCC of the board, or the one without firmware, which is made when it is first asked for."""
        if self._mailbox is None:
            if self._board is not None:
                self._mailbox = BoardIpcc(self._board)
            else:
                self._mailbox = BareIpcc() if self.engine in _WITHOUT_PROCESSOR else ProbedIpcc(self.engine)
        return self._mailbox

    @property
    def bare(self) -> BareIpcc:
        """The IPCC if it is a bare one."""
        if not isinstance(self.mailbox, BareIpcc):
            raise UsageError("this is for a bare IPCC: it needs the engine `bare` and no firmware.")
        return self.mailbox

    @property
    def own(self) -> BareIpcc | ProbedIpcc:
        """The IPCC if no firmware but the test's own hand works on it."""
        if not isinstance(self.mailbox, BareIpcc | ProbedIpcc):
            raise UsageError("this is for an IPCC without firmware; on a board the RCC resets it and stops its clock.")
        return self.mailbox

    def act(self) -> None:
        """Something other than an access follows; what comes of it is not the last access's doing."""
        self._acted = self.trace.size()

    def consequences(self) -> tuple[Access | None, list[Event]]:
        """The last access, None if something else was done since, and what the IPCC reported after that."""
        found: list[Event] = []
        events = self.trace.events
        for index in range(len(events) - 1, self._acted - 1, -1):
            event = events[index]
            if isinstance(event, Access) and event.device == self.mailbox.name:
                return event, found[::-1]
            if isinstance(event, Effect | Line) and event.device == self.mailbox.name:
                found.append(event)
        return None, found[::-1]

    @property
    def trace(self) -> Trace:
        return self.mailbox.trace

    @property
    def origin(self) -> Origin:
        from ipcclab.summary import origin_of

        mailbox = self.mailbox
        return origin_of(mailbox.board) if isinstance(mailbox, BoardIpcc) else Origin(None, "bare")

    @property
    def recorded(self) -> bool:
        """Is there an IPCC on the bench, and so a trace of it?"""
        return self._mailbox is not None or (self._board is not None and self._board.ipcc is not None)

    @property
    def recording(self) -> Recording:
        """What a writer is given of this bench."""
        return Recording(self.trace, self.origin, About())

    def endpoint(self, name: str | None, within: int) -> HostEndpoint:
        """The endpoint of that name, number or address; waits for its announcement."""
        linux = self.linux
        self.board.run_until(lambda: find_endpoint(linux.endpoints, name) is not None, within)
        found = find_endpoint(linux.endpoints, name)
        if found is None and adopt_orphan(linux, name):
            found = find_endpoint(linux.endpoints, name)
        if found is None and not linux.announced:
            raise AssertionError(self.explain("the firmware announced no endpoint"))
        if found is None:
            raise unknown_endpoint(linux, name)
        return found

    def memory(self) -> SharedMemory | None:
        """What lies in shared memory; None without a board."""
        from ipcclab.sharedmemory.board import memory_of

        return None if self._board is None else memory_of(self._board)

    def why(self) -> str:
        """Why nothing moves any more; empty if nothing is stuck, or no board is on the bench."""
        return (self._board and self._board.diagnose()) or ""

    def explain(self, sentence: str) -> str:
        """The text of a failure: the sentence, why nothing moves, and the last accesses."""
        why = self.why()
        parts = [f"{sentence}." + (f" Nothing moves because {why}" if why else "")]
        accesses = last_accesses(self.trace, _SHOWN)
        if accesses:
            parts.append("\n".join(["Last accesses:", *accesses]))
        return "\n".join(parts)

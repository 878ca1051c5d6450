"""What all keywords of one test share: a board with firmware, or a bare IPCC. It is no keyword itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcclab.mailbox import BareIpcc, BoardIpcc, Mailbox
from ipcclab.sender import find_endpoint, unknown_endpoint
from ipcclab.trace import Origin
from ipcclab.trace.text import last_accesses
from mp1bench.board import Board
from mp1bench.errors import UsageError
from mp1bench.trace import Trace

if TYPE_CHECKING:
    from mp1bench.linux import HostEndpoint, LinuxHost

_SHOWN = 5


class Bench:
    """The bench of one test. Until firmware is booted it is a bare IPCC."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self._board: Board | None = None
        self._mailbox: Mailbox | None = None

    def put(self, board: Board) -> None:
        """From now on the bench is this board."""
        self._board = board
        self._mailbox = None

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
        if self.board.linux is None:
            raise UsageError("nobody plays Linux here. Boot the firmware with host=linux.")
        return self.board.linux

    @property
    def mailbox(self) -> Mailbox:
        """The IPCC of the board, or the bare one, which is made when it is first asked for."""
        if self._mailbox is None:
            self._mailbox = BoardIpcc(self._board) if self._board is not None else BareIpcc()
        return self._mailbox

    @property
    def trace(self) -> Trace:
        if self._board is not None:
            assert self._board.trace is not None
            return self._board.trace
        mailbox = self.mailbox
        assert isinstance(mailbox, BareIpcc)
        return mailbox.trace

    @property
    def origin(self) -> Origin:
        from ipcclab.summary import origin_of

        return origin_of(self._board) if self._board is not None else Origin(None, "bare")

    def endpoint(self, name: str | None, within: int) -> HostEndpoint:
        """The endpoint of that name, number or address; waits for its announcement."""
        linux = self.linux
        self.board.run_until(lambda: find_endpoint(linux.endpoints, name) is not None, within)
        found = find_endpoint(linux.endpoints, name)
        if found is None and not linux.announced:
            raise AssertionError(self.explain("the firmware announced no endpoint"))
        if found is None:
            raise unknown_endpoint(linux, name)
        return found

    def explain(self, sentence: str) -> str:
        """The text of a failure: the sentence, why nothing moves, and the last accesses."""
        why = self._board.diagnose() if self._board is not None else None
        parts = [f"{sentence}." + (f" Nothing moves because {why}" if why else "")]
        accesses = last_accesses(self.trace, _SHOWN)
        if accesses:
            parts.append("\n".join(["Last accesses:", *accesses]))
        return "\n".join(parts)

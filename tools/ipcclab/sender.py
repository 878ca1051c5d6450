"""The messages that a run sends, and when. It picks the endpoint and the moment; `mp1bench.linux` does the sending.

The first message leaves 20 us after its endpoint was announced, each further one when the answer to the one before
has arrived, or 5 ms later if none does.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from ipcclab.payload import text_of
from mp1bench.board import Board
from mp1bench.errors import UsageError
from mp1bench.linux import HostEndpoint

FIRST_AFTER_NS = 20_000
ANSWER_WITHIN_NS = 5_000_000

_EVENTS = "ipcclab.sender"


class Sender:
    """Sends `texts` to one endpoint: `to` is a service name, `name:2` for its second, an address, or None for the first."""

    def __init__(self, board: Board, texts: Sequence[str], to: str | None = None) -> None:
        self._board = board
        self._texts = [text.encode("utf-8", "surrogateescape") for text in texts]
        self._to = to
        self._endpoint: HostEndpoint | None = None
        self._next = 0
        self._answered_at = 0  # messages from the endpoint when the last one was sent
        self._ticket = 0
        board.engine.on_event(_EVENTS, self._send)

    @property
    def unsent(self) -> list[str]:
        """The texts that are still to be sent."""
        return [text_of(data) for data in self._texts[self._next :]]

    def look(self) -> None:
        """Call whenever something may have been announced or received."""
        linux, engine = self._board.linux, self._board.engine
        if linux is None or self._next == len(self._texts):
            return
        if self._endpoint is None:
            self._endpoint = find_endpoint(linux.endpoints, self._to)
            if self._endpoint is not None:
                self._ticket = engine.schedule(engine.now + FIRST_AFTER_NS, _EVENTS, "first")
        elif self._next and self._received() > self._answered_at:
            self._answered_at = self._received()
            engine.cancel(self._ticket)
            self._ticket = engine.schedule(engine.now, _EVENTS, "answered")

    def _send(self, tag: str) -> None:
        assert self._endpoint is not None  # nothing is scheduled before
        engine = self._board.engine
        data = self._texts[self._next]
        self._next += 1
        self._answered_at = self._received()
        self._endpoint.send(data)
        if self._next < len(self._texts):
            self._ticket = engine.schedule(engine.now + ANSWER_WITHIN_NS, _EVENTS, "unanswered")

    def _received(self) -> int:
        linux, endpoint = self._board.linux, self._endpoint
        if linux is None or endpoint is None:
            return 0
        return sum(transfer.local == endpoint.local for transfer in linux.received)

    def complaint(self) -> str | None:
        """Why not everything was sent, or None if it was. For a run that is over. UsageError if `to` names nothing."""
        if not self.unsent:
            return None
        linux = self._board.linux
        if linux is None or not linux.announced:
            return f"{self.unsent[0]!r} was never sent, because the firmware announced no endpoint."
        if self._endpoint is None:
            raise unknown_endpoint(linux.endpoints, self._to or "")
        return f"the run was over before {self.unsent[0]!r} was sent."


def find_endpoint(endpoints: Sequence[HostEndpoint], to: str | None) -> HostEndpoint | None:
    """The endpoint that `to` means: None the first, `name` the first of that name, `name:2` its second, `0x401` an address."""
    for spelling, endpoint in zip(spellings(endpoints), endpoints, strict=True):
        if to is None or to.lower() in (spelling.lower(), f"{endpoint.name}:1".lower()) or _address(to) == endpoint.remote:
            return endpoint
    return None


def spellings(endpoints: Sequence[HostEndpoint]) -> list[str]:
    """How each endpoint is called: its name, from the second of a name on with its number."""
    names = [endpoint.name for endpoint in endpoints]
    counts = [names[: i + 1].count(name) for i, name in enumerate(names)]
    return [name if n == 1 else f"{name}:{n}" for name, n in zip(names, counts, strict=True)]


def unknown_endpoint(endpoints: Sequence[HostEndpoint], to: str) -> UsageError:
    """The error for a `to` that means none of them."""
    known = spellings(endpoints)
    listed = ", ".join(f"{s} (0x{e.remote:x})" for s, e in zip(known, endpoints, strict=True))
    near = get_close_matches(to, known, n=1)
    hint = f" Did you mean `{near[0]}`?" if near else ""
    return UsageError(f"no endpoint `{to}` was announced; the firmware announced {listed}.{hint}")


def _address(text: str) -> int | None:
    try:
        return int(text, 0)
    except ValueError:
        return None

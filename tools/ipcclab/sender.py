"""The messages that a run sends, and when. It picks the endpoint and the moment; `mp1bench.linux` does the sending.

The first message leaves 20 us after its endpoint was announced (a service without a driver is given one then), each
further one when the answer to the one before has arrived, or 5 ms later if none does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ipcclab.payload import text_of
from mp1bench.errors import IpccLabError, UsageError, suggest

if TYPE_CHECKING:
    from mp1bench.board import Board
    from mp1bench.linux import HostEndpoint, LinuxHost

FIRST_AFTER_NS = 20_000
ANSWER_WITHIN_NS = 5_000_000

_EVENTS = "ipcclab.sender"
_ADOPT = "ipcclab.sender.adopt"


class Sender:
    """Sends `texts` to the endpoint `to`, see `find_endpoint`."""

    def __init__(self, board: Board, texts: Sequence[str], to: str | None = None) -> None:
        self._board = board
        self._texts = [text.encode("utf-8", "surrogateescape") for text in texts]
        self._to = to
        self._endpoint: HostEndpoint | None = None
        self._next = 0
        self._seen = 0  # received messages that have been looked at
        self._ticket = 0
        self._announcements = 0  # that have been looked at
        self._refusal = ""
        board.engine.on_event(_EVENTS, self._send)
        board.engine.on_event(_ADOPT, self._adopt)

    @property
    def unsent(self) -> list[str]:
        """The texts that are still to be sent."""
        return [text_of(data) for data in self._texts[self._next :]]

    def look(self) -> None:
        """Call whenever something may have been announced or received."""
        linux, engine = self._board.linux, self._board.engine
        if linux is None or self._refusal or self._next == len(self._texts):
            return
        if self._endpoint is None:
            self._endpoint = find_endpoint(linux.endpoints, self._to)
            if self._endpoint is not None:
                self._ticket = engine.schedule(engine.now + FIRST_AFTER_NS, _EVENTS, "first")
            elif len(linux.announced) > self._announcements:
                self._announcements = len(linux.announced)
                engine.schedule(engine.now + FIRST_AFTER_NS, _ADOPT, "")
        elif self._next and self._answered(linux, self._endpoint):
            engine.cancel(self._ticket)
            self._ticket = engine.schedule(engine.now, _EVENTS, "answered")

    def _adopt(self, _tag: str) -> None:
        """By now Linux has bound what it has a driver for."""
        linux = self._board.linux
        if linux is not None and self._endpoint is None and adopt_orphan(linux, self._to):
            self.look()

    def _send(self, tag: str) -> None:
        assert self._endpoint is not None  # nothing is scheduled before
        engine = self._board.engine
        data = self._texts[self._next]
        self._next += 1
        self._seen = len(self._board.linux.received) if self._board.linux else 0
        try:
            self._endpoint.send(data)
        except IpccLabError as error:
            self._refusal = str(error)
            return
        if self._next < len(self._texts):
            self._ticket = engine.schedule(engine.now + ANSWER_WITHIN_NS, _EVENTS, "unanswered")

    def _answered(self, linux: LinuxHost, endpoint: HostEndpoint) -> bool:
        """Has anything come from the endpoint since the last look?"""
        new = linux.received[self._seen :]
        self._seen += len(new)
        return any(transfer.local == endpoint.local for transfer in new)

    def complaint(self) -> str | None:
        """Why not everything was sent, or None if it was. For a run that is over. UsageError if `to` names nothing."""
        if self._refusal or not self.unsent:
            return self._refusal or None
        linux = self._board.linux
        if linux is None or not linux.announced:
            return f"{self.unsent[0]!r} was never sent, because the firmware announced no endpoint."
        if not linux.endpoints:
            return str(unknown_endpoint(linux, self._to))
        if self._endpoint is None:
            raise unknown_endpoint(linux, self._to)
        return f"the run was over before {self.unsent[0]!r} was sent."


def find_endpoint(endpoints: Sequence[HostEndpoint], to: str | None) -> HostEndpoint | None:
    """The endpoint that `to` means: a service name, `name:2` for its second, `0x401`; None is the first announced."""
    for spelling, endpoint in zip(spellings(endpoints), endpoints, strict=True):
        if to in (None, spelling, f"{spelling}:1") or _number(to) == endpoint.remote:
            return endpoint
    return None


def adopt_orphan(linux: LinuxHost, to: str | None) -> bool:
    """Load a client for the announced service that `to` means and no driver is for; None means the first if none is."""
    bound = {endpoint.name for endpoint in linux.endpoints}
    orphans = [announced for announced in linux.announced if announced.name not in bound]
    if to is None:
        orphans = [] if bound else orphans[:1]
    else:
        orphans = [a for a in orphans if to.partition(":")[0] == a.name or _number(to) == a.address][:1]
    for orphan in orphans:
        linux.adopt(orphan.name)
    return bool(orphans)


def _number(text: str) -> int | None:
    """The address that `text` is, as Python or C would write it."""
    try:
        return int(text, 0)
    except ValueError:
        return None


def spellings(endpoints: Sequence[HostEndpoint]) -> list[str]:
    """How each endpoint is called: its name, from the second of a name on with its number."""
    names = [endpoint.name for endpoint in endpoints]
    counts = [names[: i + 1].count(name) for i, name in enumerate(names)]
    return [name if n == 1 else f"{name}:{n}" for name, n in zip(names, counts, strict=True)]


def unknown_endpoint(linux: LinuxHost, to: str | None) -> UsageError:
    """The error for a `to` that means none of what the firmware announced and Linux has a driver for."""
    known = spellings(linux.endpoints)
    bound = [f"{s} (0x{e.remote:x})" for s, e in zip(known, linux.endpoints, strict=True)]
    if not bound:
        names = ", ".join(announcement.name for announcement in linux.announced)
        return UsageError(
            f"Linux has no driver for what the firmware announced ({names}), so nothing can be sent to it."
        )
    there = f"there is no endpoint `{to}`; the firmware announced {', '.join(bound)}."
    return UsageError(f"{there}{suggest(to or '', known)}")

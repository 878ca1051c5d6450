"""Moves frames between the two sides: puts together rings, buffers, doorbell, and the epochs that notice a restart.

It knows nothing of endpoints and channels. The firmware's firmware/lib/mcapi/transport.c is its mirror image
(mcapi.md §4).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from mp1bench.mcapi.doorbell import Doorbell
from mp1bench.mcapi.frame import Buffer, Frame
from mp1bench.mcapi.inbox import Inbox
from mp1bench.mcapi.journal import Journal
from mp1bench.mcapi.layout import PRIORITIES, Count, Role, Wants
from mp1bench.mcapi.link import Link
from mp1bench.mcapi.memory import Look, OwnWords, Side, look
from mp1bench.mcapi.outbox import Outbox
from mp1bench.mcapi.port import Port
from mp1bench.mcapi.reminder import Reminder

_WISHES = (Wants.RING0, Wants.RING1, Wants.BUFFERS)
#: So often is the peer reminded of what cannot be right, and could repair it, before both begin anew.
_PATIENCE = 4


class Client(Protocol):
    """Who uses a transport."""

    def frame(self, frame: Frame) -> bool:
        """A frame has come. False: not now; it stays where it is until the next `poll`.

        Its buffer is the client's until `release`; a frame for nobody goes to `drop`.
        """

    def peer(self, up: bool) -> None:
        """The peer is there (again), or gone: its buffers are void, and ours are home."""

    def space(self) -> None:
        """Room in a ring, or a buffer, that was missing may be there now."""


class Transport:
    """One side of the two; `role` says which."""

    def __init__(self, port: Port, role: Role, client: Client) -> None:
        self.role = role
        self._port = port
        self._client = client
        self._words = OwnWords(port, role)
        self._journal = Journal(port, role, self._words)
        self._link = Link(port, self._words, self._journal)
        self._outbox = Outbox(port, self._words, self._journal)
        self._inbox = Inbox(port, self._words, self._journal, client.frame, self._link.current)
        self._doorbell = Doorbell(port.post)
        self._reminder = Reminder(port, self._remind)
        self._started = self._polling = self._again = False
        self._patience = _PATIENCE

    # -- life -------------------------------------------------------------------------------------------------

    @property
    def up(self) -> bool:
        """Have both sides agreed on each other's epoch? Nothing can be sent before."""
        return self._started and self._link.up

    @property
    def epoch(self) -> int:
        """One's own."""
        return self._link.epoch

    @property
    def peer_epoch(self) -> int:
        """The peer's, as last agreed upon; 0 without."""
        return self._link.synced

    def start(self) -> None:
        """Join. The host makes the area if there is none."""
        self._link.start()
        self._started = True
        if self.epoch:  # else there is no area yet
            self._journal.note("epoch", self.role, detail=f"{self.epoch} begins")
            self._ring()
        self.poll()

    def stop(self) -> None:
        """Leave: the peer is told, the client is not."""
        self._started = False
        self._reminder.cancel()
        self._new_peer()
        self._link.stop()
        self._journal.note("epoch", self.role, detail=f"{self.epoch} ends")
        self._ring()

    def peer_stopped(self) -> None:
        """The peer's processor is held in reset: it cannot say any more that it is gone."""
        self._link.bury_peer()
        self.poll()

    def statistics(self, role: Role) -> dict[Count, int]:
        """What a side has counted; of the peer, what it says."""
        if role == self.role:
            return self._words.counts
        return dict(zip(Count, self._peer().counts, strict=True))

    # -- frames -----------------------------------------------------------------------------------------------

    def allocate(self, priority: int) -> Buffer | None:
        """A buffer of one's own pool; None if there is none now: `Client.space` says when to try again."""
        return self._outbox.allocate(priority)

    def free(self, buffer: Buffer) -> None:
        """A buffer that was allocated is not sent."""
        self._outbox.free(buffer)

    def room(self, priority: int, *, buffer: bool) -> bool:
        """Would a frame of this priority go now, in a `buffer` or without? `Client.space` says when that may change."""
        return self.up and self._outbox.room(priority, buffer=buffer)

    def send(self, frame: Frame) -> bool:
        """Put a frame into the ring of its priority, and ring. False if there is no room, or no peer, now."""
        sent = self.up and self._outbox.put(frame)
        if sent:
            self._ring()
        self._watch()
        return sent

    def release(self, buffer: Buffer) -> bool:
        """A received frame's buffer goes home. False if it is not held here."""
        held = self._inbox.release(buffer)
        self._answer_wishes()
        return held

    def drop(self, frame: Frame, why: str) -> None:
        """The same for a frame that nobody wants: it is counted, and `why` stands on the trace."""
        self._journal.count(Count.DROPS)
        self._journal.frame(self.role.peer, frame, what="dropped", why=why)
        if frame.buffer is not None:
            self.release(frame.buffer)

    # -- looking ----------------------------------------------------------------------------------------------

    def poll(self) -> None:
        """Look at the memory and deal with what has changed. It may be called at any time, also by the client."""
        self._again = True
        if self._polling:
            return
        self._polling = True
        try:
            while self._again and self._started:
                self._again = False
                self._poll()
        finally:
            self._polling = False

    def freed(self) -> None:
        """The channel of the doorbell is free again."""
        pending = self._doorbell.freed()
        self.poll()
        if pending and (not self._started or self._outstanding() is not None):
            self._ring()
            self._watch()

    def _poll(self) -> None:
        self._heal()
        self._follow_peer(self._link.examine)
        self._journal.look_again()
        if self._link.up:
            peer = self._peer()
            self._journal.peer_counts(peer.counts)
            self._outbox.collect(peer)
            for priority in range(PRIORITIES):
                self._inbox.drain(priority)
            self._inbox.flush()
            self._answer_wishes()
            if self._outbox.satisfied(self._peer()):
                self._client.space()
            if self._outbox.ask_for_repair():
                self._ring()
        if not self._journal.wrong:
            self._patience = _PATIENCE
        self._watch()

    def _heal(self) -> None:
        seen = look(self._port)
        if self._link.new_area(seen):
            self._follow_peer(self._link.restart)
        elif seen.valid or self.role is Role.HOST:
            healed = self._link.heal(seen)
            if seen.sides[self.role.peer].wants & Wants.REPAIR:
                healed += self._words.heal_rings()
            if healed:
                self._journal.count(Count.HEALED, healed)
                self._ring()

    def _follow_peer(self, follow: Callable[[Look], str]) -> None:
        was_up = self._link.up
        change = follow(look(self._port))
        if change:
            self._new_peer()
            self._journal.note("epoch", self.role.peer, detail=change)
            if was_up:
                self._client.peer(False)
            self._ring()
        if self._link.up and (change or not was_up):
            self._journal.note("epoch", self.role.peer, detail=f"{self.peer_epoch} is up")
            self._client.peer(True)

    def _new_peer(self) -> None:
        self._outbox.new_peer()
        self._inbox.new_peer()
        self._journal.new_peer()

    # -- ringing ----------------------------------------------------------------------------------------------

    def _ring(self) -> None:
        pending = self._doorbell.pending
        if self._doorbell.ring():
            self._journal.count(Count.DOORBELLS)
            self._journal.note("doorbell", self.role)
        elif not pending:
            self._journal.count(Count.DEFERRED)
            self._journal.note("deferred", self.role)

    def _answer_wishes(self) -> None:
        self._port.barrier()  # what is offered before the wish is read
        peer = self._peer()
        if self._link.up and self._answers(peer):
            self._ring()

    def _answers(self, peer: Side) -> bool:
        offers = self._inbox.offers(peer)
        return any(offer and peer.wants & wish for offer, wish in zip(offers, _WISHES, strict=True))

    def _outstanding(self) -> object:
        """What the peer has still to see; None if it is nothing."""
        peer = self._peer()
        if not self._link.up:
            return ("epoch", self.epoch, self._link.synced) if self.epoch else None
        if self._outbox.unconsumed(peer) or self._answers(peer) or self._journal.wrong:
            return peer.tail, peer.head, peer.free_head, peer.free_tail, peer.wants, self._outbox.unconsumed(peer)
        return None

    def _watch(self) -> None:
        if self._doorbell.busy:
            self._reminder.pause()
        else:
            self._reminder.watch(self._outstanding() if self._started else None)

    def _remind(self) -> None:
        self.poll()
        if self._journal.wrong:
            self._patience -= 1
        if not self._patience:
            self._patience = _PATIENCE
            self._follow_peer(self._link.restart)
        if not self._doorbell.busy and self._started and self._outstanding() is not None:
            self._journal.count(Count.RERINGS)
            self._ring()
        self._watch()

    def _peer(self) -> Side:
        return look(self._port).sides[self.role.peer]

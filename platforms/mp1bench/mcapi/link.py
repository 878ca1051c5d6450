"""When two sides agree: each has an epoch, and says for which epoch of the other its words are reset.

A side that starts anew takes another epoch; the other sees it, forgets what was, and follows. Neither needs to have
ended in order, and it does not matter who starts first.
"""

from __future__ import annotations

import struct

from mp1bench.mcapi import layout
from mp1bench.mcapi.journal import Journal
from mp1bench.mcapi.layout import Count, Role, State
from mp1bench.mcapi.memory import EPOCH, MASK, STATE, SYNCED, Look, OwnWords, Side, look
from mp1bench.mcapi.port import Port


class Link:
    """One side's view. `up`: both have reset their words for each other."""

    def __init__(self, port: Port, words: OwnWords, journal: Journal) -> None:
        self.up = False
        self._port = port
        self._words = words
        self._journal = journal
        self._role = journal.role
        self._agreed = 0  # the peer's epoch of the last time that both agreed

    @property
    def epoch(self) -> int:
        """One's own; 0 before the first."""
        return self._words[EPOCH]

    @property
    def synced(self) -> int:
        """The peer's for which the own words are reset; 0 for none."""
        return self._words[SYNCED]

    def start(self) -> None:
        """Begin an epoch. If there is no area, the host makes it, and the firmware waits for that."""
        if not look(self._port).valid and self._role is Role.HOST:
            self._create()
        seen = look(self._port)
        if seen.valid:
            self._begin(seen, synced=0)

    def heal(self, seen: Look) -> int:
        """Write again what somebody else has changed of this side's words, and the host the header; how many."""
        healed = self._words.heal(seen.sides[self._role])
        if not seen.valid and self._role is Role.HOST:
            self._write_header()
            healed += 1
        return healed

    def stop(self) -> None:
        """End it."""
        self.up = False
        self._words[STATE] = State.FINALISING
        self._reset(0)
        self._words[STATE] = State.OFF

    def bury_peer(self) -> None:
        """Say for a peer that does not run that it is off; it begins an epoch when it does again."""
        if look(self._port).valid:
            state = layout.SIDE_BLOCK[self._role.peer] + 4 * STATE
            self._port.write(state, struct.pack("<I", State.OFF))

    def current(self, peer: Side) -> bool:
        """Is the peer still the one that was agreed with?"""
        return self.up and peer.epoch == self.synced and peer.synced == self.epoch

    def new_area(self, seen: Look) -> bool:
        """Has the area been made since this side began? 0 is no epoch."""
        return seen.valid and not (self.epoch and seen.sides[self._role].epoch)

    def restart(self, seen: Look) -> str:
        """Begin another epoch: the peer cannot have what this side believes. Returns why, in words."""
        peer = seen.sides[self._role.peer]
        self.up = False
        self._begin(seen, synced=peer.epoch if peer.state == State.UP else 0)
        return f"{peer.epoch} has lost us"

    def examine(self, seen: Look) -> str:
        """Follow the peer. Returns what has changed, in words; "" if nothing has. `up` may have changed either way."""
        peer = seen.sides[self._role.peer]
        if not seen.valid or peer.state != State.UP:
            if not self.up and not self.synced:
                return ""
            self.up = False
            self._reset(0)
            return "is gone" if seen.valid else "has lost the shared memory"
        if peer.epoch != self.synced:
            if peer.epoch == self._agreed or (self.up and peer.synced == self.epoch):
                return self.restart(seen)  # perhaps it has not begun anew, and would not notice a bare reset
            self.up = False
            self._journal.count(Count.PEER_EPOCHS)
            self._reset(peer.epoch)
            self._agree(peer)
            return f"{peer.epoch} begins"
        if self.up and peer.synced != self.epoch:
            return self.restart(seen)
        self._agree(peer)
        return ""

    def _agree(self, peer: Side) -> None:
        self.up = peer.synced == self.epoch and peer.epoch == self.synced != 0
        if self.up:
            self._agreed = self.synced

    def _begin(self, seen: Look, synced: int) -> None:
        epoch = max(seen.sides[self._role].epoch, self.epoch) + 1 & MASK or 1
        if epoch == seen.sides[self._role.peer].synced:  # the peer cannot know it yet
            epoch = epoch + 1 & MASK or 1
        self._words[EPOCH] = epoch
        self._port.barrier()  # the new epoch before anything of it
        self._words[STATE] = State.INIT
        self._reset(synced)
        self._words[STATE] = State.UP

    def _reset(self, synced: int) -> None:
        """Empty the rings that this side writes; nothing is true any more that was said in them."""
        self._words[SYNCED] = 0
        self._port.barrier()  # not agreed before anything changes
        self._words.zero_indices()
        self._words.zero_rings()
        self._port.barrier()  # all of it before the word that says so
        self._words[SYNCED] = synced

    def _create(self) -> None:
        self._port.write(0, bytes(layout.POOL[0]))
        self._write_header()

    def _write_header(self) -> None:
        self._port.write(4, struct.pack("<3I", layout.VERSION, layout.SIZE, 0))
        self._port.barrier()  # everything before the magic
        self._port.write(0, struct.pack("<I", layout.MAGIC))

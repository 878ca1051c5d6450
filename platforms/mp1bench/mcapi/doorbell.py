"""The doorbell towards the peer: rung only while the channel is free, else remembered (mcapi.md §4.3, rule S).

It knows no registers and no frames: `post` sets the flag, and whoever owns the channel says when it is free again.
"""

from __future__ import annotations

from collections.abc import Callable


class Doorbell:
    """`busy`: the last signal is not taken yet. `pending`: there is a reason to signal once more when it is."""

    def __init__(self, post: Callable[[], None]) -> None:
        self.busy = False
        self.pending = False
        self._post = post

    def ring(self) -> bool:
        """Signal; False if that has to wait until the channel is free."""
        if self.busy:
            self.pending = True
            return False
        self.busy = True
        self._post()
        return True

    def freed(self) -> bool:
        """The channel is free again. True if a ring was waiting for that."""
        self.busy = False
        pending, self.pending = self.pending, False
        return pending

"""Who uses a mailbox channel (include/linux/mailbox_client.h): what a client says of itself, and its device-tree node.

What clients call is in `core.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mp1bench.errors import UsageError
from mp1bench.linux.of import Node


@dataclass(eq=False)
class MailboxClient:
    """Who uses a channel.

    With `tx_block`, sending waits for the acknowledge, `tx_tout` ms at most (0: an hour). Callbacks may be generators
    where they may sleep. The `mboxes` and `mbox-names` of `node` say which channels it may ask for.
    """

    name: str
    tx_block: bool = False
    tx_tout: int = 0
    knows_txdone: bool = False
    rx_callback: Callable[[object], object] | None = None
    tx_prepare: Callable[[object], object] | None = None
    tx_done: Callable[[object, int], object] | None = None
    node: Node | None = None
    dev: str = ""  # how the kernel log names it

    def __post_init__(self) -> None:
        if not isinstance(self.tx_tout, int) or not 0 <= self.tx_tout < 1 << 32:
            raise UsageError(f"tx_tout is a number of milliseconds in 32 bits, not {self.tx_tout!r}.")
        self.dev = self.dev or f"client {self.name}"

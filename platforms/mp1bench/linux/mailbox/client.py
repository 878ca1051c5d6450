"""Who uses a mailbox channel (include/linux/mailbox_client.h): what a client says of itself, and its device-tree node.

What clients call is in `mailbox.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass
class MailboxNode:
    """What a client's device-tree node says: `mboxes` as (controller, cell), and `mbox-names`."""

    mboxes: Sequence[tuple[str | None, int | None]] = ()
    names: Sequence[str] = ()


@dataclass(eq=False)
class MailboxClient:
    """Who uses a channel. `tx_tout` is in ms; callbacks may be generators where they may sleep (all but tx_prepare)."""

    name: str
    tx_block: bool = False
    tx_tout: int = 0
    knows_txdone: bool = False
    rx_callback: Callable[[object], object] | None = None
    tx_prepare: Callable[[object], object] | None = None
    tx_done: Callable[[object, int], object] | None = None
    node: MailboxNode | None = None
    dev: str = ""  # how the kernel log names it

    def __post_init__(self) -> None:
        self.dev = self.dev or f"client {self.name}"

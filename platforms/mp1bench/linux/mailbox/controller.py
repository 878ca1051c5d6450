"""What a mailbox controller brings (include/linux/mailbox_controller.h): its operations, and its channels' state.

The state machine that works on it is in `mailbox.py`. Channels count from 0 here, as in Linux.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from mp1bench.linux.kernel.core import Timer
from mp1bench.linux.kernel.locking import Completion, Spinlock
from mp1bench.linux.mailbox.client import MailboxClient

if TYPE_CHECKING:
    from mp1bench.linux.mailbox.core import MailboxCore

MBOX_TX_QUEUE_LEN = 20

#: Who says that a message is out: the controller's interrupt, the controller when asked, or the client.
TXDONE_BY_IRQ = "irq"
TXDONE_BY_POLL = "poll"
TXDONE_BY_ACK = "ack"


class ChannelOps(Protocol):
    """What every controller can do with a channel; errors are negative numbers."""

    def startup(self, channel: MailboxChannel) -> int: ...

    def shutdown(self, channel: MailboxChannel) -> None: ...

    def send_data(self, channel: MailboxChannel, message: object) -> int: ...


@dataclass(eq=False)
class MailboxController:
    """A controller: its node's name, how the log names it, what it can do, and how it learns that a message is out."""

    name: str
    dev: str
    ops: ChannelOps
    num_chans: int
    txdone_irq: bool = False
    txdone_poll: bool = False
    txpoll_period: int = 0  # ms
    flush: Callable[[MailboxChannel, int], int] | None = None
    last_tx_done: Callable[[MailboxChannel], bool] | None = None
    peek_data: Callable[[MailboxChannel], bool] | None = None
    channels: list[MailboxChannel] = field(default_factory=list)
    poll_timer: Timer | None = None

    @property
    def txdone_method(self) -> str:
        if self.txdone_irq:
            return TXDONE_BY_IRQ
        return TXDONE_BY_POLL if self.txdone_poll else TXDONE_BY_ACK


class MailboxChannel:
    """One channel and its queue. `active` is the message in the hardware; None is idle, as NULL is in 6.1."""

    def __init__(self, core: MailboxCore, controller: MailboxController, index: int) -> None:
        self.controller = controller
        self.index = index
        self.client: MailboxClient | None = None
        self.txdone_method = controller.txdone_method
        self.active: object = None
        self.ring: list[object] = [None] * MBOX_TX_QUEUE_LEN
        self.msg_count = 0
        self.msg_free = 0
        self.tx_status = 0
        self.tx_complete = Completion(core.kernel)
        self.lock = Spinlock("mbox_send_message")
        self._core = core

    def send(self, message: object = b"") -> int:
        """Send from outside a task: the ring slot, or a negative error number. The machine runs meanwhile."""
        return self._core.kernel.call(self._core.send_message(self, message), "mbox_send_message")

    def free(self) -> None:
        """Give the channel back."""
        self._core.free_channel(self)

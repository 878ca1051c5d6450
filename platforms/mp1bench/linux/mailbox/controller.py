"""What a mailbox controller brings (include/linux/mailbox_controller.h): its operations, and its channels' state.

The state machine that works on it is in `core.py`. Channels count from 0 here, as in Linux.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.hrtimer import HrTimer
from mp1bench.linux.kernel.locking import Completion, Spinlock
from mp1bench.linux.mailbox.client import MailboxClient
from mp1bench.linux.of import Node

if TYPE_CHECKING:
    from mp1bench.linux.mailbox.core import MailboxCore

MBOX_TX_QUEUE_LEN = 20

#: Who says that a message is out: the controller's interrupt, the controller when asked, or the client.
TXDONE_BY_IRQ = "irq"
TXDONE_BY_POLL = "poll"
TXDONE_BY_ACK = "ack"


class _NoMessage:
    def __repr__(self) -> str:
        return "MBOX_NO_MSG"


#: What 6.12 keeps in an idle channel, and therefore refuses as a message. 6.1 keeps NULL.
MBOX_NO_MSG = _NoMessage()


class ChannelOps(Protocol):
    """What every controller can do with a channel; errors are negative numbers."""

    def startup(self, channel: MailboxChannel) -> int: ...

    def shutdown(self, channel: MailboxChannel) -> None: ...

    def send_data(self, channel: MailboxChannel, message: object) -> int: ...


@dataclass(eq=False)
class MailboxController:
    """A controller: its node, how the log names it, what it can do, and how it learns that a message is out.

    `of_xlate` finds the channel that the cells behind a phandle mean; without it, the first one is its number.
    `unloading` says that its module is about to go: nobody gets a reference to it any more.
    """

    node: Node | None
    dev: str
    ops: ChannelOps
    num_chans: int
    txdone_irq: bool = False
    txdone_poll: bool = False
    txpoll_period: int = 0  # ms
    flush: Callable[[MailboxChannel, int], int] | None = None
    last_tx_done: Callable[[MailboxChannel], bool] | None = None
    peek_data: Callable[[MailboxChannel], bool] | None = None
    of_xlate: Callable[[tuple[int, ...]], MailboxChannel | int] | None = None
    unloading: bool = False
    #: The core makes the rest when the controller is registered.
    channels: list[MailboxChannel] = field(init=False, default_factory=list)
    poll_timer: HrTimer = field(init=False)
    poll_lock: Spinlock = field(init=False)

    @property
    def txdone_method(self) -> str:
        if self.txdone_irq:
            return TXDONE_BY_IRQ
        return TXDONE_BY_POLL if self.txdone_poll else TXDONE_BY_ACK

    def channel_of(self, cells: tuple[int, ...]) -> MailboxChannel | int:
        """The channel that these cells mean, or a negative error number."""
        if self.of_xlate is not None:
            return self.of_xlate(cells)
        if not cells or cells[0] >= self.num_chans:
            return -Errno.EINVAL
        return self.channels[cells[0]]


class MailboxChannel:
    """One channel and its queue. `active` is the message in the hardware, or `idle`.

    `gave_up`: a sender has stopped waiting for an acknowledge that may still come.
    """

    def __init__(self, core: MailboxCore, controller: MailboxController, index: int) -> None:
        self.controller = controller
        self.index = index
        self.client: MailboxClient | None = None
        self.txdone_method = controller.txdone_method
        self.idle: object = None if core.kernel.flavour.null_is_idle else MBOX_NO_MSG
        self.active: object = self.idle
        self.gave_up = False
        self.ring: list[object] = [None] * MBOX_TX_QUEUE_LEN
        self.msg_count = 0
        self.msg_free = 0
        self.tx_status = 0
        self.tx_complete = Completion(core.kernel)
        self.lock = Spinlock(core.kernel)
        self._core = core

    def send(self, message: object = b"") -> int:
        """Send from outside a task: the ring slot, or a negative error number. The machine runs meanwhile."""
        return self._core.kernel.call(self._core.send_message(self, message), "mbox_send_message")

    def free(self) -> None:
        """Give the channel back."""
        self._core.free_channel(self)

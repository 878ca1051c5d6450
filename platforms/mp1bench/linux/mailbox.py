"""The mailbox core (drivers/mailbox/mailbox.c): controllers, channels, clients, and the queue of each channel.

It knows no hardware: a controller brings its operations. Channels count from 0 here, as in Linux; messages are whatever
object the client gives, and the core never looks into them (linux-mailbox.md §1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mp1bench.linux.errno import Errno, KernelError, KernelFault
from mp1bench.linux.kernel import MS, Kernel, Sleeping, finish
from mp1bench.linux.locking import Completion, Spinlock

MBOX_TX_QUEUE_LEN = 20

#: What a blocking client without a timeout gets: an hour, which Linux documents as for ever.
_WAIT_FOREVER_MS = 3_600_000

TXDONE_BY_IRQ = "irq"
TXDONE_BY_POLL = "poll"
TXDONE_BY_ACK = "ack"


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
    polling: bool = False
    repoll: bool = False

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
        """Send from outside a task: the ring slot, or a negative error number. A blocking client's send runs the machine."""
        return self._core.kernel.call(self._core.send_message(self, message), "mbox_send_message")

    def free(self) -> None:
        """Give the channel back."""
        self._core.free_channel(self)


class MailboxCore:
    """All controllers of one Linux, and what clients call. Functions that may sleep are generators."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.controllers: list[MailboxController] = []
        self._log = kernel.logger("mailbox.c")

    # -- controllers ------------------------------------------------------------------------------------------

    def register(self, controller: MailboxController) -> int:
        """mbox_controller_register."""
        if controller.num_chans == 0:
            return -Errno.EINVAL
        if controller.txdone_method == TXDONE_BY_POLL and controller.last_tx_done is None:
            self._log.err(controller.dev, "last_tx_done method is absent")
            return -Errno.EINVAL
        controller.channels = [MailboxChannel(self, controller, n) for n in range(controller.num_chans)]
        self.controllers.append(controller)
        return 0

    def unregister(self, controller: MailboxController) -> None:
        """mbox_controller_unregister: its channels are freed from 0 up."""
        if controller in self.controllers:
            self.controllers.remove(controller)
            for channel in controller.channels:
                self.free_channel(channel)

    def received_data(self, channel: MailboxChannel, message: object) -> Sleeping[None]:
        """mbox_chan_received_data: hand a message to whoever owns the channel; nothing is buffered."""
        if channel.client is None:
            raise KernelFault("a NULL pointer dereference", "mbox_chan_received_data")
        if channel.client.rx_callback is not None:
            yield from finish(channel.client.rx_callback(message))

    def txdone(self, channel: MailboxChannel, status: int) -> Sleeping[None]:
        """mbox_chan_txdone: the controller's interrupt says that the message is out."""
        if channel.txdone_method != TXDONE_BY_IRQ:
            self._log.err(channel.controller.dev, "Controller can't run the TX ticker")
            return
        yield from self._tx_tick(channel, status)

    # -- clients: channels ------------------------------------------------------------------------------------

    def request_channel(self, client: MailboxClient, index: int) -> MailboxChannel:
        """mbox_request_channel: the channel at `index` of the client's `mboxes`. Raises KernelError."""
        what = f"mailbox channel {index} for {client.name}"
        if client.node is None:
            self._log.debug(client.dev, "mbox_request_channel: No owner device node")
            raise KernelError(-Errno.ENODEV, what)
        if not 0 <= index < len(client.node.mboxes) or client.node.mboxes[index][0] is None:
            self._log.debug(client.dev, 'mbox_request_channel: can\'t parse "mboxes" property')
            raise KernelError(-Errno.ENOENT, what)
        name, cell = client.node.mboxes[index]
        controller = next((c for c in self.controllers if c.name == name), None)
        if controller is None:
            raise KernelError(-Errno.EPROBE_DEFER, what)
        if cell is None or not 0 <= cell < controller.num_chans:
            raise KernelError(-Errno.EINVAL, what)
        channel = controller.channels[cell]
        error = self._bind(client, channel)
        if error:
            raise KernelError(error, what)
        return channel

    def request_channel_byname(self, client: MailboxClient, name: str) -> MailboxChannel:
        """mbox_request_channel_byname. The first of `mbox-names` that begins with `name` is taken, as in 6.1."""
        where = "mbox_request_channel_byname()"
        what = f'mailbox channel "{name}" for {client.name}'
        if client.node is None:
            self._log.err(client.dev, f"{where} currently only supports DT")
            raise KernelError(-Errno.EINVAL, what)
        if not client.node.names:
            self._log.err(client.dev, f'{where} requires an "mbox-names" property')
            raise KernelError(-Errno.EINVAL, what)
        for index, known in enumerate(client.node.names):
            if known.startswith(name):
                return self.request_channel(client, index)
        self._log.err(client.dev, f'{where} could not locate channel named "{name}"')
        raise KernelError(-Errno.EINVAL, what)

    def _bind(self, client: MailboxClient, channel: MailboxChannel) -> int:
        if channel.client is not None:
            self._log.debug(client.dev, "__mbox_bind_client: mailbox not free")
            return -Errno.EBUSY
        channel.msg_free = channel.msg_count = 0
        channel.active = None
        channel.client = client
        channel.tx_complete = Completion(self.kernel)
        if channel.txdone_method == TXDONE_BY_POLL and client.knows_txdone:
            channel.txdone_method = TXDONE_BY_ACK
        error = channel.controller.ops.startup(channel)
        if error:
            self._log.err(client.dev, f"Unable to startup the chan ({error})")
            self.free_channel(channel)
        return error

    def free_channel(self, channel: MailboxChannel) -> None:
        """mbox_free_channel: what is queued is dropped without a word."""
        if channel.client is None:
            return
        channel.controller.ops.shutdown(channel)
        channel.client = None
        channel.active = None
        if channel.txdone_method == TXDONE_BY_ACK:
            channel.txdone_method = TXDONE_BY_POLL

    # -- clients: messages ------------------------------------------------------------------------------------

    def send_message(self, channel: MailboxChannel | None, message: object) -> Sleeping[int]:
        """mbox_send_message: the ring slot (0..19), or a negative error number."""
        if channel is None or channel.client is None:
            return -Errno.EINVAL
        client = channel.client
        with channel.lock:
            token = self._queue(channel, message)
        if token < 0:
            self._log.err(channel.controller.dev, "Try increasing MBOX_TX_QUEUE_LEN")
            return token
        self._submit(channel)
        if not client.tx_block:
            return token
        timeout_ms = client.tx_tout or _WAIT_FOREVER_MS
        reason = f"CH{channel.index + 1} to become free ({client.name} request)"
        if not (yield from channel.tx_complete.wait(self.kernel.ticks(timeout_ms), reason)):
            yield from self._tx_tick(channel, -Errno.ETIME)
            return -Errno.ETIME
        return channel.tx_status if channel.tx_status < 0 else token

    def client_txdone(self, channel: MailboxChannel, status: int) -> Sleeping[None]:
        """mbox_client_txdone: the client itself knows that the message is out."""
        if channel.txdone_method != TXDONE_BY_ACK:
            self._log.err(channel.controller.dev, "Client can't run the TX ticker")
            return
        yield from self._tx_tick(channel, status)

    def flush(self, channel: MailboxChannel, timeout_ms: int) -> Sleeping[int]:
        """mbox_flush."""
        if channel.controller.flush is None:
            return -Errno.ENOTSUPP
        result = channel.controller.flush(channel, timeout_ms)
        if result < 0:
            yield from self._tx_tick(channel, result)
        return result

    def peek_data(self, channel: MailboxChannel) -> bool:
        """mbox_client_peek_data."""
        peek = channel.controller.peek_data
        return peek is not None and peek(channel)

    # -- the state machine of a channel -----------------------------------------------------------------------

    def _queue(self, channel: MailboxChannel, message: object) -> int:
        if channel.msg_count == MBOX_TX_QUEUE_LEN:
            return -Errno.ENOBUFS
        slot = channel.msg_free
        channel.ring[slot] = message
        channel.msg_free = (slot + 1) % MBOX_TX_QUEUE_LEN
        channel.msg_count += 1
        return slot

    def _submit(self, channel: MailboxChannel) -> None:
        """Give the oldest queued message to the hardware, unless one is there already."""
        with channel.lock:
            if channel.msg_count == 0 or channel.active is not None:
                return
            message = channel.ring[(channel.msg_free - channel.msg_count) % MBOX_TX_QUEUE_LEN]
            if channel.client is not None and channel.client.tx_prepare is not None:
                channel.client.tx_prepare(message)
            error = channel.controller.ops.send_data(channel, message)
            if error:
                return  # it stays queued until the next submit
            channel.active = message
            channel.msg_count -= 1
        if channel.txdone_method == TXDONE_BY_POLL:
            self._start_polling(channel.controller)

    def _tx_tick(self, channel: MailboxChannel, status: int) -> Sleeping[None]:
        """The active message is done. The next one reaches the hardware before the client hears of it."""
        with channel.lock:
            message, channel.active = channel.active, None
        self._submit(channel)
        if message is None or channel.client is None:
            return
        if channel.client.tx_done is not None:
            yield from finish(channel.client.tx_done(message, status))
        if channel.client is None:
            raise KernelFault("a NULL pointer dereference", "tx_tick")
        if status != -Errno.ETIME and channel.client.tx_block:
            channel.tx_status = status
            channel.tx_complete.complete()

    # -- controllers that must be asked -----------------------------------------------------------------------

    def _start_polling(self, controller: MailboxController) -> None:
        if controller.last_tx_done is None:
            self._log.warn(controller.dev, "the poll timer was never set up; the channel stays busy")
        elif controller.polling:
            controller.repoll = True
        else:
            controller.polling = True
            self.kernel.after(0, "txdone", lambda: self._poll(controller))

    def _poll(self, controller: MailboxController) -> None:
        self.kernel.start("txdone_hrtimer", self._poll_all(controller))

    def _poll_all(self, controller: MailboxController) -> Sleeping[None]:
        assert controller.last_tx_done is not None
        again = controller.repoll = False
        for channel in controller.channels:
            if channel.active is None or channel.client is None:
                continue
            if controller.last_tx_done(channel):
                yield from self._tx_tick(channel, 0)
            else:
                again = True
        controller.polling = again or controller.repoll
        if controller.polling:
            delay = controller.txpoll_period * MS if again else 0
            self.kernel.after(delay, "txdone", lambda: self._poll(controller))

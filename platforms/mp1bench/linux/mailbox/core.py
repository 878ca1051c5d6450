"""The mailbox core (drivers/mailbox/mailbox.c): who owns which channel, and the queue of each.

It knows no hardware: a controller brings its operations. Channels count from 0 here, as in Linux; messages are whatever
object the client gives, and the core never looks into them (linux-mailbox.md §1).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mp1bench.linux.errno import Errno, KernelError, KernelFaultError
from mp1bench.linux.kernel.core import MS, Kernel
from mp1bench.linux.kernel.hrtimer import HrTimer
from mp1bench.linux.kernel.locking import Spinlock
from mp1bench.linux.kernel.task import Sleeping, finish
from mp1bench.linux.mailbox.client import MailboxClient
from mp1bench.linux.mailbox.controller import (
    MBOX_NO_MSG,
    MBOX_TX_QUEUE_LEN,
    TXDONE_BY_ACK,
    TXDONE_BY_IRQ,
    TXDONE_BY_POLL,
    MailboxChannel,
    MailboxController,
)
from mp1bench.linux.mailbox.lookup import Lookup

#: What a blocking client without a timeout gets: an hour, which Linux documents as for ever.
_WAIT_FOREVER_MS = 3_600_000


class MailboxCore:
    """All controllers of one Linux, and what clients call. Functions that may sleep are generators."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.controllers: list[MailboxController] = []
        self._log = kernel.logger("mailbox.c")
        self._lookup = Lookup(self._log, kernel.flavour)
        self._con_mutex = False

    # -- controllers ------------------------------------------------------------------------------------------

    def register(self, controller: MailboxController) -> int:
        """mbox_controller_register."""
        if controller.num_chans == 0:
            return -Errno.EINVAL
        controller.poll_timer, controller.poll_lock = self._hrtimer("txdone"), Spinlock(self.kernel)
        if controller.txdone_method == TXDONE_BY_POLL:
            if controller.last_tx_done is None:
                self._log.err(controller.dev, "last_tx_done method is absent")
                return -Errno.EINVAL
            controller.poll_timer.setup(lambda: self._poll(controller))
        controller.channels = [MailboxChannel(self, controller, n) for n in range(controller.num_chans)]
        with self._mutex("mbox_controller_register"):
            self.controllers.append(controller)
        return 0

    def _hrtimer(self, name: str) -> HrTimer:
        return HrTimer(self.kernel, name)

    def unregister(self, controller: MailboxController) -> None:
        """mbox_controller_unregister: its channels are freed from 0 up."""
        if controller not in self.controllers:
            return
        with self._mutex("mbox_controller_unregister"):
            self.controllers.remove(controller)
            for channel in controller.channels:
                self.free_channel(channel)
            controller.poll_timer.cancel()

    def received_data(self, channel: MailboxChannel, message: object) -> Sleeping[None]:
        """mbox_chan_received_data: hand a message to whoever owns the channel; nothing is buffered."""
        client = _owner(channel, "mbox_chan_received_data")
        if client.rx_callback is not None:
            yield from finish(client.rx_callback(message))

    def txdone(self, channel: MailboxChannel, status: int) -> Sleeping[None]:
        """mbox_chan_txdone: the controller's interrupt says that the message is out."""
        if channel.txdone_method != TXDONE_BY_IRQ:
            self._log.err(channel.controller.dev, "Controller can't run the TX ticker")
            return
        yield from self._tx_tick(channel, status)

    # -- clients: channels ------------------------------------------------------------------------------------

    def request_channel(self, client: MailboxClient, index: int) -> MailboxChannel:
        """mbox_request_channel: the channel at `index` of the client's `mboxes`. Raises KernelError."""
        what = f"requesting mboxes[{index}] for {client.name}"
        if client.node is None:
            self._lookup.say_no_node(client)
            raise KernelError(-Errno.ENODEV, what)
        with self._mutex("mbox_request_channel"):
            channel = self._lookup.channel_at(self.controllers, client, index)
            error = channel if isinstance(channel, int) else self._bind(client, channel)
        if isinstance(channel, int) or error:
            raise KernelError(error, what)
        return channel

    def request_channel_byname(self, client: MailboxClient, name: str) -> MailboxChannel:
        """mbox_request_channel_byname: the first of `mbox-names` that is `name`, or in 6.1 begins with it."""
        index = self._lookup.index_of(client, name)
        if index is None:
            raise KernelError(-Errno.EINVAL, f'requesting mailbox "{name}" for {client.name}')
        return self.request_channel(client, index)

    def bind_client(self, channel: MailboxChannel, client: MailboxClient) -> int:
        """mbox_bind_client: take a channel without a device tree. 0, or a negative error number."""
        with self._mutex("mbox_bind_client"):
            return self._bind(client, channel)

    def free_channel(self, channel: MailboxChannel | None) -> None:
        """mbox_free_channel: what is queued is dropped without a word."""
        if channel is None or channel.client is None:
            return
        channel.controller.ops.shutdown(channel)
        with channel.lock.held_by("mbox_free_channel"):
            channel.client = None
            channel.active = channel.idle
            if channel.txdone_method == TXDONE_BY_ACK:
                channel.txdone_method = TXDONE_BY_POLL  # whether or not the controller can be asked

    def _bind(self, client: MailboxClient, channel: MailboxChannel) -> int:
        if channel.client is not None or channel.controller.unloading:
            self._lookup.shout(client, "__mbox_bind_client: mailbox not free")
            return -Errno.EBUSY
        with channel.lock.held_by("__mbox_bind_client"):
            channel.msg_free = channel.msg_count = 0
            channel.active = channel.idle
            channel.gave_up = False
            channel.client = client
            channel.tx_complete.init()
            if channel.txdone_method == TXDONE_BY_POLL and client.knows_txdone:
                channel.txdone_method = TXDONE_BY_ACK
        error = channel.controller.ops.startup(channel)
        if error:
            self._log.err(client.dev, f"Unable to startup the chan ({error})")
            self.free_channel(channel)
        return error

    @contextmanager
    def _mutex(self, function: str) -> Iterator[None]:
        """Hold the mutex of all controllers. Nothing sleeps under it, so whoever finds it held waits for itself."""
        if self._con_mutex:
            raise KernelFaultError("a deadlock", function)
        self._con_mutex = True
        try:
            yield
        finally:
            self._con_mutex = False

    # -- clients: messages ------------------------------------------------------------------------------------

    def send_message(self, channel: MailboxChannel | None, message: object) -> Sleeping[int]:
        """mbox_send_message: the ring slot (0..19), or a negative error number."""
        if channel is None or channel.client is None or message is channel.idle is MBOX_NO_MSG:
            return -Errno.EINVAL
        token = self._queue(channel, message)
        if token < 0:
            self._log.err(channel.controller.dev, "Try increasing MBOX_TX_QUEUE_LEN")
            return token
        yield from self._submit(channel)
        client = _owner(channel, "mbox_send_message")
        if not client.tx_block:
            return token
        timeout_ms = client.tx_tout or _WAIT_FOREVER_MS
        reason = f"CH{channel.index + 1} to become free ({client.name} request)"
        if not (yield from channel.tx_complete.wait(self.kernel.ticks(timeout_ms), reason)):
            yield from self._tx_tick(channel, -Errno.ETIME)
            return -Errno.ETIME
        return channel.tx_status if channel.tx_status < 0 else token

    def client_txdone(self, channel: MailboxChannel | None, status: int) -> Sleeping[None]:
        """mbox_client_txdone: the client itself knows that the message is out."""
        channel = _there(channel, "mbox_client_txdone")
        if channel.txdone_method != TXDONE_BY_ACK:
            self._log.err(channel.controller.dev, "Client can't run the TX ticker")
            return
        yield from self._tx_tick(channel, status)

    def flush(self, channel: MailboxChannel | None, timeout_ms: int) -> Sleeping[int]:
        """mbox_flush."""
        channel = _there(channel, "mbox_flush")
        if channel.controller.flush is None:
            return -Errno.ENOTSUPP
        result = channel.controller.flush(channel, timeout_ms)
        if result < 0:
            yield from self._tx_tick(channel, result)
        return result

    def peek_data(self, channel: MailboxChannel | None) -> bool:
        """mbox_client_peek_data."""
        channel = _there(channel, "mbox_client_peek_data")
        peek = channel.controller.peek_data
        return peek is not None and peek(channel)

    # -- the state machine of a channel -----------------------------------------------------------------------

    def _queue(self, channel: MailboxChannel, message: object) -> int:
        with channel.lock.held_by("add_to_rbuf"):
            if channel.msg_count == MBOX_TX_QUEUE_LEN:
                return -Errno.ENOBUFS
            slot = channel.msg_free
            channel.ring[slot] = message
            channel.msg_free = (slot + 1) % MBOX_TX_QUEUE_LEN
            channel.msg_count += 1
        return slot

    def _submit(self, channel: MailboxChannel) -> Sleeping[None]:
        """Give the oldest queued message to the hardware, unless one is there already."""
        submitted = False
        with channel.lock.held_by("msg_submit"):
            if channel.msg_count > 0 and channel.active is channel.idle:
                message = channel.ring[(channel.msg_free - channel.msg_count) % MBOX_TX_QUEUE_LEN]
                client = _owner(channel, "msg_submit")
                if client.tx_prepare is not None:
                    yield from finish(client.tx_prepare(message))
                # Refused, it stays queued until the next submit.
                submitted = channel.controller.ops.send_data(channel, message) == 0
                if submitted:
                    channel.active = message
                    channel.msg_count -= 1
        if submitted and channel.txdone_method == TXDONE_BY_POLL:
            with channel.controller.poll_lock.held_by("msg_submit"):
                channel.controller.poll_timer.start(0)

    def _tx_tick(self, channel: MailboxChannel, status: int) -> Sleeping[None]:
        """The active message is done. The next one reaches the hardware before the client hears of it."""
        with channel.lock.held_by("tx_tick"):
            message, channel.active = channel.active, channel.idle
        self._note_late(channel, message, status)
        yield from self._submit(channel)
        if message is channel.idle:
            return
        client = _owner(channel, "tx_tick")
        if client.tx_done is not None:
            yield from finish(client.tx_done(message, status))
        if status != -Errno.ETIME and _owner(channel, "tx_tick").tx_block:
            channel.tx_status = status
            channel.tx_complete.complete()

    def _note_late(self, channel: MailboxChannel, message: object, status: int) -> None:
        """Tell the reader of a trace what Linux does not notice: whose acknowledge this is."""
        if status == -Errno.ETIME:
            channel.gave_up = channel.gave_up or message is not channel.idle
        elif channel.gave_up:
            channel.gave_up = False
            if message is not channel.idle:
                self.kernel.remark(
                    f"CH{channel.index + 1}: the acknowledge of a message that had timed out comes late;"
                    " Linux credits it to the next message"
                )

    def _poll(self, controller: MailboxController) -> Sleeping[bool]:
        """txdone_hrtimer: ask for every busy channel. True if one still is."""
        busy = False
        for channel in controller.channels:
            if channel.active is not channel.idle and channel.client is not None:
                assert controller.last_tx_done is not None
                if controller.last_tx_done(channel):
                    yield from self._tx_tick(channel, 0)
                else:
                    busy = True
        if busy:
            with controller.poll_lock.held_by("txdone_hrtimer"):
                if not controller.poll_timer.queued:
                    controller.poll_timer.forward(controller.txpoll_period * MS)
        return busy


def _owner(channel: MailboxChannel, function: str) -> MailboxClient:
    """The channel's client, which the kernel does not check."""
    if channel.client is None:
        raise KernelFaultError("a NULL pointer dereference", function)
    return channel.client


def _there(channel: MailboxChannel | None, function: str) -> MailboxChannel:
    """The channel, which the kernel does not check."""
    if channel is None:
        raise KernelFaultError("a NULL pointer dereference", function)
    return channel

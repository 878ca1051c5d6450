"""The mailbox core (drivers/mailbox/mailbox.c): who owns which channel, and the queue of each.

It knows no hardware: a controller brings its operations. Channels count from 0 here, as in Linux; messages are whatever
object the client gives, and the core never looks into them (linux-mailbox.md §1).
"""

from __future__ import annotations

from mp1bench.linux.errno import Errno, KernelError, KernelFaultError
from mp1bench.linux.kernel.core import MS, Kernel, Sleeping, finish
from mp1bench.linux.kernel.locking import Completion
from mp1bench.linux.mailbox.client import MailboxClient
from mp1bench.linux.mailbox.controller import (
    MBOX_TX_QUEUE_LEN,
    TXDONE_BY_ACK,
    TXDONE_BY_IRQ,
    TXDONE_BY_POLL,
    MailboxChannel,
    MailboxController,
)

#: What a blocking client without a timeout gets: an hour, which Linux documents as for ever.
_WAIT_FOREVER_MS = 3_600_000


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
            raise KernelFaultError("a NULL pointer dereference", "mbox_chan_received_data")
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
            raise KernelFaultError("a NULL pointer dereference", "tx_tick")
        if status != -Errno.ETIME and channel.client.tx_block:
            channel.tx_status = status
            channel.tx_complete.complete()

    # -- controllers that must be asked -----------------------------------------------------------------------

    def _start_polling(self, controller: MailboxController) -> None:
        """Look at the controller at once, and then once a period for as long as one of its channels is busy."""
        if controller.last_tx_done is None:
            self._log.warn(controller.dev, "the poll timer was never set up; the channel stays busy")
            return
        if controller.poll_timer is not None:
            self.kernel.cancel(controller.poll_timer)
        self._set_poll_timer(controller, 0)

    def _set_poll_timer(self, controller: MailboxController, delay_ns: int) -> None:
        def fire() -> None:
            controller.poll_timer = None
            self.kernel.start("txdone_hrtimer", self._poll(controller))

        controller.poll_timer = self.kernel.after(delay_ns, "txdone", fire)

    def _poll(self, controller: MailboxController) -> Sleeping[None]:
        assert controller.last_tx_done is not None
        busy = False
        for channel in controller.channels:
            if channel.active is not None and channel.client is not None:
                if controller.last_tx_done(channel):
                    yield from self._tx_tick(channel, 0)
                else:
                    busy = True
        if busy and controller.poll_timer is None:
            self._set_poll_timer(controller, controller.txpoll_period * MS)

"""ST's mailbox client char device (compatible "mbox-cdev"): /dev/mailbox0, a request and an answer in shared memory.

It has no queue and no protocol in the memory: what the bytes mean, its user and the firmware agree upon
(linux-mailbox.md §5.2).
"""

from __future__ import annotations

from mp1bench.engine import Engine
from mp1bench.linux.errno import Errno, KernelError, KernelFaultError, describe
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.vfs import OpenFile, Reply
from mp1bench.linux.mailbox.client import MailboxClient
from mp1bench.linux.mailbox.controller import MailboxChannel
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.linux.platform_bus import PlatformDevice

_PATH = "/dev/mailbox0"
_CHANNEL = "rx-tx"
_TIMEOUT_MS = 500

#: How the log names the char device: the driver never gives it a name.
_NAMELESS = " (null)"

NO_REQUEST, SENT, ANSWERED = "no request", "sent", "answered"


class MailboxCdev:
    """The driver, bound to one device. `state` is that of the last request, `users` how many files are open."""

    def __init__(self, kernel: Kernel, engine: Engine, core: MailboxCore, device: PlatformDevice) -> None:
        self.state = NO_REQUEST
        self.users = 0
        self._kernel = kernel
        self._log = kernel.logger("mailbox-cdev.c")
        self._engine = engine
        self._core = core
        self._device = device
        self._dev = f"mbox-cdev {device.name}"
        self._memory, self._size = 0, 0
        self._channel: MailboxChannel | None = None
        self._answers = 0

    def probe(self) -> int:
        """Bind: 0, or a negative error number. The memory first, then the channel, then the path."""
        error = self._get_memory_region()
        if error:
            self._log.err(self._dev, "Unable to acquire memory region")
            return error
        error = self._request_channel()
        if error:
            return error
        if self._kernel.vfs.find(_PATH) is not None:
            self._kernel.printk("warn", "sysfs", "cannot create duplicate filename '/class/mailbox/mailbox0'")
            self._log.err(_NAMELESS, "Failed to create device node")
            self._free_channel()
            return -Errno.EEXIST
        self._kernel.vfs.add(_PATH, self._open)
        return 0

    def remove(self) -> None:
        """Unbind."""
        self._kernel.vfs.remove(_PATH)
        self._free_channel()

    # -- what user space asks for -----------------------------------------------------------------------------

    def read(self, size: int) -> Reply | int:
        """The answer; the value is the size of the whole region, whatever `size` was."""
        self._alive("mbox_cdev_read")
        if size > self._size:
            return -Errno.EINVAL
        if self.state == NO_REQUEST:
            return -Errno.EPERM
        if self.state == SENT:
            return -Errno.EBUSY
        data = self._engine.read_bytes(self._memory, size)
        self.state = NO_REQUEST
        return Reply(data, self._size)

    def write(self, data: bytes) -> Sleeping[int]:
        """The request; it returns when the firmware has freed the channel."""
        channel = self._alive("mbox_cdev_write")
        if len(data) > self._size:
            return -Errno.EINVAL
        if self.state == SENT:
            self._log.warn(_NAMELESS, "Previous request not answered")
        self._engine.write_bytes(self._memory, data)
        answers = self._answers
        result = yield from self._core.send_message(channel, self._memory)
        if result < 0:
            self._log.err(_NAMELESS, "Failed to send message via mailbox")
            return result
        self._log.debug(_NAMELESS, "Request sent")
        self.state = SENT
        if self._answers != answers:
            self._note_lost_answer(channel)
        return len(data)

    def _open(self, flags: int) -> Sleeping[OpenFile | int]:
        self.users += 1
        return _CdevFile(self, flags)
        yield

    def _alive(self, function: str) -> MailboxChannel:
        if self._channel is None:  # unbound under an open file
            raise KernelFaultError("a use after free", function)
        return self._channel

    # -- mailbox ----------------------------------------------------------------------------------------------

    def _rx_callback(self, message: object) -> None:
        """Any signal is an answer, asked for or not."""
        self._log.debug(_NAMELESS, "Answer received")
        self.state = ANSWERED
        self._answers += 1

    def _note_lost_answer(self, channel: MailboxChannel) -> None:
        """The driver does not notice this race, so the bench says it."""
        self._kernel.remark(
            f"CH{channel.index + 1}: the answer came before write() to {_PATH} returned; the driver forgets it, and"
            f" read() gives {describe(-Errno.EBUSY)} until the firmware signals again"
        )

    # -- probe ------------------------------------------------------------------------------------------------

    def _get_memory_region(self) -> int:
        references = [] if self._device.node is None else self._device.node.references("memory-region")
        region = references[0].node if references else None
        if region is None:
            self._log.err(self._dev, "Unable to acquire memory region")
            return -Errno.ENODEV
        address = region.address() if region.reserved_memory else None
        if address is None:
            self._log.err(self._dev, "unable to acquire memory-region")
            return -Errno.EINVAL
        self._memory, self._size = address, region.reg[0][1]
        return 0

    def _request_channel(self) -> int:
        client = MailboxClient(
            self._device.name,
            tx_block=True,
            tx_tout=_TIMEOUT_MS,
            rx_callback=self._rx_callback,
            node=self._device.node,
            dev=self._dev,
        )
        try:
            self._channel = self._core.request_channel_byname(client, _CHANNEL)
        except KernelError as refused:
            return self._device.err_probe(self._log, self._dev, refused.code, f"Failed to request mailbox {_CHANNEL}")
        return 0

    def _free_channel(self) -> None:
        if self._channel is not None:
            self._core.free_channel(self._channel)
            self._channel = None


class _CdevFile(OpenFile):
    """/dev/mailbox0 opened once; any number may be open."""

    def __init__(self, driver: MailboxCdev, flags: int) -> None:
        super().__init__(flags)
        self._driver = driver

    def read(self, size: int) -> Sleeping[Reply | int]:
        return self._driver.read(size)
        yield

    def write(self, data: bytes) -> Sleeping[int]:
        return (yield from self._driver.write(data))

    def release(self) -> Sleeping[None]:
        self._driver.users -= 1
        return
        yield

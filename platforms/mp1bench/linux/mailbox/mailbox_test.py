"""The generic mailbox test client (drivers/mailbox/mailbox-test.c): messages by hand, from debugfs.

It keeps one message only, the last one; SIGIO is not modelled, and its hex dumps are without the buffer's address
(linux-mailbox.md §5.1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from mp1bench.engine import Engine
from mp1bench.linux.errno import Errno, KernelError, KernelFaultError
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.locking import Mutex, WaitQueue
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.vfs import POLLHUP, POLLIN, OpenFile, Reply
from mp1bench.linux.kernel.vsprintf import hex_rows
from mp1bench.linux.mailbox.client import MailboxClient
from mp1bench.linux.mailbox.controller import MailboxChannel
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.linux.platform_bus import PlatformDevice

T = TypeVar("T")

_MAX_SIGNAL = 8
_MAX_MESSAGE = 128
_TIMEOUT_MS = 500


class MailboxTest:
    """The driver, bound to one device."""

    def __init__(self, kernel: Kernel, engine: Engine, core: MailboxCore, device: PlatformDevice) -> None:
        self.bound = False
        self._kernel = kernel
        self._log = kernel.logger("mailbox-test.c")
        self._engine = engine
        self._core = core
        self._device = device
        self._dev = f"mailbox_test {device.name}"
        self._tx: MailboxChannel | None = None
        self._rx: MailboxChannel | None = None
        self._tx_memory: int | None = None
        self._rx_memory: int | None = None
        self._signal: bytes | None = None
        self._message = b""
        self._rx_buffer: bytes | None = None
        self._data_ready = False
        self._mutex = Mutex(kernel)
        self.readers = WaitQueue(kernel)
        self._calls = 0  # reads and writes under way
        self._calls_ended = WaitQueue(kernel)

    def probe(self) -> int:
        """Bind: 0, or -517 (EPROBE_DEFER) if there is no channel at all."""
        self._tx_memory = self._map(0)
        own_memory = self._map(1)
        self._rx_memory = self._tx_memory if own_memory is None else own_memory
        self._tx = self._request_channel("tx")
        self._rx = self._request_channel("rx")
        if self._tx is None and self._rx is None:
            return -Errno.EPROBE_DEFER
        if self._rx is None and own_memory is not None:
            self._rx = self._tx
        if self._rx is not None:
            self._rx_buffer = bytes(_MAX_MESSAGE)
        self.bound = True
        self._kernel.vfs.add(f"{self._folder}/message", self._opener(_MessageFile))
        self._kernel.vfs.add(f"{self._folder}/signal", self._opener(_SignalFile))
        self._log.info(self._dev, "Successfully registered")
        return 0

    def remove(self) -> Sleeping[None]:
        """Unbind, when the last read or write has come to its end."""
        self.bound = False
        self._kernel.vfs.remove(f"{self._folder}/message")
        self._kernel.vfs.remove(f"{self._folder}/signal")
        while self._calls:
            yield from self._calls_ended.sleep(None, f"the reader of {self._folder}/message, to remove the file")
        for channel in (self._tx, self._rx):
            if channel is not None:
                self._core.free_channel(channel)

    # -- what user space asks for -----------------------------------------------------------------------------

    def take_signal(self, data: bytes) -> int:
        """Keep what the next message is announced with. Bytes that it does not cover stay as they were."""
        if self._tx is None:
            self._log.err(self._dev, "Channel cannot do Tx")
            return -Errno.EINVAL
        if len(data) > _MAX_SIGNAL:
            self._log.err(self._dev, f"Signal length {len(data)} greater than max allowed {_MAX_SIGNAL}")
            return -Errno.EINVAL
        self._signal = data + (self._signal or bytes(_MAX_SIGNAL))[len(data) :]
        return len(data)

    def send(self, data: bytes) -> Sleeping[int]:
        """Send a message of 128 bytes; with memory for it, a signal goes through the mailbox in its stead."""
        if self._tx is None:
            self._log.err(self._dev, "Channel cannot do Tx")
            return -Errno.EINVAL
        if len(data) > _MAX_MESSAGE:
            self._log.err(self._dev, f"Message length {len(data)} greater than max allowed {_MAX_MESSAGE}")
            return -Errno.EINVAL
        yield from self._mutex.lock()
        self._message = payload = data.ljust(_MAX_MESSAGE, b"\0")
        if self._tx_memory is not None and self._signal is not None:
            payload = self._signal
            self._log.dump("Client: Sending: Signal: ", payload)
        self._log.dump("Client: Sending: Message: ", self._message)
        result = yield from self._core.send_message(self._tx, payload)
        if result < 0:
            self._log.err(self._dev, "Failed to send message via mailbox")
        self._signal = None
        self._mutex.unlock()
        return result if result < 0 else len(data)

    def receive(self, *, nonblocking: bool) -> Sleeping[bytes | int]:
        """The dump of the last message that has come; wait for one if there is none."""
        if self._rx is None:
            return b"<NO RX CAPABILITY>\n"
        while not self._data_ready:
            if nonblocking:
                return -Errno.EAGAIN
            yield from self.readers.sleep(None, f"a signal on CH{self._rx.index + 1} (mailbox-test)")
        text = "".join(f"{digits}  {text}\n" for digits, text in hex_rows(self._rx_buffer or b"")).encode()
        self._rx_buffer = bytes(_MAX_MESSAGE)
        self._data_ready = False
        return text

    def poll(self) -> int:
        """POLLIN if a message is there."""
        if not self.bound:
            return POLLHUP
        return POLLIN if self._data_ready else 0

    def during(self, call: Sleeping[T]) -> Sleeping[T | int]:
        """Run a read or a write of a file that is not removed before that has ended, and does nothing afterwards."""
        if not self.bound:
            return -Errno.EIO
        self._calls += 1
        try:
            return (yield from call)
        finally:
            self._calls -= 1
            self._calls_ended.wake_all()

    @property
    def _folder(self) -> str:
        return f"/sys/kernel/debug/{self._device.name}"

    # -- mailbox ----------------------------------------------------------------------------------------------

    def _tx_prepare(self, message: object) -> None:
        if self._tx_memory is not None:
            self._engine.write_bytes(self._tx_memory, self._message)

    def _tx_done(self, message: object, status: int) -> None:
        if status:
            self._log.warn(self._dev, f"Client: Message could not be sent: {status}")
        else:
            self._log.info(self._dev, "Client: Message sent")

    def _rx_callback(self, message: object) -> None:
        """What comes on the sending channel lands here as well."""
        if self._rx_memory is not None:
            self._keep("MMIO", self._engine.read_bytes(self._rx_memory, _MAX_MESSAGE))
        elif isinstance(message, bytes):  # never on the IPCC, which carries no data
            self._keep("API", message.ljust(_MAX_MESSAGE, b"\0")[:_MAX_MESSAGE])
        self._data_ready = True
        self.readers.wake_all()

    def _keep(self, source: str, data: bytes) -> None:
        if self._rx_buffer is None:  # there is none without a receiving channel
            raise KernelFaultError("a NULL pointer dereference", "mbox_test_receive_message")
        self._rx_buffer = data
        self._log.dump(f"Client: Received [{source}]: ", data)

    # -- probe ------------------------------------------------------------------------------------------------

    def _map(self, index: int) -> int | None:
        """Where an entry of `reg` is. What the first one has taken is mapped once more, after a word."""
        address, node = self._device.ioremap(index), self._device.node
        if address < 0 or node is None:
            self._log.err(self._dev, "invalid resource")
            return None
        first, end = self._tx_memory, address + node.reg[index][1]
        if first is not None and first < end and address < first + node.reg[0][1]:
            self._log.err(self._dev, f"can't request region for resource [mem 0x{address:08x}-0x{end - 1:08x}]")
        return address

    def _request_channel(self, name: str) -> MailboxChannel | None:
        client = MailboxClient(
            self._device.name,
            tx_block=True,
            tx_tout=_TIMEOUT_MS,
            rx_callback=self._rx_callback,
            tx_prepare=self._tx_prepare,
            tx_done=self._tx_done,
            node=self._device.node,
            dev=self._dev,
        )
        try:
            return self._core.request_channel_byname(client, name)
        except KernelError:
            self._log.warn(self._dev, f"Failed to request {name} channel")
            return None

    def _opener(self, kind: Callable[[MailboxTest, int], OpenFile]) -> Callable[[int], Sleeping[OpenFile | int]]:
        def open_file(flags: int) -> Sleeping[OpenFile | int]:
            return kind(self, flags)
            yield

        return open_file


class _SignalFile(OpenFile):
    """The file `signal`: written only."""

    def __init__(self, driver: MailboxTest, flags: int) -> None:
        super().__init__(flags)
        self._driver = driver

    def write(self, data: bytes) -> Sleeping[int]:
        return self._driver.take_signal(data) if self._driver.bound else -Errno.EIO
        yield


class _MessageFile(OpenFile):
    """The file `message`. A file reads on where it stopped, in whatever message is there by then."""

    def __init__(self, driver: MailboxTest, flags: int) -> None:
        super().__init__(flags)
        self._driver = driver
        self._position = 0

    def read(self, size: int) -> Sleeping[Reply | int]:
        return (yield from self._driver.during(self._read(size)))

    def write(self, data: bytes) -> Sleeping[int]:
        return (yield from self._driver.during(self._driver.send(data)))

    def poll(self) -> int:
        return self._driver.poll()

    @property
    def poll_queue(self) -> WaitQueue:
        return self._driver.readers

    def _read(self, size: int) -> Sleeping[Reply | int]:
        text = yield from self._driver.receive(nonblocking=self.nonblocking)
        if isinstance(text, int):
            return text
        part = text[self._position :][:size]
        self._position += len(part)
        return Reply(part, len(part))

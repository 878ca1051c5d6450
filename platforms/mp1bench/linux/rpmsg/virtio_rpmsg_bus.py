"""RPMsg over virtio (drivers/rpmsg/virtio_rpmsg_bus.c): 512-byte buffers, a 16-byte header, two rings.

Who listens behind an address is the RPMsg core's business; what lies in the buffers comes from the remote and is
checked as Linux does, no more and no less (linux-mailbox.md §4.3, §4.4).
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from mp1bench.engine import Engine
from mp1bench.errors import BusError
from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.ida import Idr
from mp1bench.linux.kernel.locking import WaitQueue
from mp1bench.linux.kernel.task import Sleeping, finish
from mp1bench.linux.kernel.vsprintf import signed
from mp1bench.linux.rpmsg.core import ADDR_ANY, Callback, Endpoint, RpmsgChannel, RpmsgCore
from mp1bench.linux.rpmsg.ns import NS_ADDR, NS_SERVICE, ns_message
from mp1bench.linux.virtio.bus import VirtioDevice, device_ready
from mp1bench.linux.virtio.ring import Virtqueue
from mp1bench.trace import Message

VIRTIO_ID_RPMSG = 7
F_NS = 1 << 0

CTRL_SERVICE = "rpmsg_ctrl"

BUF_SIZE = 512
MAX_BUFFERS = 512
_TX_TIMEOUT_MS = 15_000
_RESERVED_ADDRESSES = 1024  # dynamic addresses begin here

HEADER = struct.Struct("<IIIHH")  # src, dst, reserved, len, flags


class VirtioRpmsgDriver:
    """The virtio driver: one `VirtioRpmsgBus` per device."""

    name = "virtio_rpmsg_bus"
    id = VIRTIO_ID_RPMSG
    features = F_NS

    def __init__(self, kernel: Kernel, engine: Engine, core: RpmsgCore) -> None:
        self.buses: dict[str, VirtioRpmsgBus] = {}
        #: Told of each message as it is put into, or taken from, a ring.
        self.on_message: list[Callable[[Message], None]] = []
        self._kernel = kernel
        self._engine = engine
        self._core = core

    def probe(self, device: VirtioDevice, features: int) -> Sleeping[int]:
        bus = VirtioRpmsgBus(self._kernel, self._engine, self._core, device, self._tell)
        error = yield from bus.probe(features)
        if not error:
            self.buses[device.name] = bus
        return error

    def remove(self, device: VirtioDevice) -> Sleeping[None]:
        yield from self.buses.pop(device.name).remove()

    def _tell(self, message: Message) -> None:
        self._kernel.record(message)
        for listener in self.on_message:
            listener(message)


class VirtioRpmsgBus:
    """One remote processor's messages."""

    mtu = BUF_SIZE - HEADER.size

    def __init__(
        self,
        kernel: Kernel,
        engine: Engine,
        core: RpmsgCore,
        device: VirtioDevice,
        tell: Callable[[Message], None],
    ) -> None:
        self.dev = f"{VirtioRpmsgDriver.name} {device.name}"
        self.channels: list[RpmsgChannel] = []
        self._log = kernel.logger("virtio_rpmsg_bus.c")
        self._kernel = kernel
        self._engine = engine
        self._core = core
        self._device = device
        self._tell = tell
        self._rvq: Virtqueue
        self._svq: Virtqueue
        self._endpoints: Idr[Endpoint] = Idr()
        self._sendq = WaitQueue(kernel)
        self._sleepers = 0
        self._num_buffers = 0
        self._tx_buffers = 0  # address of the first
        self._last_tx = 0  # transmit buffers taken for the first time
        self._has_ns = False
        self._delivering = 0  # address of the payload that a callback has been given last

    # -- the device comes and goes ----------------------------------------------------------------------------

    def probe(self, features: int) -> Sleeping[int]:
        queues = self._device.find_vqs(self.dev, [("input", self._recv_done), ("output", self._xmit_done)])
        if isinstance(queues, int):
            return queues
        self._rvq, self._svq = queues
        self._num_buffers = min(2 * self._rvq.num, MAX_BUFFERS)
        buffers = self._device.dma_alloc(self._num_buffers * BUF_SIZE)
        if buffers is None:
            self._device.del_vqs()
            return -Errno.ENOMEM
        self._log.debug(self.dev, f"buffers: va 00000000, dma 0x{buffers:08x}")
        self._tx_buffers = buffers + self._num_buffers // 2 * BUF_SIZE
        for address in range(buffers, self._tx_buffers, BUF_SIZE):
            self._rvq.add_inbuf(address, BUF_SIZE)
        self._svq.disable_cb()
        yield from self._add_channel(CTRL_SERVICE, 0, 0, override=CTRL_SERVICE)
        self._has_ns = bool(features & F_NS)
        if self._has_ns:
            yield from self._add_channel(NS_SERVICE, NS_ADDR, NS_ADDR, override=NS_SERVICE)
        notify = self._rvq.kick_prepare()
        device_ready(self._device)
        if notify:
            self._rvq.notify()
        self._log.info(self.dev, "rpmsg host is online")
        return 0

    def remove(self) -> Sleeping[None]:
        self._device.reset()
        while self.channels:
            yield from self._delete_channel(self.channels[0])
        # Linux frees the rings under a sender that still sleeps; here it finds nothing in them until its time is over.
        self._rvq.broken = self._svq.broken = True
        self._device.del_vqs()
        self._device.dma_free()

    # -- channels and endpoints -------------------------------------------------------------------------------

    def create_channel(self, name: str, source: int, destination: int) -> Sleeping[RpmsgChannel | None]:
        """Make a channel unless there is one of that name and address."""
        if self._find_channel(name, source, destination) is not None:
            self._log.err(self.dev, f"channel {name}:{source:x}:{destination:x} already exist")
            return None
        return (yield from self._add_channel(name, source, destination, announced=source != ADDR_ANY))

    def release_channel(self, name: str, source: int, destination: int) -> Sleeping[int]:
        """Delete a channel: 0, or -EINVAL if there is none."""
        channel = self._find_channel(name, source, destination)
        if channel is None:
            return -Errno.EINVAL
        yield from self._delete_channel(channel)
        return 0

    def _find_channel(self, name: str, source: int, destination: int) -> RpmsgChannel | None:
        for channel in self.channels:
            if (
                source in (ADDR_ANY, channel.source)
                and destination in (ADDR_ANY, channel.destination)
                and name == channel.name
            ):
                return channel
        return None

    def _add_channel(
        self, name: str, source: int, destination: int, *, announced: bool = False, override: str | None = None
    ) -> Sleeping[RpmsgChannel]:
        channel = RpmsgChannel(self, self._device.name, name, source, destination, override)
        channel.announced = announced
        self.channels.append(channel)
        yield from self._core.register_device(channel)
        return channel

    def _delete_channel(self, channel: RpmsgChannel) -> Sleeping[None]:
        self.channels.remove(channel)
        yield from self._core.unregister_device(channel)

    def create_endpoint(self, channel: RpmsgChannel, callback: Callback, address: int) -> Endpoint | None:
        """Listen at `address`, or with ADDR_ANY at the lowest free one from 1024 up; None if that cannot be."""
        endpoint = Endpoint(channel, address, callback)
        if address == ADDR_ANY:
            number = self._endpoints.alloc(endpoint, _RESERVED_ADDRESSES)
        else:
            number = self._endpoints.alloc(endpoint, address, address + 1)
        if number < 0:
            self._log.err(channel.dev, f"idr_alloc failed: {number}")
            return None
        endpoint.address = number
        return endpoint

    def destroy_endpoint(self, endpoint: Endpoint) -> None:
        """Stop listening."""
        self._endpoints.remove(endpoint.address)

    def announce(self, channel: RpmsgChannel, *, created: bool) -> Sleeping[int]:
        """Tell the remote of a channel that Linux made with an address of its own. 0 or a negative error number."""
        if not (channel.announced and channel.endpoint is not None and self._has_ns):
            return 0
        data = ns_message(channel.name, channel.endpoint.address, created=created)
        error = yield from channel.sendto(data, NS_ADDR)
        if error:
            self._log.err(channel.dev, f"failed to announce service {error}")
        return error

    # -- sending ----------------------------------------------------------------------------------------------

    def send(self, channel: RpmsgChannel, source: int, destination: int, data: bytes, *, wait: bool) -> Sleeping[int]:
        """rpmsg_send_offchannel_raw: 0, or a negative error number. With `wait` it may sleep 15 s for a buffer."""
        if ADDR_ANY in (source, destination):
            self._log.err(channel.dev, f"invalid addr (src 0x{source:x}, dst 0x{destination:x})")
            return -Errno.EINVAL
        if len(data) > self.mtu:
            self._log.err(channel.dev, f"message is too big ({len(data)})")
            return -Errno.EMSGSIZE
        buffer = self._get_tx_buffer()
        if buffer is None and wait:
            buffer = yield from self._wait_for_tx_buffer()
            if buffer is None:
                self._log.err(channel.dev, "timeout waiting for a tx buffer")
                return -Errno.ERESTARTSYS
        if buffer is None:
            return -Errno.ENOMEM
        message = HEADER.pack(source, destination, 0, len(data), 0) + data
        self._engine.write_bytes(buffer, message)
        self._log.debug(
            channel.dev, f"TX From 0x{source:x}, To 0x{destination:x}, Len {len(data)}, Flags 0, Reserved 0"
        )
        self._log.dump("rpmsg_virtio TX: ", message)
        error = self._svq.add_outbuf(buffer, len(message))
        if error:
            self._log.err(channel.dev, f"virtqueue_add_outbuf failed: {error}")
            return error
        name = "ns" if destination == NS_ADDR else channel.name
        self._tell(Message(self._kernel.now, "a7_to_m4", name, source, destination, data))
        self._svq.kick()
        return 0

    def _get_tx_buffer(self) -> int | None:
        """A buffer: first each of them once, then those that the remote has used."""
        if self._last_tx < self._num_buffers // 2:
            self._last_tx += 1
            return self._tx_buffers + (self._last_tx - 1) * BUF_SIZE
        used = self._svq.get_buf()
        return None if used is None else used[0]

    def _wait_for_tx_buffer(self) -> Sleeping[int | None]:
        self._sleepers += 1
        if self._sleepers == 1:
            self._svq.enable_cb()
        deadline = self._kernel.now + self._kernel.ticks(_TX_TIMEOUT_MS)
        reason = f"the firmware to consume one of the {self._num_buffers // 2} messages in vring1"
        while True:
            buffer = self._get_tx_buffer()
            if buffer is not None or self._kernel.now >= deadline:
                break
            yield from self._sendq.sleep(deadline - self._kernel.now, reason)
        self._sleepers -= 1
        if self._sleepers == 0:
            self._svq.disable_cb()
        return buffer

    def _xmit_done(self) -> None:
        self._log.debug(self.dev, "rpmsg_xmit_done")
        self._sendq.wake_all()

    # -- receiving --------------------------------------------------------------------------------------------

    def _recv_done(self) -> Sleeping[None]:
        """Drain the used ring; a message that does not fit its buffer ends that, and its buffer is lost."""
        used = self._rvq.get_buf()
        if used is None:
            self._log.err(self.dev, "uhm, incoming signal, but no used buffer ?")
            return
        received = 0
        while used is not None:
            error = yield from self._recv_single(*used)
            if error:
                break
            received += 1
            used = self._rvq.get_buf()
        self._log.debug(self.dev, f"Received {received} messages")
        if received:
            self._rvq.kick()

    def _recv_single(self, buffer: int, length: int) -> Sleeping[int]:
        header = self._engine.read_bytes(buffer, HEADER.size)
        source, destination, reserved, size, flags = HEADER.unpack(header)
        data = self._read(buffer + HEADER.size, size)
        self._log.debug(
            self.dev,
            f"From: 0x{source:x}, To: 0x{destination:x}, Len: {size}, Flags: {flags}, Reserved: {signed(reserved)}",
        )
        self._log.dump("rpmsg_virtio RX: ", header + data)
        # Linux compares unsigned: a used length below the header's wraps round and lets every size pass.
        if length > BUF_SIZE or size > (length - HEADER.size) & 0xFFFFFFFF:
            self._log.warn(self.dev, f"inbound msg too big: ({signed(length)}, {size})")
            return -Errno.EINVAL
        endpoint = self._endpoints.find(destination)
        name = "" if endpoint is None else "ns" if destination == NS_ADDR else endpoint.channel.name
        self._tell(Message(self._kernel.now, "m4_to_a7", name, destination, source, data))
        if endpoint is None:
            self._log.warn(self.dev, "msg received with no recipient")
        else:
            self._delivering = buffer + HEADER.size
            yield from finish(endpoint.callback(endpoint.channel, data, source))
        error = self._rvq.add_inbuf(buffer, BUF_SIZE)
        if error:
            self._log.err(self.dev, f"failed to add a virtqueue buffer: {error}")
        return error

    def overwrite(self, offset: int, data: bytes) -> None:
        """Change the payload that is being delivered, where it lies; for a callback, before it sleeps."""
        self._engine.write_bytes(self._delivering + offset, data)

    def _read(self, address: int, size: int) -> bytes:
        """Memory as Linux would read it, also beyond the buffer; what lies outside the RAM reads 0."""
        try:
            return self._engine.read_bytes(address, size)
        except BusError:
            return self._engine.read_bytes(address, BUF_SIZE - HEADER.size).ljust(size, b"\0")

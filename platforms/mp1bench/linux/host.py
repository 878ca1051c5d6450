"""Linux on the Cortex-A7: the layers put together, and what a test or a command asks of them.

It models no layer itself. Constructing it touches no register: the drivers are bound by `probe`, or else by `start`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from mp1bench.engine import Engine
from mp1bench.errors import BusError, ImageError, PlatformError
from mp1bench.linux.errno import Errno, KernelError, describe
from mp1bench.linux.kernel.clk import Clock
from mp1bench.linux.kernel.core import MS, Kernel
from mp1bench.linux.kernel.irq import Interrupt
from mp1bench.linux.mailbox.client import MailboxClient, MailboxNode
from mp1bench.linux.mailbox.controller import MailboxChannel
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.linux.mailbox.stm32_ipcc import IpccNode, Stm32Ipcc
from mp1bench.linux.remoteproc.core import Rproc
from mp1bench.linux.remoteproc.elf_loader import Firmware, Segment, TableSection
from mp1bench.linux.remoteproc.resource_table import TraceBuffer
from mp1bench.linux.remoteproc.stm32_rproc import M4Node, Stm32Rproc
from mp1bench.linux.rpmsg.client_sample import RpmsgClientSample
from mp1bench.linux.rpmsg.core import RpmsgChannel, RpmsgCore, RpmsgDriver
from mp1bench.linux.rpmsg.ns import RpmsgNs
from mp1bench.linux.rpmsg.tty import RpmsgTty, RpmsgWriter
from mp1bench.linux.rpmsg.virtio_rpmsg_bus import VirtioRpmsgDriver
from mp1bench.linux.user_space import UserSpace
from mp1bench.linux.virtio.bus import VirtioBus
from mp1bench.trace import Message

_RCC = 0x50000000
_IPCC_CLOCK = (_RCC + 0xA20, 12)  # RCC_MP_AHB3ENSETR.IPCCEN

#: What the boot loaders of a DK board leave in the RCC: the M4 on PLL3 at 208.877 MHz (m4-platform.md §5.2).
_RCC_PRESETS = (
    (0x00C, 1 << 8 | 1 << 4 | 1 << 0),  # OCENSETR: HSE, CSI, HSI
    (0x820, 0x80000001),  # RCK3SELR
    (0x884, 0x01010021),  # PLL3CFGR1
    (0x888, 0x00241001),  # PLL3CFGR2
    (0x88C, 0x0001D020),  # PLL3FRACR
    (0x880, 0x00000073),  # PLL3CR
    (0x830, 0x80000000),  # MCUDIVR
    (0x048, 0x80000003),  # MSSCKSELR
)


class Announcement(NamedTuple):
    """A service that the firmware announced, and when (ns)."""

    name: str
    address: int
    at: int


class Transfer(NamedTuple):
    """One message, seen from Linux: `endpoint` is the service's name, `local` Linux's address."""

    endpoint: str
    local: int
    remote: int
    data: bytes
    at: int


class Image(Protocol):
    """What `start` needs of `mp1bench.image.Image`."""

    @property
    def path(self) -> Path: ...

    @property
    def segments(self) -> Sequence[Segment]: ...

    @property
    def resource_table(self) -> TableSection | None: ...


class HostEndpoint:
    """A service of the firmware that a Linux driver has bound: `local` is Linux's address, `remote` the firmware's."""

    def __init__(self, kernel: Kernel, channel: RpmsgChannel, driver: RpmsgWriter) -> None:
        self.name = channel.name
        self.local = channel.source
        self.remote = channel.destination
        self.channel = channel
        self._kernel = kernel
        self._driver = driver

    def __repr__(self) -> str:
        return f"<{self.name} 0x{self.local:x} -> 0x{self.remote:x}>"

    def send(self, data: bytes) -> None:
        """Write `data` as a user of the driver would. KernelError if Linux does not take all of it."""
        written = self._kernel.call(self._driver.write(self.channel, data), f"writing to {self.name}")
        if written < 0:
            raise KernelError(written, f"{len(data)} bytes for {self.name} were not sent")
        if written < len(data):
            what = f"only {written} of {len(data)} bytes for {self.name} were sent"
            raise KernelError(-Errno.ENOMEM, what)


class LinuxHost:
    """One running Linux with the drivers of a DK board.

    `irq_latency_ns` is from an edge to the handler, `work_latency_ns` from there to the work it puts off,
    `subdevice_latency_ns` from the M4's release to the first touch of its rings. They are not measured on a board: they
    keep things in order, and are parameters because races hide behind them.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        ipcc: str = "ipcc",
        irq_latency_ns: int = 2_000,
        work_latency_ns: int = 1_000,
        subdevice_latency_ns: int = 100_000,
        ipcc_node: IpccNode | None = None,
        m4_node: M4Node | None = None,
    ) -> None:
        self.announced: list[Announcement] = []
        self.endpoints: list[HostEndpoint] = []
        self.sent: list[Transfer] = []
        self.received: list[Transfer] = []
        self.on_announce: list[Callable[[Announcement], None]] = []
        self.on_receive: list[Callable[[Transfer], None]] = []
        self.kernel = Kernel(engine)
        self.user = UserSpace(self.kernel, self.kernel.vfs)
        self._engine = engine
        self._probed = False
        self._traces: tuple[TraceBuffer, ...] = ()

        self._mailbox = MailboxCore(self.kernel)
        self._ipcc_node = ipcc_node or IpccNode()
        self._ipcc = Stm32Ipcc(
            self.kernel,
            engine,
            self._mailbox,
            self._ipcc_node,
            Clock(self.kernel, engine, "ck_ipcc", *_IPCC_CLOCK),
            Interrupt(self.kernel, ipcc, "RX0", irq_latency_ns),
            Interrupt(self.kernel, ipcc, "TX0", irq_latency_ns),
        )

        virtio = VirtioBus(self.kernel)
        self._rpmsg = RpmsgCore(self.kernel)
        self.rpmsg_bus = VirtioRpmsgDriver(self.kernel, engine, self._rpmsg)
        self.rpmsg_bus.on_message.append(self._note_sent)
        virtio.register_driver(self.rpmsg_bus)
        name_service = RpmsgNs(self.kernel)
        name_service.on_announce = self._announce
        self.tty = RpmsgTty(self.kernel, self)
        self.client_sample = RpmsgClientSample(self.kernel, self)
        for driver in (name_service, self.tty, self.client_sample):
            self._rpmsg.register_driver(driver)

        self._rproc = Stm32Rproc(
            self.kernel,
            engine,
            self._mailbox,
            virtio,
            m4_node or M4Node(),
            work_latency_ns=work_latency_ns,
            subdevice_latency_ns=subdevice_latency_ns,
        )

    # -- life -------------------------------------------------------------------------------------------------

    def probe(self) -> None:
        """Boot Linux as far as its drivers: the clock tree as boot loaders leave it, the IPCC, the M4. Once."""
        if self._probed:
            return
        self._probed = True
        for offset, value in _RCC_PRESETS:
            self._engine.write(_RCC + offset, value, function="tf-a")
        for what, error in (("the IPCC", self._ipcc.probe()), ("the M4", self._rproc.probe())):
            if error:
                raise PlatformError(
                    f"Linux's driver does not bind to {what}: {describe(error)}. Is the platform an STM32MP15?"
                )

    def start(self, image: Image) -> None:
        """Have remoteproc load and start `image`; returns when the M4 is up. ImageError if Linux refuses."""
        self.probe()
        size = image.path.stat().st_size if image.path.exists() else 0
        firmware = Firmware(image.path.name, size, image.segments, image.resource_table)
        said: list[str] = []

        def listen(level: str, device: str, text: str) -> None:
            if level == "err":
                said.append(text)

        self.kernel.on_printk.append(listen)
        error = self.kernel.call(self.rproc.boot(firmware), "remoteproc start")
        self.kernel.on_printk.remove(listen)
        if error:
            raise ImageError(f"Linux does not start `{image.path}` ({describe(error)}). It says: {'; '.join(said)}.")
        self._traces = tuple(self.rproc.traces)

    def stop(self) -> bool:
        """Have remoteproc stop the M4. True if the firmware acknowledged the shutdown request within 500 ms."""
        error = self.kernel.call(self._rproc.rproc.shutdown(), "remoteproc stop")
        if error:
            raise KernelError(error, f"Linux cannot stop an M4 that is {self.rproc.state}")
        return self._rproc.shutdown_acked

    @property
    def rproc(self) -> Rproc:
        """The remote processor; its `state` is offline, running and so on."""
        return self._rproc.rproc

    def register_rpmsg_driver(self, driver: RpmsgDriver) -> None:
        """Make a driver of one's own known, for services that are announced from now on."""
        self._rpmsg.register_driver(driver)

    # -- signals ----------------------------------------------------------------------------------------------

    @property
    def mailbox(self) -> MailboxCore:
        """The mailbox core, with the IPCC behind it."""
        self.probe()
        return self._mailbox

    def request_channel(
        self,
        number: int,
        *,
        rx_callback: Callable[[object], object] | None = None,
        tx_done: Callable[[object, int], object] | None = None,
        tx_block: bool = False,
        tx_tout: int = 0,
    ) -> MailboxChannel:
        """Own channel CH`number` (1-based) as a mailbox client. CH1 to CH4 are remoteproc's: KernelError (EBUSY)."""
        self.probe()
        client = MailboxClient(
            f"CH{number}",
            tx_block=tx_block,
            tx_tout=tx_tout,
            rx_callback=rx_callback,
            tx_done=tx_done,
            node=MailboxNode([(self._ipcc_node.name, number - 1)]),
        )
        return self._mailbox.request_channel(client, 0)

    # -- what people ask --------------------------------------------------------------------------------------

    def firmware_log(self) -> str:
        """What the firmware has written to its trace buffers (debugfs trace0 …), up to the first NUL of each.

        Unlike debugfs, it can still be read when the M4 has been stopped.
        """
        return "".join(self._trace_text(entry.da, entry.length) for entry in self._traces)

    def _trace_text(self, da: int, length: int) -> str:
        address = self.rproc.da_to_pa(da, length)
        if address is None:
            return ""
        try:
            data = self._engine.read_bytes(address, length)
        except BusError:
            return ""
        return data.split(b"\0", 1)[0].decode("utf-8", "replace")

    def waiting(self) -> str | None:
        """What Linux waits for, in one sentence, or None."""
        for waiter in self.kernel.asleep:
            if waiter.reason:
                limit = "" if waiter.timeout_ns is None else f", {waiter.timeout_ns // MS} ms limit"
                return f"Linux waits for {waiter.reason}{limit}"
        return None

    # -- user space, as the RPMsg drivers see it --------------------------------------------------------------

    def channel_opened(self, channel: RpmsgChannel, driver: RpmsgWriter) -> None:
        """A driver has bound a service."""
        self.endpoints.append(HostEndpoint(self.kernel, channel, driver))

    def channel_closed(self, channel: RpmsgChannel) -> None:
        """A service is gone."""
        self.endpoints = [endpoint for endpoint in self.endpoints if endpoint.channel is not channel]

    def message_received(self, channel: RpmsgChannel, data: bytes, source: int) -> None:
        """A message for a bound service has come."""
        transfer = Transfer(channel.name, channel.source, source, data, self.kernel.now)
        self.received.append(transfer)
        for listener in self.on_receive:
            listener(transfer)

    def _announce(self, name: str, address: int) -> None:
        announcement = Announcement(name, address, self.kernel.now)
        self.announced.append(announcement)
        for listener in self.on_announce:
            listener(announcement)

    def _note_sent(self, message: Message) -> None:
        if message.direction == "a7_to_m4" and message.endpoint != "ns":
            self.sent.append(Transfer(message.endpoint, message.local, message.remote, message.data, message.t))

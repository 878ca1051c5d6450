"""Linux on the Cortex-A7, as a test or a command sees it: boot it, start a firmware, own a channel, read its log.

It models no layer itself; `system.py` puts them together. Constructing it touches no register: Linux boots by `probe`,
or when it is first asked for something.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from mp1bench.engine import Engine
from mp1bench.errors import BusError, ImageError, PlatformError, UsageError
from mp1bench.linux.devicetree import default_tree, read_tree
from mp1bench.linux.errno import KernelError, describe
from mp1bench.linux.kernel.core import MS, PATIENCE_NS
from mp1bench.linux.kernel.flavour import find_flavour
from mp1bench.linux.mailbox.client import MailboxClient
from mp1bench.linux.mailbox.controller import MailboxChannel
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.linux.mailbox.stm32_ipcc import COMPATIBLE as IPCC
from mp1bench.linux.modules import Module
from mp1bench.linux.of import Node, Reference
from mp1bench.linux.platform_bus import DriverFactory, PlatformBus
from mp1bench.linux.remoteproc.core import Rproc
from mp1bench.linux.remoteproc.elf_loader import Firmware, Segment, TableSection
from mp1bench.linux.remoteproc.resource_table import TraceBuffer
from mp1bench.linux.remoteproc.states import OFFLINE
from mp1bench.linux.remoteproc.stm32_rproc import COMPATIBLE as M4
from mp1bench.linux.remoteproc.stm32_rproc import Stm32Rproc
from mp1bench.linux.rpmsg.core import RpmsgDriver
from mp1bench.linux.rpmsg.plain_client import RpmsgPlainClient
from mp1bench.linux.system import AT_BOOT, System
from mp1bench.linux.user_space import UserSpace


class Image(Protocol):
    """What `start` needs of `mp1bench.image.Image`."""

    @property
    def path(self) -> Path: ...

    @property
    def segments(self) -> Sequence[Segment]: ...

    @property
    def resource_table(self) -> TableSection | None: ...


class LinuxHost:
    """One running Linux, with the drivers of a DK board.

    `tree` is its device tree, as nodes or as a file (.dts, .dtb); None is that of the STM32MP157. `ipcc` names the
    machine's IPCC, `kernel` the kernel (see `kernel/flavour.py`), `hz` is its tick.

    `firmware` is its /lib/firmware: what is added there can be written to remoteproc's firmware file.

    `on_m4_stopped` is a list of what hears each time that remoteproc has put the M4 into reset.

    `irq_latency_ns` is from an edge to the handler, `work_latency_ns` from there to the work it puts off,
    `subdevice_latency_ns` from the M4's release to the first touch of its rings. They are not measured on a board: they
    keep things in order, and are parameters because races hide behind them.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        ipcc: str = "ipcc",
        tree: Node | str | Path | None = None,
        kernel: str = "6.1",
        hz: int = 250,
        irq_latency_ns: int = 2_000,
        work_latency_ns: int = 1_000,
        subdevice_latency_ns: int = 100_000,
    ) -> None:
        self._engine = engine
        self._probed = False
        self._traces: tuple[TraceBuffer, ...] = ()

        flavour = find_flavour(kernel)
        if tree is None:
            tree = default_tree(name=flavour.device_tree)
        elif not isinstance(tree, Node):
            tree = read_tree(tree)
        self._system = System(
            engine,
            tree,
            ipcc=ipcc,
            flavour=flavour,
            hz=hz,
            irq_latency_ns=irq_latency_ns,
            work_latency_ns=work_latency_ns,
            subdevice_latency_ns=subdevice_latency_ns,
        )
        self._add_channel_nodes()
        services = self._system.services
        self.announced, self.endpoints = services.announced, services.endpoints
        self.sent, self.received = services.sent, services.received
        self.on_announce, self.on_receive = services.on_announce, services.on_receive
        self.kernel = self._system.kernel
        self.tree = self._system.root
        self.soc = self._system.soc
        self.firmware = self._system.firmware
        self.on_m4_stopped = self._system.on_m4_stopped
        self.tty = self._system.tty
        self.client_sample = self._system.client_sample
        self.rpmsg_bus = self._system.rpmsg_bus
        self._user = UserSpace(self.kernel)

    # -- life -------------------------------------------------------------------------------------------------

    def probe(self) -> None:
        """Boot Linux as far as its drivers: the clock tree as boot loaders leave it, then the modules. Once."""
        if self._probed:
            return
        self._probed = True
        self.soc.preset_clocks()
        for name in AT_BOOT:
            self._system.modules.load(name)

    def modprobe(self, name: str) -> None:
        """Load a module, such as "mailbox-cdev"; nothing if it is loaded. UsageError if there is none of that name."""
        self.probe()
        self._system.modules.load(name)

    def rmmod(self, name: str) -> None:
        """Remove a module, its drivers first. KernelError if it is not loaded, or in use."""
        self.probe()
        self._system.modules.unload(name)

    def _add_channel_nodes(self) -> None:
        from mp1bench.linux.mcapi.driver import McapiDriver  # here, because MCAPI needs what is below this file

        driver = McapiDriver(self)
        self._system.modules.add(Module("mcapi", driver.load, driver.unload, in_use=driver.in_use))

    @property
    def modules(self) -> list[str]:
        """The modules that are loaded, the first one first."""
        return list(self._system.modules.loaded)

    def start(self, image: Image) -> None:
        """Have remoteproc load and start `image`; returns when the M4 is up.

        ImageError if Linux refuses the image, PlatformError if it has no remote processor.
        """
        rproc = self.rproc
        size = image.path.stat().st_size if image.path.exists() else 0
        firmware = Firmware(image.path.name, size, image.segments, image.resource_table)
        self._system.firmware.add(image.path.name, firmware)
        said: list[str] = []

        def listen(level: str, device: str, text: str) -> None:
            if level == "err":
                said.append(text)

        self.kernel.on_printk.append(listen)
        try:
            if rproc.state == OFFLINE:
                self.user.write_text(f"{rproc.folder}/firmware", image.path.name)
            self.user.write_text(f"{rproc.folder}/state", "start")
        except KernelError as refused:
            what, why = f"Linux does not start `{image.path}`", "; ".join(said)
            raise ImageError(f"{what} ({describe(refused.code)}). It says: {why}.{_advice(said)}") from refused
        except BusError as abort:
            raise PlatformError(f"Linux dies while it starts `{image.path}`: {abort}") from abort
        finally:
            self.kernel.on_printk.remove(listen)
        self._traces = tuple(rproc.traces)

    def stop(self) -> bool:
        """Have remoteproc stop the M4. True if the firmware acknowledged the shutdown request within 500 ms."""
        driver = self._remoteproc()
        error = self.kernel.call(driver.rproc.shutdown(), "remoteproc stop", patience_ns=PATIENCE_NS)
        if error:
            raise KernelError(error, f"Linux cannot stop an M4 that is {driver.rproc.state}")
        return driver.shutdown_acked

    @property
    def rproc(self) -> Rproc:
        """The remote processor; its `state` is offline, running and so on. PlatformError if no driver is bound."""
        return self._remoteproc().rproc

    @property
    def rproc_state(self) -> str:
        """The same state, or "" while there is no remote processor."""
        driver = self._bound_remoteproc()
        return "" if driver is None else driver.rproc.state

    def _bound_remoteproc(self) -> Stm32Rproc | None:
        return next((driver for driver in self.platform.bound.values() if isinstance(driver, Stm32Rproc)), None)

    def _remoteproc(self) -> Stm32Rproc:
        self.probe()
        driver = self._bound_remoteproc()
        if driver is not None:
            return driver
        said = [line.text for line in self.kernel.log.lines if line.level in ("emerg", "err", "warn")]
        said += ["deferred (-517): " + line.replace("\t", ": ") for line in self.platform.deferred()]
        if not self.platform.find(M4):
            said.append(f"no enabled node of the device tree is compatible with {M4}")
        raise PlatformError(f"Linux has no remote processor to start. It says: {'; '.join(said) or 'nothing'}.")

    @property
    def user(self) -> UserSpace:
        """Programs on this Linux, which open files by their path."""
        self.probe()
        return self._user

    # -- drivers of one's own ---------------------------------------------------------------------------------

    @property
    def platform(self) -> PlatformBus:
        """The devices of the tree, and the drivers that are bound to them."""
        return self._system.platform

    def register_platform_driver(self, compatible: str, factory: DriverFactory) -> None:
        """Load a driver of one's own: it is made and probed for each enabled node that is `compatible`."""
        self.probe()
        self.platform.register(compatible, compatible, factory)

    def register_rpmsg_driver(self, driver: RpmsgDriver) -> None:
        """Make a driver of one's own known, for services that are announced from now on."""
        self._system.rpmsg.register_driver(driver)

    def adopt(self, service: str) -> None:
        """Load a plain client for a service that no driver is for, such as "rpmsg-tty-channel" of older firmware.

        The trace says so: Linux alone would leave it unbound.
        """
        self.kernel.remark(f"no driver of Linux is for the service {service}; a plain client is loaded to talk to it")
        self.register_rpmsg_driver(RpmsgPlainClient(service, self._system.services))

    # -- signals ----------------------------------------------------------------------------------------------

    @property
    def mailbox(self) -> MailboxCore:
        """The mailbox core, with the IPCC behind it."""
        self.probe()
        return self._system.mailbox

    def request_channel(
        self,
        number: int,
        *,
        rx_callback: Callable[[object], object] | None = None,
        tx_done: Callable[[object, int], object] | None = None,
        tx_block: bool = False,
        tx_tout: int = 0,
    ) -> MailboxChannel:
        """Own channel CH`number` of the IPCC (1-based) as a mailbox client.

        KernelError: -16 (EBUSY) if it is owned already, -22 (EINVAL) if the IPCC has fewer channels.

        A kernel with sub-channels makes two mailboxes of each channel: with an `rx_callback` this is the one that
        receives, without the one that sends.
        """
        if not isinstance(number, int) or number < 1:
            raise UsageError(f"there is no channel {number!r} of the IPCC. They count from 1: CH1, CH2 and so on.")
        cell = number - 1
        if self.kernel.flavour.subchannels:
            cell = 2 * cell + (rx_callback is None)
        ipcc = next((node for node in self.tree.walk() if IPCC in node.compatible), None)
        client = MailboxClient(
            f"CH{number}",
            tx_block=tx_block,
            tx_tout=tx_tout,
            rx_callback=rx_callback,
            tx_done=tx_done,
            node=Node("client", references={"mboxes": [Reference(ipcc, (cell,))]}),
        )
        return self.mailbox.request_channel(client, 0)

    # -- what people ask --------------------------------------------------------------------------------------

    def firmware_log(self) -> str:
        """What the firmware has written to its trace buffers (debugfs trace0 …), up to the first NUL of each.

        Unlike debugfs, it can still be read when the M4 has been stopped.
        """
        driver = self._bound_remoteproc()
        if driver is not None and driver.rproc.traces:
            self._traces = tuple(driver.rproc.traces)
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

    def dynamic_debug(self, queries: str) -> None:
        """Switch debug lines on and off: "file stm32-ipcc.c +p". UsageError if that is wrong or means no line."""
        self.kernel.dynamic_debug.enable(queries)

    def dmesg(self) -> str:
        """The kernel's log as `dmesg` prints it, in virtual time."""
        return str(self.kernel.log)

    def waiting(self) -> str | None:
        """What Linux waits for, in one sentence, or None."""
        for waiter in self.kernel.asleep:
            if waiter.reason:
                limit = "" if waiter.timeout_ns is None else f", {waiter.timeout_ns // MS} ms limit"
                return f"Linux waits for {waiter.reason}{limit}"
        return None


def _advice(said: Sequence[str]) -> str:
    """What to do about a refusal, where that is known."""
    if any(text.startswith("bad phdr da") for text in said):
        return (
            " It loads only into the memory that its device tree sets apart for the M4. Use the host `none`, which"
            " loads everywhere, or a device tree whose reserved-memory has a node for this segment, named in the M4's"
            " memory-region."
        )
    if any(text.startswith("Failed to process resources") for text in said):
        return " `ipcclab check` says what is wrong with the resource table."
    return ""

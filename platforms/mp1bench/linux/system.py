"""One Linux put together: kernel, SoC, buses and drivers, as modules that are loaded and removed.

It boots nothing by itself and has no words for users; that is `host.py`'s part.
"""

from __future__ import annotations

from collections.abc import Callable

from mp1bench.engine import Engine
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.flavour import Flavour
from mp1bench.linux.mailbox.cdev import MailboxCdev
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.linux.mailbox.mailbox_test import MailboxTest
from mp1bench.linux.mailbox.stm32_ipcc import COMPATIBLE as IPCC
from mp1bench.linux.mailbox.stm32_ipcc import Stm32Ipcc
from mp1bench.linux.modules import Module, Modules
from mp1bench.linux.of import Node
from mp1bench.linux.platform_bus import DriverFactory, PlatformBus
from mp1bench.linux.remoteproc.elf_loader import FirmwareStore
from mp1bench.linux.remoteproc.stm32_rproc import COMPATIBLE as M4
from mp1bench.linux.remoteproc.stm32_rproc import Stm32Rproc
from mp1bench.linux.rpmsg.char import RpmsgChar
from mp1bench.linux.rpmsg.client_sample import RpmsgClientSample
from mp1bench.linux.rpmsg.core import RpmsgCore, RpmsgDriver
from mp1bench.linux.rpmsg.ctrl import RpmsgCtrl
from mp1bench.linux.rpmsg.ns import RpmsgNs
from mp1bench.linux.rpmsg.tty import RpmsgTty
from mp1bench.linux.rpmsg.virtio_rpmsg_bus import VirtioRpmsgDriver
from mp1bench.linux.services import Services
from mp1bench.linux.soc import Soc
from mp1bench.linux.virtio.bus import VirtioBus

#: What a distribution loads for the devices of the default tree. The clients of CH6 are loaded by hand.
AT_BOOT = (
    "stm32-ipcc",
    "stm32_rproc",
    "virtio_rpmsg_bus",
    "rpmsg_tty",
    "rpmsg_client_sample",
    "rpmsg_ctrl",
)


class System:
    """The layers of one Linux on `engine`, for the device tree `root`; latencies are those of `LinuxHost`."""

    def __init__(
        self,
        engine: Engine,
        root: Node,
        *,
        ipcc: str,
        flavour: Flavour,
        hz: int,
        irq_latency_ns: int,
        work_latency_ns: int,
        subdevice_latency_ns: int,
    ) -> None:
        self.kernel = kernel = Kernel(engine, hz=hz, flavour=flavour)
        self.root = root
        self.soc = Soc(kernel, engine, ipcc, irq_latency_ns)
        self.platform = PlatformBus(kernel, root, self.soc)
        self.firmware = FirmwareStore()
        self.on_m4_stopped: list[Callable[[], None]] = []
        self.mailbox = mailbox = MailboxCore(kernel)
        self.virtio = virtio = VirtioBus(kernel)
        self.rpmsg = RpmsgCore(kernel)
        self.rpmsg_bus = VirtioRpmsgDriver(kernel, engine, self.rpmsg)
        self.name_service = RpmsgNs(kernel)
        self.services = services = Services(kernel)
        self.rpmsg_bus.on_message.append(services.message_moved)
        self.name_service.on_announce = services.service_announced
        self.tty = RpmsgTty(kernel, services)
        self.client_sample = RpmsgClientSample(kernel, services)
        char = RpmsgChar(kernel)
        self.modules = Modules(
            [
                self._platform_module(
                    "stm32-ipcc",
                    "stm32-ipcc",
                    IPCC,
                    lambda device: Stm32Ipcc(kernel, engine, mailbox, device, work_latency_ns=work_latency_ns),
                    self._channels_owned,
                ),
                self._platform_module(
                    "stm32_rproc",
                    "stm32-rproc",
                    M4,
                    lambda device: Stm32Rproc(
                        kernel,
                        engine,
                        mailbox,
                        virtio,
                        device,
                        files=self.firmware,
                        on_stopped=self.on_m4_stopped,
                        work_latency_ns=work_latency_ns,
                        subdevice_latency_ns=subdevice_latency_ns,
                    ),
                ),
                Module(
                    "virtio_rpmsg_bus",
                    lambda: virtio.register_driver(self.rpmsg_bus),
                    lambda: virtio.unregister_driver(self.rpmsg_bus),
                    needs=("rpmsg_ns",),
                ),
                self._rpmsg_module("rpmsg_ns", self.name_service),
                self._rpmsg_module("rpmsg_tty", self.tty),
                self._rpmsg_module("rpmsg_client_sample", self.client_sample),
                self._rpmsg_module("rpmsg_char", char),
                self._rpmsg_module("rpmsg_ctrl", RpmsgCtrl(kernel, char), needs=("rpmsg_char",)),
                self._platform_module(
                    "mailbox-cdev",
                    "mbox-cdev",
                    "mbox-cdev",
                    lambda device: MailboxCdev(kernel, engine, mailbox, device),
                    self._mailbox_open,
                ),
                self._platform_module(
                    "mailbox-test",
                    "mailbox_test",
                    "mailbox-test",
                    lambda device: MailboxTest(kernel, engine, mailbox, device),
                ),
            ]
        )

    def _platform_module(
        self, name: str, driver: str, compatible: str, make: DriverFactory, in_use: Callable[[], bool] = lambda: False
    ) -> Module:
        return Module(
            name,
            lambda: self.platform.register(driver, compatible, make),
            lambda: self.platform.unregister(driver),
            in_use=in_use,
        )

    def _rpmsg_module(self, name: str, driver: RpmsgDriver, needs: tuple[str, ...] = ()) -> Module:
        rpmsg = self.rpmsg
        return Module(
            name,
            lambda: rpmsg.register_driver(driver),
            lambda: rpmsg.unregister_driver(driver),
            needs,
            lambda: driver.open_files > 0,
        )

    def _channels_owned(self) -> bool:
        return any(c.client is not None for controller in self.mailbox.controllers for c in controller.channels)

    def _mailbox_open(self) -> bool:
        return any(driver.users for driver in self.platform.bound.values() if isinstance(driver, MailboxCdev))

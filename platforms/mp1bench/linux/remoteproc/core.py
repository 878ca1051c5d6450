"""A remote processor (drivers/remoteproc/remoteproc_core.c): who may boot, stop or recover it, and what a crash does.

The steps from state to state are in `transitions.py`, what a firmware asks for in `resources.py`; how this one is held
and reset is its driver's business (`stm32_rproc.py`). User space finds it in `sysfs.py` and `debugfs.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from mp1bench.engine import Engine
from mp1bench.errors import BusError
from mp1bench.linux.errno import Errno, KernelFaultError
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.ida import Ida
from mp1bench.linux.kernel.locking import Mutex
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.workqueue import Work, WorkQueue
from mp1bench.linux.remoteproc import debugfs, sysfs
from mp1bench.linux.remoteproc.elf_loader import FirmwareStore
from mp1bench.linux.remoteproc.memory import DDR_POOL, DmaRange, MemoryEntry, Table
from mp1bench.linux.remoteproc.resource_table import TraceBuffer
from mp1bench.linux.remoteproc.resources import Resources
from mp1bench.linux.remoteproc.states import ATTACHED, CRASHED, DETACHED, OFFLINE, RUNNING
from mp1bench.linux.remoteproc.transitions import Transitions
from mp1bench.linux.virtio.bus import VirtioBus

#: What kinds of crash there are, by number.
CRASHES = ("mmufault", "watchdog", "fatal error")
MMUFAULT, WATCHDOG, FATAL_ERROR = range(3)


class RprocOps(Protocol):
    """What the platform's driver does. Errors are negative numbers; `dev` is how the log names its device."""

    dev: str

    def prepare(self) -> int: ...

    def map(self, entry: MemoryEntry) -> None: ...

    def unmap(self, entry: MemoryEntry) -> None: ...

    def start(self) -> int: ...

    def stop(self) -> Sleeping[int]: ...

    def attach(self) -> int: ...

    def detach(self) -> Sleeping[int]: ...

    def loaded_table(self) -> tuple[int, int] | int:
        """Address and size of the table of an M4 that runs already."""

    def kick(self, vqid: int) -> None: ...

    def halt(self) -> None:
        """Hold it and reset it, whatever it does."""


class Rproc:
    """One remote processor. `state` reads as /sys/class/remoteproc/remoteproc0/state does."""

    def __init__(
        self,
        kernel: Kernel,
        engine: Engine,
        virtio: VirtioBus,
        ops: RprocOps,
        *,
        name: str,
        files: FirmwareStore,
        on_stopped: Sequence[Callable[[], None]],
        work_latency_ns: int,
        subdevice_latency_ns: int,
    ) -> None:
        self.kernel = kernel
        self.engine = engine
        self.virtio = virtio
        self.ops = ops
        self.name = name
        self.files = files
        self._on_stopped = on_stopped
        self.index = "remoteproc0"
        self.folder = f"/sys/class/remoteproc/{self.index}"
        self.debug_folder = f"/sys/kernel/debug/remoteproc/{self.index}"
        self.dev = f"remoteproc {self.index}"
        self.state = OFFLINE
        self.firmware = f"rproc-{name}-fw"
        self.auto_boot = False
        self.recovery_disabled = False
        self.crashes = 0
        self.power = 0
        self.lock = Mutex(kernel)
        self.dma_ranges: tuple[DmaRange, ...] = ()
        self.virtio_numbers = Ida()
        #: What both sides know of each other, if `has_table`.
        self.table = Table(engine, b"")
        self.has_table = False
        self.resources = Resources(self)
        self._log = kernel.logger("remoteproc_core.c")
        self._virtio_log = kernel.logger("remoteproc_virtio.c")
        self._transitions = Transitions(self, subdevice_latency_ns)
        self._workqueue = WorkQueue(kernel, "rproc_recovery_wq", work_latency_ns)
        self._crash_work = Work(self._handle_crash)
        self._attach_work = Work(self._boot_unasked)
        self._deleting = False

    # -- registering ------------------------------------------------------------------------------------------

    def add(self) -> None:
        """rproc_add: user space can see it; it is started at once if it is to be."""
        self._deleting = False
        sysfs.add(self)
        self._log.info(self.dev, f"{self.name} is available")
        debugfs.add(self)
        if self.auto_boot:
            self._workqueue.queue(self._attach_work)

    def _boot_unasked(self) -> Sleeping[None]:
        """The file is looked for once ahead of the boot, which goes on in any case (rproc_trigger_auto_boot)."""
        if self.state != DETACHED:
            self._transitions.find_firmware()
        yield from self.boot()

    def delete(self) -> Sleeping[None]:
        """rproc_del: stop it, and take it out of user space's sight."""
        self._deleting = True
        yield from self.shutdown()
        debugfs.remove(self)
        sysfs.remove(self)

    def set_firmware(self, name: str) -> Sleeping[int]:
        """rproc_set_firmware: what the next boot takes from /lib/firmware."""
        return (yield from self._locked(self._set_firmware, name.split("\n", 1)[0]))

    def _set_firmware(self, name: str) -> Sleeping[int]:
        if self.state != OFFLINE:
            self._log.err(self.ops.dev, "can't change firmware while running")
            return -Errno.EBUSY
        if not name:
            self._log.err(self.ops.dev, "can't provide empty string for firmware name")
            return -Errno.EINVAL
        self.firmware = name
        return 0
        yield

    # -- what users ask for -----------------------------------------------------------------------------------

    def boot(self) -> Sleeping[int]:
        """rproc_boot: 0, or a negative error number. A second time only counts a user more."""
        return (yield from self._locked(self._boot))

    def shutdown(self) -> Sleeping[int]:
        """rproc_shutdown: the last user's stops it."""
        return (yield from self._locked(self._shutdown))

    def detach(self) -> Sleeping[int]:
        """rproc_detach: leave one alone that Linux has not started."""
        return (yield from self._locked(self._detach))

    def recover(self) -> Sleeping[int]:
        """rproc_trigger_recovery: boot it again if it has crashed."""
        return (yield from self._locked(self._recover))

    def _locked(self, body: Callable[..., Sleeping[int]], *arguments: str) -> Sleeping[int]:
        yield from self.lock.lock()
        try:
            return (yield from body(*arguments))
        except (KernelFaultError, BusError):
            yield from self._transitions.bury()
            self.power = 0
            raise
        finally:
            self.lock.unlock()

    # -- boot -------------------------------------------------------------------------------------------------

    def _boot(self) -> Sleeping[int]:
        if self._deleting:
            self._log.err(self.dev, f"can't boot deleting rproc {self.name}")
            return -Errno.ENODEV
        self.power += 1
        if self.power > 1:
            return 0
        if self.state == DETACHED:
            self._log.info(self.dev, f"attaching to {self.name}")
            error = yield from self._transitions.attach()
        else:
            self._log.info(self.dev, f"powering up {self.name}")
            error = yield from self._transitions.boot()
        if error:
            self.power -= 1
        return error

    # -- stop -------------------------------------------------------------------------------------------------

    def _shutdown(self) -> Sleeping[int]:
        return (yield from self._leave((RUNNING, ATTACHED, CRASHED), self._transitions.stop))

    def _detach(self) -> Sleeping[int]:
        return (yield from self._leave((ATTACHED,), self._transitions.detach))

    def _leave(self, states: tuple[str, ...], way_down: Callable[[], Sleeping[int]]) -> Sleeping[int]:
        """One user less; with the last one it goes down, which it can from these states."""
        if self.state not in states:
            return -Errno.EINVAL
        self.power -= 1
        if self.power:
            return 0
        error = yield from way_down()
        if error:
            self.power += 1
        else:
            self._transitions.release()
        return error

    # -- crash ------------------------------------------------------------------------------------------------

    def report_crash(self, kind: int) -> None:
        """rproc_report_crash: the driver, or user space, says that it has crashed."""
        if self._deleting:
            return
        self._workqueue.queue(self._crash_work)
        name = CRASHES[kind] if kind < len(CRASHES) else "unknown"
        self._log.err(self.dev, f"crash detected in {self.name}: type {name}")

    def _handle_crash(self) -> Sleeping[None]:
        self._log.debug(self.dev, "enter rproc_crash_handler_work")
        yield from self.lock.lock()
        handles = not self._deleting and self.state not in (CRASHED, OFFLINE)
        if handles:
            self.state = CRASHED
            self.crashes += 1
            self._log.err(self.dev, f"handling crash #{self.crashes} in {self.name}")
        self.lock.unlock()
        if handles and not self.recovery_disabled:
            yield from self.recover()

    def _recover(self) -> Sleeping[int]:
        if self._deleting:
            return -Errno.ENODEV
        if self.state != CRASHED:
            return 0
        self._log.err(self.dev, f"recovering {self.name}")
        return (yield from self._transitions.recover())

    def tell_stopped(self) -> None:
        """It is held in reset: those who asked to hear of it do (rproc_unprepare_subdevices)."""
        for listener in list(self._on_stopped):
            listener()

    # -- addresses and signals --------------------------------------------------------------------------------

    def write(self, address: int, data: bytes) -> None:
        """Write to memory of the M4's, or to Linux's own DDR, which nobody here sees."""
        if address < DDR_POOL:
            self.engine.write_bytes(address, data)

    def da_to_pa(self, da: int, size: int) -> int | None:
        """Where the A7 finds [da, da + size) of the M4; None if that is not wholly in one range."""
        for window in self.dma_ranges:
            if window.da <= da and da + size <= window.da + window.size:
                return window.pa + da - window.da
        return None

    def pa_to_da(self, pa: int) -> int | None:
        """Where the M4 finds address `pa` of the A7."""
        for window in self.dma_ranges:
            if window.pa <= pa < window.pa + window.size:
                return window.da + pa - window.pa
        return None

    @property
    def traces(self) -> list[TraceBuffer]:
        """The trace buffers of the firmware."""
        return self.resources.traces

    def vq_interrupt(self, notifyid: int) -> Sleeping[bool]:
        """rproc_vq_interrupt: a kick for ring `notifyid` has come. False if there was nothing to do."""
        self._virtio_log.debug(self.dev, f"vq index {notifyid} is interrupted")
        ring = self.resources.notifyids.find(notifyid)
        if ring is None or ring.vq is None:
            return False
        return (yield from ring.vq.interrupt())

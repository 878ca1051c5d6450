"""How a remote processor comes from one state to the next: boot, attach, stop, detach, recovery (remoteproc_core.c).

Who may ask for it, how often and when is `core.py`'s business; its lock is held throughout.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from mp1bench.errors import BusError
from mp1bench.linux.errno import Errno, KernelFaultError
from mp1bench.linux.kernel.locking import WaitQueue
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.remoteproc.elf_loader import Firmware, find_table, load_segments, sanity_check
from mp1bench.linux.remoteproc.memory import DDR_POOL, Table
from mp1bench.linux.remoteproc.states import ATTACHED, DETACHED, OFFLINE, RUNNING

if TYPE_CHECKING:
    from mp1bench.linux.remoteproc.core import Rproc


class Transitions:
    """The steps. Each returns 0 or a negative error number, and sets the state if it has come to its end."""

    def __init__(self, rproc: Rproc, subdevice_latency_ns: int) -> None:
        self._rproc = rproc
        self._kernel = rproc.kernel
        self._dev = rproc.dev
        self._log = rproc.kernel.logger("remoteproc_core.c")
        self._elf_log = rproc.kernel.logger("remoteproc_elf_loader.c")
        self._subdevice_latency_ns = subdevice_latency_ns
        self._cached = False  # Linux has a table of its own making

    # -- up ---------------------------------------------------------------------------------------------------

    def boot(self) -> Sleeping[int]:
        """Load the firmware and start it."""
        file = self._request_firmware()
        return file if isinstance(file, int) else (yield from self._fw_boot(file))

    def find_firmware(self) -> Firmware | bytes | int:
        """The file in /lib/firmware that is to be booted."""
        name = self._rproc.firmware
        file = self._rproc.files.files.get(name)
        if file is not None:
            return file
        self._log.warn(self._dev, f"Direct firmware load for {name} failed with error {-Errno.ENOENT}")
        return -Errno.ENOENT

    def _request_firmware(self) -> Firmware | bytes | int:
        file = self.find_firmware()
        if isinstance(file, int):
            self._log.err(self._dev, f"request_firmware failed: {file}")
        return file

    def _sanity_check(self, file: Firmware | bytes) -> Firmware | int:
        sections = self._kernel.flavour.section_checks
        return sanity_check(self._elf_log, self._dev, self._rproc.firmware, file, sections=sections)

    def _fw_boot(self, file: Firmware | bytes) -> Sleeping[int]:
        firmware = self._sanity_check(file)
        if isinstance(firmware, int):
            return firmware
        self._log.info(self._dev, f"Booting fw image {self._rproc.firmware}, size {firmware.size}")
        error = self._prepare()
        if error:
            return error
        section = find_table(self._elf_log, self._dev, firmware)
        if section is None:
            self._log.warn(self._dev, "no resource table found for this firmware")
        else:
            self._rproc.table = Table(self._rproc.engine, section.data)
            self._rproc.has_table = self._cached = True
        error = self._acquire()
        if not error:
            error = yield from self._start(firmware)
        if error:
            self._rproc.resources.clean_up()
            self._forget_table()
        return error

    def _prepare(self) -> int:
        self._log.debug(self._rproc.ops.dev, "iommu not present")
        error = self._rproc.ops.prepare()
        if error:
            self._log.err(self._dev, f"can't prepare rproc {self._rproc.name}: {error}")
        return error

    def _acquire(self) -> int:
        """Handle the table's entries and allocate what they, and the device tree, ask for."""
        error = self._rproc.resources.handle(self._rproc.table) if self._rproc.has_table else 0
        if error:
            self._log.err(self._dev, f"Failed to process resources: {error}")
            return error
        error = self._rproc.resources.allocate(self._rproc.table if self._rproc.has_table else None)
        if error:
            self._log.err(self._dev, f"Failed to allocate associated carveouts: {error}")
        return error

    def _start(self, firmware: Firmware) -> Sleeping[int]:
        """rproc_start."""
        error = load_segments(self._elf_log, self._dev, firmware, self._rproc.resources.locate, self._rproc.write)
        if error:
            self._log.err(self._dev, f"Failed to load program segments: {error}")
            return error
        section = find_table(self._elf_log, self._dev, firmware)
        place = None if section is None else self._rproc.resources.locate(section.address, len(section.data))
        if place is not None and place[0] < DDR_POOL:
            self._rproc.table.install(place[0])
            self._rproc.has_table = True
        error = self._rproc.ops.start()
        if error:
            self._log.err(self._dev, f"can't start rproc {self._rproc.name}: {error}")
            self._rproc.table.withdraw()
            return error
        yield from self._start_vdevs()
        self._rproc.state = RUNNING
        self._log.info(self._dev, f"remote processor {self._rproc.name} is now up")
        return 0

    def _start_vdevs(self) -> Sleeping[None]:
        yield from WaitQueue(self._kernel).sleep(self._subdevice_latency_ns)
        for vdev in self._rproc.resources.vdevs:
            yield from vdev.start()

    def attach(self) -> Sleeping[int]:
        """rproc_attach: as _fw_boot, but the firmware runs already and its table lies in its memory."""
        error = self._prepare()
        if error:
            return error
        place = self._rproc.ops.loaded_table()
        if isinstance(place, int):
            for _ in range(2):  # rproc_set_rsc_table says so, and so does who called it
                self._log.err(self._dev, f"can't load resource table: {place}")
            self._rproc.resources.clean_up()
            return place
        address, size = place
        self._rproc.table = Table(self._rproc.engine, self._rproc.engine.read_bytes(address, size), address)
        self._rproc.has_table, self._cached = True, False
        error = self._acquire()
        if not error:
            error = self._rproc.ops.attach()
            if error:
                self._log.err(self._dev, f"can't attach to rproc {self._rproc.name}: {error}")
        if error:
            self._rproc.resources.clean_up()
            return error
        yield from self._start_vdevs()
        self._rproc.state = ATTACHED
        self._log.info(self._dev, f"remote processor {self._rproc.name} is now attached")
        return 0

    # -- down -------------------------------------------------------------------------------------------------

    def stop(self) -> Sleeping[int]:
        """rproc_stop."""
        yield from self._stop_vdevs()
        self._rproc.table.withdraw(attached=not self._cached)
        self._cached = self._rproc.has_table
        error = yield from self._rproc.ops.stop()
        if error:
            self._log.err(self._dev, f"can't stop rproc: {error}")
            return error
        self._rproc.tell_stopped()
        self._rproc.state = OFFLINE
        self._log.info(self._dev, f"stopped remote processor {self._rproc.name}")
        return 0

    def _stop_vdevs(self) -> Sleeping[None]:
        for vdev in reversed(self._rproc.resources.vdevs):
            yield from vdev.stop()

    def detach(self) -> Sleeping[int]:
        """__rproc_detach: clean the table, and leave the processor alone."""
        yield from self._stop_vdevs()
        self._rproc.table.withdraw(attached=True, restore=True)
        error = yield from self._rproc.ops.detach()
        if error:
            self._log.err(self._dev, f"can't detach from rproc: {error}")
            return error
        self._rproc.state = DETACHED
        self._log.info(self._dev, f"detached remote processor {self._rproc.name}")
        return 0

    def recover(self) -> Sleeping[int]:
        """rproc_boot_recovery: stop what has crashed and start it anew; what it holds is kept."""
        error = yield from self.stop()
        if error:
            return error
        file = self._request_firmware()
        # Linux does not look again whether it is an ELF; here it must be, to be read.
        firmware = file if isinstance(file, int) else self._sanity_check(file)
        return firmware if isinstance(firmware, int) else (yield from self._start(firmware))

    def release(self) -> None:
        """Give back what the firmware had asked for."""
        self._rproc.resources.clean_up()
        self._forget_table()

    def bury(self) -> Sleeping[None]:
        """Start afresh after an oops, where Linux would keep the lock for ever."""
        yield from self._stop_vdevs()
        self._rproc.state = OFFLINE
        for last in (self._rproc.ops.halt, self._rproc.tell_stopped, self._rproc.resources.clean_up):
            with contextlib.suppress(KernelFaultError, BusError):  # one of them is enough
                last()
        self._forget_table()

    def _forget_table(self) -> None:
        self._rproc.table = Table(self._rproc.engine, b"")
        self._rproc.has_table = self._cached = False

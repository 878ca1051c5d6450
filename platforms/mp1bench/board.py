"""The bench in one object: a platform in an engine, a firmware image, and the Linux host at the other side.

It only puts the parts together and answers what a test asks of the whole; each part lives in its own file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mp1bench.boot_modes import PRODUCTION, choose_host
from mp1bench.chip import Chip
from mp1bench.chip.uart_input import type_on
from mp1bench.console import Console
from mp1bench.doorbell_faults import DoorbellFaults, Fault
from mp1bench.doorbells import STATUS, Doorbells, Flag, Raised
from mp1bench.engine import Stop
from mp1bench.engine.choice import make_engine
from mp1bench.engine.snapshot import Snapshot
from mp1bench.errors import ImageError, PlatformError, SnapshotError, UsageError, suggest
from mp1bench.image import Image, read_image
from mp1bench.image.file import ELF
from mp1bench.platform import Platform, read_platform
from mp1bench.trace import Trace
from stm32mp1.ipcc_table import Variant
from stm32mp1.rcc_table import MP_GCR, MP_GRSTCSETR
from stm32mp1.usart import Usart

if TYPE_CHECKING:
    from mp1bench.linux import LinuxHost

HOSTS = ("linux", "none")

_MCURST = 1 << 1  # in RCC_MP_GRSTCSETR
_BOOT_MCU = 1 << 0  # in RCC_MP_GCR


@dataclass(frozen=True)
class BoardSnapshot:
    """A board without a host at one instant: the machine, when each flag was raised, and what the UARTs printed."""

    machine: Snapshot
    raised: Mapping[Flag, Raised]
    printed: Mapping[str, bytes]


class Board:
    """An STM32MP1 on the bench.

    `platform` is a platform file (the shipped STM32MP157 if None) or what `read_platform` made of one, `engine` one of
    `choice.ENGINES` ("bare" has no Cortex-M4), `host` one of HOSTS. `boot_mode` is "production", in which Linux starts
    the M4, or "engineering": then the boot pins say so, nobody sets up the clocks, and the host is "none", which loads
    as a debugger does. Without a `host` it is "linux" in production mode. `clock_gating` takes the IPCC's clock away
    while neither processor has it enabled in the RCC. `variants` are IPCCs of your own that the platform file may name.
    `kernel` says which Linux runs, one of `linux.kernel.flavour.FLAVOURS`, and `device_tree` what it knows of the
    machine: a .dts or .dtb file, or None for that of the STM32MP157. `counter` and `slice_instructions` are the
    embedded engine's; they change no result.

    Attributes: `engine`, `platform`, `devices` by name, `chip` (what ties them together), `trace` (None without),
    `linux` (None for host "none"), `image` (None until `load`), `stop` (why the machine last stopped; None until it has
    run), `ipcc` and `ipcc_name` (None and "" on a platform without).
    """

    def __init__(
        self,
        *,
        platform: str | Path | Platform | None = None,
        engine: str = "auto",
        host: str | None = None,
        boot_mode: str = PRODUCTION,
        counter: str = "auto",
        slice_instructions: int | None = None,
        trace: bool = True,
        clock_gating: bool = False,
        variants: Sequence[Variant] = (),
        kernel: str = "6.1",
        device_tree: str | Path | None = None,
    ) -> None:
        host = choose_host(host, boot_mode)
        if host not in HOSTS:
            raise UsageError(f"there is no host called `{host}`.{suggest(host, HOSTS)}")
        if device_tree is not None and host != "linux":
            raise UsageError(f"a device tree is Linux's, and this board's host is `{host}`. Leave one of them away.")
        if not isinstance(clock_gating, bool):
            raise UsageError(f"clock_gating is True or False, not {clock_gating!r}.")
        self.platform = platform if isinstance(platform, Platform) else read_platform(platform, variants)
        self._clock_gating, self.boot_mode = clock_gating, boot_mode
        self.trace = Trace() if trace else None
        self._consoles: dict[str, Console] = {}
        self.engine = make_engine(
            engine,
            self.trace,
            counter=counter,
            slice_instructions=slice_instructions,
            clock_hz=lambda: self.chip.mcu_hz(),
            instruction_ns=self.platform.instruction_ns,
            on_console=lambda name, byte: self._console(name).put(byte),
        )
        self.devices = self.platform.build(self.engine)
        self.chip = Chip(self.engine, self.platform, self.devices, boot_mode, clock_gating)
        self.ipcc_name, self.ipcc = self.chip.ipcc_name, self.chip.ipcc
        self.image: Image | None = None
        self.stop: Stop | None = None

        for name, device in self.devices.items():
            if isinstance(device, Usart):
                device.on_tx = self._console(name).put
        self._doorbells = None if self.ipcc is None else Doorbells(self.engine, self.ipcc)
        self._doorbell_faults: DoorbellFaults | None = None
        self.linux = self._make_linux(kernel, device_tree) if host == "linux" else None
        if self.linux is not None and self.chip.watchdog:
            interrupt = self.linux.soc.watchdog
            self.engine.watch(self.chip.watchdog, "RESET", lambda level: interrupt.trigger() if level else None)

    # -- running ----------------------------------------------------------------------------------------------

    def load(self, path: str | Path, address: int | None = None) -> Image:
        """Read the firmware image that `boot` will start; with an `address`, a raw binary for that address.

        Raises ImageError, and then keeps the one before.
        """
        if self.engine.running:
            raise UsageError("the M4 is running. Call shutdown() before loading another image.")
        image = read_image(path, self.platform.regions, address)
        if self.linux is not None and image.format != ELF:
            raise ImageError(
                f"`{path}` is {image.format}, and Linux's remoteproc starts ELF files only. Use the host `none`, which"
                " loads it as a debugger does."
            )
        self.image = image
        if self.trace is not None:
            self.trace.symbolize = self.image.symbolize
        return self.image

    def boot(self) -> None:
        """Start the image: as Linux's remoteproc does or, without a host, by loading it and releasing the M4."""
        if self.image is None:
            raise UsageError("there is no image to boot. Call load(path) first.")
        if self.engine.running:
            raise UsageError("the M4 is already running. Call shutdown() before booting again.")
        if self.linux is not None:
            self.linux.start(self.image)
            return
        for segment in self.image.segments:
            size = segment.size if self.boot_mode == PRODUCTION else 0  # a debugger leaves what is not in the file
            self.engine.write_bytes(segment.physical, segment.data.ljust(size, b"\0"))
        self._write_rcc(MP_GCR, _BOOT_MCU, "boot")
        if not self.engine.running:
            self.engine.release()

    def shutdown(self) -> bool:
        """Stop the M4: as Linux's remoteproc does or, without a host, by its reset.

        False if Linux asked the firmware to shut down and got no acknowledge within its 500 ms.
        """
        if self.linux is not None:
            return self.linux.stop()
        self._write_rcc(MP_GCR, 0, "shutdown")
        self._write_rcc(MP_GRSTCSETR, _MCURST, "shutdown")
        if self.engine.running:
            self.engine.hold()
        return True

    def run_for(self, ns: int) -> Stop:
        """Run for `ns` of virtual time, or to a stop."""
        self.stop = self.engine.run(self.engine.now + ns)
        return self.stop

    def run_until(self, condition: Callable[[], bool], timeout_ns: int) -> bool:
        """Run until `condition` holds, for at most `timeout_ns` of virtual time. Says whether it held.

        It is looked at after each effect, line edge, UART byte and host event, at the very instruction, and once more
        at the end. What changes in memory alone is seen at the next of these moments.
        """
        met = bool(condition())

        def look() -> None:
            nonlocal met
            met = met or bool(condition())
            if met:
                self.engine.request_stop("the condition holds")

        if not met:
            self.engine.observers.append(look)
            try:
                self.stop = self.engine.run(self.engine.now + timeout_ns)
            finally:
                self.engine.observers.remove(look)
        return met or bool(condition())

    # -- asking -----------------------------------------------------------------------------------------------

    def set_pin(self, name: str, level: bool) -> None:
        """Drive a pin, such as "PA14", from outside from now on. UsageError if there is no such pin."""
        self.chip.pins.set(name, level)

    def pin(self, name: str) -> bool:
        """The level that a pin shows: what drives it or, if nobody does, its pull resistor; else low."""
        return self.chip.pins.get(name)

    def uart_input(self, name: str, data: bytes) -> None:
        """Send bytes to a UART, such as "usart3", from outside; they wait until the firmware reads them. UsageError."""
        type_on(self.engine, self.devices, name, data)

    def end_lines(self) -> None:
        """Put on the trace what the firmware has printed of lines that it has not ended."""
        for console in self._consoles.values():
            console.end_line()

    @property
    def uart(self) -> dict[str, str]:
        """What the firmware has printed, by UART; by "semihosting" and "itm" too, if it has used them."""
        return {name: console.text for name, console in self._consoles.items()}

    def firmware_log(self) -> str:
        """Text of the firmware's trace buffer (`cm4_log`); empty if it has none or no host knows of it."""
        return "" if self.linux is None else self.linux.firmware_log()

    def registers(self) -> dict[str, int]:
        """What the IPCC's registers hold, by name, also while it answers no access; empty without an IPCC."""
        state = {} if self.ipcc is None else self.ipcc.state()
        return {name: word for name, word in state.items() if isinstance(word, int)}

    def occupied_flags(self) -> list[Flag]:
        """The flags that are set, A7 to M4 first, by channel."""
        if self.ipcc is None:
            return []
        registers, channels = self.registers(), range(self.ipcc.CHANNELS)
        return [Flag(way, n + 1) for way, register in STATUS.items() for n in channels if registers[register] >> n & 1]

    def occupied(self) -> list[str]:
        """The same in words, such as "m4_to_a7:1"."""
        return [str(flag) for flag in self.occupied_flags()]

    def rx_unmasked(self) -> list[int]:
        """The channels whose RX interrupt the M4 has unmasked (C2MR.CHnOM = 0)."""
        if self.ipcc is None:
            return []
        masks = self.registers()["C2MR"]
        return [n + 1 for n in range(self.ipcc.CHANNELS) if not masks >> n & 1]

    def doorbells(self) -> dict[str, dict[str, int]]:
        """How often each flag was raised: by direction, then by channel; channels that never rang are left out."""
        return {"m4_to_a7": {}, "a7_to_m4": {}} if self._doorbells is None else self._doorbells.counts()

    def inject(
        self, kind: str, direction: str, channel: int, which: int | Collection[int] | None = None, by: int = 0
    ) -> Fault:
        """Have doorbells go wrong: one of `doorbell_faults.KINDS`, from now on.

        "lost": the write that would raise the flag changes nothing, so its sender finds the channel free. "late": the
        same, but the flag goes up `by` ns later. "doubled": `by` ns after the flag was taken it goes up once more.
        `direction` is "a7_to_m4" or "m4_to_a7", `channel` counts from 1. `which` counts the writes that raise this
        flag, from 1 and from now: one number, several, or None for all. The trace says what was injected, in remarks
        of the bench; snapshots do not hold it. UsageError for what is none of this.
        """
        if self.ipcc is None:
            raise UsageError(
                f"the platform `{self.platform.name}` has no STM32MP1.IPCC, whose doorbells could go wrong."
            )
        if self._doorbell_faults is None:
            self._doorbell_faults = DoorbellFaults(self.engine, self.ipcc)
        return self._doorbell_faults.inject(kind, direction, channel, which, by)

    def raised_at(self, flag: Flag) -> int:
        """When a flag was last raised, in ns of virtual time; 0 if it was not seen being raised."""
        return 0 if self._doorbells is None else self._doorbells.raised.get(flag, Raised(0, 0)).last

    @property
    def rx_interrupt(self) -> int | None:
        """The NVIC input of the IPCC's RX1, the M4's interrupt for occupied channels; None if it is not wired."""
        return self._ipcc_interrupt("RX1")

    @property
    def tx_interrupt(self) -> int | None:
        """The NVIC input of the IPCC's TX1, the M4's interrupt for free channels; None if it is not wired."""
        return self._ipcc_interrupt("TX1")

    def ipcc_line(self, source: str) -> str | None:
        """The line by which RX0, TX0, RX1 or TX1 leaves the IPCC of this board; a variant may combine them."""
        lines = () if self.ipcc is None else self.ipcc.VARIANT.lines
        return next((line.name for line in lines if source in line.sources), None)

    def _ipcc_interrupt(self, source: str) -> int | None:
        line = self.ipcc_line(source)
        wires = [wire for part in self.platform.devices if part.name == self.ipcc_name for wire in part.wires]
        return next((wire.number for wire in wires if wire.line == line and not wire.receiver), None)

    def diagnose(self) -> str | None:
        """Why nothing moves any more, in one sentence; None if all is at rest as it should be."""
        from mp1bench.diagnosis import diagnose

        return diagnose(self)

    def crash(self) -> Stop | None:
        """How the M4 has crashed: `lockup`, or `fault` while it stays in a fault handler; None if it has not."""
        from mp1bench.diagnosis import crash

        return crash(self)

    def twin(self) -> Board:
        """Another board that is built like this one, without host and trace: `diagnosis` tries things on it.

        Its engine is the embedded one, which can go on from a snapshot of any engine with a core.
        """
        return Board(
            platform=self.platform,
            engine="bare" if self.engine.name == "bare" else "embedded",
            host="none",
            boot_mode=self.boot_mode,
            trace=False,
            clock_gating=self._clock_gating,
        )

    # -- snapshots --------------------------------------------------------------------------------------------

    def snapshot(self) -> BoardSnapshot:
        """The machine as it is now, between two runs. SnapshotError if Linux is on the board: it is not kept."""
        self._refuse_linux()
        printed = {name: console.printed for name, console in self._consoles.items()}
        raised = {} if self._doorbells is None else self._doorbells.state()
        return BoardSnapshot(self.engine.snapshot(), raised, printed)

    def restore(self, snapshot: BoardSnapshot) -> None:
        """Go on from a snapshot of a board that was built alike. SnapshotError, and no change, if it does not fit.

        Lines whose levels change appear on the trace. The image is not part of it: load it for names on the trace.
        """
        self._refuse_linux()
        if not isinstance(snapshot, BoardSnapshot):
            raise SnapshotError(
                f"a board goes on from what its `snapshot()` gave, not from a {type(snapshot).__name__}."
            )
        self.engine.restore(snapshot.machine)
        if self._doorbells is not None:
            self._doorbells.from_state(snapshot.raised)
        for name in {*self._consoles, *snapshot.printed}:
            self._console(name).printed = snapshot.printed.get(name, b"")

    def _refuse_linux(self) -> None:
        if self.linux is not None:
            raise SnapshotError("a snapshot cannot hold what Linux does. Use a board with the host `none`.")

    # -- putting together -------------------------------------------------------------------------------------

    def _console(self, name: str) -> Console:
        return self._consoles.setdefault(name, Console(name, self.engine))

    def _make_linux(self, kernel: str, device_tree: str | Path | None) -> LinuxHost:
        from mp1bench.linux import LinuxHost
        from mp1bench.linux.devicetree import default_tree
        from mp1bench.linux.kernel.flavour import find_flavour

        if self.ipcc is None:
            raise PlatformError(
                f"the platform `{self.platform.name}` has no STM32MP1.IPCC, through which Linux would talk."
                " Add one, or use the host `none`."
            )
        lacks = [line for line in ("RX0", "TX0") if line not in self.ipcc.LINES]
        lacks += [] if self.ipcc.VARIANT.identified else ["HWCFGR"]
        if lacks:
            raise PlatformError(
                f"Linux's driver does not bind to the IPCC of {self.ipcc.VARIANT.name}, which has no {lacks[0]}."
                " Use the host `none`."
            )
        (address,) = [part.address for part in self.platform.devices if part.name == self.ipcc_name]
        tree = default_tree(address, find_flavour(kernel).device_tree) if device_tree is None else device_tree
        return LinuxHost(self.engine, ipcc=self.ipcc_name, kernel=kernel, tree=tree)

    def _write_rcc(self, offset: int, value: int, function: str) -> None:
        for part in self.platform.devices:
            if part.name == self.chip.rcc_name:
                self.engine.write(part.address + offset, value, function=function)

"""The bench in one object: a platform in an engine, a firmware image, and the Linux host at the other side.

It only puts the parts together and answers what a test asks of the whole; each part lives in its own file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from mp1bench.console import Console
from mp1bench.core_reset import CoreReset
from mp1bench.engine import Engine, Stop
from mp1bench.engine.bare import BareEngine
from mp1bench.errors import EngineMissingError, PlatformError, UsageError, suggest
from mp1bench.image import Image, read_image
from mp1bench.platform import read_platform
from mp1bench.trace import Trace
from stm32mp1.ipcc import Ipcc
from stm32mp1.ipcc_table import C1TOC2SR, C2MR, C2TOC1SR
from stm32mp1.rcc import Rcc
from stm32mp1.usart import Usart

if TYPE_CHECKING:
    from mp1bench.linux import LinuxHost

T = TypeVar("T")

ENGINES = ("auto", "embedded", "renode", "bare")
HOSTS = ("linux", "none")

_HSI_HZ = 64_000_000  # what the M4 gets from an RCC in reset
_MP_GRSTCSETR, _MCURST = 0x404, 1 << 1
_MP_GCR, _BOOT_MCU = 0x10C, 1 << 0


class Flag(NamedTuple):
    """One of the twelve flags of the IPCC. `direction` is "a7_to_m4" or "m4_to_a7"; `channel` counts from 1."""

    direction: str
    channel: int

    def __str__(self) -> str:
        return f"{self.direction}:{self.channel}"


_STATUS = {"a7_to_m4": ("C1TOC2SR", C1TOC2SR), "m4_to_a7": ("C2TOC1SR", C2TOC1SR)}


class Board:
    """An STM32MP1 on the bench.

    `platform` is a platform file (the shipped STM32MP157 if None), `engine` one of ENGINES ("bare" has no Cortex-M4),
    `host` one of HOSTS. `counter` and `slice_instructions` are the embedded engine's; they change no result.

    Attributes: `engine`, `platform`, `devices` by name, `trace` (None without), `linux` (None for host "none"),
    `image` (None until `load`), `stop` (why the machine last stopped; None until it has run), `ipcc` and `ipcc_name`
    (None and "" on a platform without).
    """

    def __init__(
        self,
        *,
        platform: str | Path | None = None,
        engine: str = "auto",
        host: str = "linux",
        counter: str = "auto",
        slice_instructions: int | None = None,
        trace: bool = True,
    ) -> None:
        if engine not in ENGINES:
            raise UsageError(f"there is no engine called `{engine}`.{suggest(engine, ENGINES)}")
        if host not in HOSTS:
            raise UsageError(f"there is no host called `{host}`.{suggest(host, HOSTS)}")
        self.platform = read_platform(platform)
        self.trace = Trace() if trace else None
        self.engine = self._make_engine(engine, counter, slice_instructions)
        self.devices = self.platform.build(self.engine)
        self.image: Image | None = None
        self.stop: Stop | None = None

        self.ipcc_name, self.ipcc = self._first(Ipcc)
        self._rcc_name, self._rcc = self._first(Rcc)
        self.core_reset: CoreReset | None = None
        if self._rcc is not None:
            self.core_reset = CoreReset(self.engine, self._rcc_name, self.devices, self.ipcc)
        self._consoles: dict[str, Console] = {}
        for name, device in self.devices.items():
            if isinstance(device, Usart):
                device.on_tx = self._console(name).put
        self._doorbells: dict[Flag, list[int]] = {}  # when each flag was raised
        self._count_doorbells()
        self.linux = self._make_linux() if host == "linux" else None

    # -- running ----------------------------------------------------------------------------------------------

    def load(self, path: str | Path) -> Image:
        """Read the firmware image that `boot` will start. Raises ImageError, and then keeps the one before."""
        if self.engine.running:
            raise UsageError("the M4 is running. Call shutdown() before loading another image.")
        self.image = read_image(path, self.platform.regions)
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
            self.engine.write_bytes(segment.physical, segment.data.ljust(segment.size, b"\0"))
        self._write_rcc(_MP_GCR, _BOOT_MCU, "boot")
        if not self.engine.running:
            self.engine.release()

    def shutdown(self) -> bool:
        """Stop the M4: as Linux's remoteproc does or, without a host, by its reset.

        False if Linux asked the firmware to shut down and got no acknowledge within its 500 ms.
        """
        if self.linux is not None:
            return self.linux.stop()
        self._write_rcc(_MP_GCR, 0, "shutdown")
        self._write_rcc(_MP_GRSTCSETR, _MCURST, "shutdown")
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
        met = condition()

        def look() -> None:
            nonlocal met
            met = met or condition()
            if met:
                self.engine.request_stop("the condition holds")

        if not met:
            self.engine.observers.append(look)
            try:
                self.stop = self.engine.run(self.engine.now + timeout_ns)
            finally:
                self.engine.observers.remove(look)
        return met or condition()

    # -- asking -----------------------------------------------------------------------------------------------

    @property
    def uart(self) -> dict[str, str]:
        """What the firmware has printed, by UART; by "semihosting" too, if it has used that."""
        return {name: console.text for name, console in self._consoles.items()}

    def firmware_log(self) -> str:
        """Text of the firmware's trace buffer (`cm4_log`); empty if it has none or no host knows of it."""
        return "" if self.linux is None else self.linux.firmware_log()

    def occupied_flags(self) -> list[Flag]:
        """The flags that are set, A7 to M4 first, by channel."""
        if self.ipcc is None:
            return []
        flags = []
        for direction, (_, offset) in _STATUS.items():
            status = self.ipcc.read(offset, 4)
            flags += [Flag(direction, n + 1) for n in range(self.ipcc.CHANNELS) if status >> n & 1]
        return flags

    def occupied(self) -> list[str]:
        """The same in words, such as "m4_to_a7:1"."""
        return [str(flag) for flag in self.occupied_flags()]

    def rx_unmasked(self) -> list[int]:
        """The channels whose RX interrupt the M4 has unmasked (C2MR.CHnOM = 0)."""
        if self.ipcc is None:
            return []
        masks = self.ipcc.read(C2MR, 4)
        return [n + 1 for n in range(self.ipcc.CHANNELS) if not masks >> n & 1]

    def doorbells(self) -> dict[str, dict[str, int]]:
        """How often each flag was raised: by direction, then by channel; channels that never rang are left out."""
        return {
            direction: {
                str(flag.channel): len(raised)
                for flag, raised in sorted(self._doorbells.items())
                if flag.direction == direction
            }
            for direction in ("m4_to_a7", "a7_to_m4")
        }

    def raised_at(self, flag: Flag) -> int:
        """When a flag was last raised, in ns of virtual time; 0 if it was not seen being raised."""
        return self._doorbells[flag][-1] if flag in self._doorbells else 0

    @property
    def rx_interrupt(self) -> int | None:
        """The NVIC input of the IPCC's RX1, the M4's interrupt for occupied channels; None if it is not wired."""
        return self._ipcc_interrupt("RX1")

    @property
    def tx_interrupt(self) -> int | None:
        """The NVIC input of the IPCC's TX1, the M4's interrupt for free channels; None if it is not wired."""
        return self._ipcc_interrupt("TX1")

    def _ipcc_interrupt(self, line: str) -> int | None:
        for part in self.platform.devices:
            if part.name == self.ipcc_name:
                return next((wire.irq for wire in part.wires if wire.line == line), None)
        return None

    def diagnose(self) -> str | None:
        """Why nothing moves any more, in one sentence; None if all is at rest as it should be."""
        from mp1bench.diagnosis import diagnose

        return diagnose(self)

    def crash(self) -> Stop | None:
        """How the M4 has crashed: `lockup`, or `fault` while it stays in a fault handler; None if it has not."""
        from mp1bench.diagnosis import crash

        return crash(self)

    # -- putting together -------------------------------------------------------------------------------------

    def _make_engine(self, name: str, counter: str, slice_instructions: int | None) -> Engine:
        if name == "bare":
            return BareEngine(self.trace)
        if name == "renode":
            raise EngineMissingError(
                "the engine `renode` is not part of this version of the bench. Use the engine `embedded`."
            )
        try:
            from mp1bench.engine.embedded import EmbeddedEngine
        except ImportError as error:
            raise EngineMissingError(
                f"the engine `embedded` needs the package unicorn, which cannot be imported here ({error})."
                " Install it: pip install 'unicorn>=2.1.3,<2.2'"
            ) from error
        engine = EmbeddedEngine(
            trace=self.trace,
            counter=counter,
            slice_instructions=slice_instructions,
            clock_hz=self._mcu_hz,
            instruction_ns=self.platform.instruction_ns,
        )
        engine.core.semihosting.on_byte = lambda byte: self._console("semihosting").put(byte)
        return engine

    def _console(self, name: str) -> Console:
        return self._consoles.setdefault(name, Console(name, self.engine))

    def _make_linux(self) -> LinuxHost:
        from mp1bench.linux import LinuxHost

        if self.ipcc is None:
            raise PlatformError(
                f"the platform `{self.platform.name}` has no STM32MP1.IPCC, through which Linux would talk."
                " Add one, or use the host `none`."
            )
        return LinuxHost(self.engine, ipcc=self.ipcc_name)

    def _mcu_hz(self) -> int:
        return _HSI_HZ if self._rcc is None else self._rcc.mcu_hz()

    def _first(self, model: type[T]) -> tuple[str, T | None]:
        """Name and object of the first device of a kind."""
        return next(((name, d) for name, d in self.devices.items() if isinstance(d, model)), ("", None))

    def _write_rcc(self, offset: int, value: int, function: str) -> None:
        for part in self.platform.devices:
            if part.name == self._rcc_name:
                self.engine.write(part.address + offset, value, function=function)

    def _count_doorbells(self) -> None:
        if self.ipcc is None:
            return
        report = self.ipcc.on_event
        assert report is not None
        directions = {register: direction for direction, (register, _) in _STATUS.items()}

        def count(kind: str, subject: str, before: int, after: int) -> None:
            if kind == "flag" and after:
                register, _, field = subject.partition(".")
                flag = Flag(directions[register], int(field[2:-1]))
                self._doorbells.setdefault(flag, []).append(self.engine.now)
            report(kind, subject, before, after)

        self.ipcc.on_event = count

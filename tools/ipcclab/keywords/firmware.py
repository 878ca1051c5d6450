"""Keywords for the firmware's life: booting, running in virtual time, waiting, shared memory, its log."""

from __future__ import annotations

from pathlib import Path

from robot.api.deco import keyword

from ipcclab.durations import format_duration
from ipcclab.images import find_image
from ipcclab.keywords.arguments import BootMode, Duration, Host, State, one_of
from ipcclab.keywords.bench import Bench
from ipcclab.keywords.registers import flag_sentence
from ipcclab.payload import quoted
from mp1bench.board import Board
from mp1bench.boot_modes import choose_host
from mp1bench.errors import UsageError

_DEFAULT_WITHIN = Duration(50_000_000)
_MEMORY_STEP = 10_000


class FirmwareKeywords:
    """All times are virtual."""

    bench: Bench

    @keyword(tags=("Firmware",))
    def boot_firmware(
        self,
        image: str,
        host: Host = "auto",
        platform: str | None = None,
        kernel: str = "6.1",
        device_tree: Path | None = None,
        boot_mode: BootMode = "production",
        address: int | None = None,
    ) -> None:
        """Puts a fresh board on the bench, loads the image and starts it. `Run For` and the waiting keywords run it.

        - ``image``: a path, or the name of an image that comes with ipcclab: ELF, Intel HEX, S-records or raw binary.
        - ``host``: who plays processor 1; by default ``auto``. ``linux`` is the model of Linux, which brings the image
          up as remoteproc does and takes ELF files only; ``none`` leaves it to the test.
        - ``platform``: a ``.repl`` file; by default the STM32MP157's.
        - ``kernel``: Linux's version, see `Boot Linux`; by default ``6.1``.
        - ``device_tree``: Linux's, a ``.dts`` or ``.dtb`` file; by default the one that comes with ipcclab.
        - ``boot_mode``: by default ``production``; in ``engineering`` there is no Linux, and the firmware sets the
          clocks up.
        - ``address``: where a raw binary is loaded; by default the file says it.

        Fails for a file that cannot be started, with what it is instead.

        | Boot Firmware | rpmsg_echo.elf |
        | Boot Firmware | rpmsg_echo.elf | kernel=6.12 |
        | Boot Firmware | ipcc_signals.elf | host=none |
        | Boot Firmware | ipcc_signals.elf | boot_mode=engineering |
        """
        path, mode = find_image(image), one_of(BootMode, boot_mode)
        board = Board(
            engine=self.bench.engine,
            host=choose_host(None if one_of(Host, host) == "auto" else host, mode, path, address),
            boot_mode=mode,
            platform=platform,
            kernel=kernel,
            device_tree=device_tree,
        )
        board.load(path, address)
        self.bench.put(board)
        board.boot()

    @keyword(tags=("Firmware",))
    def shut_down_firmware(self) -> None:
        """Stops the firmware as Linux does: shutdown signal on channel 3, up to 500 ms for the acknowledge, reset.

        Fails if there is no firmware on the bench.

        | Shut Down Firmware |
        """
        self.bench.board.shutdown()

    @keyword(tags=("Time",))
    def run_for(self, time: Duration) -> None:
        """Lets virtual time pass. Fails if the firmware is locked up or in a fault handler at its end.

        - ``time``: how long, such as ``10ms``.

        | Run For | 10ms |
        """
        self.bench.board.run_for(time)
        crash = self.bench.board.crash()
        if crash is not None:
            raise AssertionError(self.bench.explain(crash.detail))

    @keyword(tags=("Time", "Getter"))
    def get_virtual_time(self) -> int:
        """Returns the virtual time since the board was made, in nanoseconds.

        Fails if there is no firmware and no Linux.

        | ${before} = | Get Virtual Time |
        | Run For | 10ms |
        | ${after} = | Get Virtual Time |
        | Should Be Equal As Integers | ${after - ${before}} | 10000000 |
        """
        return self.bench.board.engine.now

    @keyword(tags=("Channels", "Assertion"))
    def wait_for_channel(self, channel: int, state: State, cpu: int, within: Duration = _DEFAULT_WITHIN) -> None:
        """Runs until a channel is occupied, or free.

        Fails, with the reason why nothing moves, if that does not come in time.

        - ``channel``: 1 to 6.
        - ``state``: ``occupied`` or ``free``.
        - ``cpu``: the processor that sends on the channel.
        - ``within``: how long to wait at most; by default ``50ms``.

        | Boot Firmware | ipcc_signals.elf | host=none |
        | Wait For Channel | 5 | occupied | cpu=2 | within=1ms |
        """
        mailbox = self.bench.mailbox
        wanted = one_of(State, state) == "occupied"
        mailbox.flag(channel, cpu)  # refuses a channel that there is not
        if not self.bench.board.run_until(lambda: mailbox.flag(channel, cpu) == wanted, within):
            after = f"after {format_duration(within)} "
            raise AssertionError(self.bench.explain(after + flag_sentence(mailbox, wanted, channel, cpu)))

    @keyword(tags=("Memory",))
    def write_word(self, address: int, value: int) -> None:
        """Writes a 32-bit word of memory, or a register of any device, as processor 1.

        - ``address``: as the Cortex-A7 sees it, a multiple of 4.
        - ``value``: 0 to 0xFFFFFFFF.

        Fails if the value does not fit 32 bits.

        | Write Word | 0x10040000 | 42 |
        """
        if not 0 <= value <= 0xFFFFFFFF:
            raise UsageError(f"{value:#x} does not fit a word of 32 bits.")
        self.bench.board.engine.write(address, value)

    @keyword(tags=("Memory", "Getter"))
    def read_word(self, address: int) -> int:
        """Reads a 32-bit word of memory, or a register of any device, as processor 1. Returns it.

        - ``address``: as the Cortex-A7 sees it, a multiple of 4.

        Fails if there is no firmware on the bench.

        | Write Word | 0x10040000 | 42 |
        | ${answer} = | Read Word | 0x10040000 |
        | Should Be Equal As Integers | ${answer} | 42 |
        """
        return self.bench.board.engine.read(address)

    @keyword(tags=("Memory", "Assertion"))
    def wait_for_word(self, address: int, value: int, within: Duration = _DEFAULT_WITHIN) -> None:
        """Runs until a 32-bit word of memory has a value; looks every 10 us.

        Fails with what it is if that does not come in time.

        - ``address``: as the Cortex-A7 sees it, a multiple of 4.
        - ``value``: 0 to 0xFFFFFFFF.
        - ``within``: how long to wait at most; by default ``50ms``.

        | Boot Firmware | ipcc_signals.elf | host=none |
        | Wait For Word | 0x10048000 | 0x35434349 | within=10ms |
        """
        engine = self.bench.board.engine
        deadline = engine.now + within
        while engine.read(address) != value and engine.now < deadline:
            self.run_for(Duration(min(_MEMORY_STEP, deadline - engine.now)))
        found = engine.read(address)
        if found != value:
            sentence = (
                f"the word at 0x{address:08X} is 0x{found:X} after {format_duration(within)}, expected 0x{value:X}"
            )
            raise AssertionError(self.bench.explain(sentence))

    @keyword(tags=("Firmware", "Assertion"))
    def firmware_should_log(self, text: str, within: Duration = _DEFAULT_WITHIN) -> None:
        """Runs until the firmware's trace buffer (``cm4_log``, what Linux shows as trace0) contains a text.

        Fails with its content.

        - ``text``: a part of the log.
        - ``within``: how long to wait at most; by default ``50ms``.

        | Boot Firmware | rpmsg_echo.elf |
        | Firmware Should Log | rpmsg_echo: boot |
        """
        board = self.bench.board
        if not board.run_until(lambda: text in board.firmware_log(), within):
            heard = quoted(board.firmware_log().encode())
            sentence = f"the firmware's log is {heard} after {format_duration(within)}, expected {text!r} in it"
            raise AssertionError(self.bench.explain(sentence))

    @keyword(tags=("Firmware", "Assertion"))
    def firmware_should_be_running(self) -> None:
        """Passes if the firmware has been started, is not held in reset, and has neither faulted nor locked up.

        | Boot Firmware | rpmsg_echo.elf |
        | Run For | 10ms |
        | Firmware Should Be Running |
        """
        board = self.bench.board
        crash = board.crash()
        if crash is not None:
            raise AssertionError(self.bench.explain(crash.detail))
        if not board.engine.running:
            raise AssertionError(self.bench.explain("the firmware is not running: the M4 is held in reset"))

    @keyword(tags=("Firmware", "Assertion"))
    def nothing_should_be_stuck(self) -> None:
        """Passes if the firmware is at rest with no channel stuck and Linux waiting for nothing.

        Fails with who waits for what.

        | Boot Firmware | rpmsg_echo.elf |
        | Run For | 10ms |
        | Nothing Should Be Stuck |
        """
        why = self.bench.board.diagnose()
        if why is not None:
            raise AssertionError(self.bench.explain("the exchange is stuck"))

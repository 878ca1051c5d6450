"""What the engines are compared by: every image that comes with ipcclab, as people use it. It holds no test.

A scenario plays on the engine that it is told, and gives back the board as it is then, `stop` set.
"""

from __future__ import annotations

import contextlib
import re
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from ipcclab.probe import ProbedIpcc
from ipcclab.scenario import Scenario
from mp1bench.board import Board
from mp1bench.linux import KernelError
from mp1bench.linux.kernel.flavour import FLAVOURS
from mp1bench.shipped import default_platform, prebuilt_image
from test_diagnosis_stuck import C1SCR, MS, SITUATION, situations

Play: TypeAlias = Callable[[str], Board]

_UART = "uart4"
_LENGTHS = (1, 2, 3, 31, 64, 255, 496)  # of messages; 496 bytes is the longest
_A7_REQUEST, _M4_REQUEST, _TEXT = 0x10048010, 0x10048020, 0x10049000  # of ipcc_signals, see its source
#: Of `neighbours`. The rest is in groups because each timer costs a while.
_COMMANDS = {
    "timers": ("tim 1", "tim 2", "tim 6", "compare"),
    "slow timers": ("lptim", "iwdg"),
    "window watchdog": ("wwdg", "hello"),
    "semaphores, i2c, spi": ("hsem 5", "i2c 60", "spi 90", "keep 7", "keep 8"),
    "dma, adc, dac": ("dma", "adc 6", "dac 4095", "adc 16"),
    "gpio, exti": ("out c3 1", "in c3", "out c3 0", "exti c3"),
}


def _board(engine: str, image: str, **options: Any) -> Board:
    board = Board(engine=engine, **options)
    board.load(prebuilt_image(image))
    return board


def _run(image: str, duration: int | None = None, board: dict[str, Any] | None = None, **options: Any) -> Play:
    """As `ipcclab run` does it."""

    def play(engine: str) -> Board:
        made = _board(engine, image, **board or {})
        made.stop = Scenario(made, **options).run(duration)
        return made

    return play


def _messages(image: str, count: int) -> Play:
    """Messages of mixed length, to each of the two endpoints in turn, each when the one before has come back."""

    def play(engine: str) -> Board:
        board = _board(engine, image)
        linux = board.linux
        assert linux is not None
        board.boot()
        assert board.run_until(lambda: len(linux.endpoints) == 2, 5 * MS)
        for number in range(count):
            data = bytes(number + at & 0xFF for at in range(_LENGTHS[number % len(_LENGTHS)]))
            linux.endpoints[number % 2].send(data)
            board.run_until(lambda wanted=number + 1: len(linux.received) >= wanted, MS)  # type: ignore[misc]
        board.run_for(MS)
        return board

    return play


def _burst(engine: str) -> Board:
    """More messages than there are buffers."""
    board = _board(engine, "rpmsg_echo")
    assert board.linux is not None
    board.boot()
    board.run_for(MS)
    with contextlib.suppress(KernelError):  # ENOMEM, on the trace too
        for number in range(40):
            board.linux.endpoints[0].send(b"%d" % number)
    board.run_for(5 * MS)
    return board


def _lives(image: str) -> Play:
    """Started and stopped by Linux, again and again."""

    def play(engine: str) -> Board:
        board = _board(engine, image)
        for _ in range(3):
            board.boot()
            board.run_for(2 * MS)
            board.shutdown()
        board.run_for(MS)
        return board

    return play


def _crash(engine: str) -> Board:
    """Linux takes the firmware for crashed and recovers; then the watchdog bites."""
    board = _board(engine, "rpmsg_echo")
    linux = board.linux
    assert linux is not None
    assert linux.rproc is not None
    board.boot()
    board.run_for(2 * MS)
    linux.user.write_text(f"{linux.rproc.debug_folder}/crash", "2")
    board.run_for(5 * MS)
    linux.soc.watchdog.trigger()
    board.run_for(5 * MS)
    linux.endpoints[0].send(b"alive")
    board.run_for(MS)
    return board


def _neighbours(commands: tuple[str, ...], host: str = "none") -> Play:
    """Each command when the one before is answered."""

    def play(engine: str) -> Board:
        board = _board(engine, "neighbours", host=host)
        board.boot()
        for command in ("", *commands):
            if command:
                board.uart_input(_UART, f"{command}\n".encode())
            lines = board.uart.get(_UART, "").count("\n")
            board.run_until(lambda before=lines: board.uart[_UART].count("\n") > before, 100 * MS)  # type: ignore[misc]
        board.run_for(MS)
        return board

    return play


def _signals(engine: str) -> Board:
    """Words on CH5 both ways, a text on CH6."""
    board = _board(engine, "ipcc_signals", host="none")
    board.boot()
    board.run_for(MS)
    for number in range(20):
        board.engine.write_bytes(_A7_REQUEST, struct.pack("<I", number * 0x01234567 & 0xFFFFFFFF))
        board.engine.write(C1SCR, 1 << 20)
        board.run_for(MS // 10)
        (asked,) = struct.unpack("<I", board.engine.read_bytes(_M4_REQUEST, 4))
        board.engine.write_bytes(_M4_REQUEST + 4, struct.pack("<I", ~asked & 0xFFFFFFFF))
        board.engine.write(C1SCR, 1 << 4)
        board.run_for(MS // 10)
    board.engine.write_bytes(_TEXT, b"a text\0")
    board.engine.write(C1SCR, 1 << 21)
    board.run_for(MS)
    board.engine.write(C1SCR, 1 << 5)
    board.run_for(MS)
    return board


def _access(engine: str) -> Board:
    """The M4 at the test's command: each channel, each register, each width, both its lines."""
    ipcc = ProbedIpcc(engine)
    for channel in range(1, 7):
        ipcc.signal(channel, cpu=1)
        ipcc.unmask("rx", channel, cpu=2)
        ipcc.enable("rx", cpu=2)
        ipcc.line("RX1")
        ipcc.acknowledge(channel, cpu=2)
        ipcc.line("RX1")
        ipcc.signal(channel, cpu=2)
        ipcc.unmask("tx", channel, cpu=2)
        ipcc.enable("tx", cpu=2)
        ipcc.acknowledge(channel, cpu=1)
        ipcc.line("TX1")
        ipcc.mask("tx", channel, cpu=2)
    for register in ("C1CR", "C1MR", "C1SCR", "C1TOC2SR", "C2CR", "C2MR", "C2SCR", "C2TOC1SR", "VERR", "SIDR"):
        for width in (1, 2, 4):
            ipcc.read(register, cpu=2, width=width)
            ipcc.write(register, 0x5A, cpu=2, width=width)
    ipcc.stop_clock()
    ipcc.read("C2MR", cpu=2)
    ipcc.start_clock()
    ipcc.reset()
    return ipcc.board


def _stuck(number: int) -> Play:
    def play(engine: str) -> Board:
        board = _board(engine, "stuck", host="none")
        board.engine.write(SITUATION, number)
        board.boot()
        board.run_for(MS // 2)
        board.engine.write(C1SCR, 1 << 16)
        board.run_for(MS)
        return board

    return play


def _tree(engine: str) -> Board:
    """On a Linux whose device tree puts a ring elsewhere."""
    shipped = default_platform().with_suffix(".dts").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "mine.dts"
        tree.write_text(f"{shipped}\n&vdev0vring0 {{ reg = <0x10050000 0x1000>; }};\n", encoding="utf-8")
        return _run("rpmsg_echo", None, {"device_tree": tree}, **_HELLO)(engine)


_HELLO: dict[str, Any] = {"send": ["hello", "there"], "expect": ["hello", "there"]}

SCENARIOS: dict[str, Play] = {
    "echo": _run("rpmsg_echo", **_HELLO),
    "echo to the second": _run("rpmsg_echo", to="rpmsg-client-sample", **_HELLO),
    "echo until idle": _run("rpmsg_echo"),
    "echo by a task": _run("rpmsg_echo_rtos", **_HELLO),
    "echo by a task for 20 ms": _run("rpmsg_echo_rtos", 20 * MS),
    "100 messages": _messages("rpmsg_echo", 100),
    "100 messages to a task": _messages("rpmsg_echo_rtos", 100),
    "more messages than buffers": _burst,
    "three lives": _lives("rpmsg_echo"),
    "three lives of a task": _lives("rpmsg_echo_rtos"),
    "crash and recovery": _crash,
    "signals": _signals,
    "signals under Linux": _run("ipcc_signals", 3 * MS),
    "signals as a debugger starts them": _run("ipcc_signals", 3 * MS, {"boot_mode": "engineering"}),
    "echo as a debugger starts it": _run("rpmsg_echo", 3 * MS, {"boot_mode": "engineering"}),
    "echo without Linux": _run("rpmsg_echo", 3 * MS, {"host": "none"}),
    "access": _access,
    "device tree": _tree,
    **{f"kernel {kernel}": _run("rpmsg_echo", None, {"kernel": kernel}, **_HELLO) for kernel in FLAVOURS},
    **{f"neighbours: {name}": _neighbours(commands) for name, commands in _COMMANDS.items()},
    "neighbours under Linux": _neighbours(("tim 1", "wwdg bite", "hsem 5"), "linux"),
    **{f"stuck: {name}": _stuck(number) for name, number in situations().items()},
}

#: Where not even times and instruction counts differ. Elsewhere they do: in Renode, an instruction of an IT block whose
#: condition fails counts and takes its time.
EXACT = frozenset(name for name in SCENARIOS if re.match("signals (under|as)|echo (as|without)|access|stuck", name)) - {
    f"stuck: {name}" for name in ("STORM", "UNEXPECTED_INTERRUPT", "BAD_ADDRESS", "STACK_OVERFLOW")
}

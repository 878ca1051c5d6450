"""`ipcclab run`: boots an image, plays the Linux side, prints the live trace and a report, writes what was asked for.

What a run does and when it ends is `ipcclab.scenario`; here are its options, its files and its exit code.
"""

from __future__ import annotations

import argparse
import contextlib
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ipcclab import report, summary, trace
from ipcclab.cli.outputs import add_outputs, check_outputs
from ipcclab.durations import parse_duration
from ipcclab.images import find_image, parse_address
from ipcclab.live import LiveTrace
from ipcclab.scenario import Scenario, how_to_have_linux
from ipcclab.sharedmemory import snapshot
from ipcclab.sharedmemory.board import memory_of
from ipcclab.subject import told
from mp1bench.board import Board
from mp1bench.boot_modes import PRODUCTION, choose_host
from mp1bench.engine import Stop
from mp1bench.errors import IpccLabError, UsageError
from mp1bench.image.file import ELF
from mp1bench.linux.kernel.flavour import FLAVOURS

if TYPE_CHECKING:
    from ipcclab.gdb.server import GdbServer

SENTENCE = "Boot an image, play the Linux side, and show the exchange."
EPILOG = """\
examples:
  ipcclab run firmware.elf                                      until nothing moves any more
  ipcclab run firmware.elf --for 50ms --quiet                   for 50 ms of virtual time
  ipcclab run firmware.elf --send hello --expect hello          until the answer has come
  ipcclab run firmware.elf --send hi --to rpmsg-tty:2           to the second endpoint of that name
  ipcclab run firmware.elf --kernel 6.12 --device-tree my.dts   on another Linux, which knows another machine
  ipcclab run firmware.elf --boot-mode engineering              without Linux, as a debugger starts it
  ipcclab run firmware.hex                                      likewise, with the boot pins of production mode
  ipcclab run firmware.elf --gdb 3333                           wait for gdb-multiarch on that port
  ipcclab run firmware.elf --trace out.html --trace out.ndjson --summary out.json
  ipcclab run firmware.elf --snapshot end.ipcc                  and look at its memory: ipcclab inspect end.ipcc

All times are virtual. Without --for a run ends when all that is expected has come, or when nothing has moved for
100 ms (1 s while something is still expected, 2.5 s while the M4 only sleeps until a tick or a timer wakes it), and in
any case after 10 s. Where nothing is expected, it also ends after the work of some 700,000 accesses that the trace does
not show (350,000 while nothing moves): an event on the trace counts as 8, an exception as 40, a device that time wakes
as 50, a write to the core's own registers as 8, an instruction while a mask holds an interrupt back as 10, 160 other
instructions as 1, a start of the M4 as 2,000.
A firmware that is still running then is no failure. Nothing of this ends a run under a debugger.
"""


class RunFailedError(IpccLabError):
    """An expectation of the run was not met, or the firmware crashed."""

    exit_code = 1


class LimitError(IpccLabError):
    """The run would not have come to an end."""

    exit_code = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "image",
        metavar="IMAGE",
        help="a file for the Cortex-M4: ELF, Intel HEX, S-records; or an image that comes with ipcclab: rpmsg_echo",
    )
    parser.add_argument(
        "--engine", choices=("auto", "embedded", "renode"), default="auto", help="what executes the Cortex-M4"
    )
    parser.add_argument("--platform", metavar="FILE.repl", help="another machine than the STM32MP157")
    parser.add_argument(
        "--address",
        type=parse_address,
        metavar="ADDRESS",
        help="IMAGE is a raw binary for this address, 0x0 for the vector table; more pieces take an ELF or HEX file",
    )
    parser.add_argument(
        "--boot-mode",
        default=PRODUCTION,
        metavar="MODE",
        help="production: Linux starts the firmware (the default); engineering: a debugger does, and the firmware"
        " sets up the clocks",
    )
    parser.add_argument(
        "--host",
        choices=("linux", "none"),
        help="who plays the Cortex-A7 (default: linux; none in engineering mode and for what is no ELF file)",
    )
    parser.add_argument("--kernel", default="6.1", metavar="NAME", help=f"which Linux: {', '.join(FLAVOURS)}")
    parser.add_argument(
        "--device-tree", metavar="FILE", help="what Linux knows of the machine, .dts or .dtb, in place of its own"
    )
    parser.add_argument(
        "--dynamic-debug",
        action="append",
        default=[],
        metavar="QUERY",
        help="have Linux print debug lines: 'file stm32-ipcc.c +p'; may be repeated",
    )
    parser.add_argument(
        "--clock-gating",
        action="store_true",
        help="the IPCC answers nobody while neither processor has its clock on",
    )
    parser.add_argument(
        "--for",
        dest="duration",
        type=parse_duration,
        metavar="TIME",
        help="run this long: 50ms, 1.5s; at least until Linux has booted it, 0.1ms",
    )
    parser.add_argument(
        "--send", action="append", default=[], metavar="TEXT", help="send an RPMsg message; may be repeated"
    )
    parser.add_argument(
        "--to", metavar="ENDPOINT", help="service name, name:2 for its second, or address (default: the first)"
    )
    parser.add_argument(
        "--type",
        dest="typed",
        action="append",
        default=[],
        metavar="UART=TEXT",
        help="type on a UART once the firmware asks: usart3=hello\\n; may be repeated",
    )
    parser.add_argument(
        "--expect",
        action="append",
        default=[],
        metavar="TEXT",
        help="pass once the firmware has sent this; may be repeated, in order",
    )
    add_outputs(parser)
    parser.add_argument(
        "--snapshot",
        type=Path,
        metavar="FILE.ipcc",
        help="write what lies in memory at the end, for `ipcclab inspect`",
    )
    parser.add_argument(
        "--gdb",
        type=_port,
        metavar="PORT",
        help="wait for gdb there before the firmware's first instruction; 0 chooses a free port",
    )
    proof = parser.add_argument_group("verification", "These exist to prove that results do not depend on them.")
    proof.add_argument(
        "--counter", choices=("auto", "fast", "public"), default="auto", help="how instructions are counted"
    )
    proof.add_argument("--slice", type=_slice, metavar="N", help="run at most N instructions at a stretch")


def execute(options: argparse.Namespace) -> int:
    if options.snapshot:
        snapshot.check_name(options.snapshot)
    files = check_outputs(options, *([options.snapshot] if options.snapshot else []))
    path = find_image(options.image)
    board = Board(
        platform=options.platform,
        engine=options.engine,
        host=choose_host(options.host, options.boot_mode, path, options.address),
        boot_mode=options.boot_mode,
        counter=options.counter,
        slice_instructions=options.slice,
        clock_gating=options.clock_gating,
        kernel=options.kernel,
        device_tree=options.device_tree,
    )
    for query in options.dynamic_debug:
        if board.linux is None:
            raise UsageError(f"debug lines are Linux's, and this board has none. {how_to_have_linux(board)}")
        board.linux.dynamic_debug(query)
    image = board.load(path, options.address)
    gdb: GdbServer | None = None
    scenario = Scenario(
        board,
        send=options.send,
        to=options.to,
        expect=options.expect,
        typed=options.typed,
        debugged=lambda: gdb is not None and gdb.attached,
    )
    assert board.trace is not None

    print(report.header(board, image), end="\n\n")
    live = None if options.quiet else LiveTrace(board.trace, sys.stdout)
    gdb = None if options.gdb is None else _serve_gdb(board, options.gdb)
    with contextlib.nullcontext() if gdb is None else contextlib.closing(gdb):
        stop = scenario.run(options.duration)
        failure = _failure(scenario, stop)
        if gdb is not None:
            gdb.finish(failure.exit_code if failure else 0)
    if live is not None:
        live.finish()
        print()

    result = summary.summarize(board, stop)
    complaints = report.complaints(board.trace)
    command = shlex.join(["ipcclab", *options.command_line])
    about = trace.About(
        title=f"{image.path.name} on {summary.platform_name(board)}",
        outcome=trace.FAILED if failure else trace.PASSED if options.expect else "",
        sentence=told(str(failure or result["stop_detail"]), result["diagnosis"] or ""),
        diagnosis=result["diagnosis"] or "",
        command=command,
        report=(*report.sections(result, complaints), report.stopped(result)),
        memory=memory_of(board),
    )
    recording = trace.Recording(board.trace, summary.origin_of(board), about)
    for path in options.trace:
        trace.write(path, recording)
    if options.summary:
        summary.write(options.summary, result)
    if options.snapshot:
        snapshot.write(options.snapshot, snapshot.take(board))
    print("\n".join(report.lines(result, complaints, files, command)))

    if failure is not None:
        raise failure
    return 0


def _failure(scenario: Scenario, stop: Stop) -> IpccLabError | None:
    """What is wrong with a run that is over; None if it passes."""
    if scenario.complaint is not None:
        return RunFailedError(scenario.complaint)
    if stop.reason in ("fault", "lockup"):
        return RunFailedError(f"{stop.detail.rstrip('.')}.")
    if stop.reason == "limit":
        return LimitError(f"stopped at the limit: {stop.detail}.")
    return None


def _serve_gdb(board: Board, port: int) -> GdbServer:
    """Listen, and say where. The run waits for a debugger before the firmware's first instruction."""
    from ipcclab.gdb.server import HOST, GdbServer

    server = GdbServer(board, port, lambda sentence: print(f"ipcclab: {sentence}", file=sys.stderr))
    assert board.image is not None
    symbols = [str(board.image.path)] if board.image.format == ELF else []
    connect = shlex.join(["gdb-multiarch", *symbols, "-ex", f"target remote {HOST}:{server.port}"])
    print(f"Waiting       for a debugger on {HOST}:{server.port}\nConnect       {connect}\n", flush=True)
    return server


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise UsageError(f"--gdb {text}: a port is a number up to 65535; 0 chooses a free one.")
    return int(text)


def _slice(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise UsageError(f"--slice {text}: a slice is a whole number of instructions, 1 or more.")
    return int(text)

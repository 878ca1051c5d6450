"""`ipcclab guest`: a real Linux in Renode. `build` makes the files that it boots from, `run` has it start an image.

What they are made of is for `mp1bench.guest`, what a run does for `ipcclab.guest`; here are options, files, exit codes.
"""

from __future__ import annotations

import argparse
import contextlib
import shlex
import sys
import time
from pathlib import Path
from typing import Any

from ipcclab import summary, trace
from ipcclab.cli.outputs import add_outputs, check_outputs
from ipcclab.durations import parse_duration
from ipcclab.guest import report
from ipcclab.guest.scenario import GuestScenario, terminal_device
from ipcclab.guest.shell import attend, run_script, watch
from ipcclab.images import find_image
from ipcclab.live import LiveTrace
from mp1bench.engine import Stop
from mp1bench.engine.renode.loading import load_renode
from mp1bench.errors import IpccLabError, UsageError
from mp1bench.guest.boot import COMMAND_LINE, make_guest, write_boot_files
from mp1bench.guest.build import DK2, GuestFiles, Sources, build
from mp1bench.guest.linux_guest import GuestFailedError, LinuxGuest
from mp1bench.image import read_image
from mp1bench.shipped import default_platform

SENTENCE = "Boot a real Linux in Renode, and have it start an image."
EPILOG = """\
examples:
  ipcclab guest build                                               from Debian's packages, which apt fetches
  ipcclab guest run firmware.elf --send hello --expect hello        boot, start, talk over /dev/ttyRPMSG0, stop
  ipcclab guest run firmware.elf --shell                            and sit at the guest's console
  ipcclab guest run firmware.elf --kernel linux-image.deb --busybox busybox-static.deb
"""
_BUILD = "Make the files that a guest boots from: kernel, device tree, initramfs."
_BUILD_EPILOG = """\
examples:
  ipcclab guest build                            from Debian's packages, which apt fetches
  ipcclab guest build --kernel linux-image.deb --busybox busybox-static.deb
  ipcclab guest build rpmsg_echo --into boot     what plain Renode boots, with that image in /lib/firmware
"""
_RUN = "Boot the guest, start an image on the M4 by remoteproc, talk to it, stop it."
_RUN_EPILOG = """\
examples:
  ipcclab guest run firmware.elf --quiet                            does Linux start it, and what does it announce?
  ipcclab guest run firmware.elf --send hello --expect hello        by /dev/ttyRPMSG0
  ipcclab guest run firmware.elf --shell                            Ctrl-] or `exit` leaves
  echo 'cat /proc/interrupts' | ipcclab guest run firmware.elf --shell --quiet
  ipcclab guest run firmware.elf --device-tree dk2                  with the distribution's tree of the board
  ipcclab guest run firmware.elf --trace out.txt --summary out.json

All times are virtual but that of the report's end. Without --for the firmware has 1 s for what is expected, and runs
for 100 ms if nothing is.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    make = commands.add_parser("build", **_texts(_BUILD, _BUILD_EPILOG))
    make.add_argument(
        "firmware", nargs="*", metavar="IMAGE", help="with --into: an image for the guest's /lib/firmware"
    )
    make.add_argument("--into", type=Path, metavar="DIR", help="write files there that plain Renode boots")
    make.add_argument(
        "--append", default="", metavar="ARGS", help="with --into: more words for the kernel's command line"
    )
    _add_sources(make)
    make.set_defaults(execute_guest=_build)
    run = commands.add_parser("run", **_texts(_RUN, _RUN_EPILOG))
    _add_run(run)
    _add_sources(run)
    run.set_defaults(execute_guest=_run)


def execute(options: argparse.Namespace) -> int:
    code: int = options.execute_guest(options)
    return code


def _texts(sentence: str, epilog: str) -> dict[str, Any]:
    return {
        "help": sentence,
        "description": sentence,
        "epilog": epilog,
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "allow_abbrev": False,
    }


def _add_sources(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what the guest is made of", "What is not named is fetched by apt, once.")
    group.add_argument(
        "--kernel", type=Path, metavar="FILE", help="Debian's linux-image-…-armmp_…_armhf.deb, or a zImage"
    )
    group.add_argument("--modules", type=Path, metavar="DIR", help="the modules of a zImage: what modules_install made")
    group.add_argument(
        "--busybox", type=Path, metavar="FILE", help="Debian's busybox-static_…_armel.deb, or the program"
    )
    group.add_argument(
        "--initramfs",
        type=Path,
        metavar="FILE",
        help="a root file system of your own, in place of busybox and our init",
    )
    group.add_argument(
        "--device-tree", metavar="FILE", help=f".dts or .dtb; {DK2} is the kernel package's own of that board"
    )
    group.add_argument("--update", action="store_true", help="look for newer packages")


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "image", metavar="IMAGE", help="an ELF file for the Cortex-M4, or an image that comes with ipcclab: rpmsg_echo"
    )
    parser.add_argument(
        "--send", action="append", default=[], metavar="TEXT", help="write this to the terminal; may be repeated"
    )
    parser.add_argument(
        "--expect",
        action="append",
        default=[],
        metavar="TEXT",
        help="pass once this has come; may be repeated, in order",
    )
    parser.add_argument("--to", metavar="TERMINAL", help="ttyRPMSG1, for example (default: ttyRPMSG0)")
    parser.add_argument(
        "--for", dest="duration", type=parse_duration, metavar="TIME", help="let the firmware run this long: 50ms, 1.5s"
    )
    parser.add_argument(
        "--shell",
        action="store_true",
        help="a shell on the guest's console; it runs standard input if that is no terminal",
    )
    parser.add_argument("--append", default="", metavar="ARGS", help="more words for the kernel's command line")
    add_outputs(parser)


def _sources(options: argparse.Namespace) -> Sources:
    return Sources(
        kernel=options.kernel,
        modules=options.modules,
        busybox=options.busybox,
        initramfs=options.initramfs,
        device_tree=options.device_tree,
        update=options.update,
    )


def _progress(sentence: str) -> None:
    print(f"ipcclab: {sentence}", file=sys.stderr, flush=True)


# -- build ------------------------------------------------------------------------------------------------------


def _build(options: argparse.Namespace) -> int:
    firmware = [find_image(name) for name in options.firmware]
    if options.into is None and (firmware or options.append):
        raise UsageError("an IMAGE and --append are of a guest that is to boot: say with --into where its files go.")
    files = build(_sources(options), _progress)
    print(f"Linux {files.release} in {files.folder}\n")
    for name, digest in files.sha256.items():
        print(f"{name:<22} {(files.folder / name).stat().st_size:>10,} bytes  sha256 {digest}")
    print()
    for role, made_of in files.inputs.items():
        print(f"{role:<11} sha256 {made_of.sha256}  {made_of.name}")
    if options.into is not None:
        print("\nIn Renode's monitor:\n")
        print("\n".join(_write_for_renode(files, options.into, firmware, options.append)))
    return 0


def _write_for_renode(files: GuestFiles, folder: Path, firmware: list[Path], append: str) -> list[str]:
    """Write what plain Renode boots, and give what is typed there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: there can be no such folder ({error.strerror}).") from error
    tree, initramfs = write_boot_files(folder.resolve(), files, firmware, f"{COMMAND_LINE} {append}".rstrip())
    named = {"kernel": files.image, "device_tree": tree, "initramfs": initramfs}
    return [
        *(f"${name}=@{path}" for name, path in named.items()),
        f"$kernel_address=0x{files.kernel_address:X}",
        f"include @{default_platform().with_name(f'{report.PLATFORM}.resc')}",
        "showAnalyzer sysbus.uart4",
        "start",
    ]


# -- run --------------------------------------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> int:
    began = time.perf_counter()  # printed at the end, and in no file
    written = check_outputs(options)
    _check(options)
    image = read_image(find_image(options.image))
    load_renode()
    files = build(_sources(options), _progress)
    guest = make_guest(files, [image.path], f"{COMMAND_LINE} {options.append}".rstrip())
    print(report.header(image, files, guest.machine.version), end="\n\n", flush=True)
    live = None if options.quiet else LiveTrace(guest.trace, sys.stdout)

    def shell(guest: LinuxGuest) -> str | None:
        with contextlib.nullcontext() if live is None else live.muted():
            return _shell(guest, own=options.initramfs is not None)

    scenario = GuestScenario(
        guest,
        image,
        send=options.send,
        expect=options.expect,
        to=options.to,
        duration=options.duration,
        shell=shell if options.shell else None,
    )
    failure: IpccLabError | None = None
    try:
        stop = scenario.run() if options.initramfs is None else scenario.run_console()
    except GuestFailedError as error:
        failure, stop = error, Stop("failed", "the guest did not do what was asked")
    if live is not None:
        live.finish()
        print()
    if failure is None and scenario.complaint is not None:
        failure = GuestFailedError(scenario.complaint)
    result = report.summarize(scenario, stop, image, files, guest.machine.version)
    command = shlex.join(["ipcclab", *options.command_line])
    about = trace.About(
        title=f"{image.path.name} under Linux {files.release}",
        outcome=trace.FAILED if failure else trace.PASSED if options.expect else "",
        sentence=str(failure or result["stop_detail"]),
        command=command,
        report=(*report.sections(result), report.stopped(result)),
    )
    recording = trace.Recording(guest.trace, report.origin_of(image), about)
    for path in options.trace:
        trace.write(path, recording)
    if options.summary:
        summary.write(options.summary, result)
    print("\n".join(report.lines(result, written, command, time.perf_counter() - began)))
    if failure is not None:
        raise failure
    return 0


def _check(options: argparse.Namespace) -> None:
    """UsageError for what can be known to make no sense before minutes are spent on it."""
    terminal_device(options.to)
    talks = options.send or options.expect
    if not all((*options.send, *options.expect)):
        raise UsageError("an empty text can neither be sent nor expected. Leave the option away.")
    if options.to is not None and not talks:
        raise UsageError("--to names a terminal, but there is nothing to send or to expect. Add --send TEXT.")
    if options.shell and sys.stdin is None:
        raise UsageError("--shell reads standard input, and that is closed.")
    if options.initramfs is None:
        return
    if talks:
        raise UsageError("--send and --expect go through ipcclab's own init: leave out --initramfs, or use --shell.")
    if not options.shell and options.duration is None:
        raise UsageError(
            "a root file system of your own runs until you leave its --shell, or --for as long as you say."
        )
    if options.shell and not sys.stdin.isatty():
        raise UsageError("the --shell of a root file system of your own needs a terminal for standard input.")


def _shell(guest: LinuxGuest, own: bool) -> str | None:
    if sys.stdin.isatty():
        print("The guest's console; Ctrl-] leaves it.", flush=True)
        (watch if own else attend)(guest, sys.stdin, sys.stdout)
        complaint = None
    else:
        complaint = run_script(guest, sys.stdin.buffer.read(), sys.stdout)
    print(flush=True)
    return complaint

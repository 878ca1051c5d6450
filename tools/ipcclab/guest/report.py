"""The end of a guest's run: its summary as an object, and the report in the terminal. It measures nothing itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ipcclab import trace
from ipcclab.durations import format_duration
from ipcclab.guest.scenario import GuestScenario
from ipcclab.payload import quoted, text_of
from ipcclab.report import doorbells, section
from ipcclab.trace import Origin
from mp1bench.doorbells import Flag, by_direction
from mp1bench.engine import Stop
from mp1bench.guest.build import GuestFiles
from mp1bench.image import Image
from mp1bench.trace import Trace

PLATFORM = "stm32mp157_linux"

#: What a kernel says when something is wrong with it, its drivers, or the machine under them.
_BAD = re.compile(
    r"nobody cared|Call trace|BUG:|Unhandled fault|WARNING:|Oops|Kernel panic|crash detected|"
    r"remote FW shutdown without ack|failed with error|unsupported fw ver|no resource table found",
    re.IGNORECASE,
)
_SHOWN = 8


def header(image: Image, files: GuestFiles, version: str) -> str:
    """The first line: what runs where."""
    return f"{image.path.name} (sha256 {image.sha256[:12]}) on {PLATFORM}, Linux {files.release}, Renode {version}"


def origin_of(image: Image) -> Origin:
    """What the trace files of a run say about where they come from."""
    return Origin(image.sha256, PLATFORM)


def summarize(scenario: GuestScenario, stop: Stop, image: Image, files: GuestFiles, version: str) -> dict[str, Any]:
    """Everything worth keeping of a run. Times are nanoseconds of virtual time, channels count from 1."""
    guest = scenario.guest
    return {
        "engine": "renode",
        "engine_version": version,
        "image_sha256": image.sha256,
        "platform": PLATFORM,
        "kernel_release": files.release,
        "guest_files_sha256": files.sha256,
        "stop": stop.reason,
        "stop_detail": stop.detail,
        "virtual_ns": guest.now,
        "announced": [{"name": name, "address": address} for name, address in scenario.announced],
        "terminal": scenario.device,
        "messages": [
            {"direction": "a7_to_m4" if outward else "m4_to_a7", "text": text_of(data), "bytes_hex": data.hex()}
            for outward, data in scenario.messages
        ],
        "doorbells": signals(guest.trace),
        "log": scenario.trace_buffer,
        "complaints": complaints(guest.log),
        "trace_sha256": trace.sha256(guest.trace, origin_of(image)),
    }


def signals(recorded: Trace) -> dict[str, dict[str, int]]:
    """How often each channel was occupied: by direction, then by channel; the others are left out."""
    flags = (effect for _, effect in recorded.effects() if effect.kind == "flag" and effect.after)
    return by_direction(Counter(Flag.of(flag.subject) for flag in flags))


def complaints(log: Sequence[str]) -> list[str]:
    """The kernel's lines that say that something is wrong."""
    return [line for line in log if _BAD.search(line)]


def lines(summary: dict[str, Any], files: Sequence[Path], command: str, wall: float) -> list[str]:
    """The whole report: its sections, the files, and how the run ended. `wall` is in seconds."""
    return [
        *sections(summary),
        *section("Files", map(str, files)),
        "",
        stopped(summary, f", {wall:.1f} s of yours"),
        f"Again         {command}",
    ]


def stopped(summary: dict[str, Any], wall: str = "") -> str:
    """How the run ended, and when."""
    ended = f"{summary['stop']} after {format_duration(summary['virtual_ns'])} of virtual time"
    return f"Stopped       {ended}{wall}: {summary['stop_detail']}"


def sections(summary: dict[str, Any]) -> list[str]:
    """What was found, section after section; a section that would be empty is left out."""
    said = summary["complaints"]
    more = [f"and {len(said) - _SHOWN} more, see the trace"] if len(said) > _SHOWN else []
    out: list[str] = []
    out += section("Announced", [f"{one['name']} 0x{one['address']:x}" for one in summary["announced"]])
    out += section("Messages", _messages(summary["terminal"], summary["messages"]))
    out += section("Firmware log", summary["log"].splitlines())
    out += section("Doorbells", doorbells(summary["doorbells"]))
    out += section("Linux warns", said[:_SHOWN] + more)
    return out


def _messages(terminal: str, messages: Sequence[dict[str, Any]]) -> list[str]:
    arrows = {"a7_to_m4": "→", "m4_to_a7": "←"}
    return [f"{terminal} {arrows[one['direction']]} {quoted(bytes.fromhex(one['bytes_hex']))}" for one in messages]

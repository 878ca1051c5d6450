"""`ipcclab inspect`: what lay in shared memory when a run ended, or what an image brings along for it.

The file is read by `ipcclab.sharedmemory.snapshot`, and decoded and put into words there.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ipcclab.images import find_image
from ipcclab.payload import printable
from ipcclab.sharedmemory import SharedMemory, decode, text
from ipcclab.sharedmemory.board import table_of
from ipcclab.sharedmemory.json_object import to_object
from ipcclab.sharedmemory.section import Section
from ipcclab.sharedmemory.snapshot import ENDING, About, read
from ipcclab.sharedmemory.stored import at_rest
from mp1bench.image import read_image

SENTENCE = "Decode shared memory: resource table, vrings, MCAPI, who holds their buffers, messages, the firmware's log."
EPILOG = """\
examples:
  ipcclab run firmware.elf --send hello --snapshot end.ipcc    what lies in memory when the run has ended
  ipcclab inspect end.ipcc                                     looked at
  ipcclab inspect end.ipcc --json                              as one JSON object
  ipcclab inspect firmware.elf                                 the resource table that an image brings along

exit codes: 0 nothing contradicts itself, 1 something does (the findings say what), 2 usage, 3 not a file like these
"""

_CONTRADICTED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a snapshot, .ipcc, or an image for the Cortex-M4")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    path = Path(options.file)
    if path.suffix.lower() != ENDING and _is_image(path):
        about, memory = None, _at_rest(find_image(options.file))
    else:
        snapshot = read(path)
        about, memory = snapshot.about, snapshot.decode()
    if options.json:
        print(json.dumps(_object(path, about, memory), indent=2))
    else:
        for line in [*(_origin(about) if about else ()), *text.lines(memory)]:
            print(line)
    return _CONTRADICTED if memory.findings else 0


def _is_image(path: Path) -> bool:
    """Not a zip file: then the sentences about images say what it is."""
    if not path.is_file():
        return True
    with path.open("rb") as file:
        return file.read(2) != b"PK"


def _at_rest(path: Path) -> SharedMemory:
    """What an image brings along."""
    image = read_image(path)
    return decode(at_rest(image).read, *(table_of(image) or (None,)))


def _origin(about: About) -> list[str]:
    """Where a snapshot comes from, and the state of what is no memory."""
    image = (
        f"{printable(about.image)} (sha256 {printable(about.image_sha256 or '')[:12]})" if about.image else "no image"
    )
    m4 = about.m4
    where = f" in {printable(m4.function)}" if m4.function else "" if m4.pc is None else f" at 0x{m4.pc:08X}"
    state = "sleeps" if m4.asleep else "runs" if m4.running else "does not run"
    registers = tuple((printable(name), f"0x{value:08X}") for name, value in about.ipcc.items())
    ipcc = Section("ipcc", "IPCC", (), ("register", "value"), registers)
    return [
        f"{image} on {printable(about.platform)}, after {about.virtual_ns / 1_000_000:.6f} ms",
        f"The M4 has crashed: {printable(m4.crash)}." if m4.crash else f"The M4 {state}{where if m4.running else ''}.",
        "",
        *text.section_lines(ipcc),
        "",
    ]


def _object(path: Path, about: About | None, memory: SharedMemory) -> dict[str, Any]:
    return {
        "tool": "ipcclab",
        "version": version("ipcclab"),
        "file": str(path),
        "about": asdict(about) if about else None,
        "memory": to_object(memory),
    }

"""Takes busybox, the guest's one program, from its package or as it is, and says whether the guest can run it.

It is not run here, and nothing else of the package is taken.
"""

from __future__ import annotations

import io
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from mp1bench.guest.errors import FilesError, read
from mp1bench.guest.packages import is_package, read_package

_ADVICE = "Give Debian's busybox-static for armel, the package or the program from it."
_HARD_FLOAT = 0x400  # EF_ARM_ABI_FLOAT_HARD in e_flags


def busybox_program(path: Path) -> bytes:
    """The program. FilesError if the file holds none that runs on a Cortex-A without VFP and without libraries."""
    if is_package(path):
        package = read_package(path)
        found = package.files(lambda name: name in ("bin/busybox", "usr/bin/busybox"))
        if not found:
            raise FilesError(f"the package {path} ({package.name}) has no bin/busybox. {_ADVICE}")
        program = next(iter(found.values()))
    else:
        program = read(path)
    _check(program, path)
    return program


def _check(program: bytes, path: Path) -> None:
    try:
        elf = ELFFile(io.BytesIO(program))
        machine, flags = str(elf["e_machine"]), int(elf["e_flags"])
        needs_loader = any(segment["p_type"] == "PT_INTERP" for segment in elf.iter_segments())
    except (ELFError, ValueError, KeyError, OverflowError) as error:
        raise FilesError(f"busybox of {path} is no program (no ELF file that can be read). {_ADVICE}") from error
    if machine != "EM_ARM" or not elf.little_endian:
        raise FilesError(f"busybox of {path} is for {machine.removeprefix('EM_')}, not for 32-bit Arm. {_ADVICE}")
    if flags & _HARD_FLOAT:
        raise FilesError(
            f"busybox of {path} is for hard float (armhf), and Renode's Cortex-A has no such VFP. {_ADVICE}"
        )
    if needs_loader:
        raise FilesError(f"busybox of {path} needs shared libraries, and the guest has none. {_ADVICE}")

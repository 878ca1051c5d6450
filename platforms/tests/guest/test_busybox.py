"""The guest's program: taken from a package or as it is, and refused where the guest could not run it.

Renode's Cortex-A has no VFP for a hard-float program (renode.md §10.2). The flags are those of ELF for Arm.
"""

from __future__ import annotations

import pytest

from guest_inputs import HARD_FLOAT, X86_64, busybox_deb, deb, elf
from mp1bench.guest.busybox import busybox_program
from mp1bench.guest.errors import FilesError

ADVICE = "Give Debian's busybox-static for armel, the package or the program from it."


@pytest.mark.parametrize("data", [
    elf(),
    busybox_deb(),
    deb({"usr/bin/busybox": elf()}, "busybox-static", "armel"),
    deb({"bin/busybox": elf(), "usr/bin/busybox": elf()}, "busybox-static", "armel"),
])  # fmt: skip
def test_the_program_is_taken_from_a_package_or_as_it_is(tmp_path, data):
    (tmp_path / "b").write_bytes(data)
    assert busybox_program(tmp_path / "b") == elf()


@pytest.mark.parametrize(("data", "reason"), [
    (elf(machine=X86_64), "is for X86_64, not for 32-bit Arm."),
    (elf(flags=HARD_FLOAT), "is for hard float (armhf), and Renode's Cortex-A has no such VFP."),
    (elf(interpreter=True), "needs shared libraries, and the guest has none."),
    (b"#!/bin/sh\n", "is no program (no ELF file that can be read)."),
    (elf()[:60], "is no program (no ELF file that can be read)."),
    (b"", "is no program (no ELF file that can be read)."),
])  # fmt: skip
@pytest.mark.parametrize("packed", [False, True], ids=["program", "package"])
def test_a_program_that_the_guest_cannot_run_is_refused(tmp_path, data, reason, packed):
    path = tmp_path / "b"
    path.write_bytes(deb({"bin/busybox": data}, "busybox", "any") if packed else data)
    with pytest.raises(FilesError) as raised:
        busybox_program(path)
    assert str(raised.value) == f"busybox of {path} {reason} {ADVICE}"


def test_a_package_of_something_else_is_refused(tmp_path):
    path = tmp_path / "b"
    path.write_bytes(deb({"bin/ls": elf()}, "coreutils", "armel"))
    with pytest.raises(FilesError) as raised:
        busybox_program(path)
    assert str(raised.value) == f"the package {path} (coreutils) has no bin/busybox. {ADVICE}"

"""A real kernel walks anew: it does what the kept recording says, and what the host model does.

IPCCLAB_RECORD=1 writes the recording anew.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from guest_here import SOURCES, needs_guest
from mp1bench.guest.boot import make_guest
from mp1bench.guest.build import GuestFiles, build
from mp1bench.shipped import prebuilt_image
from two_linuxes import claims, recording
from two_linuxes.sides import Guest, Model
from two_linuxes.walk import ECHO, RTOS, SIGNALS, WALK, Phase, walk

pytestmark = needs_guest

IMAGES = tuple(map(prebuilt_image, (ECHO, RTOS, SIGNALS)))
#: In a longer turn of the M4 both of Linux's interrupts may rise, and the GIC hands out RX first, whichever was first.
QUANTUM = 1_000
#: What virtual time depends on. With another one, what happens beside each other may come in another order.
DECIDES = ("kernel", "busybox", "Renode", "bench")
PLATFORMS = Path(__file__).parents[2]
BENCH = (
    (PLATFORMS, "stm32mp1*.*"),
    (PLATFORMS / "mp1bench/guest", "*"),
    (PLATFORMS.parent / "peripherals/stm32mp1", "*.py"),
    (PLATFORMS / "tests/two_linuxes", "[sw]*.py"),
)


def _digest_of_the_bench() -> str:
    """Of the platform, its devices, the guest and the walk."""
    paths = (path for folder, names in BENCH for path in sorted(folder.glob(names)) if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


@pytest.fixture(scope="module")
def files() -> GuestFiles:
    return build(SOURCES, lambda step: None)


@pytest.fixture(scope="module")
def made_of(files) -> dict[str, str]:
    return {
        "Linux": f"{files.release}, its drivers as they are, on stm32mp157_linux.resc with stm32mp157_guest.dts",
        "kernel": f"{files.inputs['kernel'].name}, sha256 {files.inputs['kernel'].sha256}",
        "busybox": f"{files.inputs['busybox'].name}, sha256 {files.inputs['busybox'].sha256}",
        "bench": f"sha256 {_digest_of_the_bench()}",
        **{path.name: f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in IMAGES},
    }


@pytest.fixture(scope="module")
def fresh(files, made_of) -> list[Phase]:
    guest = make_guest(files, IMAGES)
    guest.boot()
    guest.machine.set_quantum(QUANTUM)
    made_of["Renode"] = f"{guest.machine.version}, quantum {QUANTUM} ns"
    return walk(Guest(guest))


@pytest.fixture(scope="module")
def model() -> list[Phase]:
    return walk(Model(**claims.SLOW_START))


@pytest.fixture(scope="module")
def kept(fresh, made_of) -> str:
    if "IPCCLAB_RECORD" in os.environ:
        recording.KEPT.write_text(recording.text(made_of, fresh), encoding="utf-8")
    return recording.KEPT.read_text(encoding="utf-8")


def test_a_fresh_recording_is_the_kept_one_line_by_line(fresh, made_of, kept):
    header = recording.header(kept)
    other = [part for part in DECIDES if made_of[part] != header.get(part)]
    if other:
        pytest.skip(f"the kept recording is of another {' and another '.join(other)}; IPCCLAB_RECORD=1 makes it anew")
    assert recording.text(made_of, fresh).splitlines() == kept.splitlines()


@pytest.mark.parametrize("number", range(len(WALK)), ids=[step.name for step in WALK])
def test_the_kept_recording_and_the_model_do_what_the_real_kernel_does(fresh, kept, model, number):
    for part in claims.claimed(number, WALK[number].name):
        if part is not claims.accesses:  # in which phases both interrupts stand at once may be another matter of time
            real = part(fresh[number])
            assert part(recording.phases(kept)[number]) == real, part.__name__
            assert part(model[number]) == real, part.__name__

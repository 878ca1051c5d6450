"""A real kernel walks anew: it does what the kept recording says, and what the host model does.

IPCCLAB_RECORD=1 writes the recording instead.
"""

from __future__ import annotations

import hashlib
import os

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
#: With longer turns both of the mailbox's interrupts may rise in one, and the GIC hands out RX first, whatever came first.
QUANTUM = 1_000
#: What the time of everything depends on. With other ones the order of what happens beside each other may be another.
DECIDES = ("kernel", "busybox", "Renode")


@pytest.fixture(scope="module")
def files() -> GuestFiles:
    return build(SOURCES, lambda step: None)


@pytest.fixture(scope="module")
def made_of(files) -> dict[str, str]:
    return {
        "Linux": f"{files.release}, its drivers as they are, on stm32mp157_linux.resc with stm32mp157_guest.dts",
        "kernel": f"{files.inputs['kernel'].name}, sha256 {files.inputs['kernel'].sha256}",
        "busybox": f"{files.inputs['busybox'].name}, sha256 {files.inputs['busybox'].sha256}",
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


def test_a_fresh_recording_is_the_kept_one(fresh, made_of):
    text = recording.text(made_of, fresh)
    if "IPCCLAB_RECORD" in os.environ:
        recording.KEPT.write_text(text, encoding="utf-8")
    kept = recording.KEPT.read_text(encoding="utf-8")
    other = [part for part in DECIDES if made_of[part] != recording.header(kept)[part]]
    if other:
        pytest.skip(f"the kept recording was made with another {' and another '.join(other)}")
    assert text.splitlines() == kept.splitlines()


@pytest.mark.parametrize("number", range(len(WALK)), ids=[step.name for step in WALK])
def test_the_model_does_what_the_real_kernel_does(fresh, model, number):
    for part in claims.claimed(number, WALK[number].name):
        if part is not claims.accesses:  # whether both interrupts stand at once, the kept recording's time decides
            assert part(model[number]) == part(fresh[number]), part.__name__

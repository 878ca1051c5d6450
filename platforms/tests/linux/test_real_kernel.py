"""The host model does what a real kernel did: its register trace against the recorded one of stock drivers in Renode.

Equal, whatever the model's reaction to an interrupt, and in every phase: processor 1's accesses, those of the RX
interrupt and the others each in order, with function, register, width and value; each flag's history, and who made it;
each line's edges; how often each interrupt was taken; the kernel's lines; what programs see. Equal as one sequence:
processor 1's accesses, but where both of its interrupts stand at once; processor 2's, but where it waits for a channel.
Equal as one sequence in some phases of each kind: all that both processors did, with flags and lines. In the others
they meet at another instruction, which no two speeds have in common. `two_linuxes/claims.py` has the exceptions.
"""

from __future__ import annotations

import hashlib

import pytest

from mp1bench.shipped import prebuilt_image
from two_linuxes import claims, recording
from two_linuxes.sides import Model
from two_linuxes.walk import ECHO, RTOS, SIGNALS, WALK, Phase, walk

KEPT = recording.KEPT.read_text(encoding="utf-8")
REAL = recording.phases(KEPT)
SPEEDS = {"2 us": claims.SLOW_START, "12 us": claims.LIKE_RENODE}


@pytest.fixture(scope="module", params=SPEEDS)
def model(request: pytest.FixtureRequest) -> list[Phase]:
    return walk(Model(**SPEEDS[request.param]))


@pytest.mark.parametrize("number", range(len(WALK)), ids=[phase.name for phase in REAL])
def test_the_model_does_what_the_real_kernel_did(model, number):
    ours, real = model[number], REAL[number]
    assert ours.name == real.name
    for part in claims.claimed(number, WALK[number].name):
        assert part(ours) == part(real), part.__name__


KINDS = ("probe", "send 5 bytes", f"stop {ECHO}", f"stop {RTOS}", f"start {SIGNALS}", f"stop {SIGNALS}")


@pytest.mark.parametrize("kind", KINDS)
def test_all_of_a_phase_is_one_and_the_same_sequence(kind):
    """With the reaction times of the recording."""
    model = walk(Model(**claims.LIKE_RENODE))
    pairs = [(ours, real) for ours, real, step in zip(model, REAL, WALK, strict=True) if step.name.startswith(kind)]
    assert any(claims.everything(ours) == claims.everything(real) for ours, real in pairs)


@pytest.mark.parametrize("phase", REAL, ids=[phase.name for phase in REAL])
def test_the_kernel_counts_as_many_interrupts_as_the_trace_has_entries_of_their_handlers(phase):
    entries = claims.handlers(phase)
    assert phase.of("interrupts") == [f"interrupts RX0 {entries['RX0']} TX0 {entries['TX0']}"]


@pytest.mark.parametrize("image", [ECHO, RTOS, SIGNALS])
def test_the_recording_is_of_the_images_that_come_with_the_bench(image):
    digest = hashlib.sha256(prebuilt_image(image).read_bytes()).hexdigest()
    assert recording.header(KEPT)[image] == f"sha256 {digest}", (
        "record anew: platforms/tests/golden/linux-guest/README.md"
    )


def test_an_access_that_is_changed_left_out_or_doubled_is_noticed():
    for number, phase in enumerate(REAL):
        parts = claims.claimed(number, WALK[number].name)
        true = [part(phase) for part in parts]
        places = [at for at, line in enumerate(phase.lines) if line.startswith("a7 ")]
        for at in places:
            line = phase.lines[at]
            changed = line[:-1] + ("0" if line[-1] != "0" else "1")
            for other in ([changed], [], [line, line]):
                wrong = phase._replace(lines=[*phase.lines[:at], *other, *phase.lines[at + 1 :]])
                assert [part(wrong) for part in parts] != true, line

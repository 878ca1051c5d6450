"""The replay of linux-rpmsg recordings: it follows what none of ours holds, and tells in a sentence what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from replay.cursor import Line, Mismatch, read
from replay.rpmsg import replay

GOLDEN = Path(__file__).parent / "golden" / "linux-rpmsg"
CHANNEL = "rpmsg_test virtio0.rpmsg-tty.-1.1024"
BUS = "virtio_rpmsg_bus virtio0"
DEADLINE = 15_000_000


def line(t: int, e: str, **keys: Any) -> Line:
    return {"t": t, "e": e, **keys}


@pytest.fixture
def full() -> list[Line]:
    """A recording in which all 16 buffers are on their way, without its end."""
    return read(GOLDEN / "rpmsg_send_16_then_try.jsonl")[:-1]


def sleeps(base: list[Line]) -> list[Line]:
    """A 17th message begins to wait."""
    return [
        line(0, "call", fn="send", handle=0, hex="616263", src=0, dst=0),
        line(0, "mem", addr=base[0]["config"]["vring1"] + 0x100, hex="0000"),
        line(0, "wait", timeout_us=DEADLINE),
    ]


def used(base: list[Line], t: int, index: int) -> list[Line]:
    """The remote has consumed its first buffer."""
    ring = base[0]["config"]["vring1"] + 0x130
    return [
        line(t, "peer_mem", addr=ring + 4, hex=index.to_bytes(8, "little").hex()),
        line(t, "peer_mem", addr=ring + 2, hex="0100"),
    ]


def interrupt(t: int, *, handled: bool, printed: bool = True) -> list[Line]:
    said = [line(t, "log", level="debug", dev=BUS, text="rpmsg_xmit_done")] if handled and printed else []
    return [line(t, "call", fn="vq_interrupt", vq=1), *said, line(t, "ret", fn="vq_interrupt", val=int(handled))]


def sent(base: list[Line], t: int) -> list[Line]:
    """The message goes out in buffer 5."""
    config = base[0]["config"]
    data = "00040000000400000000000003000000616263"
    return [
        line(t, "mem", addr=config["vring1"] + 0x124, hex="0100"),
        line(t, "log", level="debug", dev=CHANNEL, text="TX From 0x400, To 0x400, Len 3, Flags 0, Reserved 0"),
        line(t, "dump", prefix="rpmsg_virtio TX: ", hex=data),
        line(t, "mem", addr=config["buffers"] + config["buffers_size"] // 2 + 512 * 5, hex=data),
        line(t, "mem", addr=config["vring1"] + 16 * 5 + 8, hex="1300000000000000"),
        line(t, "mem", addr=config["vring1"] + 0x100, hex="010011000500"),
        line(t, "kick", vq=1),
        line(t, "ret", fn="send", val=0),
        line(t, "end"),
    ]


def failed() -> list[Line]:
    return [
        line(DEADLINE, "wake", result="timeout"),
        line(DEADLINE, "log", level="err", dev=CHANNEL, text="timeout waiting for a tx buffer"),
        line(DEADLINE, "mem", addr=0x10041100, hex="01"),
        line(DEADLINE, "ret", fn="send", val=-512),
        line(DEADLINE, "end"),
    ]


def woken(t: int, result: str = "woken") -> Line:
    return line(t, "wake", result=result)


def test_a_sender_goes_on_when_it_has_a_buffer(full: list[Line]) -> None:
    idle = interrupt(1000, handled=False)
    replay(
        [
            *full,
            *sleeps(full),
            *idle,
            *used(full, 3000, 5),
            *interrupt(3000, handled=True),
            woken(3000),
            *sent(full, 3000),
        ]
    )


@pytest.mark.parametrize("at", [1, 3000, DEADLINE])
def test_a_sender_that_nobody_wakes_looks_once_more_at_the_deadline(full: list[Line], at: int) -> None:
    replay([*full, *sleeps(full), *used(full, at, 5), woken(DEADLINE, "timeout"), *sent(full, DEADLINE)])


def test_an_interrupt_at_the_deadline_is_in_time(full: list[Line]) -> None:
    late = [*used(full, 3000, 5), *interrupt(DEADLINE, handled=True), woken(DEADLINE)]
    replay([*full, *sleeps(full), *late, *sent(full, DEADLINE)])


def test_a_sender_without_a_buffer_fails(full: list[Line]) -> None:
    replay([*full, *sleeps(full), *failed()])


def test_a_ring_found_broken_while_a_sender_sleeps_wakes_nobody_any_more(full: list[Line]) -> None:
    broken = line(3000, "log", level="err", dev=BUS, text="output:id 77 out of range")
    found = [*used(full, 3000, 77), *interrupt(3000, handled=True), broken]
    replay([*full, *sleeps(full), *found, *interrupt(4000, handled=True, printed=False), *failed()])


def test_what_the_model_does_not_do_is_a_difference(full: list[Line]) -> None:
    with pytest.raises(Mismatch, match=r'the recording says \{"t": 0, "e": "kick", "vq": 0\}; the model did .*"end"'):
        replay([*full, line(0, "kick", vq=0), line(0, "end")])


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (line(0, "weather"), "`weather` is no kind of event that is known"),
        (line(0, "call", fn="fly"), "the replay knows no function `fly`"),
        (line(0, "call", fn="send", handle=0, hex="6", src=0, dst=0), "`hex` cannot be '6'"),
        (line(0, "call", fn="vq_interrupt"), "`vq` is missing"),
        (line(0, "call", fn="get_mtu", handle=7), "nothing has the handle 7"),
        (line(0, "preset", mood=3), "there is no preset"),
        (line(5, "call", fn="get_mtu", handle=0), "it is 0 us and nothing is left to be done before"),
        (line(0, "peer_mem", addr=0xF0000000, hex="00"), "too much for one shared memory"),
    ],
)
def test_what_cannot_be_replayed_is_told_in_a_sentence(full: list[Line], wrong: Line, why: str) -> None:
    with pytest.raises(Mismatch) as told:
        replay([*full, wrong, line(0, "end")])
    assert why in str(told.value)
    assert str(told.value).endswith(".")


def test_a_byte_that_differs_is_found(full: list[Line]) -> None:
    memory = next(row for row in full if row["e"] == "mem")
    memory["hex"] = "ff" + memory["hex"][2:]
    with pytest.raises(Mismatch, match=r"before it the byte at 0x10040001 is 0x20 and not 0xff\.$"):
        replay([*full, line(0, "end")])

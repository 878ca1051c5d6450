"""MCAPI's area, decoded: sides, frames, who holds which buffer, what cannot be right, and that no bytes break it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcapi_by_hand import (
    AWAY,
    BASE,
    BLOCKS,
    CONTROL,
    FREE,
    FREE_HEAD,
    FREE_TAIL,
    HEAD,
    INDICES,
    MESSAGE,
    PACKET,
    RINGS,
    SCALAR,
    Area,
)
from memory_by_hand import Memory
from test_shared_memory_forms import shown

from ipcclab.sharedmemory import decode
from ipcclab.sharedmemory.json_object import to_object
from ipcclab.sharedmemory.mcapi_structure import McapiArea, McapiSide
from ipcclab.sharedmemory.text import lines

WORD = 0xFFFF_FFFF


def area_of(area: Area) -> McapiArea:
    found = decode(area.memory.read, None).mcapi
    assert found is not None
    return found


def side_of(area: Area, side: int = 0) -> McapiSide:
    return area_of(area).sides[side]


def places(area: Area, side: int = 0) -> dict[int, tuple[str, str]]:
    """Who holds each buffer that is not at home, and where it is."""
    return {b.index: (b.owner, b.state) for b in side_of(area, side).buffers if b.state != "home"}


def findings(area: Area) -> list[str]:
    return [str(finding) for finding in decode(area.memory.read, None).findings]


# -- what there is ----------------------------------------------------------------------------------------------------


def test_memory_without_the_magic_has_no_mcapi() -> None:
    area = Area()
    area.put(0, 0x5041434C)
    found = decode(area.memory.read, None)
    assert (found.mcapi, found.findings) == (None, ())
    assert not any("MCAPI" in line for line in lines(found))
    assert decode(Memory().read, None).mcapi is None


def test_area_that_cannot_be_read_is_none() -> None:
    assert decode(lambda address, size: None, None).mcapi is None


def test_both_sides_say_who_they_are() -> None:
    area = Area()
    area.put(BLOCKS[1] + 0xC, 1 | 4)  # waits for room in ring 0, and for buffers
    area.put(0x0A0, 11, 12, 13, 14, 15, 16, 17, 18)
    found = area_of(area)
    assert (found.address, found.version, found.size, found.linked) == (0x1004_8000, 1, 0x8000, True)
    linux, firmware = found.sides
    assert (linux.side, linux.epoch, linux.state, linux.synced, linux.wants) == ("Linux", 3, "UP", 9, ())
    assert (firmware.side, firmware.epoch, firmware.synced) == ("firmware", 9, 3)
    assert firmware.wants == ("RING0", "BUFFERS")
    assert firmware.statistics == {
        "frames_sent": 11,
        "frames_received": 12,
        "drops": 13,
        "doorbells": 14,
        "deferred": 15,
        "rerings": 16,
        "peer_epochs": 17,
        "healed": 18,
    }


def test_frames_of_every_kind_are_told() -> None:
    area = Area()
    area.frame(1, MESSAGE, 23, length=5, ports=0x0014_0001, high=~23 & WORD)
    area.memory.put(BASE + 0x4000 + 512 * 23, "5s", b"hello")
    area.frame(1, PACKET, 4, priority=1, length=0, high=~4 & WORD)
    area.frame(1, SCALAR, 0xDEADBEEF, length=8, high=0x0000_0001)
    area.frame(
        1, CONTROL, 6 | 2 << 16 | 9 << 24, high=512 | 2 << 21
    )  # CONNECT a packet channel, 512 bytes, 2 priorities
    area.take(1)
    ring0, ring1 = side_of(area, 1).rings
    assert (ring0.head, ring0.tail, ring0.waiting, ring1.waiting) == (3, 1, 2, 1)
    message, scalar, control = ring0.frames
    assert (message.kind, message.state, message.buffer, message.payload) == ("message", "consumed", 23, b"hello")
    assert (message.source, message.destination, message.length) == (1, 20, 5)
    assert (scalar.kind, scalar.state, scalar.buffer) == ("scalar", "waiting", None)
    assert scalar.payload == bytes.fromhex("efbeadde01000000")
    assert (control.kind, control.says) == ("control", "CONNECT tag 9 packet MAX_PAYLOAD_SIZE=512 NUM_PRIORITIES=2")
    assert [(f.kind, f.priority, f.buffer, f.payload) for f in ring1.frames] == [("packet", 1, 4, b"")]
    assert findings(area) == []


def test_of_a_long_run_the_last_sixteen_frames_are_there() -> None:
    area = Area()
    for n in range(20):
        area.frame(0, SCALAR, n, length=4)
    area.take(0, 18)
    frames = side_of(area).rings[0].frames
    assert [int.from_bytes(frame.payload, "little") for frame in frames] == list(range(4, 20))
    assert [frame.state for frame in frames] == ["consumed"] * 14 + ["waiting"] * 2
    assert [frame.slot for frame in frames] == [*range(4, 16), *range(4)]
    assert findings(area) == []


def test_another_version_is_not_read() -> None:
    area = Area()
    area.put(4, 2)
    found = decode(area.memory.read, None)
    assert found.mcapi is not None
    assert found.mcapi.sides == ()
    (finding,) = found.findings
    assert str(finding) == "MCAPI: its header says version 2, 32768 bytes; version 1 has 32768."
    shown(found)


# -- who holds a buffer -----------------------------------------------------------------------------------------------


def test_a_buffer_goes_through_the_ring_to_the_receiver_and_home() -> None:
    area = Area()
    area.message(0, 5, priority=1)
    assert places(area) == {5: ("firmware", "in ring 1")}
    area.take(0, priority=1)
    assert places(area) == {5: ("firmware", "with the receiver")}
    area.give_back(0, 5)
    assert places(area) == {5: ("Linux", "coming home")}
    assert side_of(area).returns.buffers == (5,)
    area.collect(0)
    assert places(area) == {}
    assert {buffer.owner for buffer in side_of(area).buffers} == {"Linux"}
    assert [buffer.address for buffer in side_of(area).buffers[:2]] == [0x1004_9000, 0x1004_9200]
    assert side_of(area, 1).buffers[23].address == 0x1004_8000 + 0x4000 + 23 * 512
    assert findings(area) == []


def test_buffers_come_home_in_any_order() -> None:
    area = Area()
    for n in range(70):
        area.round_trip(1, n % 24, priority=n % 3 == 0)
    for buffer in (3, 4, 5, 6):
        area.message(1, buffer)
    area.take(1, 3)
    area.give_back(1, 5)
    area.collect(1)
    area.give_back(1, 3)
    assert places(area, 1) == {
        3: ("firmware", "coming home"),
        4: ("Linux", "with the receiver"),
        6: ("Linux", "in ring 0"),
    }
    assert findings(area) == []


def test_a_dropped_frames_buffer_comes_home_by_its_slot() -> None:
    area = Area()
    area.frame(0, SCALAR, 1, length=3)
    area.message(0, 7)
    area.take(0, 2)
    area.give_back(0, 0, dropped_lap=1)  # the scalar, which had none
    area.give_back(0, 1, dropped_lap=1, buffer=7)
    assert places(area) == {7: ("Linux", "coming home")}
    area.collect(0)
    assert places(area) == {}


def test_a_dropped_frame_that_is_overwritten_is_not_the_one_in_its_slot() -> None:
    area = Area()
    area.frame(0, SCALAR, 1, length=3)
    area.take(0)
    area.give_back(0, 0, dropped_lap=1)
    for n in range(15):
        area.frame(0, SCALAR, n, length=4)
    area.message(0, 7)  # in slot 0, with lap 2
    area.take(0, 16)
    assert places(area) == {7: ("firmware", "with the receiver")}
    assert side_of(area).returns.buffers == ()


def test_a_held_frame_that_sixteen_others_have_overwritten_is_with_the_receiver() -> None:
    area = Area()
    area.message(0, 9)
    area.take(0)
    for n in range(16):
        area.frame(0, SCALAR, n, length=4)
    area.take(0, 16)
    assert places(area) == {9: ("firmware", "with the receiver")}


def test_one_buffer_that_goes_again_and_again_is_home_each_time() -> None:
    area = Area()
    for _ in range(40):
        area.round_trip(0, 0)
        assert places(area) == {}
    area.message(0, 0)
    assert places(area) == {0: ("firmware", "in ring 0")}
    assert findings(area) == []


def test_a_frame_that_is_being_put_is_in_its_ring_before_its_head_has_moved() -> None:
    area = Area()
    for n in range(16):
        area.round_trip(0, n, priority=1)
    area.message(0, 20, priority=1)
    area.put(INDICES[0] + HEAD + 4, 16)
    assert places(area) == {20: ("firmware", "in ring 1")}
    assert findings(area) == []


def test_a_wrong_frame_that_waits_holds_its_buffer_in_the_ring() -> None:
    area = Area()
    area.frame(0, PACKET, 4, length=513)
    assert places(area) == {4: ("firmware", "in ring 0")}


def test_a_buffer_that_its_owner_collects_is_home_before_its_tail_has_moved() -> None:
    area = Area()
    area.round_trip(0, 20)
    area.put(INDICES[0] + FREE_TAIL, 0)
    assert places(area) == {}
    assert findings(area) == []


def test_buffers_are_their_owners_while_the_sides_are_not_linked() -> None:
    area = Area()
    area.message(0, 5)
    area.put(BLOCKS[1] + 8, 2)  # the firmware has reset its words for an epoch before
    assert not area_of(area).linked
    assert places(area) == {}
    assert [frame.state for frame in side_of(area).rings[0].frames] == ["void"]
    assert findings(area) == []


def test_two_sides_without_an_epoch_are_not_linked() -> None:
    area = Area()
    area.put(BLOCKS[0], 0, 2, 0)
    area.put(BLOCKS[1], 0, 2, 0)
    assert not area_of(area).linked


# -- what cannot be right ---------------------------------------------------------------------------------------------


def _twice(area: Area) -> None:
    area.message(0, 1)
    area.message(0, 1, priority=1)


def _home_twice(area: Area) -> None:
    area.message(0, 1)
    area.take(0)
    area.give_back(0, 1)
    area.give_back(0, 1)


def _home_and_waiting(area: Area) -> None:
    area.message(0, 1)
    area.message(0, 2)
    area.give_back(0, 2)


def _home_before(area: Area) -> None:
    area.message(0, 1)
    area.take(0)
    area.give_back(0, 1)
    area.give_back(0, 2)


def _not_away(area: Area) -> None:
    area.message(0, 0)
    area.put(AWAY[0], 0)


def _stale_entry(area: Area) -> None:
    area.give_back(0, 1)
    area.put(FREE[0], 1 << 31 | 2 << 12 | 0xFE << 16 | 1)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda a: a.put(INDICES[0] + HEAD, 99), "Linux: ring 0 has 16 slots, but head 99 and tail 0."),
        (lambda a: a.put(INDICES[0] + HEAD + 4, 17), "Linux: ring 1 has 16 slots, but head 17 and tail 0."),
        (lambda a: a.take(1), "firmware: ring 0 has 16 slots, but head 0 and tail 1."),
        (lambda a: a.put(INDICES[1] + HEAD, 1), "firmware: slot 0 of ring 0 has no frame."),
        (
            lambda a: a.put(INDICES[1] + FREE_HEAD, 33),
            "Linux: the free ring has 32 entries, but head 33 and tail 0.",
        ),
        (lambda a: a.frame(0, 9, 0), "Linux: slot 0 of ring 0 has kind 9, which there is not."),
        (
            lambda a: a.frame(0, CONTROL, 77),
            "Linux: slot 0 of ring 0 has control operation 77, which there is not.",
        ),
        (lambda a: a.frame(1, SCALAR, 0, length=3), "firmware: slot 0 of ring 0 has a scalar of 3 bytes."),
        (lambda a: a.frame(0, MESSAGE, 24), "Linux: slot 0 of ring 0 has buffer 24, and there are 24."),
        (
            lambda a: a.frame(0, PACKET, 0, length=513),
            "Linux: slot 0 of ring 0 has 513 bytes, and a buffer holds 512.",
        ),
        (
            lambda a: (a.message(0, 0), a.put(RINGS[0][0], 0x0005_11E1)),
            "Linux: slot 0 of ring 0 has a frame of priority 1.",
        ),
        (
            lambda a: (a.message(0, 0), a.put(RINGS[0][0], 0x0005_20E1)),
            "Linux: slot 0 of ring 0 has lap 2, and it is the turn of lap 1.",
        ),
        (
            lambda a: a.frame(0, MESSAGE, 2, high=~6 & WORD),
            "Linux: slot 0 of ring 0 has buffer 2 in one word, and 6 in the other.",
        ),
        (_twice, "Linux: buffer 1 is named twice: in slot 0 of ring 0 and in slot 0 of ring 1."),
        (_home_twice, "Linux: buffer 1 is named twice: in entry 0 of the free ring and in entry 1 of the free ring."),
        (_home_and_waiting, "Linux: buffer 2 is named twice: in slot 1 of ring 0 and in entry 0 of the free ring."),
        (_home_before, "Linux: entry 1 of the free ring names buffer 2, which is not away."),
        (_not_away, "Linux: slot 0 of ring 0 names buffer 0, which is not away."),
        (lambda a: a.put(AWAY[1], 1 << 24), "firmware: 0x1000000 are its buffers that are away, and there are 24."),
        (_stale_entry, "Linux: entry 0 of the free ring is 0x80FE2001, which is no entry of its turn."),
        (lambda a: a.give_back(1, 24), "firmware: entry 0 of the free ring names buffer 24, and there are 24."),
        (lambda a: a.put(BLOCKS[0] + 4, 7), "Linux: its state is 7, and there is none of that number."),
        (lambda a: a.put(BLOCKS[0], 0), "Linux: it is up in epoch 0, and epochs count from 1."),
        (
            lambda a: a.put(BLOCKS[1] + 12, 0x18),
            "firmware: it wants 0x18, and only the bits of 0xF mean something.",
        ),
    ],
)
def test_a_contradiction_is_found(spoil: Callable[[Area], object], sentence: str) -> None:
    area = Area()
    spoil(area)
    assert findings(area) == [f"MCAPI, {sentence}"]


def test_a_frame_that_was_taken_is_nobodys_contradiction() -> None:
    area = Area()
    area.frame(0, 9, 0)
    area.take(0)
    assert findings(area) == []


def test_a_buffer_that_is_home_before_its_frame_counts_as_taken_is_no_contradiction() -> None:
    area = Area()
    area.message(0, 3)
    area.give_back(0, 3)
    assert places(area) == {3: ("Linux", "coming home")}
    assert findings(area) == []
    area.collect(0)
    assert places(area) == {}
    assert findings(area) == []


@pytest.mark.parametrize(("index", "value"), [(INDICES[0] + HEAD, 99), (INDICES[1] + FREE_HEAD, 33)])
def test_indices_that_cannot_be_right_leave_buffers_unknown_that_are_away(index: int, value: int) -> None:
    area = Area()
    area.message(0, 3)
    area.take(0)
    area.message(0, 4, priority=1)
    area.put(index, value)
    assert places(area) == {3: ("unknown", "unknown"), 4: ("firmware", "in ring 1")}
    assert places(area, 1) == {}


# -- the forms --------------------------------------------------------------------------------------------------------

TEXT = """\
MCAPI
  At 0x10048000, version 1, 32768 bytes.
  The two sides are linked: each has reset its words for the other's epoch.
                               Linux  firmware
  epoch                        3      9
  state                        UP     UP
  reset for the other's epoch  9      3
  waits for                    -      BUFFERS
  frames sent                  0      0
  frames received              0      0
  drops                        0      0
  doorbells                    0      0
  deferred                     0      0
  rerings                      0      0
  peer epochs                  0      0
  healed                       0      0

MCAPI: rings A7 → M4
  Ring 0: written up to 3, read up to 1; waiting: 2.
  Ring 1: written up to 1, read up to 0; waiting: 1.
  Free ring: returned up to 0, collected up to 0; waiting: 0.
  ring  slot  state     frame    ports   bytes  buffer  what it holds
  0     0     consumed  message  20 → 1  8      0       now "\\x1b[2J</p>"
  0     1     waiting   scalar   4 → 5   2      -       0x0102
  0     2     waiting   control  - → 9   0      -       GET tag 3
  1     0     waiting   message  20 → 1  20     1       "................"…

MCAPI: buffers A7 → M4
  22 home, 1 in ring 1, 1 with the receiver.
  buffer  address      held by   where
  0       0x10049000   firmware  with the receiver
  1       0x10049200   firmware  in ring 1
  2-23    0x10049400…  Linux     home

MCAPI: rings M4 → A7
  Ring 0: written up to 0, read up to 0; waiting: 0.
  Ring 1: written up to 0, read up to 0; waiting: 0.
  Free ring: returned up to 0, collected up to 0; waiting: 0.

MCAPI: buffers M4 → A7
  24 home.
  buffer  address      held by   where
  0-23    0x1004C000…  firmware  home

Findings
  Nothing contradicts itself."""


def exchanged() -> Area:
    area = Area()
    area.put(BLOCKS[1] + 0xC, 4)
    area.message(0, 0, b"\x1b[2J</p>")
    area.frame(0, SCALAR, 0x0102, length=2, ports=5 << 16 | 4)
    area.frame(0, CONTROL, 1 | 3 << 24, ports=9 << 16 | 0xFFFF)
    area.message(0, 1, b"." * 20, priority=1)
    area.take(0)
    return area


def test_text_shows_all_of_it() -> None:
    shown_lines = list(lines(decode(exchanged().memory.read, None)))
    assert "\n".join(shown_lines[shown_lines.index("MCAPI") :]) == TEXT


def test_json_has_all_of_it() -> None:
    area = to_object(decode(exchanged().memory.read, None))["mcapi"]
    assert (area["version"], area["linked"]) == (1, True)
    (linux, _) = area["sides"]
    assert linux["rings"][1]["frames"][0] == {
        "slot": 0,
        "state": "waiting",
        "kind": "message",
        "priority": 1,
        "lap": 1,
        "source": 20,
        "destination": 1,
        "length": 20,
        "buffer": 1,
        "says": "",
        "payload_hex": "2e" * 20,
        "payload_text": "." * 20,
    }
    assert linux["returns"] == {"head": 0, "tail": 0, "buffers": []}
    assert linux["buffers"][1] == {"index": 1, "address": 0x1004_9200, "owner": "firmware", "state": "in ring 1"}


_WORD = st.integers(0, 0xFFFF_FFFF) | st.sampled_from(
    [0, 1, 2, 3, 16, 17, 32, 33, 0xFFFF_FFFF, 0x80FE_1001, 0x0005_10E1]
)
_OFFSET = st.integers(0x10 // 4, 0x600 // 4 - 1).map(lambda word: 4 * word) | st.sampled_from(
    [*range(0x10, 0x30, 4), *range(0x40, 0x78, 4)]
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(st.tuples(_OFFSET, _WORD), max_size=24), st.integers(0, 80))
def test_no_bytes_break_it(words: list[tuple[int, int]], rounds: int) -> None:
    area = Area()
    for n in range(rounds):
        area.round_trip(n % 2, n % 24, priority=n % 3 == 0)
    for offset, word in words:
        area.put(offset, word)
    shown(decode(area.memory.read, None))


def test_indices_may_come_round() -> None:
    area = Area()
    last = 0xFFFF_FFFF
    area.put(RINGS[0][0] + 15 * 16, SCALAR | (last // 16 + 1 & 15) << 12 | 1 << 16, 0, 0xAA, 0)
    area.put(RINGS[0][0], SCALAR | 1 << 12 | 1 << 16, 0, 0xBB, 0)
    area.put(INDICES[0] + HEAD, 1)
    area.put(INDICES[1] + 0x08, last)
    ring = side_of(area).rings[0]
    assert ring.waiting == 2
    assert [(frame.state, frame.payload) for frame in ring.frames] == [("waiting", b"\xaa"), ("waiting", b"\xbb")]
    assert findings(area) == []

"""Large flows through MCAPI's packet channels and through RPMsg, on the real firmware: mcapi.md §4.3, §4.5."""

from __future__ import annotations

import json
import struct
from math import ceil
from pathlib import Path

import pytest
from shown import ROOT, play, sessions

from ipcclab.cli import main
from ipcclab.flows.measure import STREAM, Measured, RoundTrips, compare, find_flows, run
from ipcclab.flows.packets import PacketFlow
from ipcclab.flows.stream import FlowError, StandstillError, Stream
from ipcclab.sizes import parse_size
from mcapi_pair import Pair
from mp1bench.board import Board
from mp1bench.errors import UsageError
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.mcapi.layout import BASE, INDICES, SIDE_BLOCK, Wants
from mp1bench.shipped import prebuilt_image

TEN_MEGABYTES, ONE_MEGABYTE = 10_000_000, 1_000_000
RING, BUFFERS_OF_PRIORITY_1 = 16, 24 - 4  # mcapi.md §4.4, §4.5


def booted(image: str) -> Board:
    board = Board(engine="embedded", trace=False)
    board.load(prebuilt_image(image))
    return board


# -- ten megabytes, measured once -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def streams() -> dict[str, Measured]:
    """Ten megabytes of packets, then one of RPMsg's messages; whatever comes back wrong or not at all raises."""
    board = booted("rpmsg_mcapi")
    sizes = TEN_MEGABYTES, ONE_MEGABYTE
    return {flow.name: run(board, STREAM, [flow], size)[0] for flow, size in zip(find_flows(board), sizes, strict=True)}


def test_ten_megabytes_come_back_through_packet_channels(streams: dict[str, Measured]) -> None:
    packets = streams["MCAPI packets"]
    assert packets.size == TEN_MEGABYTES
    assert packets.frames == ceil(TEN_MEGABYTES / 512)


def test_a_megabyte_comes_back_through_rpmsg(streams: dict[str, Measured]) -> None:
    assert streams["RPMsg"].frames == ceil(ONE_MEGABYTE / 496)  # 16 of 512 bytes are RPMsg's header


def test_doorbells_of_a_flow_are_far_fewer_than_its_descriptors(streams: dict[str, Measured]) -> None:
    """A ring that is filled at once costs one for the first of 16 frames, and one for all that came meanwhile."""
    packets = streams["MCAPI packets"]
    assert 0 < packets.doorbells["a7_to_m4"] <= packets.frames // 4
    assert 0 < packets.doorbells["m4_to_a7"] <= packets.frames // 4


def test_doorbells_of_rpmsg_are_one_for_each_message(streams: dict[str, Measured]) -> None:
    rpmsg = streams["RPMsg"]
    assert all(count >= rpmsg.frames for count in rpmsg.doorbells.values())


def test_sender_of_a_flow_waits_for_room(streams: dict[str, Measured]) -> None:
    """Linux's code takes no time: of each ring that it fills, one frame waits."""
    packets = streams["MCAPI packets"]
    assert packets.waits >= packets.frames // BUFFERS_OF_PRIORITY_1 - 1


def test_round_trips_of_a_flow_fit_its_duration(streams: dict[str, Measured]) -> None:
    """What is under way at a time, on average, has to fit into the pools (Little's law, with the least round trip)."""
    for measured in streams.values():
        trips = measured.round_trips
        assert 0 < trips.min <= trips.median <= trips.p99 <= trips.max <= measured.duration
        assert measured.frames * trips.min <= measured.duration * (2 * 24 + 1)


# -- back-pressure ----------------------------------------------------------------------------------------------


class Watched:
    """What stands in the shared memory while a flow goes on.

    The most frames in Linux's ring 1, the most of its buffers that were out, all that it ever wanted.
    """

    def __init__(self, board: Board) -> None:
        self.most_in_ring = self.most_out = 0
        self.wants = Wants(0)
        self._board = board
        self._before = self._words(INDICES[0], 6)
        board.engine.observers.append(self._look)

    def _look(self) -> None:
        head = self._words(INDICES[0], 6)
        peer = self._words(INDICES[1], 6)
        self.most_in_ring = max(self.most_in_ring, head[1] - peer[3])
        self.most_out = max(self.most_out, head[1] - self._before[1] - (head[5] - self._before[5]))
        self.wants |= Wants(self._words(SIDE_BLOCK[0], 4)[3])

    def _words(self, offset: int, count: int) -> tuple[int, ...]:
        return struct.unpack(f"<{count}I", self._board.engine.read_bytes(BASE + offset, 4 * count))


def test_sender_that_meets_a_full_ring_waits_for_it() -> None:
    board = booted("mcapi_echo")
    (flow,) = find_flows(board)
    watched = Watched(board)
    (packets,) = run(board, STREAM, [flow], 64 * 512)
    assert watched.most_in_ring == RING
    assert watched.wants & Wants.RING1
    assert packets.waits > 0


def test_sender_that_meets_an_empty_pool_waits_for_buffers() -> None:
    """The firmware is told to hold all that it can get: the sender has no buffers while the ring is empty."""
    board = booted("mcapi_echo")
    (flow,) = find_flows(board)
    assert isinstance(flow, PacketFlow)
    here, commands = flow.mcapi.endpoint_create(), flow.mcapi.endpoint_get(0, 1, 6)
    flow.mcapi.msg_send(here, commands, b"hold %d" % BUFFERS_OF_PRIORITY_1)
    assert flow.mcapi.msg_recv(here) == b"SUCCESS"
    watched = Watched(board)
    run(board, STREAM, [flow], 10 * BUFFERS_OF_PRIORITY_1 * 512)
    assert watched.most_out == BUFFERS_OF_PRIORITY_1
    assert watched.wants & Wants.BUFFERS


# -- what is wrong ----------------------------------------------------------------------------------------------


class Echo:
    """A firmware in Python at ports 2 and 3, which spoils what it sends back; None is not sent."""

    def __init__(self, pair: Pair) -> None:
        self._node = pair.firmware
        ends = self._node.endpoint_create(2), self._node.endpoint_create(3)
        pair.kernel.start(
            "echo", self._echo(self._node.pktchan_recv_open_i(ends[0]), self._node.pktchan_send_open_i(ends[1]))
        )

    def spoil(self, number: int, data: bytes) -> bytes | None:
        return data

    def _echo(self, *opens) -> Sleeping[None]:  # type: ignore[no-untyped-def]
        receiver = yield from self._node.waiting(opens[0])
        sender = yield from self._node.waiting(opens[1])
        number = 0
        while True:
            packet = yield from self._node.waiting(self._node.pktchan_recv_i(receiver))
            data = self.spoil(number, packet.read())
            if data is not None:
                yield from self._node.waiting(self._node.pktchan_send_i(sender, data))
            self._node.pktchan_release(packet)
            number += 1


def flow_through(echo: type[Echo], size: int) -> Measured:
    pair = Pair()
    echo(pair)
    return run(pair.board, STREAM, [PacketFlow.connect(pair.host, 1_000)], size)[0]


def test_firmware_in_python_carries_a_flow_too() -> None:
    assert flow_through(Echo, 100_000).frames == 196


def test_wrong_byte_is_found() -> None:
    class Flips(Echo):
        def spoil(self, number: int, data: bytes) -> bytes:
            return data[:188] + bytes([data[188] ^ 1]) + data[189:] if number == 1 else data

    with pytest.raises(FlowError, match=r"^MCAPI packets: byte 700 came back as 0x(\w\w), not 0x(?!\1)\w\w\.$"):
        flow_through(Flips, 10_240)


def test_lost_frame_is_found() -> None:
    class Loses(Echo):
        def spoil(self, number: int, data: bytes) -> bytes | None:
            return None if number == 3 else data

    with pytest.raises(FlowError, match=r"^MCAPI packets: byte 1,5\d\d came back as 0x\w\w, not 0x\w\w\.$"):
        flow_through(Loses, 10_240)


def test_frame_that_comes_twice_is_found() -> None:
    class Repeats(Echo):
        last = b""

        def spoil(self, number: int, data: bytes) -> bytes:
            last, self.last = self.last, data
            return last if number == 5 else data

    with pytest.raises(FlowError, match=r"^MCAPI packets: byte 2,5\d\d came back as 0x\w\w, not 0x\w\w\.$"):
        flow_through(Repeats, 10_240)


def test_shortened_frame_is_found() -> None:
    class Shortens(Echo):
        def spoil(self, number: int, data: bytes) -> bytes:
            return data[:-1] if number == 2 else data

    with pytest.raises(FlowError, match=r"^MCAPI packets: 511 bytes came back at byte 1,024, not 512\.$"):
        flow_through(Shortens, 10_240)


def test_flow_that_stands_still_ends_after_a_second() -> None:
    class Stops(Echo):
        def spoil(self, number: int, data: bytes) -> bytes | None:
            return data if number < 3 else None

    sentence = r"^MCAPI packets: 1,536 of 10,240 bytes are back, and nothing more has come for 1 s, at \d+\.\d+ ms\."
    with pytest.raises(FlowError, match=sentence):
        flow_through(Stops, 10_240)


def test_flow_that_a_crash_has_stopped_says_so() -> None:
    board = booted("mcapi_echo")
    flows = find_flows(board)
    undefined = b"\xff\xde" * 0x8000  # UDF, all over the firmware's code
    assert board.linux is not None
    board.linux.kernel.after(1_000_000, "crash", lambda: board.engine.write_bytes(0x10000000, undefined))
    with pytest.raises(StandstillError, match=r" for 1 s, .* Nothing moves because the M4 is locked up: HardFault at "):
        run(board, STREAM, flows, 1_000_000)


# -- what is measured -------------------------------------------------------------------------------------------


def test_percentiles_are_by_rank() -> None:
    assert RoundTrips.of([*range(100, 0, -1)]) == (1, 50, 99, 100)
    assert RoundTrips.of([7]) == (7, 7, 7, 7)


def test_no_two_frames_of_a_megabyte_are_alike() -> None:
    parts = [*Stream(Board(engine="bare").linux.kernel, "", 1_000_000, 512).parts()]  # type: ignore[union-attr]
    assert len({*parts}) == len(parts) == ceil(1_000_000 / 512)
    assert sum(map(len, parts)) == 1_000_000


def test_one_frame_at_a_time_is_one_round_trip_after_the_other() -> None:
    board = booted("mcapi_echo")
    (alone,) = run(board, "", find_flows(board), 10 * 512, window=1)
    assert alone.waits == 0
    assert 10 * alone.round_trips.min <= alone.duration <= 10 * alone.round_trips.max
    assert alone.doorbells == {"a7_to_m4": 10, "m4_to_a7": 10}


@pytest.fixture(scope="module")
def parts() -> list[Measured]:
    """All parts of a comparison of both."""
    board = booted("rpmsg_mcapi")
    return [*compare(board, find_flows(board), 200_000)]


def test_comparison_has_three_parts_of_both(parts: list[Measured]) -> None:
    assert [(result.part, result.flow) for result in parts] == [
        (part, flow)
        for part in ("one frame at a time", "one after the other", "both at once")
        for flow in ("MCAPI packets", "RPMsg")
    ]
    assert all(result.size == 200_000 for result in parts[2:])


def test_both_at_once_share_one_firmware(parts: list[Measured]) -> None:
    assert max(result.duration for result in parts[4:]) > max(result.duration for result in parts[2:4])


def test_neither_of_both_at_once_waits_for_all_of_the_other(parts: list[Measured]) -> None:
    """A frame waits for a ringful of each, which takes about what the longest round trips of both take alone."""
    alone = sum(result.round_trips.max for result in parts[2:4])
    assert all(result.round_trips.max <= 2 * alone for result in parts[4:])


# -- the command ------------------------------------------------------------------------------------------------


def flow(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["flow", *arguments]) == 0
    return capsys.readouterr().out


def test_table_and_json_say_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said = flow(capsys, "--bytes", "20kB", "--json", str(tmp_path / "flow.json"))
    flows = json.loads((tmp_path / "flow.json").read_text())["flows"]
    rows = [line.split() for line in said.splitlines() if line.startswith(("  MCAPI packets ", "  RPMsg "))]
    assert len(rows) == len(flows) == 6
    for row, measured in zip(rows, flows, strict=True):
        numbers = [float(cell.replace(",", "")) for cell in row[len(measured["flow"].split()) :]]
        trips, doorbells = measured["round_trip_ns"], measured["doorbells"]
        assert numbers == [
            measured["frames"],
            measured["bytes"],
            round(measured["duration_ns"] / 1e6, 3),
            round(measured["bytes"] / measured["duration_ns"] * 1e3, 2),
            *(pytest.approx(trips[name] / 1e3, abs=0.0051) for name in ("min", "median", "p99", "max")),
            doorbells["a7_to_m4"],
            doorbells["m4_to_a7"],
            round(sum(doorbells.values()) / (2 * measured["frames"]), 3),
            measured["frames_that_waited"],
        ]


def test_sessions_of_the_page_show_what_happens(tmp_path: Path) -> None:
    page = (ROOT / "platforms" / "linux" / "mcapi.md").read_text(encoding="utf-8")
    for session in sessions(page):
        play(session, tmp_path)


def test_table_is_the_same_in_every_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert flow(capsys, "--bytes", "20kB") == flow(capsys, "--bytes", "20kB")


@pytest.mark.parametrize(("image", "flow_name"), [("rpmsg_echo", "RPMsg"), ("mcapi_echo", "MCAPI packets")])
def test_image_with_one_of_both_is_measured_alone(
    image: str, flow_name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = flow(capsys, image, "--bytes", "20kB")
    assert said.count(f"  {flow_name} ") == 2
    assert "both at once" not in said


def test_image_with_neither_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flow", "ipcc_access"]) == 1
    assert capsys.readouterr().err == (
        "ipcclab: the firmware offers nothing to send a flow through: no packet channels at MCAPI's ports 2 and 3,"
        " and no service rpmsg-tty, within 100 ms. `rpmsg_mcapi` has both.\n"
    )


def test_file_that_cannot_be_written_is_refused_before_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flow", "--json", "nowhere/flow.json"]) == 2
    assert capsys.readouterr() == (
        "",
        "ipcclab: nowhere/flow.json: the numbers cannot be written there. Name a file in a folder that exists.\n",
    )


@pytest.mark.parametrize(
    ("text", "size"),
    [("10MB", 10_000_000), ("512kB", 512_000), ("1MiB", 1 << 20), ("3 KiB", 3072), ("4096", 4096), ("1B", 1)],
)
def test_amounts_of_data(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "10mb", "1.5MB", "-1", "MB", "10GB"])
def test_what_is_no_amount_of_data_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_size(text)
    assert str(refused.value) == f"{text!r} is no amount of data. Write a number and a unit: 10MB, 512kB, 1MiB or 4096."


def test_no_data_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^'0kB' is no data at all\. An amount is one byte or more\.$"):
        parse_size("0kB")

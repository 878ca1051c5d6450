"""Of the eleven tests of mcapi.md §5, against the real firmware, those in which something goes wrong: 8 to 10.

A doorbell is lost, doubled or late; a side restarts in mid-channel; somebody writes into the shared memory.
"""

from __future__ import annotations

import pytest

from mcapi_echo_bench import CALLS, IN, MS, OUT, US, EchoBench, status_of
from mp1bench.mcapi import layout
from mp1bench.mcapi.frame import Frame
from mp1bench.mcapi.layout import Count, Kind, Role, State
from mp1bench.mcapi.memory import STATE

KERNELS = ("6.1", "6.12", "st-6.1", "st-6.1-bidirectional")
BOTH_TYPES = pytest.mark.parametrize("type", ["packet", "scalar"])


@pytest.fixture
def bench() -> EchoBench:
    return EchoBench()


# -- 8. doorbells -------------------------------------------------------------------------------------------------

CHANNELS = {"CH5": ("a7_to_m4", 5), "CH6": ("m4_to_a7", 6)}


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(("kind", "by"), [("lost", 0), ("doubled", 0), ("doubled", 3 * US), ("late", US), ("late", MS)])
def test_8_one_doorbell_goes_wrong_and_nothing_is_lost_or_comes_twice(kernel, channel, kind, by):
    struck = 0
    for which in (1, 2, 3, 4):
        bench = EchoBench(kernel=kernel, trace=False)
        fault = bench.board.inject(kind, *CHANNELS[channel], which, by)
        assert bench.there_and_back(40), which
        struck += len(fault.struck)
    assert struck


@pytest.mark.parametrize("channel", CHANNELS)
def test_8_a_lost_doorbell_costs_1_ms(bench, channel):
    bench.there_and_back(1)
    before = bench.now
    bench.mcapi.msg_send(bench.own, bench.echo, b"hello")
    bench.mcapi.msg_recv(bench.own)
    usual = bench.now - before
    bench.run(100 * MS)
    bench.board.inject("lost", *CHANNELS[channel], 1)
    before = bench.now
    bench.mcapi.msg_send(bench.own, bench.echo, b"hello")
    bench.mcapi.msg_recv(bench.own)
    assert 0 < bench.now - before - usual <= 2 * MS + 100 * US  # the firmware counts whole ticks of 1 ms


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("kind", ["lost", "doubled"])
def test_8_all_doorbells_of_a_channel_go_wrong_for_a_while(bench, channel, kind):
    fault = bench.board.inject(kind, *CHANNELS[channel])
    for number in range(10):
        bench.mcapi.msg_send(bench.own, bench.echo, b"%d" % number)
    bench.run(50 * MS)
    fault.end()
    back = [bytes(bench.mcapi.wait(bench.mcapi.msg_recv_i(bench.own), 100_000)) for _ in range(10)]
    assert back == [b"%d" % number for number in range(10)]
    bench.run(100 * MS)
    assert bench.mcapi.msg_available(bench.own) == 0


def test_8_linux_defers_its_ring_while_the_firmware_has_not_taken_the_last_one(bench):
    for number in range(3):
        bench.mcapi.msg_send(bench.own, bench.echo, b"%d" % number)
    assert bench.counted(Role.HOST, Count.DEFERRED) >= 1
    assert [bytes(bench.mcapi.msg_recv(bench.own)) for _ in range(3)] == [b"0", b"1", b"2"]


# -- 9. restarts --------------------------------------------------------------------------------------------------


def stopped_and_started(bench: EchoBench) -> None:
    """By Linux's remoteproc."""
    bench.linux.stop()
    bench.linux.start(bench.board.image)


def reset(bench: EchoBench) -> None:
    """RCC_MP_GRSTCSETR.MCURST with the core released in RCC_MP_GCR: it starts anew, memory keeps what it had."""
    bench.board.engine.write(0x5000010C, 1)
    bench.board.engine.write(0x50000404, 1 << 1)


@BOTH_TYPES
@pytest.mark.parametrize("way", [stopped_and_started, reset])
def test_9_the_firmware_restarts_in_mid_channel_and_all_waiters_end(bench, way, type):
    receives, sends = bench.connect(type)
    call = CALLS[type]
    get = bench.mcapi.endpoint_get_i(0, 1, 50)
    message = bench.mcapi.msg_recv_i(bench.own)
    waits = bench.mcapi.pktchan_recv_i(receives) if type == "packet" else None
    epoch = bench.read(layout.SIDE_BLOCK[1])
    way(bench)
    bench.run(20 * MS)
    if waits is not None:
        assert status_of(bench.mcapi.wait, waits) == "ERR_CHAN_INVALID"
        assert status_of(bench.mcapi.pktchan_send, sends, b"x") == "ERR_CHAN_INVALID"
        assert status_of(bench.mcapi.pktchan_recv, receives) == "ERR_CHAN_INVALID"
    else:
        assert status_of(bench.mcapi.sclchan_send_uint8, sends, 1) == "ERR_CHAN_INVALID"
        assert status_of(bench.mcapi.sclchan_recv_uint8, receives) == "ERR_CHAN_INVALID"
    assert bench.read(layout.SIDE_BLOCK[1]) == epoch + 1
    assert status_of(bench.mcapi.msg_send, bench.own, bench.echo, b"x") == "ERR_ENDP_INVALID"
    assert not bench.mcapi.test(get)  # it was asked again
    bench.mcapi.cancel(get)
    assert not bench.mcapi.test(message)  # it may come from anybody
    bench.meet()
    bench.mcapi.msg_send(bench.own, bench.echo, b"hello again")
    assert bytes(bench.mcapi.wait(message, 10_000)) == b"hello again"
    assert bench.there_and_back(40)
    again = bench.connect(type, (IN + 10, OUT + 10))
    assert getattr(bench.mcapi, f"{call}_available")(again[0]) == 0


def test_9_the_firmware_that_linux_stops_is_gone_at_once_and_until_it_starts_again(bench):
    receives, _sends = bench.connect("packet")
    waits = bench.mcapi.pktchan_recv_i(receives)
    bench.linux.stop()
    assert status_of(bench.mcapi.wait, waits) == "ERR_CHAN_INVALID"
    assert status_of(bench.mcapi.msg_send, bench.own, bench.echo, b"x") == "ERR_NODE_NOTINIT"
    assert bench.read(layout.SIDE_BLOCK[1] + 4 * STATE) == State.OFF
    get = bench.mcapi.endpoint_get_i(0, 1, 1)
    bench.run(100 * MS)
    assert not bench.mcapi.transport.up
    assert not bench.mcapi.test(get)
    bench.linux.start(bench.board.image)
    bench.mcapi.wait(get, 100_000)
    bench.meet()
    assert bench.there_and_back(30)


def test_a_side_is_named_by_its_number_as_well(bench):
    assert bench.there_and_back(3)
    linux = bench.mcapi.transport.statistics(0)
    assert linux == bench.mcapi.transport.statistics(Role.HOST) != bench.mcapi.transport.statistics(1)


def test_9_linux_that_has_let_go_does_not_hear_that_the_firmware_is_stopped(bench):
    bench.mcapi.finalize()
    bench.run()
    bench.linux.stop()
    assert bench.read(layout.SIDE_BLOCK[1] + 4 * STATE) == State.UP
    bench.linux.start(bench.board.image)
    bench.start()
    assert bench.there_and_back(30)


@pytest.mark.parametrize("way", [stopped_and_started, reset])
def test_9_the_firmware_restarts_again_and_again_under_load(bench, way):
    for times in range(8):
        _receives, sends = bench.connect("packet", (50 + 2 * times, 51 + 2 * times))
        for number in range(10):
            bench.mcapi.pktchan_send(sends, b"%d" % number)
        bench.run(times * 7 * US)  # wherever it is then
        way(bench)
        bench.run(20 * MS)
        bench.meet()
        assert bench.there_and_back(30)


@pytest.mark.parametrize("way", ["finalize", "crash"])
def test_9_linux_restarts_in_mid_channel(bench, way):
    for times in range(8):
        _receives, sends = bench.connect("packet")
        for number in range(10):
            bench.mcapi.pktchan_send(sends, b"%d" % number)
        bench.run(times * 7 * US)
        getattr(bench.mcapi, way)() if way == "finalize" else bench.crash()
        bench.start()
        assert bench.read(layout.SIDE_BLOCK[0]) >= times + 2
        assert bench.there_and_back(30)


def test_9_linux_is_gone_for_a_second_and_comes_back(bench):
    bench.connect("packet")
    bench.mcapi.finalize()
    bench.run(1_000 * MS)
    bench.start()
    assert bench.there_and_back(30)
    receives, sends = bench.connect("packet")
    bench.mcapi.pktchan_send(sends, b"hello")
    assert bench.packet(receives) == b"hello"


# -- 10. corruption -----------------------------------------------------------------------------------------------


HEADS = (17, 0x7FFFFFFF, 0xFFFFFF00)

#: Offset in the descriptor, which of the word's bits, and what stands there then.
WRONG = {
    "kind 0": (0, 0xFF, 0),
    "kind 77": (0, 0xFF, 77),
    "kind 1": (0, 0xFF, 1),
    "priority 15": (0, 0xF00, 0xF00),
    "length 513": (0, 0xFFFF0000, 0x02010000),
    "buffer 24": (8, 0xFF, 24),
    "buffer 99": (8, 0xFF, 99),
    "another buffer": (8, 0xFF, 3),
}


def change(bench: EchoBench, place: int, mask: int, value: int) -> None:
    assert bench.read(place) & mask != value
    bench.write(place, bench.read(place) & ~mask | value)


def firmware_rings(bench: EchoBench) -> None:
    """To the moment at which it does; Linux has seen nothing yet."""
    assert bench.board.run_until(lambda: "m4_to_a7:6" in bench.board.occupied(), 10 * MS)


def test_10_a_bad_head_of_linuxs_is_counted_by_the_firmware(bench):
    for head in HEADS:
        before = bench.counted(Role.FIRMWARE, Count.DROPS), bench.counted(Role.HOST, Count.HEALED)
        place = layout.INDICES[Role.HOST] + 4
        bench.write(place, bench.read(place) + head)
        bench.board.engine.write(0x4C001008, 1 << 20)  # C1SCR.CH5S, behind the back of Linux, which would repair first
        bench.run(50 * US)
        assert bench.counted(Role.FIRMWARE, Count.DROPS) == before[0] + 1
        assert bench.counted(Role.HOST, Count.HEALED) == before[1] + 1
        assert bench.there_and_back(30)


def test_10_a_bad_head_of_the_firmwares_is_counted_by_linux(bench):
    for head in HEADS:
        before = bench.counted(Role.HOST, Count.DROPS), bench.counted(Role.FIRMWARE, Count.HEALED)
        bench.mcapi.msg_send(bench.own, bench.echo, b"hello", 1)
        firmware_rings(bench)
        place = layout.INDICES[Role.FIRMWARE] + 4
        bench.write(place, bench.read(place) + head)
        assert bytes(bench.mcapi.wait(bench.mcapi.msg_recv_i(bench.own), 20_000)) == b"hello"
        assert bench.counted(Role.HOST, Count.DROPS) == before[0] + 1
        assert bench.counted(Role.FIRMWARE, Count.HEALED) == before[1] + 1
        assert bench.there_and_back(30)


@pytest.mark.parametrize("wrong", WRONG)
def test_10_a_bad_descriptor_of_linuxs_is_counted_and_dropped_by_the_firmware(bench, wrong):
    offset, mask, value = WRONG[wrong]
    slot = bench.read(layout.INDICES[Role.HOST] + 4) % 16  # the next of ring 1
    bench.mcapi.msg_send(bench.own, bench.echo, b"bad", 1)
    bench.mcapi.msg_send(bench.own, bench.echo, b"good", 1)
    change(bench, layout.RINGS[Role.HOST][1] + 16 * slot + offset, mask, value)
    assert bytes(bench.mcapi.wait(bench.mcapi.msg_recv_i(bench.own), 50_000)) == b"good"
    assert bench.counted(Role.FIRMWARE, Count.DROPS) == 1
    assert bench.there_and_back(60)


@pytest.mark.parametrize("wrong", WRONG)
def test_10_a_bad_descriptor_of_the_firmwares_is_counted_and_dropped_by_linux(bench, wrong):
    offset, mask, value = WRONG[wrong]
    slot = bench.read(layout.INDICES[Role.FIRMWARE] + 4) % 16
    bench.mcapi.msg_send(bench.own, bench.echo, b"bad", 1)
    firmware_rings(bench)
    change(bench, layout.RINGS[Role.FIRMWARE][1] + 16 * slot + offset, mask, value)
    bench.mcapi.msg_send(bench.own, bench.echo, b"good", 1)
    assert bytes(bench.mcapi.wait(bench.mcapi.msg_recv_i(bench.own), 50_000)) == b"good"
    assert bench.counted(Role.HOST, Count.DROPS) == 1
    assert bench.there_and_back(60)


@pytest.mark.parametrize("value", [0, 0xFFFFFFFF, "bit 8", "one more"])
def test_10_whichever_word_is_changed_neither_side_hangs(value):
    """While 12 messages are on their way there, or back. What is lost with a link is sent again."""
    bench = EchoBench(trace=False)
    words = [*range(0, 0xC0, 4), *(base + n for rings in layout.RINGS for base in rings for n in range(0, 0x20, 4))]
    words += [base + n for base in layout.FREE_RING for n in (0, 4, 64)]
    for number, offset in enumerate(words):
        for message in range(12):
            if bench.mcapi.room(bench.own, message % 2):
                bench.mcapi.msg_send(bench.own, bench.echo, b"%d" % message, message % 2)
        bench.run(number % 9 * 10 * US)
        old = bench.read(offset)
        bench.write(offset, {"bit 8": old ^ 1 << 8, "one more": old + 1}.get(value, value))
        bench.run(120 * MS)
        while bench.mcapi.msg_available(bench.own):
            bench.mcapi.msg_recv(bench.own)
        bench.meet()
        assert bench.there_and_back(6), hex(offset)


# -- and besides --------------------------------------------------------------------------------------------------


def test_the_firmware_hears_the_farewell_at_whatever_moment_it_has_just_looked(bench):
    """Also between its taking of a doorbell and Linux's hearing of that, which is within Linux's latency of 2 us."""
    for ns in range(1_500, 4_500, 100):
        bench.mcapi.transport.send(Frame(Kind.SCALAR, 1, 20, 99, 4))  # for nobody: the firmware has nothing to say
        bench.run(ns)
        bench.mcapi.finalize()
        bench.run()
        assert bench.read(layout.SIDE_BLOCK[1] + 8) == 0, ns  # it is with no epoch of Linux's
        bench.start()

"""The eleven tests that MCAPI over the IPCC needs (mcapi.md §5), by number, against the real firmware.

What goes wrong, 8 to 10, is in test_the_eleven_faults.py. All times are virtual. Rings have 16 descriptors, pools 24
buffers, of which four are kept for priority 0.
"""

from __future__ import annotations

import pytest

from mcapi_echo_bench import (
    CALLS,
    IN,
    MESSAGES,
    MS,
    OUT,
    PACKETS_IN,
    PACKETS_OUT,
    SCALARS_IN,
    US,
    EchoBench,
    status_of,
)
from mp1bench.board import Board
from mp1bench.linux.errno import KernelError
from mp1bench.mcapi import Attribute, Mcapi, layout
from mp1bench.mcapi.layout import Count, Role
from mp1bench.shipped import prebuilt_image

KERNELS = ("6.1", "6.12", "st-6.1", "st-6.1-bidirectional")
BOTH_TYPES = pytest.mark.parametrize("type", ["packet", "scalar"])


@pytest.fixture
def bench() -> EchoBench:
    return EchoBench()


# -- 1. a burst ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", KERNELS)
def test_1_a_burst_of_64_each_way_keeps_its_order_loses_nothing_and_costs_no_doorbell_more_than_frames(kernel):
    bench = EchoBench(kernel=kernel)
    before = {(role, which): bench.counted(role, which) for role in Role for which in Count}
    sent = {priority: [b"%d %d" % (priority, number) for number in range(64)] for priority in (0, 1)}
    left = {priority: list(messages) for priority, messages in sent.items()}
    back: dict[int, list[bytes]] = {0: [], 1: []}
    while len(back[0]) + len(back[1]) < 128:
        for priority in (1, 0):
            while left[priority] and bench.mcapi.room(bench.own, priority):
                bench.mcapi.msg_send(bench.own, bench.echo, left[priority].pop(0), priority)
        message = bench.mcapi.wait(bench.mcapi.msg_recv_i(bench.own), 100_000)
        back[message.priority].append(bytes(message))
    bench.run()
    assert back == sent
    assert bench.mcapi.msg_available(bench.own) == 0
    for role in Role:
        counted = {which: bench.counted(role, which) - before[role, which] for which in Count}
        assert counted[Count.FRAMES_SENT] == counted[Count.FRAMES_RECEIVED] == 128
        assert 0 < counted[Count.DOORBELLS] <= 128
        assert counted[Count.DROPS] == counted[Count.RERINGS] == counted[Count.HEALED] == 0
    rung = bench.board.doorbells()
    assert rung["a7_to_m4"]["5"] == bench.counted(Role.HOST, Count.DOORBELLS)
    assert rung["m4_to_a7"]["6"] == bench.counted(Role.FIRMWARE, Count.DOORBELLS)


# -- 2. no room ---------------------------------------------------------------------------------------------------


def fill(bench: EchoBench, sends) -> int:
    """Send scalars until one would wait. Nobody reads what comes back, so all there is between fills."""
    bench.mcapi.endpoint_set_attribute(bench.mcapi.endpoint_get(0, 0, OUT), Attribute.TIMEOUT, 0)
    sent = 0
    while status_of(bench.mcapi.sclchan_send_uint32, sends, sent) == "SUCCESS":
        sent += 1
        bench.run(100 * US)
    return sent


def test_2_a_blocking_send_times_out_at_the_stated_virtual_time(bench):
    _, sends = bench.connect("scalar")
    sent = fill(bench, sends)
    assert sent > 2 * layout.RING_SIZE
    for timeout in (1, 2_500, 70_000):
        bench.mcapi.endpoint_set_attribute(bench.mcapi.endpoint_get(0, 0, OUT), Attribute.TIMEOUT, timeout)
        before = bench.now
        assert status_of(bench.mcapi.sclchan_send_uint32, sends, 0) == "TIMEOUT"
        assert bench.now - before == timeout * US


def test_2_a_blocking_send_wakes_after_one_receive(bench):
    receives, sends = bench.connect("packet")
    waits = []
    while not waits:
        request = bench.mcapi.pktchan_send_i(sends, b"one more")
        bench.run(100 * US)
        if not bench.mcapi.test(request):
            waits.append(request)
    bench.run(100 * MS)
    assert not bench.mcapi.test(waits[0])
    bench.packet(receives)
    bench.mcapi.wait(waits[0], 1_000)


# -- 3. priorities ------------------------------------------------------------------------------------------------


def test_3_priority_0_overtakes_16_queued_messages(bench):
    for number in range(16):
        bench.mcapi.msg_send(bench.own, bench.echo, b"low %d" % number, 1)
    bench.mcapi.msg_send(bench.own, bench.echo, b"high", 0)
    back = [bytes(bench.mcapi.msg_recv(bench.own)) for _ in range(17)]
    assert back == [b"high"] + [b"low %d" % number for number in range(16)]


def test_3_priority_0_still_finds_a_buffer_where_1_has_none(bench):
    receives, sends = bench.connect("packet")
    assert bench.ask("hold 24") == "SUCCESS"
    for number in range(20):
        bench.mcapi.pktchan_send(sends, b"%d" % number)
        assert bench.packet(receives) == b"%d" % number
    assert not bench.mcapi.room(sends)
    assert bench.ask("hold 1") == "SUCCESS"  # a message of priority 0


# -- 4. connect ---------------------------------------------------------------------------------------------------


@BOTH_TYPES
def test_4_the_sender_connects(bench, type):
    call = CALLS[type]
    outside, there = bench.mcapi.endpoint_create(OUT), {"packet": PACKETS_IN, "scalar": SCALARS_IN}[type]
    bench.mcapi.wait(getattr(bench.mcapi, f"{call}_connect_i")(outside, bench.mcapi.endpoint_get(0, 1, there)), 10_000)
    bench.mcapi.wait(getattr(bench.mcapi, f"{call}_send_open_i")(outside), 10_000)


def test_4_the_receiver_connects(bench):
    inside, there = bench.mcapi.endpoint_create(IN), bench.mcapi.endpoint_get(0, 1, PACKETS_OUT)
    bench.mcapi.wait(bench.mcapi.pktchan_connect_i(there, inside), 10_000)
    bench.mcapi.wait(bench.mcapi.pktchan_recv_open_i(inside), 10_000)


@BOTH_TYPES
def test_4_the_firmware_connects(bench, type):
    receives, sends = bench.connect(type)
    if type == "packet":
        bench.mcapi.pktchan_send(sends, b"hello")
        assert bench.packet(receives) == b"hello"
    else:
        bench.mcapi.sclchan_send_uint64(sends, 1 << 63)
        assert bench.mcapi.sclchan_recv_uint64(receives) == 1 << 63


@pytest.mark.parametrize("who", ["Linux", "the firmware"])
def test_4_a_second_connect_is_refused(bench, who):
    bench.connect("packet")
    if who == "the firmware":
        bench.mcapi.endpoint_create(40)
        bench.mcapi.endpoint_create(41)
        assert bench.ask("connect packet 40 41") == "ERR_CHAN_CONNECTED"
        return
    there = bench.mcapi.endpoint_get(0, 1, PACKETS_IN)
    third = bench.mcapi.pktchan_connect_i(bench.mcapi.endpoint_create(40), there)
    assert status_of(bench.mcapi.wait, third) == "ERR_CHAN_CONNECTED"


@pytest.mark.parametrize(
    ("attribute", "value"),
    [(Attribute.MAX_PAYLOAD_SIZE, 100), (Attribute.MEMORY_TYPE, 0x10001), (Attribute.PRIORITY, 0)],
)
@pytest.mark.parametrize("who", ["Linux", "the firmware"])
def test_4_other_attributes_are_incompatible(bench, who, attribute, value):
    inside, outside = bench.mcapi.endpoint_create(IN), bench.mcapi.endpoint_create(OUT)
    for end in (inside, outside):
        bench.mcapi.endpoint_set_attribute(end, attribute, value)
    if who == "the firmware":
        assert bench.ask(f"connect packet {IN} {OUT}") == "ERR_ATTR_INCOMPATIBLE"
        return
    there = bench.mcapi.endpoint_get(0, 1, PACKETS_IN)
    assert status_of(bench.mcapi.wait, bench.mcapi.pktchan_connect_i(outside, there)) == "ERR_ATTR_INCOMPATIBLE"


# -- 5. get and create --------------------------------------------------------------------------------------------


def test_5_a_get_before_the_create_is_answered_after_it(bench):
    """The firmware gets Linux's ports, which do not exist yet."""
    bench.mcapi.msg_send(bench.own, bench.commands, b"connect packet 40 41")
    bench.run(100 * MS)
    assert bench.mcapi.msg_available(bench.own) == 0
    bench.mcapi.endpoint_create(40)
    bench.run(10 * MS)
    assert bench.mcapi.msg_available(bench.own) == 0
    bench.mcapi.endpoint_create(41)
    assert bytes(bench.mcapi.wait(bench.mcapi.msg_recv_i(bench.own), 10_000)) == b"SUCCESS"


def test_5_a_get_before_the_firmware_is_there_is_answered_when_it_is():
    board = Board()
    board.load(prebuilt_image("mcapi_echo.elf"))
    mcapi = Mcapi(board.linux)
    mcapi.initialize(0, 0)
    get = mcapi.endpoint_get_i(0, 1, MESSAGES)
    board.run_for(10 * MS)
    assert not mcapi.test(get)
    board.boot()
    mcapi.wait(get, 100_000)


def test_5_a_get_times_out_at_the_stated_virtual_time(bench):
    before = bench.now
    assert status_of(bench.mcapi.endpoint_get, 0, 1, 50, 3_000) == "TIMEOUT"
    assert bench.now - before == 3 * MS


def test_5_a_cancelled_get_takes_nothing_along(bench):
    for _ in range(20):  # more than the firmware parks
        get = bench.mcapi.endpoint_get_i(0, 1, 50)
        bench.run(100 * US)
        bench.mcapi.cancel(get)
        assert status_of(bench.mcapi.wait, get) == "ERR_REQUEST_CANCELLED"
        bench.run(100 * US)
    assert bench.there_and_back(5)


def test_5_linuxs_port_can_be_created_after_the_firmware_has_cancelled_its_get(bench):
    bench.mcapi.msg_send(bench.own, bench.commands, b"connect packet 40 41")
    bench.run()
    assert bench.ask("connect packet 42 43") == "ERR_REQUEST_CANCELLED"  # the first one's answer
    for port in (40, 41, 42, 43):
        bench.mcapi.endpoint_create(port)
    assert bytes(bench.mcapi.wait(bench.mcapi.msg_recv_i(bench.own), 10_000)) == b"SUCCESS"


# -- 6. packets ---------------------------------------------------------------------------------------------------


def test_6_two_packets_are_released_in_reverse_and_none_twice(bench):
    receives, sends = bench.connect("packet")
    for data in (b"first", b"second"):
        bench.mcapi.pktchan_send(sends, data)
    first, second = bench.mcapi.pktchan_recv(receives), bench.mcapi.pktchan_recv(receives)
    assert (bytes(first), bytes(second)) == (b"first", b"second")
    bench.mcapi.pktchan_release(second)
    assert bytes(first) == b"first"
    bench.mcapi.pktchan_release(first)
    for packet in (first, second):
        assert status_of(bench.mcapi.pktchan_release, packet) == "ERR_BUF_INVALID"
    for number in range(60):  # the pools go round
        bench.mcapi.pktchan_send(sends, b"%d" % number)
        assert bench.packet(receives) == b"%d" % number


# -- 7. scalars ---------------------------------------------------------------------------------------------------

WIDTHS = (8, 16, 32, 64)


@pytest.mark.parametrize("width", WIDTHS)
def test_7_a_scalar_has_its_width_at_its_extreme_values(bench, width):
    receives, sends = bench.connect("scalar")
    for value in (0, 1, (1 << width - 1) - 1, 1 << width - 1, (1 << width) - 1):
        getattr(bench.mcapi, f"sclchan_send_uint{width}")(sends, value)
        assert getattr(bench.mcapi, f"sclchan_recv_uint{width}")(receives) == value


@pytest.mark.parametrize(("sent", "asked"), [(one, other) for one in WIDTHS for other in WIDTHS if one != other])
def test_7_a_scalar_of_another_width_stays_where_it_is(bench, sent, asked):
    receives, sends = bench.connect("scalar")
    getattr(bench.mcapi, f"sclchan_send_uint{sent}")(sends, 0x5A)
    bench.run()
    assert status_of(getattr(bench.mcapi, f"sclchan_recv_uint{asked}"), receives) == "ERR_SCL_SIZE"
    assert getattr(bench.mcapi, f"sclchan_recv_uint{sent}")(receives) == 0x5A


# -- 11. beside RPMsg ---------------------------------------------------------------------------------------------


def test_11_rpmsg_and_mcapi_under_load_at_the_same_time_both_complete():
    bench = EchoBench("rpmsg_mcapi.elf")
    tty = next(endpoint for endpoint in bench.linux.endpoints if endpoint.name == "rpmsg-tty")
    receives, sends = bench.connect("packet")
    before = len(bench.linux.received)
    back = []
    for number in range(150):
        tty.send(b"rpmsg %d " % number * 20)
        bench.mcapi.pktchan_send(sends, b"mcapi %d " % number * 20)
        if number % 3 == 2:
            back += [bench.packet(receives) for _ in range(3)]
    bench.run(50 * MS)
    assert back == [b"mcapi %d " % number * 20 for number in range(150)]
    answers = [message.data for message in bench.linux.received[before:]]
    assert b"".join(answers) == b"".join(b"rpmsg %d " % number * 20 for number in range(150))
    assert bench.counted(Role.FIRMWARE, Count.DROPS) == bench.counted(Role.HOST, Count.DROPS) == 0


@pytest.mark.parametrize("channel", [{"tx": 1}, {"rx": 1}, {"tx": 2}, {"rx": 2}])
def test_11_a_channel_of_rpmsgs_is_busy(channel):
    board = Board()
    board.load(prebuilt_image("rpmsg_mcapi.elf"))
    board.boot()
    board.run_for(10 * MS)
    with pytest.raises(KernelError) as caught:
        Mcapi(board.linux, **channel).initialize(0, 0)
    assert caught.value.code == -16
    assert "(EBUSY)" in str(caught.value)
    Mcapi(board.linux).initialize(0, 0)  # the other channel was given back

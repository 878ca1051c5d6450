"""The board: putting together, starting and stopping the M4, running to a condition, and asking."""

from __future__ import annotations

import sys

import pytest

from mp1bench.board import Board
from mp1bench.errors import EngineMissingError, ImageError, PlatformError, UsageError
from mp1bench.shipped import default_platform, prebuilt_image
from mp1bench.trace import Access, Core, Log

MS = 1_000_000

RCC = 0x50000000
MP_GCR, MP_GRSTCSETR = RCC + 0x10C, RCC + 0x404
AHB3RSTSETR, AHB3RSTCLRR = RCC + 0x9A0, RCC + 0x9A4
C1SCR, C1TOC2SR, C2CR, C2MR, C2SCR = 0x4C001008, 0x4C00100C, 0x4C001010, 0x4C001014, 0x4C001018
AIRCR = 0xE000ED0C
USART3 = 0x4000F000
COUNTER = 0x10030000


@pytest.fixture
def board(elf, write):
    """Makes a board with no host, whose firmware is the given Thumb code."""

    def make(*code: bytes, **options: object) -> Board:
        made = Board(host="none", **options)  # type: ignore[arg-type]
        made.load(write(**elf.program(*code)))
        return made

    return make


@pytest.fixture
def sleeper(board, elf):
    """A running board whose firmware only sleeps."""
    made = board(elf.SLEEP)
    made.boot()
    made.run_for(1000)
    return made


# -- putting together -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"engine": "embeded"}, UsageError, "there is no engine called `embeded`. Did you mean `embedded`?"),
        ({"host": "zephyr"}, UsageError, "there is no host called `zephyr`. There are: linux, none."),
    ],
)
def test_what_there_is_not(options, error, sentence):
    with pytest.raises(error) as caught:
        Board(**options)
    assert str(caught.value) == sentence


def test_without_renode_the_engine_of_that_name_is_missing(monkeypatch):
    monkeypatch.setenv("PYRENODE_BIN", "/not/here")
    with pytest.raises(EngineMissingError, match=r"^the engine `renode` lacks Renode"):
        Board(engine="renode")


def test_without_unicorn_the_embedded_engine_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "mp1bench.engine.embedded", None)
    with pytest.raises(EngineMissingError) as caught:
        Board(host="none")
    assert str(caught.value).startswith(
        "the engine `embedded` needs the package unicorn, which cannot be imported here"
    )
    assert str(caught.value).endswith("Install it: pip install 'unicorn>=2.1.3,<2.2'")


def test_linux_needs_an_ipcc(tmp_path):
    (tmp_path / "tiny.repl").write_text("ram: Memory.MappedMemory @ sysbus 0x0\n    size: 0x1000\n")
    with pytest.raises(PlatformError) as caught:
        Board(platform=tmp_path / "tiny.repl", engine="bare")
    assert str(caught.value) == (
        "the platform `tiny.repl` has no STM32MP1.IPCC, through which Linux would talk."
        " Add one, or use the host `none`."
    )


def test_a_platform_without_ipcc_has_no_flags(tmp_path):
    (tmp_path / "tiny.repl").write_text("ram: Memory.MappedMemory @ sysbus 0x0\n    size: 0x1000\n")
    tiny = Board(platform=tmp_path / "tiny.repl", engine="bare", host="none")
    assert (tiny.occupied(), tiny.rx_unmasked(), tiny.diagnose()) == ([], [], None)
    assert tiny.doorbells() == {"m4_to_a7": {}, "a7_to_m4": {}}


def test_bare_board_runs_no_code():
    bare = Board(engine="bare", host="none")
    assert bare.engine.name == "bare"
    assert bare.run_for(5 * MS).reason == "time"
    assert bare.engine.now == 5 * MS


def test_speed_of_the_core_comes_from_the_platform_file(tmp_path, board, elf):
    (tmp_path / "slow.repl").write_text(f'using "{default_platform()}"\ncpu:\n    PerformanceInMips: 20\n')
    slow = board(elf.SPIN, platform=tmp_path / "slow.repl")
    slow.boot()
    slow.run_for(1 * MS)
    assert slow.engine.instructions == 20_000


def test_without_trace(board, elf):
    made = board(elf.poke(C2SCR, 1 << 16), elf.SLEEP, trace=False)
    made.boot()
    made.run_for(1000)
    assert made.trace is None
    assert made.doorbells()["m4_to_a7"] == {"1": 1}


# -- loading and starting -------------------------------------------------------------------------------------


def test_segments_outside_the_platforms_memory_are_refused(tmp_path, elf, write):
    (tmp_path / "tiny.repl").write_text("ram: Memory.MappedMemory @ sysbus 0x0\n    size: 0x1000\n")
    tiny = Board(platform=tmp_path / "tiny.repl", engine="bare", host="none")
    with pytest.raises(ImageError, match=r"Known regions: RAM 0x00000000 4 KiB\."):
        tiny.load(write())


def test_a_refused_image_keeps_the_one_before(board, elf, write):
    made = board(elf.SPIN)
    before = made.image
    with pytest.raises(ImageError):
        made.load(write(b"text", "other.elf"))
    assert made.image is before


@pytest.mark.parametrize(
    ("again", "sentence"),
    [
        ("boot", "the M4 is already running. Call shutdown() before booting again."),
        ("load", "the M4 is running. Call shutdown() before loading another image."),
    ],
)
def test_nothing_is_started_over_a_running_m4(sleeper, again, sentence):
    with pytest.raises(UsageError) as caught:
        sleeper.boot() if again == "boot" else sleeper.load("any.elf")
    assert str(caught.value) == sentence


def test_boot_without_image():
    with pytest.raises(UsageError) as caught:
        Board(host="none").boot()
    assert str(caught.value) == "there is no image to boot. Call load(path) first."


def test_boot_writes_segments_to_physical_addresses_and_fills_with_zeroes(elf, write):
    made = Board(host="none")
    made.engine.write_bytes(0x10000FF0, b"\xff" * 32)
    data = elf.Load(0x10001000, b"\x01\x02", size=4, virtual=0x10020000)
    made.load(write(loads=[elf.DEFAULT[0], elf.Load(0x10000000, elf.SPIN), data]))
    made.boot()
    assert made.engine.read_bytes(0x10000FFE, 8) == b"\xff\xff\x01\x02\0\0\xff\xff"
    assert made.engine.read_bytes(0x10020000, 2) == b"\0\0"


def test_boot_releases_the_m4_through_the_rcc(sleeper):
    assert sleeper.engine.running
    assert sleeper.engine.read(MP_GCR) & 1 == 1
    assert [event for event in sleeper.trace.events if isinstance(event, Core)] == [Core(0, "released", "")]


def test_symbols_reach_the_trace(sleeper):
    assert sleeper.trace.symbolize(0x10000002) == "main+0x2"


def test_shutdown_stops_the_m4_and_it_boots_again(sleeper):
    assert sleeper.shutdown() is True
    assert not sleeper.engine.running
    sleeper.boot()
    assert sleeper.engine.running


# -- reset and hold boot (m4-platform.md §4.2) ----------------------------------------------------------------


def test_clearing_boot_mcu_does_not_stop_a_running_m4(sleeper):
    sleeper.engine.write(MP_GCR, 0)
    assert sleeper.engine.running


def test_mcu_reset_with_boot_mcu_set_starts_the_m4_again(board, elf):
    made = board(elf.poke(COUNTER, 1), elf.SLEEP)
    made.boot()
    made.run_for(1000)
    made.engine.write(COUNTER, 0)
    made.engine.write(MP_GRSTCSETR, 1 << 1)
    assert made.engine.running
    made.run_for(1000)
    assert made.engine.read(COUNTER) == 1


def test_mcu_reset_with_boot_mcu_clear_holds_the_m4(sleeper):
    sleeper.engine.write(MP_GCR, 0)
    sleeper.engine.write(MP_GRSTCSETR, 1 << 1)
    assert not sleeper.engine.running
    sleeper.engine.write(MP_GCR, 1)
    assert sleeper.engine.running


def test_mcu_reset_keeps_memory_and_the_ipcc(sleeper):
    sleeper.engine.write(COUNTER, 0x12345678)
    sleeper.engine.write(C1SCR, 1 << 16)
    sleeper.engine.write(MP_GRSTCSETR, 1 << 1)
    assert sleeper.engine.read(COUNTER) == 0x12345678
    assert sleeper.occupied() == ["a7_to_m4:1"]


def test_ipcc_reset_frees_its_channels(sleeper):
    sleeper.engine.write(C1SCR, 1 << 16)
    sleeper.engine.write(AHB3RSTSETR, 1 << 12)
    sleeper.engine.write(AHB3RSTCLRR, 1 << 12)
    assert sleeper.occupied() == []
    assert sleeper.engine.running


def test_system_reset_resets_every_device_and_holds_the_m4(sleeper):
    sleeper.engine.write(C1SCR, 1 << 16)
    sleeper.engine.write(MP_GRSTCSETR, 1 << 0)
    assert sleeper.occupied() == []
    assert sleeper.engine.read(MP_GCR) & 1 == 0
    assert not sleeper.engine.running


@pytest.mark.parametrize(("boot_mcu", "runs"), [(1, True), (0, False)])
def test_a_reset_that_the_firmware_asks_for_obeys_boot_mcu(board, elf, boot_mcu, runs):
    made = board(elf.poke(MP_GCR, boot_mcu), elf.poke(AIRCR, 0x05FA0004), elf.SPIN)
    made.boot()
    made.run_for(10_000)
    assert made.engine.running is runs
    resets = [event for event in made.trace.events if isinstance(event, Core) and event.what == "held"]
    assert (len(resets) > 1) is runs


# -- UARTs ----------------------------------------------------------------------------------------------------


def test_uart_output_is_collected_and_traced_by_line(board, elf):
    code = [elf.poke(USART3, 0xD)] + [elf.poke(USART3 + 0x28, byte) for byte in b"one\r\ntwo\n> ."]
    made = board(*code, elf.SLEEP)
    made.boot()
    assert made.run_until(lambda: made.uart["usart3"].endswith(">"), MS)
    # At the byte itself: five instructions for CR1 and for each of the ten bytes.
    assert made.engine.now == 11 * 5 * 5
    assert {name: text for name, text in made.uart.items() if text} == {"usart3": "one\r\ntwo\n>"}
    logs = [event for event in made.trace.events if isinstance(event, Log)]
    assert logs == [Log(6 * 25, "usart3", "", "one"), Log(10 * 25, "usart3", "", "two")]


def test_uart_output_that_is_not_utf8_is_shown_as_such(board, elf):
    made = board(elf.poke(USART3, 0xD), elf.poke(USART3 + 0x28, 0xFF), elf.SLEEP)
    made.boot()
    made.run_for(MS)
    assert made.uart["usart3"] == "\ufffd"


# -- running to a condition -----------------------------------------------------------------------------------


@pytest.mark.parametrize("slice_instructions", [1, 10, 1000, None])
@pytest.mark.parametrize("counter", ["auto", "public"])
def test_run_until_ends_at_the_very_instruction_whatever_the_slices(board, elf, slice_instructions, counter):
    made = board(
        *[elf.poke(C2SCR, 1 << 16 + n) for n in range(6)],
        elf.SPIN,
        counter=counter,
        slice_instructions=slice_instructions,
    )
    made.boot()
    assert made.run_until(lambda: "m4_to_a7:3" in made.occupied(), MS)
    # Five instructions for each store: two MOVW, two MOVT, one STR.
    assert made.engine.now == 3 * 5 * 5
    assert made.occupied() == ["m4_to_a7:1", "m4_to_a7:2", "m4_to_a7:3"]


def test_run_until_that_is_already_so_runs_nothing(sleeper):
    before = sleeper.engine.now
    assert sleeper.run_until(lambda: True, MS)
    assert sleeper.engine.now == before


def test_run_until_times_out_in_virtual_time(board, elf):
    made = board(elf.SPIN)
    made.boot()
    assert not made.run_until(lambda: False, 3 * MS)
    assert made.engine.now == 3 * MS
    assert made.stop.reason == "time"
    assert made.engine.observers == []


def test_run_until_leaves_no_observer_behind_when_the_condition_raises(board, elf):
    made = board(elf.poke(C2SCR, 1 << 16), elf.SPIN)
    made.boot()
    looked = []

    def condition() -> bool:
        looked.append(made.engine.now)
        if len(looked) > 1:
            raise UsageError("no")
        return False

    with pytest.raises(UsageError):
        made.run_until(condition, MS)
    assert made.engine.observers == []


# -- asking ---------------------------------------------------------------------------------------------------


def test_occupied_names_direction_and_channel(sleeper):
    sleeper.engine.write(C1SCR, (1 << 16) | (1 << 21))
    sleeper.engine.write(C2SCR, 1 << 17)
    assert sleeper.occupied() == ["a7_to_m4:1", "a7_to_m4:6", "m4_to_a7:2"]


def test_rx_unmasked_is_empty_at_reset_and_follows_c2mr(sleeper):
    assert sleeper.rx_unmasked() == []
    sleeper.engine.write(C2MR, 0xFFFFFFFF & ~0b100101)
    assert sleeper.rx_unmasked() == [1, 3, 6]


def test_doorbells_count_each_time_that_a_flag_rises(sleeper):
    for _ in range(3):
        sleeper.engine.write(C1SCR, 1 << 16)
        sleeper.engine.write(C1SCR, 1 << 16)  # already occupied: no new signal
        sleeper.engine.write(C2SCR, 1 << 0)
    sleeper.engine.write(C2SCR, 1 << 21)
    assert sleeper.doorbells() == {"m4_to_a7": {"6": 1}, "a7_to_m4": {"1": 3}}


def test_asking_leaves_no_access_on_the_trace(sleeper):
    before = len(sleeper.trace.events)
    sleeper.occupied(), sleeper.rx_unmasked(), sleeper.doorbells(), sleeper.diagnose(), sleeper.uart
    assert len(sleeper.trace.events) == before


# -- with Linux -----------------------------------------------------------------------------------------------


def test_linux_brings_up_a_prebuilt_image_and_gets_its_echo():
    made = Board()
    made.load(prebuilt_image("rpmsg_echo"))
    made.boot()
    assert made.run_until(lambda: len(made.linux.announced) == 3, 100 * MS)
    made.linux.endpoints[0].send(b"hello")
    assert made.run_until(lambda: bool(made.linux.received), 100 * MS)
    assert made.linux.received[0].data == b"hello"
    assert made.rx_unmasked() == [1, 2, 3, 4]
    assert made.doorbells()["m4_to_a7"] == {"1": 4}
    assert made.firmware_log() != ""
    assert any(isinstance(event, Access) and event.cpu == "m4" for event in made.trace.events)
    assert made.shutdown() is True
    assert not made.engine.running


def test_wfe_sleeps_while_an_interrupt_stays_pending(elf, write):
    """SEVONPEND: becoming pending is an event, staying so is none (Arm's B1.5.18)."""
    scr, ispr0 = 0xE000ED10, 0xE000E200
    wfe_for_ever = bytes.fromhex("20bffde7")
    board = Board(host="none")
    board.load(write(**elf.program(elf.poke(scr, 1 << 4), elf.poke(ispr0, 1), wfe_for_ever)))
    board.boot()
    board.run_for(1_000_000)
    assert board.engine.instructions < 1_000  # of the 200,000 that a core awake would execute

"""Boards with another IPCC than the STM32MP15's: with and without Linux, and what the board says of them."""

from __future__ import annotations

import pytest

from mp1bench.board import Board
from mp1bench.errors import PlatformError
from mp1bench.shipped import default_platform, prebuilt_image
from mp1bench.trace import Interrupt, Line
from stm32mp1.ipcc_table import STM32MP15, VARIANTS

MS = 1_000_000
IPCC = 0x4C001000
C1SCR, C2CR, C2MR, C2SCR = IPCC + 0x08, IPCC + 0x10, IPCC + 0x14, IPCC + 0x18


@pytest.fixture
def file(tmp_path):
    """Writes the shipped platform with another IPCC in the same place."""

    def write(variant: str, wires: str = "") -> object:
        shipped = default_platform().read_text()
        before, _, after = shipped.partition("    RX1 -> nvic@103 | exti@62\n    TX1 -> nvic@104\n")
        assert after
        path = tmp_path / "other.repl"
        path.write_text(f'{before}    variant: "{variant}"\n{wires}{after}')
        return path

    return write


@pytest.mark.parametrize("variant", VARIANTS, ids=[variant.name for variant in VARIANTS])
def test_flags_of_every_variant_are_on_the_board(file, variant):
    board = Board(platform=file(variant.name), host="none")
    last = variant.channels
    board.engine.write(C1SCR, 1 << 15 + last)
    board.engine.write(C2SCR, 1 << 16)
    board.engine.write(C2MR, 0xFFFFFFFF & ~(1 << last - 1))
    assert board.occupied() == [f"a7_to_m4:{last}", "m4_to_a7:1"]
    assert board.rx_unmasked() == [last]
    assert board.doorbells() == {"m4_to_a7": {"1": 1}, "a7_to_m4": {str(last): 1}}
    assert board.diagnose() is None


def test_combined_line_interrupts_the_m4_for_both(file):
    board = Board(platform=file("STM32WL5x", "    RXTX1 -> nvic@103\n"))
    assert (board.rx_interrupt, board.tx_interrupt) == (103, 103)
    board.load(prebuilt_image("rpmsg_echo"))
    board.boot()
    assert board.run_until(lambda: bool(board.linux.endpoints), 100 * MS)
    board.linux.endpoints[0].send(b"hello")
    assert board.run_until(lambda: bool(board.linux.received), 100 * MS)
    assert {event.number for event in board.trace.events if isinstance(event, Interrupt)} == {103}
    assert {event.line for event in board.trace.events if isinstance(event, Line) and event.device == "ipcc"} == {
        *("RX0", "TX0", "RXTX1"),
    }


def test_combined_line_that_nobody_serves_is_diagnosed(file, elf, write):
    board = Board(platform=file("STM32WL5x"), host="none")
    board.load(write(**elf.program(elf.poke(C2CR, 1), elf.poke(C2MR, 0xFFFFFFFE), elf.SLEEP)))
    board.boot()
    board.run_for(MS)
    board.engine.write(C1SCR, 1 << 16)
    board.run_for(2 * MS)
    assert board.diagnose() == (
        "the M4 sleeps in WFI at `main+0x24`; channel 1 occupied by the A7 for 2 ms:"
        " the platform wires the IPCC's RXTX1 to nothing."
    )


def test_linux_drives_sixteen_channels(file):
    board = Board(platform=file("STM32MP25", "    RX1 -> nvic@103\n"), engine="bare")
    said = []
    board.linux.kernel.on_printk.append(lambda level, device, text: said.append(text))
    done = []
    channel = board.linux.request_channel(16, tx_done=lambda message, status: done.append(status))
    assert "ipcc rev:1.0 enabled, 16 chans, proc 0" in said
    channel.send()
    assert board.occupied() == ["a7_to_m4:16"]
    board.engine.write(C2SCR, 1 << 15)
    board.run_for(MS)
    assert done == [0]


def test_linux_finds_the_ipcc_where_the_platform_file_puts_it(tmp_path):
    text = default_platform().read_text()
    (tmp_path / "moved.repl").write_text(text.replace("0x4C001000", "0x58000C00"))
    board = Board(platform=tmp_path / "moved.repl")
    board.load(prebuilt_image("ipcc_signals"))  # whose firmware looks for it at 0x4C001000 in vain
    said = []
    board.linux.kernel.on_printk.append(lambda level, device, text: said.append((device, text)))
    board.boot()
    assert ("stm32-ipcc 58000c00.mailbox", "ipcc rev:1.0 enabled, 6 chans, proc 0") in said


@pytest.mark.parametrize(
    ("variant", "lacks"),
    [
        (STM32MP15._replace(name="MINE", identified=False), "HWCFGR"),
        (STM32MP15._replace(name="MINE", lines=STM32MP15.lines[1:], events=()), "RX0"),
        (STM32MP15._replace(name="MINE", lines=STM32MP15.lines[::2]), "TX0"),
    ],
)
def test_linux_refuses_an_ipcc_that_its_driver_cannot_use(file, variant, lacks):
    with pytest.raises(PlatformError) as caught:
        Board(platform=file("MINE"), engine="bare", variants=[variant])
    assert str(caught.value) == (
        f"Linux's driver does not bind to the IPCC of MINE, which has no {lacks}. Use the host `none`."
    )
    assert Board(platform=file("MINE"), engine="bare", host="none", variants=[variant]).occupied() == []


def test_stm32wb15_has_no_linux(file):
    with pytest.raises(PlatformError, match="the IPCC of STM32WB15, which has no HWCFGR"):
        Board(platform=file("STM32WB15"), engine="bare")


def test_variant_of_ones_own_in_a_few_lines(file):
    mine = STM32MP15._replace(name="MINE", channels=3)
    board = Board(platform=file("MINE", "    RX1 -> nvic@103\n"), host="none", variants=[mine])
    assert board.engine.read(IPCC + 0x3F0) == 3
    board.engine.write(C1SCR, 0xF << 16)
    assert board.occupied() == ["a7_to_m4:1", "a7_to_m4:2", "a7_to_m4:3"]

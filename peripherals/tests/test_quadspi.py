"""The QUADSPI as software drives a flash with it: commands, polling, FIFO. Places as in ST's CMSIS header."""

from __future__ import annotations

import pytest

from stm32mp1.nor_flash import PAGE, SECTOR, SIZE, NorFlash
from stm32mp1.quadspi import Quadspi

CR, SR, FCR, DLR, CCR, AR, DR, PSMKR, PSMAR = 0x00, 0x08, 0x0C, 0x10, 0x14, 0x18, 0x20, 0x24, 0x28
EN, ABORT, TCIE, FTIE, SMIE, APMS, PMM = 1 << 0, 1 << 1, 1 << 17, 1 << 18, 1 << 19, 1 << 22, 1 << 23
TCF, FTF, SMF, BUSY = 1 << 1, 1 << 2, 1 << 3, 1 << 5
ONE_LINE, ADDRESS, DATA, READ, POLL = 1 << 8, 1 << 10 | 2 << 12, 1 << 24, 1 << 26, 2 << 26
WREN, RDSR, SE, PP, FAST_READ, RDID = 0x06, 0x05, 0x20, 0x38, 0xEB, 0x9F


class Chip:
    """A controller that is on, FTF at four bytes."""

    def __init__(self) -> None:
        self.qspi = Quadspi()
        self.write(CR, EN | 3 << 8)

    def write(self, offset: int, value: int, width: int = 4) -> None:
        self.qspi.write(offset, value, width)

    def flags(self) -> int:
        return self.qspi.read(SR, 4) & 0x3F

    def command(self, instruction: int, address: int | None = None, parts: int = 0) -> None:
        self.write(FCR, 0x1B)
        self.write(CCR, instruction | ONE_LINE | parts | (ADDRESS if address is not None else 0))
        if address is not None:
            self.write(AR, address)

    def sends(self, instruction: int, address: int, data: bytes) -> None:
        self.command(WREN)
        self.write(DLR, len(data) - 1)
        self.command(instruction, address, DATA)
        for byte in data:
            self.write(DR, byte, 1)

    def reads(self, instruction: int, address: int | None, size: int) -> bytes:
        self.write(DLR, size - 1)
        self.command(instruction, address, DATA | READ)
        return bytes(self.qspi.read(DR, 1) for _ in range(size))


@pytest.fixture
def chip() -> Chip:
    return Chip()


def test_status_after_reset_is_that_of_the_manual() -> None:
    assert Quadspi().read(SR, 4) == FTF


def test_what_is_programmed_is_read_back(chip: Chip) -> None:
    chip.sends(PP, 0x1000, b"two boards")
    assert chip.flags() == TCF | FTF
    assert chip.reads(FAST_READ, 0xFFE, 14) == b"\xff\xfftwo boards\xff\xff"


def test_identity_needs_no_address(chip: Chip) -> None:
    assert chip.reads(RDID, None, 3) == b"\xc2\x20\x1a"


def test_transfer_is_complete_when_the_last_byte_is_in_the_fifo_and_busy_until_it_is_read(chip: Chip) -> None:
    chip.write(DLR, 33)
    chip.command(RDID, None, DATA | READ)
    assert (chip.flags(), chip.qspi.read(SR, 4) >> 8) == (FTF | BUSY, 32)
    chip.qspi.read(DR, 4)
    assert (chip.flags(), chip.qspi.read(SR, 4) >> 8) == (TCF | FTF | BUSY, 30)
    chip.write(FCR, TCF)
    for _ in range(30):
        chip.qspi.read(DR, 1)
    assert chip.flags() == 0


def test_command_is_not_changed_while_one_is_under_way(chip: Chip) -> None:
    chip.write(DLR, 2)
    chip.command(RDID, None, DATA | READ)
    chip.write(CCR, WREN | ONE_LINE)
    assert [chip.qspi.read(DR, 1) for _ in range(3)] == [0xC2, 0x20, 0x1A]


def test_abort_empties_the_fifo_and_completes(chip: Chip) -> None:
    chip.write(DLR, 63)
    chip.command(RDID, None, DATA | READ)
    chip.write(CR, EN | ABORT)
    assert (chip.qspi.read(SR, 4), chip.qspi.read(CR, 4)) == (TCF, EN)


@pytest.mark.parametrize(
    ("mode", "mask", "match", "found"),
    [(0, 0x3, 0x2, True), (0, 0x3, 0x3, False), (PMM, 0x3, 0x3, True), (PMM, 0x1, 0x1, False)],
)
def test_polling_ends_at_a_match(chip: Chip, mode: int, mask: int, match: int, found: bool) -> None:
    chip.command(WREN)
    chip.write(CR, EN | APMS | mode)
    chip.write(PSMKR, mask)
    chip.write(PSMAR, match)
    chip.write(DLR, 0)
    chip.command(RDSR, None, DATA | POLL)
    assert chip.flags() == (SMF if found else BUSY)


@pytest.mark.parametrize(("enable", "flag"), [(TCIE, TCF), (FTIE, FTF)])
def test_each_flag_interrupts_if_it_is_enabled(chip: Chip, enable: int, flag: int) -> None:
    chip.command(WREN)
    assert (chip.flags() & flag, chip.qspi.level("IRQ")) == (flag, False)
    chip.write(CR, EN | enable)
    assert chip.qspi.level("IRQ")


def test_switched_off_it_sends_nothing() -> None:
    chip = Chip()
    chip.write(CR, 0)
    chip.command(WREN)
    assert chip.flags() == FTF


def test_the_flash_outlives_a_reset_and_is_part_of_the_state(chip: Chip) -> None:
    chip.sends(PP, 3 * SECTOR, b"kept")
    chip.qspi.reset()
    chip.write(CR, EN)
    assert chip.reads(FAST_READ, 3 * SECTOR, 4) == b"kept"
    other = Chip()
    other.qspi.from_state(chip.qspi.state())
    assert other.reads(FAST_READ, 3 * SECTOR, 4) == b"kept"


@pytest.mark.parametrize("flash", [[], [0], [0, 0, 1], [256, 0], [0, 0, SIZE // SECTOR, *[0] * SECTOR]])
def test_state_without_a_flash_is_refused(flash: list[int]) -> None:
    with pytest.raises(ValueError, match=r"QUADSPI\.flash cannot hold"):
        Quadspi().from_state({**Quadspi().state(), "flash": flash})


# -- the flash ------------------------------------------------------------------------------------------------


def test_programming_only_clears_bits_and_stays_in_its_page() -> None:
    flash = NorFlash()
    for data in ([0xF0], [0x3C], [1, 2]):
        flash.run(WREN, 0, ())
        flash.run(PP, PAGE - 1, data)
    assert [flash.read(FAST_READ, at, 0) for at in (0, PAGE - 1, PAGE)] == [0x02, 0xF0 & 0x3C & 0x01, 0xFF]


@pytest.mark.parametrize(("instruction", "size"), [(0x20, SECTOR), (0x52, 1 << 15), (0xD8, 1 << 16), (0xC7, SIZE)])
def test_erasing_takes_the_whole_block_and_no_more(instruction: int, size: int) -> None:
    flash, places = NorFlash(), [0, SECTOR, 1 << 15, 1 << 16, SIZE - 1]
    for place in places:
        flash.run(WREN, 0, ())
        flash.run(PP, place, [0])
    flash.run(WREN, 0, ())
    flash.run(instruction, 5, ())
    assert [flash.read(FAST_READ, place, 0) for place in places] == [0xFF if place < size else 0 for place in places]


@pytest.mark.parametrize("instruction", [PP, SE, 0x01])
def test_nothing_is_written_unless_it_is_enabled_each_time(instruction: int) -> None:
    flash = NorFlash()
    flash.run(instruction, 0, [0x40])
    assert (flash.read(FAST_READ, 0, 0), flash.read(RDSR, 0, 0)) == (0xFF, 0)
    flash.run(WREN, 0, ())
    assert flash.read(RDSR, 0, 0) == 0x02
    flash.run(instruction, 0, [0x40])
    assert flash.read(RDSR, 0, 0) & 0x02 == 0


def test_quad_enable_is_kept_in_the_status() -> None:
    flash = NorFlash()
    flash.run(WREN, 0, ())
    flash.run(0x01, 0, [0x43, 0x07])
    assert (flash.read(RDSR, 0, 0), flash.read(0x15, 0, 0)) == (0x40, 0x07)

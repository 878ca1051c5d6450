"""The CRC unit against the check values of published CRCs: what "123456789" gives (RevEng's catalogue)."""

from __future__ import annotations

import pytest

from stm32mp1.crc import CR, DR, IDR, INIT, POL, Crc

TEXT = b"123456789"
REV_BYTE, REV_HALF, REV_WORD, REV_OUT = 1 << 5, 2 << 5, 3 << 5, 1 << 7


def unit(control: int, polynomial: int, initial: int) -> Crc:
    crc = Crc()
    crc.write(POL, polynomial, 4)
    crc.write(INIT, initial, 4)
    crc.write(CR, control | 1, 4)
    return crc


@pytest.mark.parametrize(
    ("control", "polynomial", "initial", "xor", "check"),
    [
        pytest.param(0, 0x04C11DB7, 0xFFFFFFFF, 0, 0x0376E6E7, id="CRC-32/MPEG-2"),
        pytest.param(REV_BYTE | REV_OUT, 0x04C11DB7, 0xFFFFFFFF, 0xFFFFFFFF, 0xCBF43926, id="CRC-32"),
        pytest.param(1 << 3, 0x1021, 0xFFFF, 0, 0x29B1, id="CRC-16/IBM-3740"),
        pytest.param(1 << 3 | REV_BYTE | REV_OUT, 0x8005, 0, 0, 0xBB3D, id="CRC-16/ARC"),
        pytest.param(2 << 3, 0x07, 0, 0, 0xF4, id="CRC-8/SMBUS"),
        pytest.param(3 << 3, 0x09, 0, 0, 0x75, id="CRC-7/MMC"),
    ],
)
def test_published_check_values(control: int, polynomial: int, initial: int, xor: int, check: int) -> None:
    crc = unit(control, polynomial, initial)
    for byte in TEXT:
        crc.write(DR, byte, 1)
    assert crc.read(DR, 4) ^ xor == check


@pytest.mark.parametrize("width", [1, 2, 4])
def test_width_of_an_access_is_the_data_it_brings_most_significant_byte_first(width: int) -> None:
    crc = unit(0, 0x04C11DB7, 0xFFFFFFFF)
    for at in range(0, 8, width):
        crc.write(DR, int.from_bytes(TEXT[at : at + width], "big"), width)
    crc.write(DR, TEXT[8], 1)
    assert crc.read(DR, 4) == 0x0376E6E7


@pytest.mark.parametrize(
    ("reversal", "reversed_by_hand"),
    [(REV_BYTE, 0x482C6A1E), (REV_HALF, 0x2C481E6A), (REV_WORD, 0x1E6A2C48)],
    ids=["bytes", "half-words", "words"],
)
def test_input_reversal_is_a_reversal_by_hand(reversal: int, reversed_by_hand: int) -> None:
    reversing, plain = (unit(control, 0x04C11DB7, 0xFFFFFFFF) for control in (reversal, 0))
    reversing.write(DR, 0x12345678, 4)
    plain.write(DR, reversed_by_hand, 4)
    assert reversing.read(DR, 4) == plain.read(DR, 4)


def test_reset_value_and_independent_word() -> None:
    crc = Crc()
    assert [crc.read(offset, 4) for offset in (DR, IDR, CR, INIT, POL)] == [0xFFFFFFFF, 0, 0, 0xFFFFFFFF, 0x04C11DB7]
    crc.write(IDR, 0xCAFE, 4)
    crc.write(CR, 1, 4)
    assert crc.read(IDR, 4) == 0xCAFE


def test_computation_goes_on_from_its_state() -> None:
    crc, other = unit(1 << 3, 0x1021, 0xFFFF), Crc()
    for byte in TEXT[:4]:
        crc.write(DR, byte, 1)
    other.from_state(crc.state())
    for byte in TEXT[4:]:
        other.write(DR, byte, 1)
    assert other.read(DR, 4) == 0x29B1

"""The names of what stands at an address of the STM32MP157; bases as in ST's CMSIS header (stm32mp157cxx_cm4.h)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from mp1bench.platform import read_platform
from stm32mp1.memory_map import BLOCKS, find_block, name_of

#: What a platform file calls a block where the chip's name is another.
OTHER_NAMES = {"mcusram": "SRAM", "adc12": "ADC1", "fdcanccu": "FDCAN_CCU"}


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (0x44004008, "SPI1+0x008"),
        (0x40015018, "I2C5+0x018"),
        (0x48003108, "ADC2+0x008"),
        (0x48003308, "ADC12_COMMON+0x008"),
        (0x5C009000, "I2C6+0x000"),
        (0x5A0023FF, "IWDG2+0x3ff"),
        (0x50000FFC, "RCC+0xffc"),
        (0xE000ED20, "SCS+0xd20"),
        (0x10040000, "SRAM+0x40000"),
    ],
)
def test_an_address_has_the_name_of_its_block_and_the_offset(address, name):
    assert name_of(address) == name


@pytest.mark.parametrize("address", [0x40000400, 0x4001A000, 0x44002000, 0x48003200, 0x20000000, 0xFFFFFFFF])
def test_addresses_without_a_block_are_reserved(address):
    assert find_block(address) is None
    assert name_of(address) == f"reserved 0x{address:08X}"


def test_blocks_do_not_overlap():
    for block, following in pairwise(BLOCKS):
        assert block.base + block.size <= following.base, block


def test_every_device_of_the_shipped_platform_has_its_name_in_the_map():
    for part in read_platform().devices:
        block = find_block(part.address)
        assert block is not None, part.name
        assert block.base == part.address, part.name
        assert block.name == OTHER_NAMES.get(part.name, part.name.upper())

"""The clock calibration unit of FDCAN1, as the drivers of the controllers see it. Places as in ST's CMSIS header."""

from __future__ import annotations

from stm32mp1.fdcan_ccu import FdcanCcu

CCFG, CSTAT, IR, IE = 0x04, 0x08, 0x10, 0x14


def test_nothing_has_happened_whatever_interrupts() -> None:
    ccu = FdcanCcu()
    ccu.write(IE, 0x3, 4)
    assert (ccu.read(IE, 4), ccu.read(IR, 4)) == (0x3, 0)


def test_state_is_not_calibrated() -> None:
    assert FdcanCcu().read(CSTAT, 4) >> 30 == 0


def test_configuration_is_kept_until_the_software_reset() -> None:
    ccu = FdcanCcu()
    ccu.write(CCFG, 0x00010040, 4)
    assert ccu.read(CCFG, 4) == 0x00010040
    ccu.write(CCFG, 0x80000000, 4)
    assert ccu.read(CCFG, 4) == 0x4

"""The temperature sensor, read as Linux's stm_thermal does: the frequency it measures, against the factory's."""

from __future__ import annotations

import pytest

from stm32mp1.dts import CFGR1, DR, SR, Dts

PCLK3 = 104_438_964
EN, START, RDY = 1 << 0, 1 << 4, 1 << 15
PERIODS = 15


def sensor() -> Dts:
    dts = Dts()
    dts.clock_hz = lambda: PCLK3
    return dts


def measured(dts: Dts) -> float:
    """Degrees, from the registers alone."""
    calibration, ramp = dts.read(0x08, 4), dts.read(0x10, 4)
    at = (30, 130)[calibration >> 16]
    return at + (PCLK3 * PERIODS / dts.read(DR, 4) - 100 * (calibration & 0xFFFF)) / ramp


@pytest.mark.parametrize("celsius", [-40, 0, 30, 85, 125])
def test_measures_how_warm_the_chip_is(celsius: int) -> None:
    dts = sensor()
    dts.celsius = celsius
    dts.write(CFGR1, PERIODS << 16 | START | EN, 4)
    assert measured(dts) == pytest.approx(celsius, abs=0.2)


def test_chip_has_30_degrees() -> None:
    dts = sensor()
    dts.write(CFGR1, PERIODS << 16 | START | EN, 4)
    assert measured(dts) == pytest.approx(30, abs=0.2)


def test_ready_follows_the_switch() -> None:
    dts = sensor()
    assert dts.read(SR, 4) == 0
    dts.write(CFGR1, EN, 4)
    assert dts.read(SR, 4) == RDY
    dts.write(CFGR1, 0, 4)
    assert dts.read(SR, 4) == 0


@pytest.mark.parametrize("config", [0, EN, START])
def test_measures_only_when_it_is_on_and_started(config: int) -> None:
    dts = sensor()
    dts.write(CFGR1, PERIODS << 16 | config, 4)
    assert dts.read(DR, 4) == 0

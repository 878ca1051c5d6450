"""The converters: switching on and off, sequences, triggers, watchdogs, DMA. Places as in ST's CMSIS header."""

from __future__ import annotations

import pytest
from virtual_time import Clockwork

from stm32mp1.adc import CONVERSION_NS, Adc

ISR, IER, CR, CFGR, CFGR2, LTR1, HTR1, SQR1, SQR2, DR, JSQR, JDR1, AWD2CR, LTR2 = (
    0x00, 0x04, 0x08, 0x0C, 0x10, 0x20, 0x24, 0x30, 0x34, 0x40, 0x4C, 0x80, 0xA0, 0xB0,
)  # fmt: skip
ADRDY, EOC, EOS, OVR, JEOC, JEOS, AWD1, AWD2, LDORDY = (1 << n for n in (0, 2, 3, 4, 5, 6, 7, 8, 12))
ADEN, ADDIS, ADSTART, JADSTART, ADSTP, ADVREGEN, DEEPPWD, ADCAL = (1 << n for n in (0, 1, 2, 3, 4, 28, 29, 31))
CONT, OVRMOD, DISCEN, DMA_ONCE = 1 << 13, 1 << 12, 1 << 16, 1
ADC2, COMMON = 0x100, 0x300
T = CONVERSION_NS


def converter(configuration: int = 0, *channels: int, unit: int = 0) -> Clockwork:
    """A unit that is on, with a sequence of `channels`."""
    clockwork = Clockwork(Adc(), 64_000_000)
    clockwork.write(unit + CR, ADVREGEN)
    clockwork.write(unit + CR, ADVREGEN | ADEN)
    clockwork.write(unit + CFGR, configuration)
    channels = channels or (3,)
    sequence = len(channels) - 1 | sum(channel << 6 * (n + 1) for n, channel in enumerate(channels[:4]))
    clockwork.write(unit + SQR1, sequence)
    clockwork.write(unit + SQR2, sum(channel << 6 * n for n, channel in enumerate(channels[4:])))
    return clockwork


def start(clockwork: Clockwork, unit: int = 0) -> None:
    clockwork.write(unit + CR, ADVREGEN | ADSTART)


# -- on and off -----------------------------------------------------------------------------------------------


def test_in_deep_power_down_after_reset() -> None:
    clockwork = Clockwork(Adc(), 64_000_000)
    assert [clockwork.read(unit + CR) for unit in (0, ADC2)] == [DEEPPWD] * 2


def test_regulator_is_ready_while_it_is_on() -> None:
    clockwork = Clockwork(Adc(), 64_000_000)
    clockwork.write(CR, ADVREGEN)
    assert clockwork.read(ISR) == LDORDY
    clockwork.write(CR, 0)
    assert clockwork.read(ISR) == 0


def test_calibration_ends_by_itself() -> None:
    clockwork = Clockwork(Adc(), 64_000_000)
    clockwork.write(CR, ADVREGEN | ADCAL)
    assert clockwork.read(CR) == ADVREGEN


def test_ready_follows_enable_both_ways() -> None:
    clockwork = converter()
    assert (clockwork.read(CR), clockwork.read(ISR)) == (ADVREGEN | ADEN, LDORDY | ADRDY)
    clockwork.write(CR, ADVREGEN | ADDIS)
    assert (clockwork.read(CR), clockwork.read(ISR)) == (ADVREGEN, LDORDY)


def test_unit_that_is_off_does_not_start() -> None:
    clockwork = Clockwork(Adc(), 64_000_000)
    start(clockwork)
    assert clockwork.read(CR) & ADSTART == 0


# -- conversions ----------------------------------------------------------------------------------------------


def test_single_conversion_ends_after_its_time() -> None:
    clockwork = converter()
    start(clockwork)
    clockwork.run(T - 1)
    assert (clockwork.read(ISR) & EOC, clockwork.read(CR) & ADSTART) == (0, ADSTART)
    clockwork.run(1)
    assert (clockwork.read(ISR) & (EOC | EOS), clockwork.read(CR) & ADSTART) == (EOC | EOS, 0)


@pytest.mark.parametrize(("selection", "bits"), [(0, 16), (1, 14), (2, 12), (3, 10), (4, 8)])
@pytest.mark.parametrize(("millivolts", "part"), [(0, 0.0), (1650, 0.5), (3300, 1.0), (9999, 1.0)])
def test_result_is_the_share_of_full_scale(selection: int, bits: int, millivolts: int, part: float) -> None:
    clockwork = converter(selection << 2, 3)
    clockwork.device.set_channel(1, 3, millivolts)
    start(clockwork)
    clockwork.run(T)
    assert clockwork.read(DR) == int(part * ((1 << bits) - 1))


@pytest.mark.parametrize("width", [2, 4])
def test_reading_the_result_clears_its_flag(width: int) -> None:
    clockwork = converter()
    start(clockwork)
    clockwork.run(T)
    clockwork.device.read(DR, width)
    assert clockwork.read(ISR) & (EOC | EOS) == EOS


def test_sequence_converts_its_channels_in_order() -> None:
    channels = (7, 1, 4, 2, 9, 0)
    clockwork = converter(0, *channels)
    for channel in range(10):
        clockwork.device.set_channel(1, channel, 100 * channel)
    start(clockwork)
    results = []
    for n in range(len(channels)):
        assert clockwork.read(ISR) & EOS == 0, n
        clockwork.run(T)
        results.append(clockwork.read(DR))
    assert results == [100 * channel * 0xFFFF // 3300 for channel in channels]
    assert clockwork.read(ISR) & EOS


def test_continuous_unit_goes_on_until_it_is_stopped() -> None:
    clockwork = converter(CONT)
    start(clockwork)
    for _ in range(3):
        clockwork.run(T)
        assert clockwork.read(ISR) & EOC
        clockwork.read(DR)
    clockwork.write(CR, ADVREGEN | ADSTP)
    clockwork.run(10 * T)
    assert (clockwork.read(ISR) & EOC, clockwork.read(CR) & (ADSTART | ADSTP)) == (0, 0)


@pytest.mark.parametrize(("mode", "kept"), [(0, 0), (OVRMOD, 0xFFFF)], ids=["old", "new"])
def test_result_that_nobody_read_is_an_overrun(mode: int, kept: int) -> None:
    clockwork = converter(CONT | mode)
    start(clockwork)
    clockwork.run(T)
    clockwork.device.set_channel(1, 3, 3300)
    clockwork.run(T)
    assert clockwork.read(ISR) & OVR
    assert clockwork.read(DR) == kept


def test_continuous_unit_whose_results_nobody_reads_costs_nothing() -> None:
    clockwork = converter(CONT)
    start(clockwork)
    clockwork.run(1_000_000 * T)
    assert clockwork.alarms < 5


def test_long_sampling_takes_its_time() -> None:
    clockwork = converter(0, 1, 16)
    clockwork.write(0x18, 7 << 18)  # SMPR2: 810.5 cycles for channel 16
    start(clockwork)
    clockwork.run(T + 25_000)
    assert clockwork.read(ISR) & EOS == 0
    clockwork.run(1_000)
    assert clockwork.read(ISR) & EOS


def test_discontinuous_sequence_needs_a_start_per_channel() -> None:
    clockwork = converter(DISCEN, 1, 2)
    start(clockwork)
    clockwork.run(5 * T)
    assert clockwork.read(ISR) & (EOC | EOS) == EOC
    assert clockwork.read(CR) & ADSTART == 0


@pytest.mark.parametrize(
    ("edge", "rising", "falling"), [(1, True, False), (2, False, True), (3, True, True)], ids=["up", "down", "both"]
)
def test_trigger_converts_at_its_edge(edge: int, rising: bool, falling: bool) -> None:
    for level, converts in ((True, rising), (False, falling)):
        clockwork = converter(11 << 5 | edge << 10)  # TIM2_TRGO
        start(clockwork)
        clockwork.device.input(12, level)
        clockwork.run(T)
        assert clockwork.read(ISR) & EOC == 0
        clockwork.device.input(11, level)
        clockwork.run(T)
        assert bool(clockwork.read(ISR) & EOC) == converts
        assert clockwork.read(CR) & ADSTART


def test_oversampling_takes_its_time_and_sums() -> None:
    clockwork = converter(2 << 2)
    clockwork.device.set_channel(1, 3, 3300)
    clockwork.write(CFGR2, 1 | 15 << 16 | 2 << 5)  # 16 times, shifted right by 2
    start(clockwork)
    clockwork.run(15 * T)
    assert clockwork.read(ISR) & EOC == 0
    clockwork.run(T)
    assert clockwork.read(DR) == 4095 * 16 // 4


def test_injected_sequence_converts_into_registers_of_its_own() -> None:
    clockwork = converter()
    clockwork.device.set_channel(1, 5, 3300)
    clockwork.write(JSQR, 1 | 4 << 9 | 5 << 15)
    clockwork.write(CR, ADVREGEN | JADSTART)
    clockwork.run(T)
    assert clockwork.read(ISR) & (JEOC | JEOS) == JEOC | JEOS
    assert [clockwork.read(JDR1), clockwork.read(JDR1 + 4)] == [0, 0xFFFF]


# -- watchdogs, lines, both units -----------------------------------------------------------------------------


@pytest.mark.parametrize(("millivolts", "alarmed"), [(900, True), (1000, False), (2000, False), (2100, True)])
def test_watchdog_notices_what_leaves_its_window(millivolts: int, alarmed: bool) -> None:
    clockwork = converter(2 << 2 | 1 << 23)
    clockwork.write(LTR1, (1000 * 4095 // 3300) << 4)  # thresholds are of 16 bits
    clockwork.write(HTR1, (2000 * 4095 // 3300) << 4)
    clockwork.device.set_channel(1, 3, millivolts)
    start(clockwork)
    clockwork.run(T)
    assert bool(clockwork.read(ISR) & AWD1) == alarmed


def test_watchdog_of_one_channel_ignores_the_others() -> None:
    clockwork = converter(1 << 23 | 1 << 22 | 4 << 26)
    clockwork.write(LTR1, 1)
    clockwork.write(LTR2, 1)
    clockwork.write(AWD2CR, 1 << 3)
    start(clockwork)
    clockwork.run(T)
    assert clockwork.read(ISR) & (AWD1 | AWD2) == AWD2


@pytest.mark.parametrize(("unit", "line"), [(0, "IRQ1"), (ADC2, "IRQ2")])
def test_each_unit_has_its_interrupt(unit: int, line: str) -> None:
    clockwork = converter(unit=unit)
    clockwork.write(unit + IER, EOC)
    start(clockwork, unit)
    clockwork.run(T)
    assert clockwork.rises(line) == [T]
    clockwork.write(unit + ISR, EOC)
    assert not clockwork.device.level(line)


@pytest.mark.parametrize(("unit", "line"), [(0, "DMA1"), (ADC2, "DMA2")])
def test_dma_is_asked_for_while_a_result_waits(unit: int, line: str) -> None:
    clockwork = converter(DMA_ONCE, unit=unit)
    start(clockwork, unit)
    clockwork.run(T)
    assert clockwork.device.level(line)
    clockwork.device.read(unit + DR, 2)
    assert not clockwork.device.level(line)


def test_unit_for_dma_once_freezes_when_the_stream_takes_no_more() -> None:
    clockwork = converter(DMA_ONCE | CONT)
    start(clockwork)
    clockwork.run(T)
    clockwork.device.read(DR, 2)
    clockwork.run(100 * T)
    assert clockwork.read(ISR) & (EOC | OVR) == EOC
    assert clockwork.alarms == 3


def test_common_status_shows_both() -> None:
    clockwork = converter(unit=ADC2)
    start(clockwork, ADC2)
    clockwork.run(T)
    assert clockwork.read(COMMON) == (clockwork.read(ADC2 + ISR) & 0x7FF) << 16
    assert clockwork.read(COMMON) & EOC << 16


@pytest.mark.parametrize(("unit", "channel"), [(0, 1), (3, 1), (1, 20), (1, -1)])
def test_channel_that_there_is_not(unit: int, channel: int) -> None:
    with pytest.raises(ValueError, match=rf"^there is no channel {channel} of ADC{unit}: units are 1 and 2, channels"):
        Adc().set_channel(unit, channel, 0)


def test_conversion_goes_on_from_its_state_and_voltages_survive_a_reset() -> None:
    clockwork = converter(0, 1, 2)
    clockwork.device.set_channel(1, 2, 3300)
    start(clockwork)
    clockwork.run(T)
    clockwork.read(DR)
    other = Clockwork(Adc(), 64_000_000)
    other.now = T
    other.device.from_state(clockwork.device.state())
    other._wake = clockwork._wake  # the engine's queue is its own
    other.run(T)
    assert other.read(DR) == 0xFFFF
    other.device.reset()
    assert other.device.state()["millivolts1"][2] == 3300


@pytest.mark.parametrize(
    ("selection", "cycles"), [(5, 64.5), (6, 387.5), (7, 810.5)]
)  # shorter ones take CONVERSION_NS
def test_sampling_takes_its_cycles_at_32_mhz(selection: int, cycles: float) -> None:
    clockwork = converter(0, 3)
    clockwork.write(0x14, selection << 9)
    start(clockwork)
    clockwork.run(int(cycles * 31.25) - 1)
    assert not clockwork.read(ISR) & EOC
    clockwork.run(2)
    assert clockwork.read(ISR) & EOC


def test_watchdog_of_one_channel_knows_all_twenty() -> None:
    for channel, alarmed in ((19, True), (3, False)):
        clockwork = converter(1 << 23 | 1 << 22 | 19 << 26, channel)
        clockwork.write(LTR1, 1)
        start(clockwork)
        clockwork.run(T)
        assert bool(clockwork.read(ISR) & AWD1) is alarmed

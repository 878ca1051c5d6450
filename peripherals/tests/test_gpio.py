"""The pins of a bank: what the firmware and the outside make of each level, and what a lock freezes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stm32mp1.device import Device
from stm32mp1.gpio import Gpio

Listen = Callable[[Device], list[tuple[object, ...]]]

MODER, OTYPER, OSPEEDR, PUPDR, IDR, ODR, BSRR, LCKR, AFRL, AFRH = 0, 4, 8, 0xC, 0x10, 0x14, 0x18, 0x1C, 0x20, 0x24
INPUT, OUTPUT, ALTERNATE, ANALOGUE = range(4)
UP, DOWN = 1, 2
KEY = 1 << 16


def pin0(mode: int, *, pull: int = 0, open_drain: int = 0, output: int = 0) -> Gpio:
    gpio = Gpio()
    gpio.write(OTYPER, open_drain, 4)
    gpio.write(PUPDR, pull, 4)
    gpio.write(ODR, output, 4)
    gpio.write(MODER, 0xFFFFFFFC | mode, 4)
    return gpio


@pytest.mark.parametrize(("pull", "level"), [(0, 0), (UP, 1), (DOWN, 0)], ids=["floating", "up", "down"])
@pytest.mark.parametrize("mode", [INPUT, ALTERNATE])
def test_pin_that_nobody_drives_follows_its_pull(mode: int, pull: int, level: int) -> None:
    gpio = pin0(mode, pull=pull)
    assert gpio.read(IDR, 4) == level
    assert gpio.level("0") == bool(level)


@pytest.mark.parametrize("pull", [0, UP, DOWN])
@pytest.mark.parametrize("level", [0, 1])
def test_outside_drives_an_input_against_any_pull(pull: int, level: int) -> None:
    gpio = pin0(INPUT, pull=pull)
    gpio.input(0, bool(level))
    assert gpio.read(IDR, 4) == level


def test_pin_that_is_let_go_follows_its_pull_again() -> None:
    gpio = pin0(INPUT, pull=UP)
    gpio.drive(0, False)
    gpio.drive(0, None)
    assert gpio.read(IDR, 4) == 1


@pytest.mark.parametrize("output", [0, 1])
def test_output_wins_over_outside_and_pull(output: int) -> None:
    gpio = pin0(OUTPUT, pull=DOWN if output else UP, output=output)
    gpio.input(0, not output)
    assert gpio.read(IDR, 4) == output


@pytest.mark.parametrize(
    ("output", "outside", "pull", "level"),
    [(0, True, UP, 0), (0, None, UP, 0), (1, None, UP, 1), (1, None, 0, 0), (1, False, UP, 0), (1, True, 0, 1)],
)
def test_open_drain_output_pulls_down_or_lets_go(output: int, outside: bool | None, pull: int, level: int) -> None:
    gpio = pin0(OUTPUT, open_drain=1, output=output, pull=pull)
    gpio.drive(0, outside)
    assert gpio.read(IDR, 4) == level


def test_analogue_pin_reads_zero_and_has_no_pull() -> None:
    gpio = pin0(ANALOGUE, pull=UP)
    assert not gpio.level("0")
    gpio.input(0, True)
    assert gpio.level("0")
    assert gpio.read(IDR, 4) == 0


def test_each_pin_is_reported_as_a_line_of_its_own(listen: Listen) -> None:
    gpio = Gpio()
    gpio.write(MODER, 0x55555555, 4)
    heard = listen(gpio)
    gpio.write(BSRR, 1 << 15 | 1 << 1, 4)
    gpio.write(BSRR, 1 << 16 + 1, 4)
    assert heard == [("line", "1", True), ("line", "15", True), ("line", "1", False)]


def test_write_that_changes_no_level_is_not_reported(listen: Listen) -> None:
    gpio = pin0(OUTPUT, output=1)
    heard = listen(gpio)
    gpio.write(BSRR, 1, 4)
    gpio.write(ODR, 0x0003, 4)  # pin 1 is no output
    assert heard == []


def test_reset_takes_the_outputs_back_and_leaves_what_drives_from_outside() -> None:
    gpio = pin0(OUTPUT, output=1)
    gpio.input(1, True)
    gpio.reset()
    assert (gpio.level("0"), gpio.level("1")) == (False, True)
    assert gpio.read(MODER, 4) == 0xFFFFFFFF


# -- set and reset --------------------------------------------------------------------------------------------


def outputs() -> Gpio:
    """All pins outputs."""
    gpio = Gpio()
    gpio.write(0x00, 0x55555555, 4)
    return gpio


def test_set_and_reset_change_single_outputs() -> None:
    gpio = outputs()
    gpio.write(0x18, 0x00008001, 4)
    gpio.write(0x18, 0x00010002, 4)
    assert gpio.read(0x14, 4) == 0x8002


def test_set_wins_over_reset_of_the_same_pin() -> None:
    gpio = outputs()
    gpio.write(0x18, 0x00010001, 4)
    assert gpio.read(0x14, 4) == 0x0001


def test_brr_resets_outputs() -> None:
    gpio = outputs()
    gpio.write(0x14, 0x0000FFFF, 4)
    gpio.write(0x28, 0x00000F00, 4)
    assert gpio.read(0x14, 4) == 0xF0FF


def test_bsrr_and_brr_read_zero() -> None:
    gpio = outputs()
    gpio.write(0x18, 0xFFFFFFFF, 4)
    gpio.write(0x28, 0x00000001, 4)
    assert (gpio.read(0x18, 4), gpio.read(0x28, 4)) == (0, 0)


def test_idr_shows_outputs_and_no_other_pin() -> None:
    gpio = Gpio()
    gpio.write(0x14, 0x0000FFFF, 4)
    assert gpio.read(0x10, 4) == 0x0000
    gpio.write(0x00, 0xFFFFFFFD, 4)  # pin 0 an output, the rest analogue
    assert gpio.read(0x10, 4) == 0x0001
    gpio.write(0x00, 0xFFFFFFFC, 4)  # pin 0 an input
    assert gpio.read(0x10, 4) == 0x0000


# -- the lock -------------------------------------------------------------------------------------------------


def locked(pins: int) -> Gpio:
    gpio = Gpio()
    for word in (KEY | pins, pins, KEY | pins):
        gpio.write(LCKR, word, 4)
    return gpio


def test_lock_reads_active_after_its_key() -> None:
    assert locked(0x8001).read(LCKR, 4) == KEY | 0x8001


@pytest.mark.parametrize("offset", [MODER, OTYPER, OSPEEDR, PUPDR, AFRL, AFRH])
def test_locked_pins_keep_their_configuration_and_others_do_not(offset: int) -> None:
    gpio = locked(0x8001)
    before = gpio.read(offset, 4)
    register = Gpio.TABLE.at(offset)
    assert register is not None
    gpio.write(offset, ~before & register.writable, 4)
    changed = gpio.read(offset, 4) ^ before
    frozen = {MODER: 0xC0000003, OTYPER: 0x8001, OSPEEDR: 0xC0000003, PUPDR: 0xC0000003, AFRL: 0xF, AFRH: 0xF0000000}
    assert changed == register.writable & ~frozen[offset]


def test_locked_pins_still_change_their_level() -> None:
    gpio = pin0(OUTPUT)
    for word in (KEY | 1, 1, KEY | 1):
        gpio.write(LCKR, word, 4)
    gpio.write(ODR, 1, 4)
    assert gpio.level("0")


@pytest.mark.parametrize(
    "words",
    [
        (KEY | 1, KEY | 1, KEY | 1),
        (KEY | 1, 2, KEY | 1),
        (KEY | 1, 1, KEY | 2),
        (KEY | 1, 1, 1),
        (1, KEY | 1, KEY | 1),
    ],
)
def test_wrong_key_locks_nothing(words: tuple[int, ...]) -> None:
    gpio = Gpio()
    for word in words:
        gpio.write(LCKR, word, 4)
    assert gpio.read(LCKR, 4) & KEY == 0


def test_lock_holds_until_a_reset() -> None:
    gpio = locked(1)
    for word in (KEY, 0, KEY):
        gpio.write(LCKR, word, 4)
    assert gpio.read(LCKR, 4) == KEY | 1
    gpio.reset()
    assert gpio.read(LCKR, 4) == 0


def test_reset_forgets_a_key_that_is_half_written() -> None:
    gpio = Gpio()
    gpio.write(LCKR, KEY, 4)
    gpio.write(LCKR, 0, 4)
    gpio.reset()
    gpio.write(LCKR, KEY, 4)
    assert gpio.read(LCKR, 4) & KEY == 0


# -- state ----------------------------------------------------------------------------------------------------


def test_state_holds_what_drives_the_pins_and_how_far_the_lock_is() -> None:
    gpio = pin0(INPUT)
    gpio.input(0, True)
    gpio.write(LCKR, KEY | 1, 4)
    gpio.write(LCKR, 1, 4)
    other = Gpio()
    other.from_state(gpio.state())
    assert other.read(IDR, 4) == 1
    other.write(LCKR, KEY | 1, 4)
    assert other.read(LCKR, 4) == KEY | 1


@pytest.mark.parametrize("change", [{"driven": 1 << 16}, {"driven": -1}, {"driven": True}, {"driven_high": "1"}])
def test_what_is_no_state_is_refused_and_changes_nothing(change: dict[str, object]) -> None:
    gpio = pin0(INPUT)
    gpio.input(0, True)
    before = gpio.state()
    (name,) = change
    with pytest.raises(ValueError, match=f"^GPIO cannot remember .* as its {name}\\.$"):
        gpio.from_state({**before, **change})
    assert gpio.state() == before


def test_state_of_another_bank_of_words_is_refused_whole() -> None:
    gpio = pin0(INPUT)
    before = gpio.state()
    with pytest.raises(ValueError, match=r"^this is not a state of GPIO: look at MODER\.$"):
        gpio.from_state({name: word for name, word in {**before, "driven": 1}.items() if name != "MODER"})
    assert gpio.state() == before


@pytest.mark.parametrize(("offset", "width", "part"), [(0, 1, 0x21), (1, 1, 0x43), (0, 2, 0x4321), (2, 2, 0)])
def test_part_of_a_register_is_read_by_itself(offset: int, width: int, part: int) -> None:
    gpio = Gpio()
    gpio.write(MODER, 0, 4)
    for pin in range(16):
        gpio.drive(pin, bool(0x4321 >> pin & 1))
    assert gpio.read(IDR + offset, width) == part


def test_part_of_a_register_is_written_by_itself() -> None:
    gpio = Gpio()
    gpio.write(ODR, 0xFFFF, 4)
    gpio.write(ODR + 1, 0x12, 1)
    assert gpio.read(ODR, 4) == 0x12FF
    gpio.write(BSRR + 2, 0x00F0, 2)  # the half that drives pins low
    assert gpio.read(ODR, 4) == 0x120F
    gpio.write(AFRL + 3, 0xAB, 1)
    assert gpio.read(AFRL, 4) == 0xAB000000


@pytest.mark.parametrize(("offset", "width"), [(IDR + 1, 2), (0x2C, 2), (0x2C, 1), (IDR, 8)])
def test_no_part_of_a_register_is_refused(listen: Listen, offset: int, width: int) -> None:
    gpio = Gpio()
    reports = listen(gpio)
    assert gpio.read(offset, width) == 0
    assert len(reports) == 1

"""The random number generator: ready while it is on, never the same number twice in a row, the same in every run."""

from __future__ import annotations

from stm32mp1.rng import CR, DR, SR, Rng


def on(control: int = 1 << 2) -> Rng:
    rng = Rng()
    rng.write(CR, control, 4)
    return rng


def test_number_is_ready_only_while_on() -> None:
    rng = Rng()
    assert (rng.read(SR, 4), rng.read(DR, 4)) == (0, 0)
    rng.write(CR, 1 << 2, 4)
    assert rng.read(SR, 4) == 1
    rng.write(CR, 0, 4)
    assert rng.read(SR, 4) == 0


def test_numbers_are_those_of_xorshift32() -> None:
    def following(number: int) -> int:  # Marsaglia, "Xorshift RNGs", section 3: the triple 13, 17, 5
        number ^= number << 13 & 0xFFFFFFFF
        number ^= number >> 17
        return number ^ number << 5 & 0xFFFFFFFF

    numbers = [on_rng.read(DR, 4) for on_rng in [on()] for _ in range(4)]
    assert numbers[1:] == [following(number) for number in numbers[:-1]]
    assert numbers == [again.read(DR, 4) for again in [on()] for _ in range(4)]


def test_interrupt_needs_its_enable() -> None:
    assert not on().level("IRQ")
    assert on(1 << 2 | 1 << 3).level("IRQ")


def test_numbers_go_on_from_the_state() -> None:
    rng, other = on(), Rng()
    rng.read(DR, 4)
    other.from_state(rng.state())
    assert other.read(DR, 4) == rng.read(DR, 4)

"""What every device does: refused accesses are reported and harmless, lines report only change."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stm32mp1.bsec import Bsec
from stm32mp1.catalogue import CATALOGUE
from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import CPU1, CPU2, Device
from stm32mp1.gpio import Gpio
from stm32mp1.message_ram import MessageRam
from stm32mp1.tim import Tim

Listen = Callable[[Device], list[tuple[object, ...]]]

EVERY_DEVICE = pytest.mark.parametrize("model", CATALOGUE.values(), ids=list(CATALOGUE))


# -- registers ------------------------------------------------------------------------------------------------


def test_writable_bits_keep_what_was_written(sample: type[Device]) -> None:
    device = sample()
    device.write(0x0, 0xFFFFFFFF, 4)
    assert device.read(0x0, 4) == 0x3


def test_writing_one_clears_a_flag_and_zero_leaves_it(sample: type[Device]) -> None:
    device = sample()
    device.write(0x8, 0x0F, 4)
    assert device.read(0x8, 4) == 0xF0


def test_both_registers_of_a_pair_read_the_state(sample: type[Device]) -> None:
    device = sample()
    device.write(0x10, 0x0000F0F0, 4)
    assert (device.read(0x10, 4), device.read(0x14, 4)) == (0xF0F0, 0xF0F0)
    device.write(0x14, 0x000000F0, 4)
    assert (device.read(0x10, 4), device.read(0x14, 4)) == (0xF000, 0xF000)


def test_bits_beyond_31_of_a_value_are_dropped(sample: type[Device]) -> None:
    device = sample()
    device.write(0x10, 0x1_0000_0001, 4)
    assert device.read(0x10, 4) == 0x1


def test_firmware_is_accessing_unless_the_bus_says_otherwise(sample: type[Device]) -> None:
    assert (sample().processor, CPU1, CPU2) == (2, 1, 2)


# -- accesses that the hardware does not take -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("offset", "width", "what"),
    [
        (0x000, 1, "1-byte read of CR"),
        (0x000, 2, "2-byte read of CR"),
        (0x000, 8, "8-byte read of CR"),
        (0x001, 1, "1-byte read of CR"),
        (0x002, 4, "unaligned 4-byte read at +0x002"),
        (0x001, 2, "unaligned 2-byte read at +0x001"),
        (0x020, 4, "read of reserved +0x020"),
        (0x400, 4, "read outside the window at +0x400"),
        (0x400, 1, "read outside the window at +0x400"),
        (-1, 1, "read outside the window at -0x001"),
    ],
)
def test_refused_read_gives_zero_and_is_reported(
    listen: Listen, offset: int, width: int, what: str, sample: type[Device]
) -> None:
    device = sample()
    device.write(0x0, 0x3, 4)
    heard = listen(device)
    assert device.read(offset, width) == 0
    assert heard == [("illegal", what, 0, 0)]


@pytest.mark.parametrize(
    ("offset", "width", "what"),
    [
        (0x000, 1, "1-byte write to CR"),
        (0x000, 2, "2-byte write to CR"),
        (0x002, 4, "unaligned 4-byte write at +0x002"),
        (0x020, 4, "write to reserved +0x020"),
        (0x400, 4, "write outside the window at +0x400"),
        (0x004, 4, "write to read-only SR"),
        (0x00C, 4, "write to read-only ID"),
    ],
)
def test_refused_write_does_nothing_and_is_reported(
    listen: Listen, offset: int, width: int, what: str, sample: type[Device]
) -> None:
    device = sample()
    before = device.state()
    heard = listen(device)
    device.write(offset, 0x3, width)
    assert heard == [("illegal", what, 0x3, 0)]
    assert device.state() == before


#: Blocks of which software accesses registers by bytes and half words.
NARROW = (DataRegisters, Bsec, MessageRam, Gpio, Tim)


@EVERY_DEVICE
def test_no_access_raises(model: type[Device]) -> None:
    device = model()
    offsets = [*range(-4, 0x40), *range(device.SIZE - 0x20, device.SIZE + 8), *(r.offset for r in device.TABLE)]
    for offset in offsets:
        for width in (0, 1, 2, 3, 4, 8):
            for value in (0, 1, 0xFFFFFFFF, 0xFFFFFFFF_FFFFFFFF):
                device.write(offset, value, width)
                assert 0 <= device.read(offset, width) <= 0xFFFFFFFF


@pytest.mark.parametrize("name", [name for name, model in CATALOGUE.items() if not issubclass(model, NARROW)])
def test_narrow_access_is_refused_by_every_register(name: str, listen: Listen) -> None:
    device = CATALOGUE[name]()
    before = device.state()
    heard = listen(device)
    for register in device.TABLE:
        for width in (1, 2, 8):
            assert device.read(register.offset, width) == 0
            device.write(register.offset, 0xFFFFFFFF, width)
    assert device.state() == before
    assert {report[0] for report in heard} == {"illegal"}
    assert len(heard) == 6 * len(device.TABLE)


@EVERY_DEVICE
def test_stopped_device_answers_no_access_and_says_why(model: type[Device], listen: Listen) -> None:
    device = model()
    before = device.state()
    heard = listen(device)
    device.stopped = "with the clock off"
    for register in device.TABLE:
        assert device.read(register.offset, 4) == 0, register.name
        device.write(register.offset, 0xFFFFFFFF, 4)
        assert heard == [
            ("illegal", f"read of {register.name} with the clock off", 0, 0),
            ("illegal", f"write to {register.name} with the clock off", 0xFFFFFFFF, 0),
        ]
        heard.clear()
    assert device.state() == before


def test_stopped_device_keeps_registers_and_lines_and_goes_on(listen: Listen, sample: type[Device]) -> None:
    device = sample()
    device.write(0x0, 0x1, 4)
    heard = listen(device)
    device.stopped = "in reset"
    device.write(0x0, 0x0, 4)
    assert device.level("HIGH")
    device.stopped = ""
    assert device.read(0x0, 4) == 0x1
    device.write(0x0, 0x0, 4)
    assert heard == [("illegal", "write to CR in reset", 0x0, 0), ("line", "HIGH", False)]


def test_what_is_wrong_with_an_access_comes_before_what_stops_the_device(listen: Listen, sample: type[Device]) -> None:
    device = sample()
    device.stopped = "in reset"
    heard = listen(device)
    for offset, width in ((0x0, 2), (0x2, 4), (0x20, 4), (0x400, 4)):
        assert device.read(offset, width) == 0
    assert [report[1] for report in heard] == [
        "2-byte read of CR",
        "unaligned 4-byte read at +0x002",
        "read of reserved +0x020",
        "read outside the window at +0x400",
    ]


# -- tables ---------------------------------------------------------------------------------------------------


#: Ready bits follow their switches at once; the vendor's reset value is that of the instant of the reset.
READY_AT_RESET = {("RCC", "OCRDYR"): 0x01800005, ("PWR", "CR3"): 0xF0000000}


@EVERY_DEVICE
def test_registers_read_their_reset_value(model: type[Device]) -> None:
    device = model()
    for register in device.TABLE:
        if not register.name.startswith("RLR"):  # reading these takes a semaphore
            expected = READY_AT_RESET.get((device.TABLE.name, register.name), register.reset)
            assert device.read(register.offset, 4) == expected, register.name


#: What a reset of the system leaves as it is: backup registers, the backup domain, and the causes of resets.
OUTLIVES_RESET = ("RLR", "BKP", "BDCR", "BR_RSTSCLRR", "MP_RSTSCLRR", "MC_RSTSCLRR")


@EVERY_DEVICE
def test_reset_restores_every_register_but_the_backup(model: type[Device]) -> None:
    device = model()
    for register in device.TABLE:
        device.write(register.offset, 0xFFFFFFFF, 4)
    device.reset()
    for register in device.TABLE:
        if not register.name.startswith(OUTLIVES_RESET):
            expected = READY_AT_RESET.get((device.TABLE.name, register.name), register.reset)
            assert device.read(register.offset, 4) == expected, register.name


@EVERY_DEVICE
def test_registers_lie_in_the_window_at_whole_words(model: type[Device]) -> None:
    for register in model.TABLE:
        assert register.offset % 4 == 0
        assert 0 <= register.offset < model.SIZE


@EVERY_DEVICE
def test_every_register_has_a_sentence_and_every_field_a_meaning(model: type[Device]) -> None:
    for register in model.TABLE:
        assert register.human
        assert register.sentence.endswith("."), register.name
        assert all(field.meaning for field in register.fields), register.name


@EVERY_DEVICE
def test_lines_are_low_after_reset(model: type[Device]) -> None:
    device = model()
    assert not any(device.level(line) for line in device.LINES)


@pytest.mark.parametrize("name", [name for name, model in CATALOGUE.items() if model.TABLE.named("SIDR")])
def test_constants_close_the_window(name: str) -> None:
    device = CATALOGUE[name]()
    assert device.read(device.SIZE - 4, 4) == 0xA3C5DD00 | device.SIZE // 1024


# -- lines ----------------------------------------------------------------------------------------------------


def test_line_is_reported_on_change_only(listen: Listen, sample: type[Device]) -> None:
    device = sample()
    heard = listen(device)
    device.write(0x0, 0x1, 4)
    device.write(0x0, 0x1, 4)
    device.write(0x0, 0x0, 4)
    assert heard == [("line", "HIGH", True), ("line", "HIGH", False)]


def test_lines_are_reported_in_the_order_of_their_declaration(listen: Listen, sample: type[Device]) -> None:
    device = sample()
    heard = listen(device)
    device.write(0x0, 0x3, 4)
    assert heard == [("line", "HIGH", True), ("line", "LOW", True)]


def test_level_is_current_inside_the_report(sample: type[Device]) -> None:
    device = sample()
    seen: list[bool] = []
    device.on_line = lambda line, level: seen.append(device.level(line))
    device.write(0x0, 0x1, 4)
    device.write(0x0, 0x0, 4)
    assert seen == [True, False]


def test_listener_may_write_and_every_line_is_still_reported_as_it_is(sample: type[Device]) -> None:
    device = sample()
    heard: list[tuple[str, bool]] = []

    def acknowledge(line: str, level: bool) -> None:
        heard.append((line, level))
        if line == "HIGH" and level:
            device.write(0x0, 0x0, 4)

    device.on_line = acknowledge
    device.write(0x0, 0x3, 4)
    assert heard == [("HIGH", True), ("HIGH", False)]
    assert not device.level("LOW")


def test_access_from_inside_a_report_does_not_hide_the_lines_that_follow(sample: type[Device]) -> None:
    """Whatever the listener does: look, write what is there, write something new."""
    for inside in (
        lambda device: device.read(0x0, 4),
        lambda device: device.write(0x0, 0x3, 4),
        lambda device: device.write(0x4, 0x0, 4),
    ):
        device = sample()
        heard: list[tuple[str, bool]] = []

        def hear(
            line: str,
            level: bool,
            device: Device = device,
            heard: list[tuple[str, bool]] = heard,
            inside: Callable[[Device], object] = inside,
        ) -> None:
            heard.append((line, level))
            inside(device)

        device.on_line = hear
        device.write(0x0, 0x3, 4)
        assert heard == [("HIGH", True), ("LOW", True)]


def test_line_that_a_listener_raises_is_reported_once(sample: type[Device]) -> None:
    device = sample()
    heard: list[tuple[str, bool]] = []

    def raise_the_other(line: str, level: bool) -> None:
        heard.append((line, level))
        device.write(0x0, 0x3, 4)

    device.on_line = raise_the_other
    device.write(0x0, 0x1, 4)
    assert heard == [("HIGH", True), ("LOW", True)]


def test_listener_hears_of_changes_from_when_it_began_to_listen(listen: Listen, sample: type[Device]) -> None:
    device = sample()
    device.write(0x0, 0x1, 4)
    heard = listen(device)
    device.write(0x0, 0x1, 4)
    assert heard == []
    device.on_line = None
    device.write(0x0, 0x2, 4)
    heard = listen(device)
    device.write(0x0, 0x2, 4)
    assert heard == []
    device.write(0x0, 0x1, 4)
    assert heard == [("line", "HIGH", True), ("line", "LOW", False)]


def test_listener_can_be_asked_for(sample: type[Device]) -> None:
    device = sample()
    assert device.on_line is None
    assert device.on_event is None

    def hear(line: str, level: bool) -> None:
        raise AssertionError("nothing moves")

    device.on_line = hear
    assert device.on_line is hear


def test_device_with_nobody_listening_works(sample: type[Device]) -> None:
    device = sample()
    device.write(0x0, 0x3, 4)
    device.write(0x4, 0x0, 4)
    device.reset()
    assert not device.level("HIGH")


def test_wrong_line_name_of_a_device_without_lines() -> None:
    with pytest.raises(ValueError, match=r"^NONE has no output line 'IRQ'; its lines are: none\.$"):
        Device().level("IRQ")


def test_wrong_line_name(sample: type[Device]) -> None:
    with pytest.raises(ValueError, match=r"^SAMPLE has no output line 'RX9'; its lines are: HIGH, LOW\.$"):
        sample().level("RX9")

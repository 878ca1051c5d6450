"""What a platform file means: the shipped STM32MP157, and what is refused with file, line and what is known."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mp1bench.engine.bare import BareEngine
from mp1bench.errors import BusError, PlatformError, UsageError
from mp1bench.image import MP1_REGIONS
from mp1bench.platform import DevicePart, Platform, Wire, read_platform
from mp1bench.repl import parse_repl
from stm32mp1.catalogue import CATALOGUE
from stm32mp1.ipcc import Ipcc, ipcc_class
from stm32mp1.ipcc_table import STM32MP15, VARIANTS, Variant

CORE = """\
cpu: CPU.CortexM @ sysbus
    cpuType: "cortex-m4f"
    nvic: nvic
nvic: IRQControllers.NVIC @ sysbus 0xE000E000
    IRQ -> cpu@0
"""


def platform(text: str) -> Platform:
    return Platform(parse_repl(text, "board.repl"))


def refusal(text: str) -> str:
    with pytest.raises(PlatformError) as caught:
        platform(text).build(BareEngine())
    return str(caught.value)


# -- the shipped STM32MP157 -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> Platform:
    return read_platform()


def test_shipped_platform_has_its_files_name(shipped):
    assert shipped.name == "stm32mp157.repl"
    assert shipped.ignored == ()


def test_shipped_memories_are_those_of_the_mp15(shipped):
    assert shipped.regions == MP1_REGIONS
    assert [r.size for r in shipped.regions] == [64 * 1024, 384 * 1024]


def test_shipped_core_runs_200_mips(shipped):
    assert shipped.instruction_ns == 5


def test_each_memory_is_one_under_all_its_addresses(shipped):
    engine = BareEngine()
    shipped.build(engine)
    engine.write(0x38000010, 0x12345678)
    engine.write(0x1005FFFC, 0x9ABCDEF0)
    assert engine.read(0x00000010) == 0x12345678
    assert engine.read(0x3005FFFC) == 0x9ABCDEF0
    with pytest.raises(BusError):
        engine.read(0x10060000)


@pytest.mark.parametrize(
    ("name", "address", "wires"),
    [
        ("ipcc", 0x4C001000, (Wire("RX1", 103), Wire("TX1", 104))),
        ("usart3", 0x4000F000, (Wire("IRQ", 39),)),
        ("uart4", 0x40010000, (Wire("IRQ", 52),)),
        ("hsem", 0x4C000000, None),
        ("rcc", 0x50000000, ()),
        ("pwr", 0x50001000, ()),
        ("gpioA", 0x50002000, ()),
        ("gpioK", 0x5000C000, ()),
        ("gpioZ", 0x54004000, ()),
        ("exti", 0x5000D000, ()),
        ("syscfg", 0x50020000, ()),
        ("tamp", 0x5C00A000, ()),
    ],
)
def test_shipped_devices_stand_where_the_facts_say(shipped, name, address, wires):
    (part,) = [part for part in shipped.devices if part.name == name]
    assert part.address == address
    if wires is not None:
        assert part.wires == wires


def test_every_gpio_port_is_there(shipped):
    ports = {part.name: part.address for part in shipped.devices if part.name.startswith("gpio")}
    assert ports == {f"gpio{'ABCDEFGHIJK'[i]}": 0x50002000 + 0x1000 * i for i in range(11)} | {"gpioZ": 0x54004000}


# -- a board of one's own -------------------------------------------------------------------------------------


def test_a_board_may_extend_the_shipped_platform(tmp_path, shipped):
    text = f'using "{shipped.path}"\ncpu:\n    PerformanceInMips: 100\nddr: Memory.MappedMemory @ sysbus 0xC0000000\n'
    (tmp_path / "board.repl").write_text(text + "    size: 0x100000\n")
    mine = read_platform(tmp_path / "board.repl")
    assert mine.instruction_ns == 10
    assert mine.regions[-1].addresses == (0xC0000000,)


def test_the_only_line_of_a_device_needs_no_name():
    text = CORE + "uart: UART.STM32F7_USART @ sysbus 0x40010000\n    frequency: 64000000\n    -> nvic@52\n"
    assert platform(text).devices[0].wires == (Wire("IRQ", 52),)


# -- variants of the IPCC -------------------------------------------------------------------------------------


def ipcc_of(text: str, *variants: Variant) -> DevicePart:
    (part,) = Platform(parse_repl(CORE + text, "board.repl"), variants).devices
    return part


def test_ipcc_is_the_stm32mp15s_unless_the_file_says_otherwise():
    assert ipcc_of("ipcc: STM32MP1.IPCC @ sysbus 0x4C001000\n").model is Ipcc


@pytest.mark.parametrize("variant", VARIANTS, ids=[variant.name for variant in VARIANTS])
def test_file_may_name_each_variant_and_wire_its_lines(variant):
    text = f'ipcc: STM32MP1.IPCC @ sysbus 0x{variant.base:X}\n    variant: "{variant.name}"\n'
    wires = "".join(f"    {line.name} -> nvic@{n}\n" for n, line in enumerate(variant.lines))
    part = ipcc_of(text + wires)
    assert part.model is ipcc_class(variant)
    assert part.wires == tuple(Wire(line.name, n) for n, line in enumerate(variant.lines))


MINE = STM32MP15._replace(name="MINE", channels=3)
MY_IPCC = 'ipcc: STM32MP1.IPCC @ sysbus 0x4C001000\n    variant: "MINE"\n'


def test_file_may_name_a_variant_of_ones_own():
    assert ipcc_of(MY_IPCC, MINE).model is ipcc_class(MINE)


def test_variant_of_a_known_name_takes_its_place():
    mine = STM32MP15._replace(channels=3)
    model = ipcc_of("ipcc: STM32MP1.IPCC @ sysbus 0x4C001000\n", mine).model
    assert model is ipcc_class(mine)


@pytest.mark.parametrize(
    ("variant", "sentence"),
    [
        (
            MINE._replace(channels=17),
            "board.repl:7: there can be no IPCC `MINE`: MINE cannot have 17 channels: an IPCC has 1 to 16.",
        ),
        (
            MINE._replace(events=[]),
            "board.repl:7: there can be no IPCC `MINE`:"
            " the events of a variant must be a tuple of pairs: name and line, not [].",
        ),
    ],
)
def test_variant_that_cannot_be_is_refused(variant, sentence):
    with pytest.raises(PlatformError) as caught:
        ipcc_of(MY_IPCC, variant)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(("variants", "shown"), [(["MINE"], "'MINE'"), (MINE, "'MINE'"), (None, "None"), (5, "5")])
def test_what_is_no_list_of_variants_is_refused(variants, shown):
    with pytest.raises(UsageError) as caught:
        read_platform(None, variants)
    assert str(caught.value) == (
        f"variants holds {shown}, which is no IPCC. Make a list of some:"
        ' [STM32MP15._replace(name="MINE", channels=3)], with STM32MP15 from stm32mp1.ipcc_table.'
    )


@pytest.mark.parametrize(("event", "line"), [("EXTI61", "RX0"), ("EXTI62", "RX1")])
def test_event_may_be_wired_and_is_the_line_behind_it(event, line):
    assert ipcc_of(f"ipcc: STM32MP1.IPCC @ sysbus 0x4C001000\n    {event} -> nvic@7\n").wires == (Wire(line, 7),)


def test_shipped_file_is_known_by_its_name_unless_there_is_another(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_platform("stm32mp157.repl").path == read_platform().path
    (tmp_path / "stm32mp157.repl").write_text("ipcc: STM32MP1.IPCC @ sysbus 0x4C001000\n")
    assert [part.name for part in read_platform("stm32mp157.repl").devices] == ["ipcc"]


# -- what is refused ------------------------------------------------------------------------------------------

IPCC = CORE + "ipcc: STM32MP1.IPCC @ sysbus <0x4C001000, +0x400>\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "a: STM32MP1.IPC @ sysbus 0x0\n",
            "board.repl:1: the type `STM32MP1.IPC` of `a` is unknown to the embedded engine."
            " Did you mean `STM32MP1.IPCC`?",
        ),
        (
            "a: Memory.MappedMemory @ gpio 0x0\n    size: 0x1000\n",
            "board.repl:1: `a` is registered at `gpio`; the only bus is sysbus.",
        ),
        (
            "a: Memory.MappedMemory @ sysbus 0x0\n    sise: 0x1000\n",
            "board.repl:2: `a` (Memory.MappedMemory) has no property `sise` here. Did you mean `size`?",
        ),
        (
            "ipcc: STM32MP1.IPCC @ sysbus 0x4C001000\n    size: 0x400\n",
            "board.repl:2: `ipcc` (STM32MP1.IPCC) has no property `size` here. There are: variant.",
        ),
        (
            'a: Memory.MappedMemory @ sysbus 0x0\n    size: "1 KiB"\n',
            "board.repl:2: `size` of `a` must be a number.",
        ),
        (
            "a: Memory.MappedMemory @ sysbus 0x0\n",
            "board.repl:1: the memory `a` has no `size`. Add `size: 0x10000`.",
        ),
        (
            "a: Memory.MappedMemory\n    size: 0x1000\n",
            "board.repl:1: the memory `a` has no address. Add `@ sysbus 0x10000000`.",
        ),
        (
            "a: Memory.MappedMemory @ sysbus 0x100\n    size: 0x1000\n",
            "board.repl:2: the memory `a` must begin and end at a multiple of 4 KiB and have at most 1 GiB.",
        ),
        (
            "a: Memory.MappedMemory @ sysbus 0xDFFFF000\n    size: 0x2000\n",
            "board.repl:1: the window of `a` (0xDFFFF000, 0x2000 bytes) must lie between 0 and 0xE0000000,"
            " from where on the addresses are the core's own.",
        ),
        (
            "a: STM32MP1.IPCC @ sysbus <0x1000, 0x800>\n",
            "board.repl:1: the window of `a` (0x00001000, 0x-800 bytes) must lie between 0 and 0xE0000000,"
            " from where on the addresses are the core's own.",
        ),
        ("a: STM32MP1.IPCC\n", "board.repl:1: the device `a` needs one address, as in `@ sysbus 0x4C001000`."),
        (
            IPCC + "b: Memory.MappedMemory @ sysbus 0x4C001000\n    size: 0x1000\n",
            "board.repl:6: ipcc at 0x4C001000 (0x400 bytes) overlaps b at 0x4C001000 (0x1000 bytes). Move one of them.",
        ),
        (
            IPCC + "    RX2 -> nvic@103\n",
            "board.repl:7: `ipcc` (STM32MP1.IPCC) has no output line `RX2`. Did you mean `RX1`?",
        ),
        (
            IPCC + "    -> nvic@103\n",
            "board.repl:7: `ipcc` (STM32MP1.IPCC) has no output line ``."
            " There are: EXTI61, EXTI62, RX0, RX1, TX0, TX1.",
        ),
        (
            IPCC + '    variant: "STM32WL5"\n',
            "board.repl:7: no IPCC is called `STM32WL5`. Did you mean `STM32WL5x`?"
            " In Python, one of your own comes with Board(variants=[...]).",
        ),
        (
            IPCC + "    variant: STM32WL5x\n",
            'board.repl:7: `variant` of `ipcc` must be a name in quotes, as in "STM32MP15".',
        ),
        (
            IPCC + '    variant: "STM32WL5x"\n    RX1 -> nvic@103\n',
            "board.repl:8: `ipcc` (STM32MP1.IPCC) has no output line `RX1`. Did you mean `RXTX1`?",
        ),
        (
            IPCC + '    variant: "STM32WL5x"\n    EXTI62 -> nvic@103\n',
            "board.repl:8: `ipcc` (STM32MP1.IPCC) has no output line `EXTI62`. There are: RX0, RXTX1, TX0.",
        ),
        (IPCC + "    RX1 -> nvic@150\n", "board.repl:7: `ipcc` drives nvic@150; its inputs are 0 to 149."),
        (IPCC + "    RX1 -> gic@100\n", "board.repl:7: `gic` is no IRQControllers.NVIC. There are: nvic."),
        (
            "ipcc: STM32MP1.IPCC @ sysbus 0x4C001000\n    RX1 -> nvic@103\n",
            "board.repl:2: `nvic` is no IRQControllers.NVIC. The file has none.",
        ),
        (
            CORE.replace("cortex-m4f", "cortex-m7"),
            'board.repl:2: `cpuType` of `cpu` must be "cortex-m4f" or "cortex-m4".',
        ),
        (CORE.replace("    nvic: nvic\n", ""), "board.repl:1: the CPU `cpu` has no `nvic`. Add `nvic: nvic`."),
        (
            CORE.replace("nvic: nvic", 'nvic: "nvic"', 1),
            "board.repl:3: `nvic` of `cpu` must be the name of another entry.",
        ),
        (
            CORE.replace("0xE000E000", "0xE000F000"),
            "board.repl:4: the NVIC `nvic` must be at sysbus 0xE000E000.",
        ),
        (
            CORE + "    priorityMask: 0xE0\n",
            "board.repl:6: `priorityMask` of `nvic` must be 0xF0, the four priority bits of the M4.",
        ),
        (
            CORE + "cpu:\n    PerformanceInMips: 209\n",
            "board.repl:7: `PerformanceInMips` of `cpu` must be a divisor of 1000, so that an instruction takes"
            " whole nanoseconds.",
        ),
    ],
)  # fmt: skip
def test_refusals(text, sentence):
    assert refusal(text) == sentence


# -- any description ------------------------------------------------------------------------------------------

TYPES = st.sampled_from([*CATALOGUE, "Memory.MappedMemory", "CPU.CortexM", "IRQControllers.NVIC", "Some.Other"])
NAMES = st.sampled_from(["cpu", "nvic", "ipcc", "sysbus", "a"])
NUMBERS = st.sampled_from([-1, 0, 1, 103, 150, 200, 0xF0, 0x400, 0x1000, 0x4C001000, 0xE000E000, 0xFFFFFFFF, 1 << 64])
PLACES = st.one_of(
    st.just(""),
    st.builds(" @ {} {}".format, st.sampled_from(["sysbus", "sysbus", "gpio"]), NUMBERS),
    st.builds(" @ sysbus <{}, +{}>".format, NUMBERS, NUMBERS),
    st.builds(" @ {{ sysbus {}; sysbus {} }}".format, NUMBERS, NUMBERS),
)
ATTRIBUTES = st.one_of(
    st.builds(
        "    {}: {}\n".format,
        st.sampled_from(["size", "nvic", "cpuType", "PerformanceInMips", "priorityMask", "frequency", "variant", "x"]),
        st.one_of(NUMBERS, NAMES, st.sampled_from(['"cortex-m4"', "true", ".E"])),
    ),
    st.builds("    {} -> {}@{}\n".format, st.sampled_from(["RX1", "IRQ", "L", ""]), NAMES, NUMBERS),
)
ENTRIES = st.builds(
    "{}: {}{}\n{}".format, NAMES, st.one_of(TYPES, st.just("")), PLACES, st.lists(ATTRIBUTES, max_size=4).map("".join)
)


@settings(derandomize=True, max_examples=1000, deadline=None)
@given(text=st.lists(ENTRIES, max_size=5).map("".join))
def test_any_description_is_built_or_refused(text):
    with contextlib.suppress(PlatformError):
        platform(text).build(BareEngine())

"""What a platform file means: the shipped STM32MP157, and what is refused with file, line and what is known."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mp1bench.engine.bare import BareEngine
from mp1bench.errors import BusError, PlatformError, UsageError
from mp1bench.platform import DevicePart, Platform, Wire, read_platform
from mp1bench.platform.repl import parse_repl
from mp1bench.regions import MP1_REGIONS
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
        ("ipcc", 0x4C001000, (Wire("RX1", 103), Wire("RX1", 62, "exti"), Wire("TX1", 104))),
        ("hsem", 0x4C000000, (Wire("IRQ", 125), Wire("IRQ", 64, "exti"))),
        ("rcc", 0x50000000, (Wire("WAKEUP", 145), Wire("MCURST", 0, "wwdg1"))),
        ("pwr", 0x50001000, ()),
        ("gpioA", 0x50002000, tuple(Wire(str(n), 96 + n, "exti") for n in range(16))),
        ("gpioK", 0x5000C000, tuple(Wire(str(n), 256 + n, "exti") for n in range(16))),
        ("gpioZ", 0x54004000, tuple(Wire(str(n), 272 + n, "exti") for n in range(16))),
        ("exti", 0x5000D000, None),
        ("syscfg", 0x50020000, ()),
        ("tamp", 0x5C00A000, ()),
        ("dbgmcu", 0x50081000, ()),
        ("bsec", 0x5C005000, ()),
        ("rtc", 0x5C004000, ()),
        ("dts", 0x50028000, ()),
        ("etzpc", 0x5C007000, ()),
    ],
)
def test_shipped_devices_stand_where_the_facts_say(shipped, name, address, wires):
    (part,) = [part for part in shipped.devices if part.name == name]
    assert part.address == address
    if wires is not None:
        assert part.wires == wires


#: The same of the timers and watchdogs; DMA requests of channels 1 and on, and of the update.
TIMERS = {
    "tim1": (0x44000000, {"BRK": 24, "UP": 25, "TRG": 26, "CC": 27}, [11, 12, 13, 14], 15),
    "tim2": (0x40000000, {"IRQ": 28}, [18, 19, 20, 21], 22),
    "tim3": (0x40001000, {"IRQ": 29}, [23, 24, 25, 26], 27),
    "tim4": (0x40002000, {"IRQ": 30}, [29, 30, 31], 32),
    "tim5": (0x40003000, {"IRQ": 50}, [55, 56, 57, 58], 59),
    "tim6": (0x40004000, {"IRQ": 54}, [], 69),
    "tim7": (0x40005000, {"IRQ": 55}, [], 70),
    "tim8": (0x44001000, {"BRK": 43, "UP": 44, "TRG": 45, "CC": 46}, [47, 48, 49, 50], 51),
    "tim12": (0x40006000, {"IRQ": 119}, [], None),
    "tim13": (0x40007000, {"IRQ": 130}, [], None),
    "tim14": (0x40008000, {"IRQ": 131}, [], None),
    "tim15": (0x44006000, {"IRQ": 116}, [105], 106),
    "tim16": (0x44007000, {"IRQ": 117}, [109], 110),
    "tim17": (0x44008000, {"IRQ": 118}, [111], 112),
    "lptim1": (0x40009000, {"IRQ": 93}, [], None),
    "lptim2": (0x50021000, {"IRQ": 138}, [], None),
    "lptim3": (0x50022000, {"IRQ": 139}, [], None),
    "lptim4": (0x50023000, {"IRQ": 140}, [], None),
    "lptim5": (0x50024000, {"IRQ": 141}, [], None),
    "wwdg1": (0x4000A000, {"EWI": 0}, [], None),
    "iwdg1": (0x5C003000, {}, [], None),
    "iwdg2": (0x5A002000, {}, [], None),
}


@pytest.mark.parametrize("name", TIMERS)
def test_shipped_timers_stand_where_the_header_says(shipped, name):
    address, interrupts, channels, update = TIMERS[name]
    (part,) = [part for part in shipped.devices if part.name == name]
    assert part.address == address
    assert {wire.line: wire.number for wire in part.wires if not wire.receiver} == interrupts
    requests = {f"CH{n}DMA": request for n, request in enumerate(channels, 1)}
    if update is not None:
        requests["UPDMA"] = update
    assert {wire.line: wire.number for wire in part.wires if wire.receiver == "dmamux1"} == requests


def test_shipped_watchdogs_reset_through_the_rcc(shipped):
    wires = {part.name: part.wires for part in shipped.devices}
    for name, number in (("wwdg1", 0), ("iwdg1", 1), ("iwdg2", 2)):
        assert Wire("RESET", number, "rcc") in wires[name]
    assert Wire("RESET", 68, "exti") in wires["wwdg1"]


#: Interrupts and DMA requests of ST's CMSIS header and HAL: address, NVIC inputs by line, DMAMUX inputs by line.
SERIAL_AND_MOVERS = {
    "usart1": (0x5C000000, {"IRQ": 37}, {}),
    "usart2": (0x4000E000, {"IRQ": 38}, {"RXDMA": 43, "TXDMA": 44}),
    "usart3": (0x4000F000, {"IRQ": 39}, {"RXDMA": 45, "TXDMA": 46}),
    "uart4": (0x40010000, {"IRQ": 52}, {"RXDMA": 63, "TXDMA": 64}),
    "uart5": (0x40011000, {"IRQ": 53}, {"RXDMA": 65, "TXDMA": 66}),
    "usart6": (0x44003000, {"IRQ": 71}, {"RXDMA": 71, "TXDMA": 72}),
    "uart7": (0x40018000, {"IRQ": 82}, {"RXDMA": 79, "TXDMA": 80}),
    "uart8": (0x40019000, {"IRQ": 83}, {"RXDMA": 81, "TXDMA": 82}),
    "i2c1": (0x40012000, {"EV": 31, "ER": 32}, {"RXDMA": 33, "TXDMA": 34}),
    "i2c2": (0x40013000, {"EV": 33, "ER": 34}, {"RXDMA": 35, "TXDMA": 36}),
    "i2c3": (0x40014000, {"EV": 72, "ER": 73}, {"RXDMA": 73, "TXDMA": 74}),
    "i2c4": (0x5C002000, {"EV": 95, "ER": 96}, {}),
    "i2c5": (0x40015000, {"EV": 107, "ER": 108}, {"RXDMA": 115, "TXDMA": 116}),
    "i2c6": (0x5C009000, {"EV": 135, "ER": 136}, {}),
    "spi1": (0x44004000, {"IRQ": 35}, {"RXDMA": 37, "TXDMA": 38}),
    "spi2": (0x4000B000, {"IRQ": 36}, {"RXDMA": 39, "TXDMA": 40}),
    "spi3": (0x4000C000, {"IRQ": 51}, {"RXDMA": 61, "TXDMA": 62}),
    "spi4": (0x44005000, {"IRQ": 84}, {"RXDMA": 83, "TXDMA": 84}),
    "spi5": (0x44009000, {"IRQ": 85}, {"RXDMA": 85, "TXDMA": 86}),
    "spi6": (0x5C001000, {"IRQ": 86}, {}),
    "dac1": (0x40017000, {}, {"DMA1": 67, "DMA2": 68}),
    "adc12": (0x48003000, {"IRQ1": 18, "IRQ2": 90}, {"DMA1": 9, "DMA2": 10}),
    "dma1": (0x48000000, {f"S{n}": irq for n, irq in enumerate([11, 12, 13, 14, 15, 16, 17, 47])}, {}),
    "dma2": (0x48001000, {f"S{n}": irq for n, irq in enumerate([56, 57, 58, 59, 60, 68, 69, 70])}, {}),
    "dmamux1": (0x48002000, {}, {}),
    "hash1": (0x54002000, {"IRQ": 80}, {}),
    "hash2": (0x4C002000, {"IRQ": 106}, {"DMA": 78}),
    "cryp1": (0x54001000, {"IRQ": 79}, {}),
    "cryp2": (0x4C005000, {"IRQ": 105}, {"INDMA": 76, "OUTDMA": 77}),
    "fdcan1": (0x4400E000, {"IT0": 19, "IT1": 21}, {}),
    "fdcan2": (0x4400F000, {"IT0": 20, "IT1": 22}, {}),
    "fdcanccu": (0x44010000, {}, {}),
    "sramcan": (0x44011000, {}, {}),
    "quadspi": (0x58003000, {"IRQ": 92}, {}),
    "rng1": (0x54003000, {"IRQ": 133}, {}),
    "rng2": (0x4C003000, {"IRQ": 134}, {}),
    "crc1": (0x58009000, {}, {}),
    "crc2": (0x4C004000, {}, {}),
}


@pytest.mark.parametrize("name", SERIAL_AND_MOVERS)
def test_shipped_serial_ports_and_movers_are_wired_as_in_the_vendors_headers(shipped, name):
    address, interrupts, requests = SERIAL_AND_MOVERS[name]
    (part,) = [part for part in shipped.devices if part.name == name]
    assert part.address == address
    assert {wire.line: wire.number for wire in part.wires if not wire.receiver} == interrupts
    assert {wire.line: wire.number for wire in part.wires if wire.receiver == "dmamux1"} == requests


def test_each_channel_of_the_dmamux_has_its_stream(shipped):
    (part,) = [part for part in shipped.devices if part.name == "dmamux1"]
    assert part.wires == tuple(Wire(f"REQ{n}", n % 8, "dma2" if n > 7 else "dma1") for n in range(16))


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
    text = CORE + "rng: STM32MP1.RNG @ sysbus 0x54003000\n    -> nvic@133\n"
    assert platform(text).devices[0].wires == (Wire("IRQ", 133),)


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

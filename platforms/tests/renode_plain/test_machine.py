"""The machine of `stm32mp157.repl` in plain Renode: signals both ways, resets, failing models, several machines."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from mp1bench.shipped import default_platform, prebuilt_image
from renode_here import needs_renode
from renode_plain_files import MODELS, TYPES, Session

pytestmark = needs_renode
Renode = Callable[..., Session]

BOOT = f"""
$elf=@{prebuilt_image("ipcc_signals")}
include @{default_platform().with_suffix(".resc")}
"""
#: The other side of `ipcc_signals`, on CH5: a request to the M4, and an answer to the M4's own.
EXCHANGE = '''
python """
def exchange(number):
    write(0x10048010, number); write(0x4C001008, 1 << 20)
    run("0.0001")
    good = read(0x10048014) == ~number & 0xFFFFFFFF and not read(0x4C00100C) & 1 << 4
    asked = read(0x4C00101C) & 1 << 4 != 0
    write(0x10048024, ~read(0x10048020) & 0xFFFFFFFF); write(0x4C001008, 1 << 4)
    run("0.0001")
    return good and asked
def counts():
    return read(0x10048018), read(0x10048028), read(0x1004802C)
"""
'''


def test_signals_go_both_ways_also_after_a_reset_of_the_machine(renode: Renode) -> None:
    session = renode(
        BOOT
        + EXCHANGE
        + """
emulation RunFor "0.002"
python "say(sum(exchange(1000 + n) for n in range(50)), counts())"
python "write(0x4C001008, 3 << 16); write(0x4C000004, 0x80000100); say(hex(read(0x4C00100C)))"
python "write(0x4000002C, 200000); write(0x4000000C, 1); write(0x40000000, 1)"
machine Reset
python "say(hex(read(0x4C00100C)), hex(read(0x4C000004)), counts())"
emulation RunFor "0.002"
python "say(hex(read(0x40000010)), monitor.Machine['sysbus.tim2'].IRQ.IsSet)"
emulation RunFor "0.002"
python "say(sum(exchange(1000 + n) for n in range(50)), counts())"
"""
    )
    assert session.said == [
        "50 (50, 50, 0)",
        "0x3",
        "0x0 0x0 (50, 50, 0)",  # memory stays
        "0x0 False",  # a timer that would have rung
        "50 (50, 50, 0)",
    ]
    assert "ERROR" not in session.log


def test_failing_model_says_so_in_one_line_and_the_emulation_goes_on(renode: Renode) -> None:
    session = renode(
        BOOT
        + '''
emulation RunFor "0.002"
python """
def fails(*arguments):
    return {}["nothing"]
device("crc2").read = fails
device("crc2").write = fails
device("exti").input = fails
device("hsem").reset = fails
device("uart4").receive = fails
device("rng1").read = lambda *arguments: None
device("tim2").alarm = fails
device("ipcc").write = fails
say(read(0x4C004000))
"""
sysbus WriteByte 0x4C004001 7
sysbus ReadDoubleWord 0x54003000
sysbus.exti OnGPIO 3 true
sysbus.uart4 WriteChar 65
sysbus WriteDoubleWord 0x4000002C 64000
sysbus WriteDoubleWord 0x4000000C 1
sysbus WriteDoubleWord 0x40000000 1
emulation RunFor "0.001"
python "device('tim2').alarm = lambda: None"
python "write(0x4C001008, 0)"
machine Reset
emulation RunFor "0.002"
python "say(monitor.Machine['sysbus.cpu'].ExecutedInstructions > 100)"
'''
    )
    assert session.said == ["0", "True"]
    failures = re.findall(r"\[ERROR\] (\w+): the model failed in (.*) \(.*:\d+\)$", session.log, re.M)
    assert failures[:8] == [
        ("crc2", "4-byte read at +0x000, which reads 0: KeyError: nothing"),
        ("crc2", "1-byte write of 0x7 at +0x001: KeyError: nothing"),
        ("rng1", failures[2][1]),  # Python's words
        ("exti", "input(3, True): KeyError: nothing"),
        ("uart4", "receive(Array[Byte]((65))): KeyError: nothing"),
        ("tim2", "alarm(): KeyError: nothing"),
        ("ipcc", "4-byte write of 0x0 at +0x008: KeyError: nothing"),
        ("hsem", "reset(): KeyError: nothing"),
    ]
    assert failures[2][1].startswith("4-byte read at +0x000, which reads 0: TypeError")
    assert "ipcc" in dict(failures[8:]), "the M4's own accesses fail, too"


def test_whatever_a_model_raises_is_one_line(renode: Renode) -> None:
    session = renode(
        BOOT
        + '''
python """
class Old:
    pass
class Wordless(Exception):
    def __str__(self):
        return {}["nothing"]
def raises(error):
    def fails(*arguments):
        raise error
    return fails
def through_the_bus(*arguments):
    return read(0x4C004000)
for error in (Old(), Wordless(), SystemExit(3), KeyboardInterrupt(), ValueError("two" + chr(10) + "lines")):
    device("crc2").read = raises(error)
    say(read(0x4C004000))
device("crc2").read = through_the_bus
say(read(0x4C004000))
"""
'''
    )
    assert session.said == ["0"] * 6
    failures = re.findall(
        r"\[ERROR\] crc2: the model failed in 4-byte read at \+0x000, which reads 0: (.*)", session.log
    )
    assert [failure.split(" (")[0].split(" <")[0].rstrip() for failure in failures[:5]] == [
        "Old:",  # and Python's words
        "Wordless: an error without words",
        "SystemExit: 3",
        "KeyboardInterrupt:",
        "ValueError: two lines",
    ]
    assert failures[5].startswith("SystemError: Insufficient stack"), "a device that reads itself"
    assert len(failures) == 6


def test_two_machines_and_one_after_another_share_nothing(renode: Renode) -> None:
    platform = default_platform()
    session = renode(
        f"""
include @{TYPES}
mach create "one"
machine LoadPlatformDescription @{platform}
mach create "two"
machine LoadPlatformDescription @{platform}
python "write(0x4C001008, 1 << 16); say(hex(read(0x4C00100C)))"
mach set "one"
python "say(hex(read(0x4C00100C)))"
machine Reset
mach set "two"
python "say(hex(read(0x4C00100C)))"
Clear
mach create "three"
machine LoadPlatformDescription @{platform}
python "say(hex(read(0x4C00100C)))"
"""
    )
    assert session.said == ["0x1", "0x0", "0x1", "0x0"]


def test_devices_follow_the_rcc_and_it_resets_holds_and_releases_the_m4(renode: Renode) -> None:
    session = renode(
        BOOT
        + '''
emulation RunFor "0.002"
python """
def halted():
    return monitor.Machine["sysbus.cpu"].IsHalted
say("by processor 1", read(0x4C000080) == 0x80000100)
say(device("tim2").clock_hz(), device("iwdg1").clock_hz(), monitor.Machine["sysbus.nvic"].Frequency)
write(0x4000002C, 5); write(0x50000980, 1); say(read(0x4000002C))
write(0x500009A0, 1 << 12); write(0x4C001000, 1); say(read(0x4C001000))
write(0x500009A4, 1 << 12); write(0x4C001000, 1); say(read(0x4C001000))
write(0x5000010C, 0); run("0.001"); say("running", not halted())
write(0x50000404, 2); run("0.001"); say("held", halted(), read(0x10048000) == 0x35434349)
write(0x4C001014, 0); write(0x4C001010, 1); write(0x4C001008, 1 << 20)
pending = read(0xE000E20C) >> 7 & 1
write(0x50000404, 2); run("0.001"); say("line", pending, read(0xE000E20C) >> 7 & 1)
write(0x10048000, 0); write(0x5000010C, 1); run("0.002"); say("released", not halted(), hex(read(0x10048000)))
write(0x10048000, 0); write(0x50000404, 2); run("0.002"); say("reset", not halted(), hex(read(0x10048000)))
write(0x10048000, 0); write(0xE000ED0C, 0x05FA0004); run("0.002"); say("by itself", hex(read(0x10048000)))
"""
'''
    )
    assert session.said == [
        "by processor 1 True",  # the monitor, as HSEM sees it
        "208877929 32000 208877929",  # PLL3_P of the DK boards: 24 MHz / 4 * (34 + 6660 / 8192)
        "4294967295",
        "0",
        "1",
        "running True",
        "held True True",
        "line 1 1",  # IPCC's RX1 is still high
        "released True 0x35434349",
        "reset True 0x35434349",
        "by itself 0x35434349",
    ]
    assert "ERROR" not in session.log


def test_beside_a_cortex_a_the_m4_waits_at_the_boot_chains_clock_and_its_watchdog_is_heard(renode: Renode) -> None:
    session = renode(
        f"include @{TYPES}\nmach create\n"
        f"machine LoadPlatformDescription @{default_platform().with_name('stm32mp157_a7.repl')}\n"
        """
sysbus.rcc BootClocks
python "m4 = monitor.Machine['sysbus.cpu']; say(m4.IsHalted, monitor.Machine['sysbus.nvic'].Frequency)"
python "say(*[device('rcc').clock_hz(name) for name in ('PLL1_P', 'MCU', 'UART24')] + [read(0x5000010C)])"
python "write(0x5000D040, 1 << 4); write(0x5000D0A0, 1 << 4)"
python "write(0x4000A000, 0x80 | 0x3F)"
python "say(read(0x5000D04C), monitor.Machine['sysbus.exti'].C1_68.IsSet)"
python "say(hex(read(0x4000A000)), read(0x50000C00) >> 10 & 1)"
"""
    )
    assert session.said == [
        "True 208877929",
        "650000000 208877929 64000000 0",
        "16 True",  # EXTI line 68, which leads to the GIC
        "0x7f 1",  # WWDG1 is off again; WWDG1RSTF
    ]
    assert "ERROR" not in session.log


def test_recorder_has_what_comes_of_an_access_and_of_an_edge_behind_it(renode: Renode) -> None:
    session = renode(
        f"include @{TYPES}\nmach create\n"
        f"machine LoadPlatformDescription @{default_platform().with_name('stm32mp157_a7.repl')}\n"
        '''
python """
watched = [monitor.Machine["sysbus." + name] for name in ("ipcc", "wwdg1", "exti")]
recorder = watched[0].GetType().Assembly.CreateInstance("Antmicro.Renode.Peripherals.STM32MP1.Recorder")
for device, name in zip(watched, ("ipcc", "wwdg1", "exti")):
    device.RecordLinesTo(recorder, name)
watched[0].RecordTo(recorder, "ipcc")
write(0x4C001010, 0x10001); write(0x4C001014, 0xFFFFFFFE); recorder.Take()
write(0x4C001008, 1 << 16)
monitor.Machine.SystemBus.WriteQuadWord(0x4C001000, 0xFFFFFFFFFFFFFFFF)
write(0x5000D040, 1 << 4); write(0x5000D0A0, 1 << 4)
write(0x4000A000, 0x80 | 0x3F)
for event in recorder.Take().split("\\n"):
    say(*event.split("\\t")[1:])
"""
'''
    )
    assert session.said == [
        "access ipcc 1 0 W 8 4 65536",
        "effect ipcc flag C1TOC2SR.CH1F 0 1",
        "line ipcc RX1 1",
        "access ipcc 1 0 W 0 8 18446744073709551615",
        "effect ipcc illegal 8-byte write to C1CR 18446744073709551615 0",
        "line wwdg1 RESET 1",
        "line exti C1_68 1",
        "line wwdg1 RESET 0",
    ]
    assert "ERROR" not in session.log


def test_smc_of_the_cortex_a_is_answered_by_psci(renode: Renode) -> None:
    """Numbers of functions and answers are those of Arm's DEN 0022."""
    session = renode(
        f"include @{TYPES}\ninclude @{TYPES.with_name('psci.cs')}\nmach create\n"
        f"machine LoadPlatformDescription @{default_platform().with_name('stm32mp157_a7.repl')}\n"
        '''
sysbus.cpuA7 AnswerPsci sysbus.rcc
macro reset "sysbus.cpuA7 PC 0xC0000004"
python """
a7, m4 = monitor.Machine["sysbus.cpuA7"], monitor.Machine["sysbus.cpu"]
for place, word in enumerate((0xE1600070, 0xE1A00000, 0xEAFFFFFD)):  # smc #0, then nop for ever
    write(0xC0000000 + 4 * place, word)
def psci(function, argument=0):
    monitor.Parse("sysbus.cpuA7 SetRegister 0 0x%X" % function)
    monitor.Parse("sysbus.cpuA7 SetRegister 1 0x%X" % argument)
    monitor.Parse("sysbus.cpuA7 PC 0xC0000000")
    run("0.001")
    return hex(int(a7.GetRegister(0).RawValue))
say(psci(0x84000000), psci(0x84000006), psci(0x84000003), psci(0x8400000A, 0x84000009), psci(0x8400000A, 0x84000003))
write(0x50000408, 0xFFFF); write(0x50001014, 1)
psci(0x84000009)
say("reset", hex(read(0x50000408)), read(0x50001014), a7.IsHalted, psci(0x84000000))
write(0x38000000, 0x10040000); write(0x38000004, 0x10000001); write(0x10000000, 0xE7FEE7FE)  # the M4 branches to itself
write(0x5000010C, 1)
run("0.001")
running = not m4.IsHalted
psci(0x84000008)
say("off", a7.IsHalted, running, m4.IsHalted)
"""
'''
    )
    assert [line.replace("L", "") for line in session.said] == [
        "0x10000 0x2 0xffffffff 0x0 0xffffffff",
        "reset 0x40 0 False 0x10000",  # MPSYSRSTF; PWR_MCUCR is new; the firmware is still there
        "off True True True",
    ]
    assert "ERROR" not in session.log


def test_reset_of_the_machine_starts_a_lone_m4_that_is_held_or_about_to_be(renode: Renode) -> None:
    session = renode(
        f'''
include @{TYPES}
mach create
machine LoadPlatformDescription @{default_platform()}
sysbus LoadELF @{prebuilt_image("ipcc_signals")}
macro reset "sysbus LoadELF @{prebuilt_image("ipcc_signals")}"
emulation RunFor "0.001"
python "write(0x50000404, 2)"
machine Reset
python """
write(0x10048000, 0); run("0.002"); say(hex(read(0x10048000)))
write(0x50000404, 2); run("0.001"); say(monitor.Machine["sysbus.cpu"].IsHalted)
"""
machine Reset
python "write(0x10048000, 0); run('0.002'); say(hex(read(0x10048000)))"
'''
    )
    assert session.said == ["0x35434349", "True", "0x35434349"]


def test_block_that_one_processor_alone_sees_is_the_rccs_too(renode: Renode, tmp_path: Path) -> None:
    (tmp_path / "own.repl").write_text(
        """cpu: CPU.CortexM @ sysbus
    cpuType: "cortex-m4"
    nvic: nvic

nvic: IRQControllers.NVIC @ sysbus 0xE000E000
    IRQ -> cpu@0

ipcc: STM32MP1.IPCC @ sysbus new Bus.BusPointRegistration { address: 0x4C001000; cpu: cpu }

rcc: STM32MP1.RCC @ sysbus 0x50000000
""",
        encoding="utf-8",
    )
    session = renode(
        f"""
include @{TYPES}
mach create
machine LoadPlatformDescription @{tmp_path}/own.repl
sysbus WriteDoubleWord 0x4C001008 0x10000 cpu
sysbus ReadDoubleWord 0x4C00100C cpu
sysbus WriteDoubleWord 0x500009A0 0x1000
sysbus ReadDoubleWord 0x4C00100C cpu
"""
    )
    assert re.findall(r"^0x\w+$", session.printed, re.M) == ["0x00000001", "0x00000000"]
    assert "ERROR" not in session.log


def test_variant_is_the_platform_files(renode: Renode, tmp_path: Path) -> None:
    for variant in ("STM32WL5x", "STM32WL5X"):
        (tmp_path / f"{variant}.repl").write_text(
            f'ipcc: STM32MP1.IPCC @ sysbus 0x58000C00\n    variant: "{variant}"\n', encoding="utf-8"
        )
    session = renode(
        f'''
include @{TYPES}
mach create
machine LoadPlatformDescription @{tmp_path}/STM32WL5x.repl
python """
write(0x58000C00, 1); write(0x58000C04, 0); write(0x58000C18, 1 << 16)
say(hex(read(0x58000C1C)), monitor.Machine["sysbus.ipcc"].RX0.IsSet, monitor.Machine["sysbus.ipcc"].RXTX1.IsSet)
"""
Clear
mach create
machine LoadPlatformDescription @{tmp_path}/STM32WL5X.repl
'''
    )
    assert session.said == ["0x1 True False"]
    assert (
        "no IPCC is called `STM32WL5X`; there are STM32MP15, STM32WB55, STM32WB15, STM32WL5x, STM32MP25."
        in session.printed
    )


def test_models_are_looked_for_beside_the_types_or_where_one_says(renode: Renode, tmp_path: Path) -> None:
    types = tmp_path / "own" / "stm32mp1.cs"
    types.parent.mkdir()
    shutil.copy(TYPES, types)
    script = f"""
include @{types}
mach create
machine LoadPlatformDescriptionFromString "ipcc: STM32MP1.IPCC @ sysbus 0x4C001000"
python "say(hex(read(0x4C0013F0)))"
"""
    alone = renode(script)
    assert alone.said == []
    assert (
        f"the Python models are not here: no stm32mp1/renode.py in {tmp_path}/own, {tmp_path}/peripherals,"
    ) in alone.printed
    assert "set the environment variable STM32MP1_MODELS to the folder that contains it." in alone.printed
    assert renode(script, {"STM32MP1_MODELS": str(MODELS)}).said == ["0x6"]
    (tmp_path / "said").unlink()
    shutil.copytree(MODELS / "stm32mp1", types.parent / "stm32mp1")
    assert renode(script).said == ["0x6"]

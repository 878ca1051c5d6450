"""Devices made of a device tree, and drivers that bind, wait, fail and go; what stands behind a cell of the SoC."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mp1bench.errors import BusError
from mp1bench.linux import Errno, KernelError
from mp1bench.linux.devicetree import read_tree
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.flavour import find_flavour
from mp1bench.linux.kernel.irq import Interrupt
from mp1bench.linux.of import Node, Reference
from mp1bench.linux.platform_bus import PlatformBus, PlatformDevice
from mp1bench.linux.soc import Soc

DEFERRED = "/sys/kernel/debug/devices_deferred"


class Driver:
    """A driver that does as it is told, and says so."""

    def __init__(self, device: PlatformDevice, story: list[str], probe: Callable[[], int] = lambda: 0) -> None:
        self._name = device.name
        self._story = story
        self._probe = probe

    def probe(self) -> int:
        error = self._probe()
        self._story.append(f"probe {self._name} {error}")
        return error

    def remove(self) -> None:
        self._story.append(f"remove {self._name}")


@pytest.fixture
def bus(bench: Any, tmp_path: Path) -> Callable[..., PlatformBus]:
    """Makes a bus of a tree's text, in a Linux that has nothing else."""

    def make(text: str, kernel: str = "6.1") -> PlatformBus:
        (tmp_path / "my.dts").write_text(f"/dts-v1/;\n{text}", encoding="utf-8")
        linux = Kernel(bench.engine, flavour=find_flavour(kernel))
        return PlatformBus(linux, read_tree(tmp_path / "my.dts"), Soc(linux, bench.engine, "ipcc", 2_000))

    return make


TWO = '/ { a { compatible = "x,first"; }; b { compatible = "x,b", "x,second"; }; };'


def test_devices_are_named_as_linux_does(bus: Callable[..., PlatformBus]) -> None:
    made = bus(
        "/ { #address-cells = <1>; #size-cells = <1>;"
        ' top { compatible = "x"; }; silent { }; off { compatible = "x"; status = "disabled"; };'
        ' soc { compatible = "simple-bus"; ranges; #address-cells = <1>; #size-cells = <1>;'
        '   plain { compatible = "x"; }; uart@40010000 { compatible = "x"; reg = <0x40010000 4>;'
        '     child { compatible = "x"; }; }; };'
        ' moved@10 { compatible = "x", "simple-bus"; reg = <0x10 4>; ranges = <0 0x90000000 16>;'
        "   #address-cells = <1>; #size-cells = <1>;"
        '   part@4 { compatible = "x"; reg = <4 4>; }; part@20 { compatible = "x"; reg = <0x20 4>; }; }; };'
    )
    assert list(made.devices) == [
        *("top", "soc", "soc:plain", "40010000.uart", "10.moved", "90000004.part", "10.moved:part@20"),
    ]


def test_a_driver_is_probed_for_its_devices_in_the_trees_order(bus: Callable[..., PlatformBus]) -> None:
    made, story = bus('/ { a { compatible = "x"; }; b { compatible = "y"; }; c { compatible = "z", "x"; }; };'), []
    made.register("driver", "x", lambda device: Driver(device, story))
    assert story == ["probe a 0", "probe c 0"]
    assert list(made.bound) == ["a", "c"]


def test_what_was_deferred_is_tried_again_when_something_has_bound(bus: Callable[..., PlatformBus]) -> None:
    made, story = bus(TWO), []
    ready: list[bool] = []

    def waits(device: PlatformDevice) -> Driver:
        def probe() -> int:
            if ready:
                return 0
            return device.err_probe(made._kernel.logger("x.c"), "first a", -Errno.EPROBE_DEFER, "no b yet")

        return Driver(device, story, probe)

    show = made._kernel.vfs.find(DEFERRED)
    made.register("first", "x,first", waits)
    assert show.show() == "a\tno b yet\n"  # type: ignore[union-attr]
    made.register("other", "x,other", waits)
    assert story == ["probe a -517"]
    made.register("second", "x,second", lambda device: Driver(device, story, lambda: ready.append(True) or 0))
    assert story == ["probe a -517", "probe b 0", "probe a 0"]
    assert show.show() == ""  # type: ignore[union-attr]


def test_a_deferred_device_is_forgotten_with_its_driver(bus: Callable[..., PlatformBus]) -> None:
    made, story = bus(TWO), []
    made.register("first", "x,first", lambda device: Driver(device, story, lambda: -Errno.EPROBE_DEFER))
    made.unregister("first")
    made.register("second", "x,second", lambda device: Driver(device, story))
    assert story == ["probe a -517", "probe b 0"]


@pytest.mark.parametrize(
    ("kernel", "error", "said"),
    [
        ("6.1", -Errno.EINVAL, ["first: probe of a failed with error -22"]),
        ("6.12", -Errno.EINVAL, ["first a: probe with driver first failed with error -22"]),
        ("6.1", -Errno.ENODEV, []),
        ("6.1", -Errno.ENXIO, []),
        ("6.12", -Errno.EPROBE_DEFER, []),
    ],
)
def test_a_probe_that_fails_is_said(
    kernel: str, error: int, said: list[str], bus: Callable[..., PlatformBus], bench: Any
) -> None:
    made, story = bus(TWO, kernel), []
    made.register("first", "x,first", lambda device: Driver(device, story, lambda: error))
    assert bench.log() == said
    assert made.bound == {}


@pytest.mark.parametrize(
    ("error", "said"),
    [(-Errno.EINVAL, ["x a: error -EINVAL: why"]), (-77, ["x a: error -77: why"]), (-Errno.ENOMEM, [])],
)
def test_err_probe_says_what_is_no_deferral(error: int, said: list[str], bench: Any) -> None:
    device = PlatformDevice("a", None, bench.host.soc)
    assert device.err_probe(bench.host.kernel.logger("x.c"), "x a", error, "why") == error
    assert bench.log() == said
    assert device.deferred_reason == ""


def test_a_probe_may_raise_what_it_was_refused(bus: Callable[..., PlatformBus], bench: Any) -> None:
    made, story = bus(TWO), []

    def refused() -> int:
        raise KernelError(-Errno.EBUSY, "requesting mboxes[0] for x")

    made.register("first", "x,first", lambda device: Driver(device, story, refused))
    assert bench.log() == ["first: probe of a failed with error -16"]
    assert made.bound == {}


def test_registers_where_nothing_is_kill_the_probe_and_not_the_bench(
    bus: Callable[..., PlatformBus], bench: Any
) -> None:
    made, story = bus(TWO), []

    def abort() -> int:
        raise BusError("nothing there.")

    made.register("first", "x,first", lambda device: Driver(device, story, abort))
    assert bench.log("emerg") == ["first a: external abort in its probe: nothing there"]
    made.register("second", "x,second", lambda device: Driver(device, story))
    assert list(made.bound) == ["b"]


def test_drivers_are_bound_and_unbound_by_hand(bench: Any) -> None:
    user, device = bench.host.user, "4c001000.mailbox"
    folder = "/sys/bus/platform/drivers/stm32-ipcc"
    for file, text in (("unbind", "nothing"), ("bind", "nothing"), ("unbind", "10000000.m4")):
        with pytest.raises(KernelError, match=r"-19 \(ENODEV\)"):
            user.write_text(f"{folder}/{file}", text)
    with pytest.raises(KernelError, match=r"-16 \(EBUSY\)"):
        user.write_text(f"{folder}/bind", device)
    user.write_text(f"{folder}/unbind", device)
    assert device not in bench.host.platform.bound
    user.write_text(f"{folder}/bind", device + "\n")
    assert device in bench.host.platform.bound


# -- what stands behind a cell --------------------------------------------------------------------------------


@pytest.fixture
def device(bench: Any) -> Callable[..., PlatformDevice]:
    """Makes a device of phandle lists into the shipped tree: the node's name and the cells."""
    kinds = {"st,stm32mp1-exti": "exti", "arm,cortex-a7-gic": "intc"}
    nodes = {kinds.get(" ".join(node.compatible[:1]), node.base_name): node for node in bench.host.tree.walk()}

    def make(**lists: list[tuple[str, tuple[int, ...]]]) -> PlatformDevice:
        found = {
            name.replace("_", "-"): [Reference(nodes.get(to), cells) for to, cells in entries]
            for name, entries in lists.items()
        }
        return PlatformDevice("x", Node("x", references=found), bench.host.soc)

    return make


def test_interrupts_are_the_machines_lines(device: Callable[..., PlatformDevice], bench: Any) -> None:
    cells = [("exti", (61, 1)), ("intc", (0, 100, 4)), ("intc", (0, 101, 4)), ("exti", (68, 1)), ("intc", (0, 143, 4))]
    cells += [("exti", (62, 1)), ("intc", (0, 99, 4)), ("intc", (1, 100, 4))]
    asked = device(interrupts_extended=cells)
    lines = [asked.irq(n) for n in range(len(cells))]
    names = [line.name if isinstance(line, Interrupt) else line for line in lines]
    assert names[:5] == ["ipcc RX0", "ipcc RX0", "ipcc TX0", "WWDG1 ", "WWDG1 "]
    assert lines[0] is lines[1]
    assert lines[3] is lines[4] is bench.host.soc.watchdog
    assert all(isinstance(line, Interrupt) and line not in lines[:5] for line in lines[5:])


def test_an_interrupt_that_is_not_there_is_enxio(device: Callable[..., PlatformDevice]) -> None:
    asked = device(interrupts_extended=[("rcc", (61,)), ("nobody", ()), ("exti", ()), ("intc", (0,))])
    assert [asked.irq(n) for n in range(5)] == [-6] * 5
    assert asked.irq_byname("rx") == -6


def test_clocks_and_resets_are_the_rccs(device: Callable[..., PlatformDevice], bench: Any) -> None:
    clock = device(clocks=[("rcc", (83,))]).clk_get()
    assert not isinstance(clock, int)
    assert clock is device(clocks=[("rcc", (83,))]).clk_get()
    clock.prepare_enable()
    assert bench.engine.read(0x50000A20) == 1 << 12
    reset = device(resets=[("rcc", (0x2021,))]).reset_control_get()
    assert not isinstance(reset, int)
    reset.hold()
    reset.release()
    assert [bench.engine.read(address) for address in (0x50000404, 0x50000408)] == [1 << 1, 1 << 1]


def test_clocks_and_resets_that_are_not_there(device: Callable[..., PlatformDevice]) -> None:
    assert device().clk_get() == device(clocks=[("nobody", ())]).clk_get() == -2
    assert device(clocks=[("rcc", (84,))]).clk_get() == device(clocks=[("tamp", (83,))]).clk_get() == -517
    asked = device(clocks=[("rcc", (84,))])
    asked.clk_get()
    assert asked.deferred_reason == "/soc/rcc@50000000 has no clock <84>"
    assert device().reset_control_get() == device(resets=[("nobody", ())]).reset_control_get() == -2
    assert device(resets=[("tamp", (1,))]).reset_control_get() == -517
    assert device(clocks=[("rcc", ())]).clk_get() == device(resets=[("rcc", ())]).reset_control_get() == -517
    assert device().ioremap() == -22


def test_the_watchdog_enters_its_handler_once(bench: Any) -> None:
    entered: list[int] = []

    def handler() -> Any:
        entered.append(bench.engine.now)
        return True
        yield

    watchdog = bench.host.soc.watchdog
    watchdog.request(handler)
    watchdog.trigger()
    bench.run(100)
    assert entered == [2_000]

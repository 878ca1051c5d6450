"""How the IPCC's driver binds, and what it refuses in which order (linux-mailbox.md §2.2, §2.4)."""

from __future__ import annotations

from typing import Any

import pytest

from mp1bench.linux import Errno, KernelError
from mp1bench.linux.of import Node, Reference

C1CR, C1MR = 0x00, 0x04


def test_probe(bench: Any, lone_ipcc: Any) -> None:
    assert lone_ipcc(bench).ipcc.probe() == 0
    assert bench.accesses() == [
        *("R04 FFFFFFFF", "W04 FFFFFFFF", "R00 00000000", "W00 00010001", "R3F0 00000006", "R3F4 00000010"),
    ]
    assert bench.log() == ["stm32-ipcc 4c001000.mailbox: ipcc rev:1.0 enabled, 6 chans, proc 0"]


def test_probe_keeps_what_it_finds_in_the_enables(bench: Any, lone_ipcc: Any) -> None:
    bench.ipcc.write(C1CR, 0x00010000, 4)
    lone_ipcc(bench).ipcc.probe()
    assert bench.accesses()[2:4] == ["R00 00010000", "W00 00010001"]


def test_the_clock_is_off_after_probe_and_held_by_each_owned_channel(bench: Any, lone_ipcc: Any) -> None:
    driver = lone_ipcc(bench)
    driver.ipcc.probe()
    assert (bench.engine.read(0x50000A20), bench.engine.read(0x50000A24)) == (1 << 12, 1 << 12)
    assert driver.clock.users == 0
    assert driver.ipcc.controller is not None
    channels = driver.ipcc.controller.channels
    assert [driver.ipcc.startup(channel) for channel in channels[:2]] == [0, 0]
    assert driver.clock.users == 2
    driver.ipcc.shutdown(channels[0])
    assert driver.clock.users == 1


def without(node: Node, name: str) -> None:
    node.properties.pop(name, None)
    node.refer(name, [])


@pytest.mark.parametrize(
    ("wrong", "code", "said"),
    [
        (lambda d: setattr(d.device, "node", None), -Errno.ENODEV, "No DT found"),
        (lambda d: without(d.node, "st,proc-id"), -Errno.ENODEV, "Missing st,proc-id"),
        (
            lambda d: d.node.properties.update({"st,proc-id": (2).to_bytes(4, "big")}),
            -Errno.EINVAL,
            "Invalid proc_id (2)",
        ),
        (lambda d: d.node.properties.update({"st,proc-id": b"\xff" * 4}), -Errno.EINVAL, "Invalid proc_id (-1)"),
        (lambda d: without(d.node, "reg"), -Errno.EINVAL, None),
        (lambda d: without(d.node, "clocks"), -Errno.ENOENT, None),
        (lambda d: d.node.refer("clocks", [Reference(d.node, (83,))]), -Errno.EPROBE_DEFER, None),
        (lambda d: setattr(d.clock, "error", -5), -5, "can not enable the clock"),
    ],
)
def test_what_is_missing_is_refused_before_any_access(
    bench: Any, wrong: Any, code: int, said: str | None, lone_ipcc: Any
) -> None:
    driver = lone_ipcc(bench)
    wrong(driver)
    assert driver.ipcc.probe() == code
    assert bench.accesses() == []
    assert driver.clock.users == 0
    assert bench.log("err") == ([] if said is None else [f"stm32-ipcc 4c001000.mailbox: {said}"])


@pytest.mark.parametrize("names", [b"tx\0", b"rx\0"])
def test_a_missing_interrupt_is_refused_with_the_clock_off_again(bench: Any, names: bytes, lone_ipcc: Any) -> None:
    driver = lone_ipcc(bench)
    driver.node.properties["interrupt-names"] = names
    assert driver.ipcc.probe() == -Errno.ENXIO
    assert bench.accesses() == []
    assert driver.clock.users == 0
    driver.node.properties["interrupt-names"] = b"rx\0tx\0"
    assert not driver.interrupt("rx").installed


def test_an_interrupt_that_cannot_be_installed_is_named(bench: Any, lone_ipcc: Any) -> None:
    driver = lone_ipcc(bench)
    driver.interrupt("tx").request = lambda handler: -16  # type: ignore[method-assign]
    assert driver.ipcc.probe() == -16
    assert bench.log("err") == ["stm32-ipcc 4c001000.mailbox: failed to request irq 1 (-16)"]


def test_an_ipcc_without_channels_is_refused_with_everything_masked(bench: Any, lone_ipcc: Any) -> None:
    bench.ipcc._words[0x3F0] = 0
    driver = lone_ipcc(bench)
    driver.node.properties["wakeup-source"] = b""
    assert driver.ipcc.probe() == -Errno.EINVAL
    assert bench.accesses()[-1] == "R3F0 00000000"
    assert (bench.ipcc.read(C1CR, 4), bench.ipcc.read(C1MR, 4)) == (0x00010001, 0xFFFFFFFF)
    assert (driver.device.wakeup_capable, driver.device.wake_irq, driver.clock.users) == (False, None, 0)
    assert bench.log() == []


def test_a_wakeup_source_has_its_rx_interrupt_wake_the_system_until_it_is_unbound(bench: Any, lone_ipcc: Any) -> None:
    driver = lone_ipcc(bench)
    driver.node.properties["wakeup-source"] = b""
    assert driver.ipcc.probe() == 0
    assert driver.device.wakeup_capable
    assert driver.device.wake_irq is driver.interrupt("rx")
    driver.ipcc.remove()
    assert (driver.device.wakeup_capable, driver.device.wake_irq) == (False, None)
    assert not driver.interrupt("rx").installed


def test_a_refused_wake_interrupt_leaves_the_enables_on_and_everything_masked(bench: Any, lone_ipcc: Any) -> None:
    driver = lone_ipcc(bench)
    driver.node.properties["wakeup-source"] = b""
    driver.device.set_wake_irq = lambda interrupt: -17  # type: ignore[method-assign]
    assert driver.ipcc.probe() == -17
    assert bench.log("err") == ["stm32-ipcc 4c001000.mailbox: Failed to set wake up irq"]
    assert (bench.ipcc.read(C1CR, 4), bench.ipcc.read(C1MR, 4)) == (0x00010001, 0xFFFFFFFF)


def test_processor_1_uses_the_other_bank(bench: Any, lone_ipcc: Any) -> None:
    driver = lone_ipcc(bench)
    driver.node.properties["st,proc-id"] = (1).to_bytes(4, "big")
    driver.ipcc.probe()
    assert bench.accesses()[:4] == ["R14 FFFFFFFF", "W14 FFFFFFFF", "R10 00000000", "W10 00010001"]


def test_a_channel_whose_clock_fails_is_shut_down_with_one_clock_disable_too_many(bench: Any, lone_ipcc: Any) -> None:
    driver = lone_ipcc(bench)
    driver.ipcc.probe()
    driver.clock.error = -5
    mark = bench.mark
    with pytest.raises(KernelError, match=r"-5 \(EIO\)"):
        driver.request(4)
    assert bench.accesses(since=mark) == ["R04 FFFFFFFF", "W04 FFFFFFFF"]
    assert bench.log("err") == [
        "stm32-ipcc 4c001000.mailbox: can not enable the clock",
        "client c4: Unable to startup the chan (-5)",
    ]
    assert bench.log("warn") == ["ck_ipcc: already disabled"]

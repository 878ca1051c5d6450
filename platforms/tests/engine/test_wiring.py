"""Lines and events on their way to interrupts and listeners, and names that lead nowhere."""

from __future__ import annotations

import pytest

from mp1bench.engine.bare import BareEngine
from mp1bench.engine.embedded import EmbeddedEngine
from mp1bench.engine.machine import Machine
from mp1bench.errors import PlatformError
from mp1bench.trace import Line, Trace
from stm32mp1.ipcc import Ipcc

IPCC = 0x4C001000
C1SCR, C2CR, C2MR, C2SCR = IPCC + 0x08, IPCC + 0x10, IPCC + 0x14, IPCC + 0x18


def with_ipcc(engine: Machine) -> Machine:
    """The engine with an IPCC in which CH1 interrupts processor 2."""
    engine.add_device("ipcc", Ipcc(), IPCC, 0x400)
    engine.write(C2CR, 1)
    engine.write(C2MR, 0xFFFFFFFE)
    return engine


def test_listener_of_an_event_hears_the_edges_of_its_line() -> None:
    engine = with_ipcc(BareEngine(Trace()))
    heard: list[tuple[str, bool]] = []
    engine.watch("ipcc", "EXTI62", lambda level: heard.append(("EXTI62", level)))
    engine.watch("ipcc", "RX1", lambda level: heard.append(("RX1", level)))
    engine.watch("ipcc", "EXTI61", lambda level: heard.append(("EXTI61", level)))
    engine.write(C1SCR, 1 << 16)
    engine.write(C2SCR, 1 << 0)
    assert heard == [("EXTI62", True), ("RX1", True), ("EXTI62", False), ("RX1", False)]
    assert engine.trace is not None
    assert [event for event in engine.trace.events if isinstance(event, Line)] == [
        Line(0, "ipcc", "RX1", True),
        Line(0, "ipcc", "RX1", False),
    ]


def test_event_may_drive_an_interrupt() -> None:
    engine = EmbeddedEngine(Trace())
    with_ipcc(engine)
    engine.connect("ipcc", "EXTI62", 7)
    engine.write(C1SCR, 1 << 16)
    assert engine.core_state().irq_pending == frozenset({7})
    assert engine.trace is not None
    assert engine.trace.interrupts == {7: "ipcc.RX1"}


@pytest.mark.parametrize(
    ("device", "line", "sentence"),
    [
        ("ipc", "RX1", "no device is called 'ipc'. Did you mean `ipcc`?"),
        ("ipcc", "RX2", "ipcc has no output line 'RX2'. Did you mean `RX1`?"),
        ("ipcc", "IRQ", "ipcc has no output line 'IRQ'. There are: EXTI61, EXTI62, RX0, RX1, TX0, TX1."),
    ],
)
def test_names_that_lead_nowhere(device: str, line: str, sentence: str) -> None:
    engine = with_ipcc(BareEngine())
    for wire in (lambda: engine.watch(device, line, lambda level: None), lambda: engine.connect(device, line, 7)):
        with pytest.raises(PlatformError) as caught:
            wire()
        assert str(caught.value) == sentence

"""An IPCC that answers nobody, in reset or with its clock off: what reaches it all the same, and what ends it.

Only who stopped it lets it go on. How the RCC does that is for the board's tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from stm32mp1.device import Device
from stm32mp1.ipcc import ipcc_class
from stm32mp1.ipcc_table import C1CR, C1SCR, C2MR, STM32MP15, STM32WL5x, Variant

Listen: TypeAlias = Callable[[Device], list[tuple[object, ...]]]

OFF = "with the clock off"
VARIANTS = pytest.mark.parametrize("variant", [STM32MP15, STM32WL5x], ids=lambda variant: variant.name)


@VARIANTS
def test_reset_reaches_it(variant: Variant, listen: Listen) -> None:
    """A reset needs no clock: flags and lines fall, and are reported."""
    ipcc = ipcc_class(variant)()
    ipcc.write(C2MR, 0xFFFFFFFE, 4)
    ipcc.write(0x010, 0x00000001, 4)
    ipcc.write(C1SCR, 0x00010000, 4)
    heard = listen(ipcc)
    ipcc.stopped = OFF
    ipcc.reset()
    line = "RXTX1" if variant is STM32WL5x else "RX1"
    assert heard == [("flag", "C1TOC2SR.CH1F", 1, 0), ("line", line, False)]
    assert ipcc.state() == ipcc_class(variant)().state()


@VARIANTS
def test_reset_does_not_let_it_go_on(variant: Variant, listen: Listen) -> None:
    ipcc = ipcc_class(variant)()
    heard = listen(ipcc)
    ipcc.stopped = OFF
    ipcc.reset()
    assert ipcc.read(C2MR, 4) == 0
    assert heard == [("illegal", "read of C2MR with the clock off", 0, 0)]


@VARIANTS
def test_restored_state_reaches_it_and_does_not_let_it_go_on(variant: Variant, listen: Listen) -> None:
    busy = ipcc_class(variant)()
    busy.write(C1SCR, 0x00010000, 4)
    busy.write(C2MR, 0xFFFFFFFE, 4)
    busy.write(0x010, 0x00000001, 4)
    ipcc = ipcc_class(variant)()
    heard = listen(ipcc)
    ipcc.stopped = OFF
    ipcc.from_state(busy.state())
    line = "RXTX1" if variant is STM32WL5x else "RX1"
    assert heard == [("line", line, True)]
    assert ipcc.stopped == OFF
    ipcc.write(C1CR, 0x00010001, 4)
    assert heard[1:] == [("illegal", "write to C1CR with the clock off", 0x00010001, 0)]
    assert ipcc.state() == busy.state()


@VARIANTS
def test_state_does_not_tell_that_it_is_stopped(variant: Variant) -> None:
    """Whoever restores it decides anew: on a board, the RCC's own state."""
    ipcc = ipcc_class(variant)()
    running = ipcc.state()
    ipcc.stopped = OFF
    assert ipcc.state() == running

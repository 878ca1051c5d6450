"""What can be seen of Renode's Cortex-M4, in the bench's own terms. It changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mp1bench.cortexm import scs
from mp1bench.cortexm.borrowed import Masks
from mp1bench.cortexm.faults import Fault
from mp1bench.cortexm.nvic import Nvic, bits
from mp1bench.engine import CoreState

if TYPE_CHECKING:
    from mp1bench.engine.renode.engine import RenodeEngine

_ISER, _ISPR = 0x100, 0x200
_VECTACTIVE = 0x1FF


def core_state(engine: RenodeEngine) -> CoreState:
    """Where the M4 is now."""
    processor = engine.processor
    masks = processor.masks()
    return CoreState(
        pc=processor.pc,
        asleep=engine.asleep,
        locked_up=engine.locked_up,
        masks=Masks(*masks),
        active_exception=processor.private(scs.ICSR) & _VECTACTIVE,
        irq_enabled=_irqs(engine, _ISER),
        irq_pending=_irqs(engine, _ISPR),
        fault=engine.fault,
        deep=engine.asleep and bool(processor.private(scs.SCR) & scs.SCR_SLEEPDEEP),
    )


def _irqs(engine: RenodeEngine, base: int) -> frozenset[int]:
    words = -(-Nvic.irqs // 32)
    return frozenset(bits(sum(engine.processor.private(base + 4 * n) << 32 * n for n in range(words))))


def find_fault(engine: RenodeEngine) -> Fault | None:
    """The fault whose handler the core has just entered; None if it is in none."""
    return None


def core_part(engine: RenodeEngine) -> dict[str, object]:
    """The core's part of a snapshot."""
    return {}

"""What keeps an exception from being taken: enable bits, masks, priorities, deep sleep. It only looks at the core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mp1bench.cortexm.nvic import FIRST_IRQ, SYSTICK, bits, exception_name

if TYPE_CHECKING:
    from mp1bench.engine.embedded.core import Core

_ENABLE, _TICKINT = 1 << 0, 1 << 1  # in SYST_CSR


def obstacle(core: Core, number: int) -> str:
    """The reason, to follow the exception's name: "is pending, but ..."."""
    nvic, systick = core.nvic, core.systick
    if number >= FIRST_IRQ and not nvic.enabled >> number & 1:
        return "is disabled in the NVIC"
    if nvic.pending >> number & 1:
        return f"is pending, but {_held_back(core, number)}"
    if number == SYSTICK:
        if not systick.control & _ENABLE:
            return "is not running (SYST_CSR.ENABLE = 0)"
        if not systick.control & _TICKINT:
            return "runs without interrupting (SYST_CSR.TICKINT = 0)"
        return "has no reload value (SYST_RVR = 0)" if not systick.reload else "does not come"
    return "is not asked for: its line is low"


def _held_back(core: Core, number: int) -> str:
    nvic, masks = core.nvic, core.registers.masks()
    own = nvic.group(nvic.priority[number])
    if core.clock.stopped:
        return "in deep sleep (SCR.SLEEPDEEP = 1) no line that the EXTI lets through is high"
    if masks.faultmask:
        return "FAULTMASK = 0x1 holds it back"
    if masks.primask:
        return "PRIMASK = 0x1 holds it back"
    if masks.basepri & nvic.priority_mask and own >= nvic.group(masks.basepri):
        return f"BASEPRI = 0x{masks.basepri:X} holds it back"
    if nvic.active_priority() <= own:
        active = min(bits(nvic.active), key=lambda n: nvic.group(nvic.priority[n]))
        if active < 4:
            return f"cannot pre-empt {exception_name(active)}"
        return f"cannot pre-empt a handler of priority {nvic.priority[active] >> 4}"
    return "is not taken"

"""Pending, enabled, active and priority of every exception, and which one comes next.

Exception numbers as Arm counts them: 1–15 system, 16 + n for external interrupt n (0-based). Sets of exceptions are
integers with bit `number` set. It takes no exception itself; `exceptions.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping

NMI, HARDFAULT, MEMMANAGE, BUSFAULT, USAGEFAULT = 2, 3, 4, 5, 6
SVCALL, DEBUGMON, PENDSV, SYSTICK = 11, 12, 14, 15
FIRST_IRQ = 16

NAMES = {
    1: "Reset", NMI: "NMI", HARDFAULT: "HardFault", MEMMANAGE: "MemManage", BUSFAULT: "BusFault",
    USAGEFAULT: "UsageFault", SVCALL: "SVCall", DEBUGMON: "DebugMonitor", PENDSV: "PendSV", SYSTICK: "SysTick",
}  # fmt: skip

#: Execution priority of thread mode with nothing masked: lower than any exception.
IDLE_PRIORITY = 256
_ALWAYS_ENABLED = sum(1 << n for n in (NMI, HARDFAULT, SVCALL, DEBUGMON, PENDSV, SYSTICK))
_FIXED = {1: -3, NMI: -2, HARDFAULT: -1}


def exception_name(number: int) -> str:
    """`SysTick`, `IRQ103` … as a person knows it."""
    return f"IRQ{number - FIRST_IRQ}" if number >= FIRST_IRQ else NAMES.get(number, f"exception {number}")


def bits(mask: int) -> list[int]:
    """The numbers in a set, ascending."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


class Nvic:
    """State of all exceptions of a core with `irqs` external lines and four bits of priority, as the STM32MP1's M4."""

    irqs = 150
    priority_mask = 0xF0

    def __init__(self) -> None:
        self.level = 0  # external input lines; they belong to the devices and survive a core reset
        self.reset()

    def reset(self) -> None:
        """Core reset. A line that is high stays high and pends again."""
        self.event = False  # something became pending since WFE last looked
        self.enabled = _ALWAYS_ENABLED
        self.active = 0
        self.prigroup = 0
        self.priority = [0] * (FIRST_IRQ + self.irqs)
        for number, fixed in _FIXED.items():
            self.priority[number] = fixed
        self.pending = self.level

    # -- inputs -----------------------------------------------------------------------------------------------

    def set_line(self, irq: int, level: bool) -> bool:
        """A device raised or lowered input `irq`. True if something became pending."""
        bit = 1 << (FIRST_IRQ + irq)
        if not level:
            # A pulse that ends before it is taken stays pending (ipcc-hardware.md §4).
            self.level &= ~bit
            return False
        rising = not self.level & bit
        self.level |= bit
        if rising:
            self.pend_all(bit)
        return rising

    def pend(self, number: int) -> None:
        """Make an exception pending."""
        self.pend_all(1 << number)

    def pend_all(self, numbers: int) -> None:
        """Make a set of exceptions pending."""
        self.event |= bool(numbers & ~self.pending)
        self.pending |= numbers

    def unpend(self, number: int) -> None:
        """Clear pending, except for an external interrupt whose line is high."""
        self.pending &= ~(1 << number) | self.level

    # -- choice -----------------------------------------------------------------------------------------------

    def group(self, priority: int) -> int:
        """The preempting part of a priority under PRIGROUP; fixed priorities are their own group."""
        return priority if priority < 0 else priority & (0xFF << (self.prigroup + 1))

    def set_priority(self, number: int, value: int) -> None:
        """Set a configurable priority; bits that are not implemented read zero."""
        self.priority[number] = value & self.priority_mask

    def next_pending(self) -> int | None:
        """The pending, enabled exception of highest priority; the lowest number among equals."""
        candidates = self.pending & self.enabled
        if not candidates:
            return None
        return min(bits(candidates), key=lambda number: (self.priority[number], number))

    def active_priority(self) -> int:
        """Group priority of what is executing, masks left out; IDLE_PRIORITY in thread mode."""
        return min((self.group(self.priority[n]) for n in bits(self.active)), default=IDLE_PRIORITY)

    def execution_priority(self, primask: int, basepri: int, faultmask: int) -> int:
        """The priority that an exception must beat to be taken now."""
        priority = min(self.active_priority(), self.mask_priority(basepri, faultmask))
        return min(priority, 0) if primask else priority

    def mask_priority(self, basepri: int, faultmask: int) -> int:
        """What BASEPRI and FAULTMASK let pass must beat this."""
        if faultmask:
            return -1
        return self.group(basepri) if basepri & self.priority_mask else IDLE_PRIORITY

    # -- life of one exception --------------------------------------------------------------------------------

    def activate(self, number: int) -> None:
        """Pending becomes active."""
        self.pending &= ~(1 << number)
        self.active |= 1 << number

    def deactivate(self, number: int) -> None:
        """Return from the exception: an external line that is still high pends again."""
        bit = 1 << number
        self.active &= ~bit
        self.pend_all(bit & self.level)

    # -- snapshot ---------------------------------------------------------------------------------------------

    def state(self) -> dict[str, object]:
        """Plain data; `from_state` is its inverse."""
        return {
            "level": self.level, "pending": self.pending, "event": self.event, "enabled": self.enabled,
            "active": self.active, "prigroup": self.prigroup, "priority": list(self.priority),
        }  # fmt: skip

    def from_state(self, state: Mapping[str, object]) -> None:
        """Restore what `state` gave."""
        for name in ("level", "pending", "event", "enabled", "active", "prigroup"):
            value = state[name]
            assert isinstance(value, int)
            setattr(self, name, value)
        priority = state["priority"]
        assert isinstance(priority, list)
        self.priority = list(priority)

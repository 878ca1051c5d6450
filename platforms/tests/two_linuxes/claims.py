"""What of a phase the host model and a real kernel have in common, and why the rest of it differs.

A function here gives the part of a phase that is equal. Nothing is left out but what a sentence here names.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from two_linuxes.walk import ECHO, RTOS, WALK, Phase

#: Release of the M4 to the first touch of its rings. The model's default is 100 us, and RTOS takes longer to start: its
#: first write to the IPCC then clears Linux's first signal. A real kernel takes 0.5 to 0.8 ms in Renode.
SLOW_START = {"subdevice_latency_ns": 500_000}
#: An interrupt's way to its handler besides: 2 to 37 us when recorded, mostly 6 to 13; the model's default is 2 us.
#: This one number was chosen because most phases are then one sequence.
LIKE_RENODE = {**SLOW_START, "irq_latency_ns": 12_000}

#: Phases in which both of Linux's interrupts stand at once. They are two kernel threads, and which of them comes first
#: is a matter of time, as is the order in which they print; `by_handler` is equal for these phases too.
BOTH_AT_ONCE = ("send 1000 bytes", "debug: start")
#: Phases in which the M4 waits for CH1 again and again: how often it looks depends on how soon Linux frees it.
M4_WAITS = ("send 1000 bytes", f"start {ECHO}", f"start {RTOS}")

#: What only the real kernel says. Debian has it print each firmware file that it loads.
_ONLY_REAL = ("log remoteproc remoteproc0: firmware: direct-loading firmware ",)
#: How the real kernel says the same. A pointer is "(ptrval)" until the kernel has its random numbers; the model hides
#: pointers. A dma_addr_t has 64 bits in Debian's kernel, which has XEN; 32 in the model's.
_SAID_OTHERWISE = ((r"\(ptrval\)", "00000000"), (r"\b0x0{8}(?=[0-9a-f]{8}\b)", "0x"))
#: One work item serves all messages that have come by then: how many of them it finds is a matter of time.
_WORK = re.compile(r"log .*(Received \d+ messages|vq index \d is interrupted|no message found in vq\d)")
#: The upper half of C1MR is the TX handler's, which may run meanwhile; RX looks at the lower one.
_RX_MASK = re.compile(r"(a7 stm32_ipcc_rx_irq R4 C1MR )....")


def accesses(phase: Phase) -> list[str]:
    """Processor 1's accesses, in their order."""
    return phase.of("a7")


def by_handler(phase: Phase) -> tuple[list[str], list[str]]:
    """Processor 1's accesses, those of the RX interrupt apart from the others, each in its order."""
    of_rx = [_RX_MASK.sub(r"\1....", line) for line in phase.of("a7") if "_rx_irq " in line]
    return of_rx, [line for line in phase.of("a7") if "_rx_irq " not in line]


def of_the_m4(phase: Phase) -> list[str]:
    """Processor 2's accesses, in their order."""
    return phase.of("m4")


def edges(phase: Phase) -> list[str]:
    """The edges of each line in their order, but for TX1's: it tells that the M4 waited for a channel."""
    return sorted((line for line in phase.of("line") if "TX1" not in line), key=lambda line: line.split()[1])


def everything(phase: Phase) -> list[str]:
    """Both processors' accesses, the flags and the lines, in their order."""
    return phase.of("a7", "m4", "flag", "line")


def flags(phase: Phase) -> dict[str, list[str]]:
    """The history of each flag: how it changed, and by which access of whom."""
    histories: dict[str, list[str]] = {}
    access = ""
    for line in everything(phase):
        if line.startswith("flag "):
            _, flag, value = line.split()
            histories.setdefault(flag, []).append(f"{value} by {access}")
        elif not line.startswith("line "):
            access = line
    return histories


def handlers(phase: Phase) -> dict[str, int]:
    """How often each interrupt's handler was entered: its first access is the look at the flags."""
    entries = {"RX0": "a7 stm32_ipcc_rx_irq R4 C2TOC1SR ", "TX0": "a7 stm32_ipcc_tx_irq R4 C1TOC2SR "}
    return {line: sum(access.startswith(entry) for access in phase.lines) for line, entry in entries.items()}


def log(phase: Phase) -> list[str]:
    """The lines of Linux's drivers."""
    lines = [line for line in phase.of("log") if not line.startswith(_ONLY_REAL)]
    for real, model in _SAID_OTHERWISE:
        lines = [re.sub(real, model, line) for line in lines]
    return lines


def log_in_any_order(phase: Phase) -> list[str]:
    """The same lines where threads print beside each other."""
    return sorted(line for line in log(phase) if not _WORK.match(line))


def outcome(phase: Phase) -> list[str]:
    """What programs see: what came by the terminals, the trace buffer, the files of sysfs and debugfs."""
    found = phase.of("received", "buffer", "file")
    for real, model in _SAID_OTHERWISE:
        found = [re.sub(real, model, line) for line in found]
    return found


Part = Callable[[Phase], object]

_DEBUG = [step.name for step in WALK].index("debug")


def claimed(number: int, name: str) -> list[Part]:
    """Which parts of that phase are equal."""
    name = "debug: " * (number > _DEBUG) + name
    at_once, waits = name.startswith(BOTH_AT_ONCE), name.removeprefix("debug: ").startswith(M4_WAITS)
    parts: list[Part] = [by_handler, flags, edges, handlers, outcome, log_in_any_order if at_once else log]
    if not at_once:
        parts.append(accesses)
    if not waits:
        parts.append(of_the_m4)
    return parts

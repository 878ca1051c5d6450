"""Why nothing moves any more: who waits for what, in one sentence, from the state of both sides of the IPCC.

It only looks; a machine that it has looked at goes on as if it had not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mp1bench.cortexm.faults import describe_fault
from mp1bench.cortexm.nvic import BUSFAULT, HARDFAULT, MEMMANAGE, USAGEFAULT, exception_name
from mp1bench.engine import CoreState, Stop
from mp1bench.ipcc_supply import CLOCK_OFF, IN_RESET
from mp1bench.linux.remoteproc.states import RUNNING
from mp1bench.trace import M4, Access, Effect, Event, Interrupt, Line
from stm32mp1.ipcc_table import C2TOC1SR, HALF, RXOIE

if TYPE_CHECKING:
    from mp1bench.board import Board
    from mp1bench.doorbells import Flag

_MS = 1_000_000
#: A flag that has been up for less than this may simply be on its way.
_STUCK_NS = 1 * _MS
#: So many reads of one status register in a row are a loop that waits.
_SPINNING = 3
#: So many interrupts in a row that change nothing are a storm.
_STORM = 100

_FAULTS = (HARDFAULT, MEMMANAGE, BUSFAULT, USAGEFAULT)


def diagnose(board: Board) -> str | None:
    """The sentence, or None if no flag is stuck, no fault was taken and Linux waits for nothing."""
    core = board.engine.core_state()
    faulted = core is not None and (core.locked_up or core.active_exception in _FAULTS)
    waits = _stuck_channels(board, core) + _storm(board) if board.engine.running else []
    waits += _stranded(board) + _unanswered(board)
    waiting = board.linux.waiting() if board.linux is not None else None
    if waiting is not None:
        waits.append(waiting.rstrip("."))
    return "; ".join([_m4(board, core), *waits]) + "." if waits or faulted else None


def crash(board: Board) -> Stop | None:
    """`lockup`, or `fault` if the M4 stays in the handler of a fault, and where; None if it has not crashed."""
    core = board.engine.core_state()
    if core is None:
        return None
    if core.locked_up:
        return Stop("lockup", _m4(board, core))
    return Stop("fault", _m4(board, core)) if board.engine.running and core.active_exception in _FAULTS else None


def whereabouts(board: Board) -> str:
    """What the M4 does and where, stuck or not, in one sentence."""
    return f"{_m4(board, board.engine.core_state())}."


def _m4(board: Board, core: CoreState | None) -> str:
    """What the M4 does, and where."""
    if core is not None and core.locked_up:
        return f"the M4 is locked up: {_fault(board, core)}"
    if core is None or not board.engine.running:
        return "the M4 runs" if board.engine.running else "the M4 is held in reset"
    where = f"at {_place(board, core.pc - 2 if core.asleep else core.pc)}"  # the PC is past the WFI
    if core.active_exception in _FAULTS:
        return f"the M4 stays in its fault handler {where}: {_fault(board, core)}"
    if core.active_exception:
        where += f" inside {exception_name(core.active_exception)}"
    if core.asleep:
        return f"the M4 sleeps in WFI {where}"
    return f"the M4 {'spins on C2TOC1SR' if _spins(board) else 'runs'} {where}"


def _fault(board: Board, core: CoreState) -> str:
    if core.fault is None:
        return describe_fault(None)
    return f"{describe_fault(core.fault)}, in {_place(board, core.fault.pc)}"


def _place(board: Board, pc: int) -> str:
    symbol = board.image.symbolize(pc) if board.image is not None else ""
    return f"`{symbol}`" if symbol else f"0x{pc:08X}"


def _spins(board: Board) -> bool:
    """By the last accesses on the trace, does the M4 read the status of its own flags over and over?"""
    events = board.trace.events if board.trace is not None else []
    reads = 0
    for event in reversed(events):
        if isinstance(event, Access) and event.cpu == M4 and event.device == board.ipcc_name:
            if (event.op, event.offset) != ("R", C2TOC1SR):
                return False
            reads += 1
            if reads == _SPINNING:
                return True
    return False


def _storm(board: Board) -> list[str]:
    """A clause if the TX-free interrupt comes over and over with nothing done about it in between."""
    line = board.ipcc_line("TX1")
    if board.trace is None or board.ipcc is None or line is None or not board.ipcc.level(line):
        return []
    registers = board.registers()
    callers = ~(registers["C2MR"] >> HALF | registers["C2TOC1SR"])
    unmasked = [n + 1 for n in range(board.ipcc.CHANNELS) if callers >> n & 1]
    calls = 0
    for event in reversed(board.trace.events):
        if isinstance(event, (Effect, Line)) and event.device == board.ipcc_name:
            break
        if isinstance(event, Interrupt) and event.number != board.tx_interrupt:
            break
        calls += isinstance(event, Interrupt)
        if calls == _STORM:
            break
    if calls < _STORM or not unmasked:
        return []
    return [
        f"interrupt {board.tx_interrupt} comes again and again, because channel {unmasked[0]} is free and its TX"
        f" interrupt is not masked (C2MR.CH{unmasked[0]}FM = 0)"
    ]


def _stranded(board: Board) -> list[str]:
    """A clause if the M4 has reset itself under Linux, which lets it start only once (m4-platform.md §4.2)."""
    if board.linux is None or board.linux.rproc_state != RUNNING:
        return []
    if board.core_reset is None or not board.core_reset.stranded:
        return []
    return ["it has reset itself, and BOOT_MCU = 0 keeps it there until Linux starts it again"]


def _unanswered(board: Board) -> list[str]:
    """A clause for each reason for which the IPCC has answered nobody: how many accesses, and whose came first."""
    events = board.trace.events if board.trace is not None else []
    clauses = []
    for reason, words in ((IN_RESET, "while the IPCC was held in reset"), (CLOCK_OFF, "with the IPCC's clock off")):
        lost = [n for n, event in enumerate(events) if isinstance(event, Effect) and event.subject.endswith(reason)]
        if lost:
            count = f"{len(lost)} access{'es' if len(lost) > 1 else ''} came {words}"
            clauses.append(f"{count}, the first{_caller(board, events[: lost[0]])} at {events[lost[0]].t:,} ns")
    return clauses


def _caller(board: Board, events: Sequence[Event]) -> str:
    """Whose access came last."""
    access = events[-1] if events else None
    if not isinstance(access, Access):
        return ""  # a test's, on the device itself
    if access.cpu == M4:
        return f" by the M4 at {_place(board, access.pc or 0)}"
    return f" by the A7's {access.function}" if access.function else " by the A7"


def _stuck_channels(board: Board, core: CoreState | None) -> list[str]:
    """A clause for each flag that has been up for too long: which, for how long and why."""
    clauses = []
    for flag in board.occupied_flags():
        age = board.engine.now - board.raised_at(flag)
        if age >= _STUCK_NS:
            sender = "A7" if flag.direction == "a7_to_m4" else "M4"
            why = _firmware_is_deaf(board, core, flag) if sender == "A7" else _host_is_deaf(board, flag)
            clauses.append(f"channel {flag.channel} occupied by the {sender} for {age // _MS} ms: {why}")
    return clauses


def _firmware_is_deaf(board: Board, core: CoreState | None, flag: Flag) -> str:
    """Why the M4 does not take the interrupt of a flag that Linux raised, looked at from the IPCC inwards."""
    masked = _masked(board, "C2", flag.channel)
    if masked:
        return masked
    irq = board.rx_interrupt
    if irq is None:
        return f"the platform wires the IPCC's {board.ipcc_line('RX1') or 'RX1'} to nothing"
    if core is None:
        return "the M4 does not clear it"
    if irq not in core.irq_enabled:
        return f"interrupt {irq} is disabled in the NVIC"
    if irq in core.irq_pending:
        for name, value in core.masks._asdict().items():
            if value:
                return f"interrupt {irq} is pending, but {name.upper()} = 0x{value:X} holds it back"
        if core.active_exception:
            return f"interrupt {irq} is pending until {exception_name(core.active_exception)} ends"
    return "the firmware does not clear it"


def _host_is_deaf(board: Board, flag: Flag) -> str:
    """Why Linux does not acknowledge a flag that the M4 raised."""
    if board.linux is None:
        return "there is no host to acknowledge it"
    return _masked(board, "C1", flag.channel) or "Linux does not acknowledge it"


def _masked(board: Board, bank: str, channel: int) -> str:
    registers = board.registers()
    if not registers[f"{bank}CR"] & RXOIE:
        return f"RX interrupts are disabled ({bank}CR.RXOIE = 0)"
    if registers[f"{bank}MR"] >> (channel - 1) & 1:
        return f"its RX interrupt is masked ({bank}MR.CH{channel}OM = 1)"
    return ""

"""The commands of GDB's remote protocol, one packet in and one answer out, on whatever can be debugged.

It knows no socket and no framing. Numbers in packets are hexadecimal, memory and registers in target byte order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from ipcclab.gdb.packets import LONGEST
from ipcclab.gdb.target_description import REGISTERS, TARGET_XML, Register
from mp1bench.engine.embedded.debug_port import Halt, Watchpoint
from mp1bench.errors import IpccLabError

#: What becomes of the M4 after a packet.
HALTED, RESUMED, DETACHED, KILLED = "halted", "resumed", "detached", "killed"

_MALFORMED, _BAD_ADDRESS = b"E16", b"E0e"  # EINVAL, EFAULT
_THREAD = b"1"
_SIGINT, _SIGTRAP, _SIGSEGV = 2, 5, 11
_SIGNALS = {"interrupt": _SIGINT, "lockup": _SIGSEGV}
_BREAKPOINTS = {0: b"swbreak", 1: b"hwbreak"}
_WATCHPOINTS = {2: "W", 3: "R", 4: "RW"}
_WATCH_NAMES = {"W": b"watch", "R": b"rwatch", "RW": b"awatch"}
_FEATURES = b"PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;swbreak+;hwbreak+;vContSupported+" % (LONGEST // 2)


class View(Protocol):
    """The halted processor. IpccLabError where it cannot do what is asked."""

    def registers(self) -> Mapping[str, int]: ...
    def set_register(self, name: str, value: int) -> None: ...
    def read(self, address: int, size: int) -> bytes: ...
    def write(self, address: int, data: bytes) -> None: ...


class Target(Protocol):
    """What is debugged. `breakpoints`, `watchpoints` and `step` say what is wanted when it goes on."""

    breakpoints: set[int]
    watchpoints: set[Watchpoint]
    step: bool

    @property
    def view(self) -> View: ...
    def watches(self, address: int, size: int) -> bool:
        """Whether accesses there can be watched."""


class Point(NamedTuple):
    """A breakpoint or watchpoint as gdb has asked for it."""

    kind: int
    address: int
    size: int


class Session:
    """One debugger. `monitor` answers what a person types behind gdb's `monitor`, with text."""

    def __init__(self, target: Target, monitor: Callable[[str], str]) -> None:
        self.state = HALTED
        self.acknowledges = True
        self._target = target
        self._monitor = monitor
        self._points: set[Point] = set()
        self._unwatchable: set[Point] = set()
        #: What a person at gdb's console is to read before the answer; whoever sends it empties it.
        self.note = ""
        self._stop = self._stop_reply(Halt("reset"))

    def halted(self, halt: Halt) -> bytes:
        """The target has halted: what a debugger that waits for it is told."""
        self.state = HALTED
        self._stop = self._stop_reply(halt)
        return self._stop

    def handle(self, payload: bytes) -> bytes | None:
        """Do what a packet says, and give the answer; b"" to what is not known, None if there is none (yet)."""
        try:
            return self._dispatch(payload)
        except IpccLabError:
            return _BAD_ADDRESS
        except (ValueError, IndexError):
            return _MALFORMED

    def _dispatch(self, payload: bytes) -> bytes | None:
        command, rest = payload[:1], payload[1:]
        simple: dict[bytes, Callable[[bytes], bytes | None]] = {
            b"?": lambda _: self._stop,
            b"g": self._read_registers,
            b"G": self._write_registers,
            b"p": self._read_register,
            b"P": self._write_register,
            b"m": self._read_memory,
            b"M": self._write_hex,
            b"X": self._write_binary,
            b"Z": self._insert,
            b"z": self._remove,
            b"c": lambda at: self._resume(at, step=False),
            b"s": lambda at: self._resume(at, step=True),
            b"C": lambda at: self._resume(at.partition(b";")[2], step=False),
            b"S": lambda at: self._resume(at.partition(b";")[2], step=True),
            b"k": self._kill,
            b"D": self._detach,
            b"H": lambda _: b"OK",
            b"T": lambda thread: b"OK" if thread == _THREAD else _MALFORMED,
            b"q": self._query,
            b"Q": self._set,
            b"v": self._verb,
        }
        return simple[command](rest) if command in simple else b""

    # -- registers and memory ---------------------------------------------------------------------------------

    def _read_registers(self, _: bytes) -> bytes:
        values = self._target.view.registers()
        return b"".join(_hex(register, values[register.name]) for register in REGISTERS)

    def _write_registers(self, data: bytes) -> bytes:
        raw = bytes.fromhex(data.decode("ascii"))
        if len(raw) != sum(register.bits // 8 for register in REGISTERS):
            return _MALFORMED
        for register in REGISTERS:
            size = register.bits // 8
            self._target.view.set_register(register.name, int.from_bytes(raw[:size], "little"))
            raw = raw[size:]
        return b"OK"

    def _read_register(self, number: bytes) -> bytes:
        register = REGISTERS[_number(number)]
        return _hex(register, self._target.view.registers()[register.name])

    def _write_register(self, assignment: bytes) -> bytes:
        number, _, value = assignment.partition(b"=")
        register, raw = REGISTERS[_number(number)], bytes.fromhex(value.decode("ascii"))
        if len(raw) != register.bits // 8:
            return _MALFORMED
        self._target.view.set_register(register.name, int.from_bytes(raw, "little"))
        return b"OK"

    def _read_memory(self, place: bytes) -> bytes:
        address, size = _range(place)
        return self._target.view.read(address, min(size, LONGEST // 4)).hex().encode()

    def _write_hex(self, order: bytes) -> bytes:
        place, _, data = order.partition(b":")
        return self._write(place, bytes.fromhex(data.decode("ascii")))

    def _write_binary(self, order: bytes) -> bytes:
        place, _, data = order.partition(b":")
        return self._write(place, data)

    def _write(self, place: bytes, data: bytes) -> bytes:
        address, size = _range(place)
        if len(data) != size:
            return _MALFORMED
        if data:
            self._target.view.write(address, data)
        return b"OK"

    # -- where it stops ---------------------------------------------------------------------------------------

    def _insert(self, place: bytes) -> bytes:
        return self._change(place, self._points.add)

    def _remove(self, place: bytes) -> bytes:
        return self._change(place, self._points.discard)

    def _change(self, place: bytes, change: Callable[[Point], None]) -> bytes:
        kind, address, size = (_number(field) for field in place.split(b";")[0].split(b","))
        if kind not in _BREAKPOINTS and kind not in _WATCHPOINTS:
            return b""
        point = Point(kind, address, size)
        if kind in _WATCHPOINTS and not self._target.watches(address, size):
            # A refusal here reads "too many watchpoints" in gdb: it is told when it goes on, and can show a text.
            (self._unwatchable.add if change == self._points.add else self._unwatchable.discard)(point)
            return b"OK"
        change(point)
        points = self._points
        self._target.breakpoints = {point.address & ~1 for point in points if point.kind in _BREAKPOINTS}
        self._target.watchpoints = {
            Watchpoint(point.address, point.size, _WATCHPOINTS[point.kind])
            for point in points
            if point.kind in _WATCHPOINTS
        }
        return b"OK"

    def _stop_reply(self, halt: Halt) -> bytes:
        why = b""
        if halt.reason == "watchpoint":
            why = b"%s:%x;" % (_WATCH_NAMES[halt.ops], halt.address)
        elif halt.reason == "breakpoint":
            kinds = sorted(point.kind for point in self._points if point.kind < 2 and point.address == halt.address)
            why = _BREAKPOINTS[kinds[0]] + b":;" if kinds else b""
        return b"T%02x%sthread:%s;" % (_SIGNALS.get(halt.reason, _SIGTRAP), why, _THREAD)

    # -- life -------------------------------------------------------------------------------------------------

    def _resume(self, at: bytes, *, step: bool) -> bytes | None:
        if self._unwatchable:
            places = ", ".join(f"0x{address:08x}" for _, address, _ in sorted(self._unwatchable))
            self.note = f"Only RAM can be watched, and {places} is none: delete that watchpoint. The M4 stands.\n"
            return self._stop_reply(Halt("interrupt"))
        if at:
            self._target.view.set_register("pc", _number(at))
        self._target.step = step
        self.state = RESUMED
        return None

    def _kill(self, _: bytes) -> None:
        self.state = KILLED

    def _detach(self, _: bytes) -> bytes:
        self.state = DETACHED
        return b"OK"

    # -- q, Q and v -------------------------------------------------------------------------------------------

    def _query(self, query: bytes) -> bytes:
        name, _, rest = query.partition(b":")
        if name == b"Supported":
            return _FEATURES
        if name == b"Xfer":
            return _part_of_description(rest)
        if query.startswith(b"Rcmd,"):
            text = self._monitor(bytes.fromhex(query[5:].decode("ascii")).decode("utf-8", "replace"))
            return text.encode().hex().encode() or b"OK"
        if query.startswith(b"ThreadExtraInfo,"):
            return b"Cortex-M4".hex().encode()
        fixed = {
            b"Attached": b"1",
            b"C": b"QC" + _THREAD,
            b"fThreadInfo": b"m" + _THREAD,
            b"sThreadInfo": b"l",
            b"Offsets": b"Text=0;Data=0;Bss=0",
            b"Symbol": b"OK",
        }
        return fixed.get(name, b"")

    def _set(self, setting: bytes) -> bytes:
        if setting != b"StartNoAckMode":
            return b""
        self.acknowledges = False
        return b"OK"

    def _verb(self, verb: bytes) -> bytes | None:
        if verb == b"Cont?":
            return b"vCont;c;C;s;S"
        if verb.startswith(b"Kill;"):
            self._kill(b"")
            return b"OK"
        if verb.startswith(b"Cont;"):
            action = verb[5:6]  # the first one is for the only thread there is
            if action not in (b"c", b"C", b"s", b"S"):
                return _MALFORMED
            return self._resume(b"", step=action in b"sS")
        return b""  # vMustReplyEmpty too


def _part_of_description(request: bytes) -> bytes:
    """A read of `target.xml`: "features:read:target.xml:offset,length"."""
    what, action, annex, place = request.split(b":")
    if what != b"features" or action != b"read":
        return b""
    if annex != b"target.xml":
        return b"E00"
    offset, size = _range(place)
    part = TARGET_XML.encode()[offset : offset + min(size, LONGEST // 4)]
    return (b"m" if offset + len(part) < len(TARGET_XML) else b"l") + part


def _hex(register: Register, value: int) -> bytes:
    return value.to_bytes(register.bits // 8, "little").hex().encode()


def _number(digits: bytes) -> int:
    """Hexadecimal digits and nothing else; `int` would take signs, blanks and underlines."""
    if not digits or len(digits) > 8 or any(digit not in b"0123456789abcdefABCDEF" for digit in digits):
        raise ValueError(f"{digits!r} is not a number of 32 bits")
    return int(digits, 16)


def _range(place: bytes) -> tuple[int, int]:
    address, size = place.split(b",")
    return _number(address), _number(size)

"""The halted M4 as a debugger sees it: registers by name, and memory through the core's own map.

Looking changes nothing and is on no trace. What is written is written at once, as if by the hardware itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mp1bench.engine.embedded.private_bus import END, START, Unit, units
from mp1bench.engine.machine import Place
from mp1bench.errors import BusError

if TYPE_CHECKING:
    from mp1bench.engine.embedded.engine import EmbeddedEngine

GENERAL = (*(f"r{n}" for n in range(13)), "sp", "lr", "pc", "xpsr")
DOUBLES = tuple(f"d{n}" for n in range(16))
SPECIAL = ("msp", "psp", "primask", "basepri", "faultmask", "control")
#: All registers; 32 bits each, but 64 for d0–d15.
REGISTERS = (*GENERAL, *DOUBLES, "fpscr", *SPECIAL)

_WORD = 0xFFFFFFFF
_IPSR = 0x1FF
_IT = 0x0600FC00
_SPSEL = 1 << 1


class DebugView:
    """Reads and writes an engine's core between two slices."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        self._engine = engine
        self._core = engine.core
        self._units = units(engine.core)

    # -- registers --------------------------------------------------------------------------------------------

    def registers(self) -> dict[str, int]:
        """Each of REGISTERS."""
        state: dict[str, Any] = self._core.registers.state()
        general, floats = state["general"], state["floats"]
        values = {f"r{n}": general[n] for n in range(13)}
        values |= {"sp": state[self._stack(state)], "lr": general[13], "pc": self._core.exceptions.pc}
        values |= {"xpsr": general[14] & ~_IPSR | self._core.exceptions.ipsr, "fpscr": floats[32]}
        values |= {name: floats[2 * n] | floats[2 * n + 1] << 32 for n, name in enumerate(DOUBLES)}
        return values | {name: state[name] for name in SPECIAL}

    def set_register(self, name: str, value: int) -> None:
        """Write one of REGISTERS. The exception number in xPSR stays: only exceptions change it."""
        state: dict[str, Any] = self._core.registers.state()
        value &= (1 << 64) - 1 if name in DOUBLES else _WORD
        if name == "pc":
            state["general"][14] &= ~_IT if value & ~1 != self._core.exceptions.pc else _WORD
            self._core.exceptions.pc = value & ~1
            self._core.exceptions.asleep = False  # a debugger that says where to go on wants it to go on
        elif name == "sp":
            state[self._stack(state)] = value & ~3
        elif name in SPECIAL:
            state[name] = value
        elif name == "fpscr":
            state["floats"][32] = value
        elif name in DOUBLES:
            at = 2 * DOUBLES.index(name)
            state["floats"][at : at + 2] = value & _WORD, value >> 32
        elif name == "xpsr":
            state["general"][14] = value & ~_IPSR | state["general"][14] & _IPSR
        else:
            state["general"][13 if name == "lr" else int(name[1:])] = value
        self._core.registers.from_state(state)
        self._core.protection.forget()

    def _stack(self, state: dict[str, Any]) -> str:
        return "psp" if state["control"] & _SPSEL and not self._core.exceptions.ipsr else "msp"

    # -- memory -----------------------------------------------------------------------------------------------

    def read(self, address: int, size: int) -> bytes:
        """Up to `size` bytes: it ends where nothing answers, or where a read would change something.

        BusError, with the reason, if that is at `address` already.
        """
        data = self._engine.load(address, size)
        if data is not None:
            return data
        found = b""
        while len(found) < size:
            at = address + len(found)
            lane = at & 3
            try:
                word = self._peek(at & ~3)
            except BusError:
                if found:
                    break
                raise
            found += word.to_bytes(4, "little")[lane : lane + size - len(found)]
        return found

    def write(self, address: int, data: bytes) -> None:
        """Write RAM, code included, or a device, in the widest accesses that are aligned. BusError where nothing is."""
        memory = next((m for m in self._engine.memories if m.offset_of(address, len(data)) is not None), None)
        if memory is not None:
            start = memory.offset_of(address, len(data)) or 0
            memory.view[start : start + len(data)] = data
            self._core.forget_code()
            return
        while data:
            width = next(w for w in (4, 2, 1) if not address % w and w <= len(data))
            self._poke(address, int.from_bytes(data[:width], "little"), width)
            address, data = address + width, data[width:]

    def _peek(self, address: int) -> int:
        """An aligned word of a device or of the core's own registers, with no side effect."""
        if START <= address < END:
            return self._peek_private(address)
        place = self._place(address)
        register = place.device.TABLE.at(address - place.address)
        if register is not None and register.read_acts:
            raise BusError(f"reading {place.name} {register.name} would change it, so a debugger cannot look at it.")
        device = place.device
        listener, device.on_event = device.on_event, None  # a refusal is the firmware's affair
        try:
            return device.read(address - place.address, 4)
        finally:
            device.on_event = listener

    def _peek_private(self, address: int) -> int:
        systick = self._core.systick
        control = systick.control
        unit = self._unit(address)
        word = unit.read(address - unit.start, 4)
        systick.control = control  # a read of SYST_CSR clears COUNTFLAG
        return word

    def _poke(self, address: int, value: int, width: int) -> None:
        if START <= address < END:
            unit = self._unit(address)
            unit.write(address - unit.start, width, value)
        else:
            place = self._place(address)
            place.device.write(address - place.address, value, width)

    def _unit(self, address: int) -> Unit:
        return next(unit for unit in self._units if unit.start <= address < unit.end)

    def _place(self, address: int) -> Place:
        for place in self._engine.places.values():
            if place.address <= address < place.address + place.size:
                return place
        raise BusError(f"nothing is at 0x{address:08X}.")

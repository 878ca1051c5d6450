"""The Instrumentation Trace Macrocell: what the firmware writes to stimulus port 0 is text.

The other 31 ports are always ready and lead nowhere; time stamps and DWT packets are not made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

TER, TPR, TCR, LAR, LSR = 0xE00, 0xE40, 0xE80, 0xFB0, 0xFB4

_PORTS_END = 0x80
_ITMENA = 1 << 0
_TCR_WRITABLE = 0x007F0F1F
_KEY = 0xC5ACCE55
_LOCKABLE, _LOCKED = 1 << 0, 1 << 1


class Itm:
    """`enabled()` tells DEMCR.TRCENA; `on_byte` receives each byte of port 0, while TCR and TER enable it."""

    def __init__(self, enabled: Callable[[], bool]) -> None:
        self._enabled = enabled
        self.on_byte: Callable[[int], None] = lambda byte: None
        self.reset()

    def reset(self) -> None:
        """Core reset: off, and locked against writes by software."""
        self._registers: dict[int, int] = {}
        self._locked = True

    def read(self, offset: int) -> int:
        """Word read at an offset from 0xE0000000. A stimulus port always has room (FIFOREADY)."""
        if offset < _PORTS_END:
            return 1
        if offset == LSR:
            return _LOCKABLE | (_LOCKED if self._locked else 0)
        return self._registers.get(offset, 0)

    def write(self, offset: int, value: int, width: int) -> None:
        """Write of any width at an offset from 0xE0000000; to a port, as many bytes as are written."""
        if offset < _PORTS_END:
            if offset == 0 and self._port_enabled():
                for byte in (value & (1 << 8 * width) - 1).to_bytes(width, "little"):
                    self.on_byte(byte)
        elif offset == LAR:
            self._locked = value != _KEY
        elif offset in (TER, TPR, TCR) and not self._locked:
            self._registers[offset] = value & (_TCR_WRITABLE if offset == TCR else 0xFFFFFFFF)

    def _port_enabled(self) -> bool:
        enabled = self._enabled() and self._registers.get(TCR, 0) & _ITMENA
        return bool(enabled and self._registers.get(TER, 0) & 1)

    def state(self) -> dict[str, object]:
        """Plain data; `from_state` is its inverse."""
        return {"registers": sorted(self._registers.items()), "locked": self._locked}

    def from_state(self, state: Mapping[str, object]) -> None:
        """Restore what `state` gave."""
        registers, locked = state["registers"], state["locked"]
        assert isinstance(registers, list)
        assert isinstance(locked, bool)
        self._registers, self._locked = dict(registers), locked

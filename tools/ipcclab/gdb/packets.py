"""The framing of GDB's remote protocol: `$payload#checksum`, acknowledgements and escapes. It knows no command."""

from __future__ import annotations

from typing import NamedTuple

#: The longest payload that is taken; a longer one is garbage. gdb is told half of it.
LONGEST = 0x8000

ACK, NACK = b"+", b"-"
INTERRUPT = b"\x03"  # Ctrl-C, outside of a packet
_ESCAPE = 0x7D
_SPECIAL = frozenset(b"#$}*")


class Packet(NamedTuple):
    """A payload as it was sent, escapes undone, and whether its checksum was right."""

    payload: bytes
    intact: bool


def frame(payload: bytes) -> bytes:
    """A packet around an escaped payload."""
    body = escape(payload)
    return b"$%s#%02x" % (body, sum(body) & 0xFF)


def escape(payload: bytes) -> bytes:
    """Bytes that mean something to the framing become two."""
    return b"".join(bytes((_ESCAPE, byte ^ 0x20)) if byte in _SPECIAL else bytes((byte,)) for byte in payload)


def unescape(body: bytes) -> bytes:
    """The inverse of `escape`; a lone escape at the end counts for nothing."""
    payload, escaped = bytearray(), False
    for byte in body:
        if not escaped and byte == _ESCAPE:
            escaped = True
            continue
        payload.append(byte ^ 0x20 if escaped else byte)
        escaped = False
    return bytes(payload)


class Decoder:
    """Cuts a stream of bytes into packets and the single bytes `ACK`, `NACK`, `INTERRUPT`; drops everything else."""

    def __init__(self) -> None:
        self._body: bytearray | None = None  # of the packet under way
        self._checksum: bytearray | None = None

    def feed(self, data: bytes) -> list[Packet | bytes]:
        """What is complete with these bytes, in order."""
        found: list[Packet | bytes] = []
        for byte in data:
            item = self._take(byte)
            if item is not None:
                found.append(item)
        return found

    def _take(self, byte: int) -> Packet | bytes | None:
        if byte == ord("$"):  # never inside a packet: a new one begins, and one under way is lost
            self._body, self._checksum = bytearray(), None
        elif self._body is None:
            single = bytes((byte,))
            return single if single in (ACK, NACK, INTERRUPT) else None
        elif self._checksum is not None:
            self._checksum.append(byte)
            if len(self._checksum) == 2:
                return self._complete(bytes(self._body), bytes(self._checksum))
        elif byte == ord("#"):
            self._checksum = bytearray()
        elif len(self._body) < LONGEST:
            self._body.append(byte)
        else:
            self._body = None
        return None

    def _complete(self, body: bytes, checksum: bytes) -> Packet:
        self._body = self._checksum = None
        return Packet(unescape(body), checksum.lower() == b"%02x" % (sum(body) & 0xFF))

"""How the kernel prints what C holds (lib/vsprintf.c, lib/hexdump.c): numbers, names of errors, texts, bytes.

Where a line goes, and whether it is printed, is `core.py`'s business.
"""

from __future__ import annotations

from mp1bench.linux.errno import Errno


def signed(word: int) -> int:
    """A 32-bit number as C's int, and as %d prints it."""
    return word - (1 << 32) if word & 1 << 31 else word


def error_name(error: int) -> str:
    """An error number as %pe prints it: -EINVAL, or the number if it has no name."""
    try:
        return f"-{Errno(-error).name}"
    except ValueError:
        return str(error)


def c_string(field: bytes) -> str:
    """An array of characters as %s prints it: up to the first NUL, or all of it; odd bytes are escaped."""
    return field.split(b"\0", 1)[0].decode("ascii", "backslashreplace")


def hex_rows(data: bytes) -> list[tuple[str, str]]:
    """Bytes as print_hex_dump shows them, 16 to a row: in hex, and what of them is printable."""
    rows = [data[at : at + 16] for at in range(0, len(data), 16)]
    return [(row.hex(" "), "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)) for row in rows]

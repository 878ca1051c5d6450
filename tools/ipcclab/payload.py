"""What a firmware sends and prints, as text that is safe to show. It decodes no protocol."""

from __future__ import annotations


def text_of(data: bytes) -> str:
    """UTF-8, with each byte that is not shown as `\\xNN`."""
    return data.decode("utf-8", "backslashreplace")


def printable(text: str) -> str:
    """One line: whatever does not print, as a terminal's control sequences, is escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def quoted(data: bytes) -> str:
    """One line in double quotes; whatever does not print is escaped."""
    escaped = text_of(data).replace('"', '\\"')
    return f'"{printable(escaped)}"'

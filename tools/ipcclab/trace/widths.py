"""How wide text is in a monospaced font, and as much of it as has room. It knows no font."""

from __future__ import annotations

import unicodedata


def cells(text: str) -> int:
    """The width of a text in characters: two for a wide one, none for one that stands on the character before it."""
    if text.isascii():
        return len(text)
    return sum(1 + (unicodedata.east_asian_width(c) in "WF") - bool(unicodedata.combining(c)) for c in text)


def cut(text: str, room: int) -> str:
    """The text, or its beginning and "…", in at most `room` characters."""
    if cells(text) <= room:
        return text
    text = text[:room]
    while cells(text) >= room:
        text = text[:-1]
    return text + "…"

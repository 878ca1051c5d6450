"""Payload bytes as text: what a person reads in traces, tables and summaries. It decodes no protocol."""

from __future__ import annotations


def text_of(data: bytes) -> str:
    """UTF-8, with each byte that is not shown as `\\xNN`."""
    return data.decode("utf-8", "backslashreplace")


def quoted(data: bytes) -> str:
    """One line in double quotes; whatever does not print is escaped."""
    text = text_of(data).replace('"', '\\"')
    shown = (c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return '"' + "".join(shown) + '"'

"""The writers of register descriptions, one module each, chosen by a file's ending. Files are opened here only.

A writer is a pure function: it takes a variant of the IPCC, and gives the text of the file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from ipcclab.endings import by_ending
from ipcclab.export import page, svd
from mp1bench.errors import UsageError
from mp1bench.platform import Platform
from stm32mp1.ipcc_table import Variant

__all__ = ["WRITERS", "export", "export_platform", "writer_for"]

Writer: TypeAlias = Callable[[Variant], str]

#: Ending of the file: writer.
WRITERS: dict[str, Writer] = {".svd": svd.render, ".md": page.render}


def writer_for(path: Path) -> Writer:
    """The writer for a file of this name. UsageError names the known endings."""
    return by_ending(path, WRITERS, "nothing to export to")


def export(path: Path, variant: Variant) -> None:
    """Write the registers of an IPCC in the form that the ending of `path` asks for. Raises UsageError."""
    _write(path, writer_for(path)(variant))


def export_platform(path: Path, platform: Platform) -> None:
    """Write the registers of all devices of a platform to an SVD file. Raises UsageError."""
    if writer_for(path) is not svd.render:
        raise UsageError(f"{path}: a whole platform is exported as .svd only.")
    _write(path, svd.render_platform(platform))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{path}: it cannot be written there ({error.strerror}).") from error

"""A piece of what is said of shared memory, which `text` and `page` lay out. It decodes nothing."""

from __future__ import annotations

from typing import NamedTuple


class Section(NamedTuple):
    """A title, some sentences, and a table, which may have no rows. `kind` is a word for style sheets."""

    kind: str
    title: str
    sentences: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

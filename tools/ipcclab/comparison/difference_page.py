"""A comparison of two traces as one HTML page: side by side, every difference, each with what is equal around it.

What is said of the two is `difference.py`'s; the frame of the page is `ipcclab.page`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from ipcclab.comparison.compare import Comparison, Entry
from ipcclab.comparison.difference import (
    explanation,
    first_difference,
    header_difference,
    is_moved,
    shift,
    totals,
    verdict,
)
from ipcclab.comparison.passages import Gap, Row, edits, passages
from ipcclab.page import document
from mp1bench.errors import UsageError

_SHOWN = 2000  # rows: two sides of them stay well below a megabyte
_PARTS = re.compile(r" {2,}|(?:(?! {2}).)+")  # columns and what stands between them
_STYLE = """
main { padding: 0 1rem; }
table.difference { border-collapse: collapse; width: 100%; table-layout: fixed; }
table.difference th { text-align: left; overflow-wrap: anywhere; }
table.difference td { font: 0.75rem/1.35 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
  vertical-align: top; padding: 1px 6px; border-left: 3px solid transparent; }
table.difference td:empty { background: repeating-linear-gradient(45deg, transparent 0 5px, #8884 5px 6px); }
table.difference .gone { background: light-dark(#ffebe9, #4b1d1f); border-color: light-dark(#cf222e, #f85149); }
table.difference .come { background: light-dark(#e6ffec, #12331d); border-color: light-dark(#1a7f37, #3fb950); }
table.difference .moved { border-color: light-dark(#bf8700, #d29922); }
table.difference .gone mark { background: light-dark(#ffc1bc, #8c2f33); color: inherit; }
table.difference .come mark { background: light-dark(#abf2bc, #1f6f3a); color: inherit; }
table.difference .gap td { text-align: center; opacity: 0.7; padding: 4px; }
table.difference .first td { outline: 2px solid light-dark(#0969da, #58a6ff); outline-offset: -2px; }
pre.words { white-space: pre-wrap; overflow-wrap: anywhere; }
"""


def write(path: Path, comparison: Comparison, context: int = 3) -> None:
    """Write the page. UsageError if it cannot be."""
    try:
        path.write_text(page(comparison, context), encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{path}: the page cannot be written there ({error.strerror}).") from error


def page(comparison: Comparison, context: int = 3) -> str:
    """The whole page as text."""
    a, b = comparison.a.name, comparison.b.name
    first = first_difference(comparison)
    told = header_difference(comparison)
    if first is not None:
        told += [*explanation(comparison, first), *totals(comparison)]
    words = "\n".join(told)
    body = [
        "<main>",
        "<h1>Two traces compared</h1>",
        f"<p>{escape(verdict(comparison))}</p>",
        f'<pre class="words">{escape(words)}</pre>' if words else "",
        '<table class="difference">',
        f"<thead><tr><th>{escape(a)}</th><th>{escape(b)}</th></tr></thead>",
        "<tbody>",
        *_table(comparison, first, context),
        "</tbody>",
        "</table>",
        "</main>",
    ]
    return document(f"{Path(a).name} and {Path(b).name}", "\n".join(filter(None, body)), style=_STYLE)


def _table(comparison: Comparison, first: Row | None, context: int) -> Iterator[str]:
    for number, row in enumerate(passages(comparison, context)):
        if number == _SHOWN:
            yield _gap("the rest is not shown: the first differences are what matters")
            return
        if isinstance(row, Gap):
            moved = f", {row.moved:,} of them at other times" if row.moved else ""
            yield _gap(f"{row.entries:,} equal {'line' if row.entries == 1 else 'lines'}{moved}")
            continue
        yield f"{'<tr class=first>' if row == first else '<tr>'}{_cells(comparison, row)}</tr>"


def _gap(words: str) -> str:
    return f'<tr class="gap"><td colspan="2">… {words}</td></tr>'


def _cells(comparison: Comparison, row: Row) -> str:
    a = None if row.a is None else comparison.a.entries[row.a]
    b = None if row.b is None else comparison.b.entries[row.b]
    if a is None or b is None:
        left = f'<td class="gone">{escape(a.line)}</td>' if a else "<td></td>"
        return left + (f'<td class="come">{escape(b.line)}</td>' if b else "<td></td>")
    if not row.same:
        gone, come = _marked(a, b)
        return f'<td class="gone">{gone}</td><td class="come">{come}</td>'
    if is_moved(comparison, row):
        by = escape(shift(a, b))
        return f'<td class="moved">{escape(a.line)}</td><td class="moved" title="{by}">{escape(b.line)}  ({by})</td>'
    return f"<td>{escape(a.line)}</td><td>{escape(b.line)}</td>"


def _marked(a: Entry, b: Entry) -> tuple[str, str]:
    """Both lines, with the columns marked that differ."""
    one, other = (_PARTS.findall(entry.line) for entry in (a, b))
    gone: list[str] = []
    come: list[str] = []
    for tag, a1, a2, b1, b2 in edits(one, other):
        for parts, shown in ((one[a1:a2], gone), (other[b1:b2], come)):
            words = escape("".join(parts))
            shown.append(words if tag == "equal" or not words.strip() else f"<mark>{words}</mark>")
    return "".join(gone), "".join(come)

"""Shared memory as a piece of an HTML page: plain headings and tables with class names, all text escaped.

It has no style and no script of its own, and is no whole page.
"""

from __future__ import annotations

from html import escape

from ipcclab.sharedmemory.section import Section
from ipcclab.sharedmemory.sections import sections
from ipcclab.sharedmemory.structure import SharedMemory


def fragment(memory: SharedMemory) -> str:
    """A `div` of class `shared-memory`; in it a `section` of class `sm-KIND` for each of `sections`."""
    return "\n".join(['<div class="shared-memory">', *map(_section, sections(memory)), "</div>"])


def _section(section: Section) -> str:
    lines = [f'<section class="sm-{section.kind}">', f"<h3>{escape(section.title)}</h3>"]
    if section.kind == "log":
        lines.append(f"<pre>{escape(chr(10).join(section.sentences))}</pre>")
    elif section.kind == "findings":
        lines += ["<ul>", *(f"<li>{escape(sentence)}</li>" for sentence in section.sentences), "</ul>"]
    else:
        lines += [f"<p>{escape(sentence)}</p>" for sentence in section.sentences]
    if section.rows:
        lines += ["<table>", f"<thead>{_row('th', section.columns)}</thead>", "<tbody>"]
        lines += [*(_row("td", row) for row in section.rows), "</tbody>", "</table>"]
    return "\n".join([*lines, "</section>"])


def _row(cell: str, texts: tuple[str, ...]) -> str:
    return f"<tr>{''.join(f'<{cell}>{escape(text)}</{cell}>' for text in texts)}</tr>"

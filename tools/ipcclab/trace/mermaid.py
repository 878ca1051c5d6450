"""The sequence chart as Mermaid text, for a Markdown page: GitHub and GitLab draw it in an issue or a README.

Such a page draws charts of limited size, so of a long trace it has the last steps that fit, and says so. It has no
colours but red.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import punctuation

from ipcclab.durations import format_moment
from ipcclab.payload import printable
from ipcclab.trace import chart
from ipcclab.trace.chart import Chart, Step
from ipcclab.trace.recording import Recording
from ipcclab.trace.sequence import chart_of
from ipcclab.trace.widths import cut

#: A page refuses a chart with more characters (Mermaid's maxTextSize), or with more arrows (its maxEdges).
MOST_CHARACTERS, MOST_STEPS = 50_000, 500

_WORDS = 100  # characters of the longest label
_NAMES = "LIR"
_UNSAFE = frozenset(punctuation) - frozenset(".,:()/=+-_")
_ARROWS = {
    chart.ACCESS: "-->>",
    chart.POLL: "-->>",
    chart.LINE: "--)",
    chart.LOST: "-x",
    chart.REFUSED: "--x",
}
_RED = "rect rgba(229, 57, 63, 0.25)"


def render(recording: Recording) -> Iterator[str]:
    """The writer of `.mmd` files."""
    whole = chart_of(recording.trace).last(MOST_STEPS)
    title = recording.about.title or f"Sequence chart of a run on {recording.origin.platform}"
    lines = list(_lines(whole, title))
    while _size(lines) > MOST_CHARACTERS:
        whole = whole.last(len(whole.steps) * 9 // 10)
        lines = list(_lines(whole, title))
    yield from lines


def _lines(shown: Chart, title: str) -> Iterator[str]:
    yield "sequenceDiagram"
    yield f"    accTitle: {_safe(title)}"
    for name, lane in zip(_NAMES, shown.lanes, strict=True):
        yield f"    participant {name} as {_safe(lane.role)}<br/>{_safe(lane.core)}"
    if shown.first_line:
        yield f"    Note over L,R: {_safe(shown.first_line)}"
    for _ in range(sum(bar.first is None for bar in shown.occupied)):
        yield "    activate I"
    for number, step in enumerate(shown.steps):
        yield from _step(step)
        # A bar is one of a stack here: which channel it stands for is told by the words.
        for _ in range(sum(bar.last == number for bar in shown.occupied)):
            yield "    deactivate I"
        for _ in range(sum(bar.first == number for bar in shown.occupied)):
            yield "    activate I"
    for _ in range(sum(bar.last is None for bar in shown.occupied)):
        yield "    deactivate I"


def _step(step: Step) -> Iterator[str]:
    label = _safe(step.label)
    who = " ".join([format_moment(step.t), _safe(step.place)]).rstrip()
    if step.kind == chart.PAUSE:
        yield f"    Note over L,R: … {label} …"
    elif step.kind == chart.LOG:
        yield f"    Note over L,R: {who}<br/>{label}"
    else:
        source, target = _NAMES[step.source], _NAMES[step.target]
        arrow = f"{source}{_ARROWS.get(step.kind, '->>')}{target}" if source != target else f"Note over {source}"
        line = f"    {arrow}: {who}<br/>{label}"
        yield from (f"    {_RED}", line, "    end") if step.kind in (chart.LOST, chart.FAULT) else (line,)


def _safe(text: str) -> str:
    """Text that Mermaid takes as text: whatever could mean something to it, or to HTML, is a number."""
    return "".join(f"#{ord(c)};" if c in _UNSAFE else c for c in cut(printable(text), _WORDS))


def _size(lines: list[str]) -> int:
    """Characters as a browser counts them."""
    return sum(len(line.encode("utf-16-le")) // 2 + 1 for line in lines)

"""The sequence chart as a picture: a standalone `.svg` file, or an `<svg>` for a page. It needs no script and no font.

Blue is what goes from processor 1 to processor 2, violet the other direction; a channel's bar stands as long as it is
occupied. Text has the colour of the page around it. Where things stand is for `ipcclab.trace.layout`.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from ipcclab.durations import format_moment
from ipcclab.payload import printable
from ipcclab.trace.chart import (
    ACCESS,
    FAULT,
    FREE,
    LEFT,
    LINE,
    LOG,
    LOST,
    MESSAGE,
    MIDDLE,
    PAUSE,
    POLL,
    REFUSED,
    RIGHT,
    SIGNAL,
    Chart,
    Step,
)
from ipcclab.trace.layout import BAR, CELL, HEAD, LABEL, MARGIN, PLACE, ROW, Layout
from ipcclab.trace.recording import Recording
from ipcclab.trace.sequence import chart_of
from ipcclab.trace.widths import cells, cut
from mp1bench.trace import Trace

#: Steps of a `.svg` file: longer is no picture any more.
MOST_STEPS = 500

_FONT = 'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="12"'
_OWN_COLOURS = (
    "<style>:root{color:#1f2328;background:#fff}"
    "@media (prefers-color-scheme:dark){:root{color:#e6edf3;background:#0d1117}}</style>"
)

# Each has a contrast of 3.6 and more on white and on the dark pages that are usual.
_PLAIN, _RED, _AMBER = "currentColor", "#e5393f", "#b8720a"
_FROM = {LEFT: "#3b82f6", RIGHT: "#a855f7"}
_DIM = 'opacity=".65"'
_BAD = f'fill="{_RED}" font-weight="bold"'

#: An arrow to or from the IPCC, by kind: colour, width, dashes, and how its label looks.
_LOOKS = {
    SIGNAL: (_PLAIN, 1.6, "", ""),
    FREE: (_PLAIN, 1.6, "", ""),
    LOST: (_RED, 2.0, "", _BAD),
    ACCESS: (_PLAIN, 1.0, "", ""),
    POLL: (_PLAIN, 1.0, "4 3", ""),
    REFUSED: (_AMBER, 1.6, "4 3", f'fill="{_AMBER}"'),
    LINE: (_PLAIN, 1.0, "2 2", ""),
}


def render(recording: Recording) -> Iterator[str]:
    """The writer of `.svg` files: the last steps, in colours of its own that follow the viewer's choice of theme."""
    title = recording.about.title or f"Sequence chart of a run on {recording.origin.platform}"
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield from _Picture(chart_of(recording.trace, MOST_STEPS), title).lines(_OWN_COLOURS)


def fragment(trace: Trace, last: int | None = 40, title: str = "Sequence chart") -> str:
    """An `<svg>` element for a page, of the last steps or of all. Each step is a `<g data-event="INDEX" data-t="NS">`.

    It takes the text colour of the page, has no style sheet and no identifiers, and shrinks with its surroundings.
    """
    return "\n".join(_Picture(chart_of(trace, last), title).lines())


class _Picture:
    """The elements of one chart."""

    def __init__(self, chart: Chart, title: str) -> None:
        self._chart = chart
        self._title = printable(title)
        self._layout = Layout(chart)
        self._x = self._layout.x
        self._crossed: dict[int, set[int]] = {LEFT: set(), MIDDLE: set(), RIGHT: set()}  # by lane: rows with text on it

    def lines(self, style: str = "") -> Iterator[str]:
        steps = [self._step(number, step) for number, step in enumerate(self._chart.steps)]
        width, height = self._layout.width, self._layout.height
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
            f' role="img" aria-label={quoteattr(self._title)} style="max-width:100%;height:auto" {_FONT}'
            f' fill="{_PLAIN}">'
        )
        yield f"<title>{escape(self._title)}</title>"
        yield f"<desc>{escape(self._description())}</desc>"
        if style:
            yield style
        yield from self._names()
        yield from self._bars()
        yield from self._lifelines()
        yield from steps
        yield "</svg>"

    def _description(self) -> str:
        steps, first = self._chart.steps, self._chart.first_line
        if not steps:
            return first
        count = sum(step.kind != PAUSE for step in steps)
        span = f"{count} steps from {format_moment(steps[0].t)} to {format_moment(steps[-1].t)}"
        return f"{span}; {first}" if first else span

    # -- what stands behind the steps ---------------------------------------------------------------------------

    def _names(self) -> Iterator[str]:
        for x, lane in zip(self._x, self._chart.lanes, strict=True):
            yield _text(x, 16, lane.role, "middle", 'font-weight="bold"')
            yield _text(x, 32, lane.core, "middle", _DIM)
        if self._chart.first_line:
            yield _text(self._x[MIDDLE], HEAD + ROW - 8, self._chart.first_line, "middle", _DIM)

    def _bars(self) -> Iterator[str]:
        for sender, columns in self._layout.bars.items():
            core = escape(self._chart.lanes[sender].core)
            for column, bars in enumerate(columns):
                x = self._x[MIDDLE] + (column * BAR if sender == RIGHT else -(column + 1) * BAR)
                for bar in bars:
                    top = self._layout.top - 4 if bar.first is None else self._layout.y(bar.first)
                    bottom = self._layout.bottom if bar.last is None else self._layout.y(bar.last)
                    yield (
                        f"<g><title>CH{bar.channel} from the {core} is occupied</title>"
                        f'<rect x="{x + 1}" y="{top}" width="{BAR - 2}" height="{bottom - top}" rx="2"'
                        f' fill="{_FROM[sender]}" fill-opacity=".35"/>'
                        + _text(x + BAR // 2, top + 13, str(bar.channel), "middle", 'font-size="10"')
                        + "</g>"
                    )

    def _lifelines(self) -> Iterator[str]:
        """The lanes, broken where text stands on them and where time passes."""
        for lane, rows in self._crossed.items():
            path, at = "", self._layout.top - 4
            for row in sorted(rows):
                y = self._layout.top + row * ROW
                path += f"M{self._x[lane]} {at}V{y + 6}"
                at = y + ROW - 2
            path += f"M{self._x[lane]} {at}V{self._layout.bottom}"
            yield f'<path d="{path}" stroke="{_PLAIN}" stroke-opacity=".4" fill="none"/>'

    # -- steps --------------------------------------------------------------------------------------------------

    def _step(self, number: int, step: Step) -> str:
        y = self._layout.y(number)
        hint = " ".join(filter(None, [format_moment(step.t), step.place, step.label]))
        parts = [f"<title>{escape(hint)}</title>"]
        if step.kind == PAUSE:
            parts += self._pause(number, step, y)
        else:
            before = self._chart.steps[number - 1] if number else None
            if before is None or before.t != step.t or before.kind == PAUSE:
                parts.append(_text(MARGIN, y + 4, format_moment(step.t), "start", _DIM))
            if step.kind == LOG:
                parts += self._log(number, step, y)
            elif step.kind == MESSAGE:
                parts += self._message(number, step, y)
            elif step.source == step.target:
                parts += self._mark(number, step, y)
            else:
                parts += self._arrow(number, step, y)
        return f'<g data-event="{step.event}" data-t="{step.t}">{"".join(parts)}</g>'

    def _pause(self, number: int, step: Step, y: int) -> list[str]:
        for rows in self._crossed.values():
            rows.add(self._layout.rows[number])
        return [_text(self._x[MIDDLE], y + 4, f"… {step.label} …", "middle", _DIM)]

    def _log(self, number: int, step: Step, y: int) -> list[str]:
        x = self._x[LEFT] + 10
        words = cut(step.label, int((self._layout.width - x - MARGIN) / CELL))
        self._writes(number, x, words)
        return [_who(step, self._x[LEFT], y, -1), _text(x, y + 4, words, "start", 'font-style="italic" opacity=".8"')]

    def _message(self, number: int, step: Step, y: int) -> list[str]:
        start, end = self._x[step.source], self._x[step.target]
        words = cut(step.label, LABEL)
        toward = 1 if end > start else -1
        self._writes(number, start + 12 * toward, words, toward)
        anchor = "start" if toward > 0 else "end"
        return [
            _line(start, end, y, _FROM[step.source], 2.5),
            _text(start + 12 * toward, y - 6, words, anchor, 'font-weight="bold"'),
        ]

    def _mark(self, number: int, step: Step, y: int) -> list[str]:
        """Something that happened on one lane: a dot there, and words beside it."""
        bad = step.kind == FAULT
        dot = f'<circle cx="{self._x[step.source]}" cy="{y}" r="4" fill="{_RED if bad else _PLAIN}"/>'
        words = cut(step.label, LABEL)
        if step.source == RIGHT:
            self._writes(number, self._x[RIGHT] - 10, words, -1)
            return [dot, _text(self._x[RIGHT] - 10, y + 4, words, "end", _BAD if bad else "")]
        return [dot, _text(self._layout.end(MIDDLE, number, RIGHT) + 10, y + 4, words, "start")]

    def _arrow(self, number: int, step: Step, y: int) -> list[str]:
        side = LEFT if LEFT in (step.source, step.target) else RIGHT
        start, end = (self._layout.end(lane, number, side) for lane in (step.source, step.target))
        colour, width, dashes, look = _LOOKS[step.kind]
        if step.kind in (SIGNAL, FREE):  # what is freed has come from the other side
            colour = _FROM[step.source if step.kind == SIGNAL else RIGHT - step.source]
        parts = [
            _line(start, end, y, colour, width, dashes, arrives=step.kind != LOST),
            _text((start + end) // 2, y - 5, cut(step.label, LABEL), "middle", look),
        ]
        if step.kind in (ACCESS, POLL):
            parts = [f"<g {_DIM}>", *parts, "</g>"]
        return [*parts, _who(step, self._x[side], y, -1 if side == LEFT else 1)] if step.place else parts

    def _writes(self, number: int, start: int, words: str, toward: int = 1) -> None:
        """Words stand there: the lanes that they cross are broken in their row."""
        first, last = sorted((start, start + toward * cells(words) * CELL))
        for lane, rows in self._crossed.items():
            if first <= self._x[lane] <= last:
                rows.add(self._layout.rows[number])


def _who(step: Step, x: int, y: int, outward: int) -> str:
    """Who did it, on the outer side of the lane at `x`."""
    return _text(x + 10 * outward, y + 4, cut(step.place, PLACE), "end" if outward < 0 else "start", _DIM)


def _text(x: int, y: int, words: str, anchor: str, look: str = "") -> str:
    look = f" {look}" if look else ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" xml:space="preserve"{look}>{escape(words)}</text>'


def _line(start: int, end: int, y: int, colour: str, width: float, dashes: str = "", arrives: bool = True) -> str:
    """An arrow, or one with a cross in place of its head."""
    back = -1 if end > start else 1
    dashes = f' stroke-dasharray="{dashes}"' if dashes else ""
    line = f'<path d="M{start} {y}H{end + 5 * back}" stroke="{colour}" stroke-width="{width:g}"{dashes}/>'
    if arrives:
        return f'{line}<path d="M{end} {y}l{8 * back} -4v8z" fill="{colour}"/>'
    return f'{line}<path d="M{end + 8 * back - 5} {y - 5}l10 10m0 -10l-10 10" stroke="{colour}" stroke-width="2"/>'

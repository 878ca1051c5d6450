"""Where the parts of a sequence chart stand in a picture, in pixels: columns, rows, and the bars of occupied channels.

It draws nothing. A write and the line that it raised share a row, as cause and effect.
"""

from __future__ import annotations

from ipcclab.durations import format_moment
from ipcclab.trace.chart import LEFT, LINE, LOG, MESSAGE, MIDDLE, PAUSE, RIGHT, Chart, Occupied, Step
from ipcclab.trace.widths import cells

ROW = 26  # height
CELL = 7.25  # width of a character of 12 pixels in the widest of the monospaced fonts
HEAD = 44  # height of the lanes' names
BAR = 16  # width
MARGIN = 12
LABEL, PLACE = 60, 28  # characters of the longest label, and of the longest name of who did it

_FEWEST = 22  # characters between two lanes


class Layout:
    """One chart's. `x` is where each lane runs; `bars` are those of each sender's lane, side by side."""

    def __init__(self, chart: Chart) -> None:
        self.steps = chart.steps
        self.rows = _rows(chart.steps)
        self.bars: dict[int, list[list[Occupied]]] = {LEFT: [], RIGHT: []}
        self._beside: dict[tuple[int, int], int] = {}  # by side and row: how many bars stand beside the IPCC's lane
        for bar in chart.occupied:
            self._place(bar)
        self.top = HEAD + (ROW if chart.first_line else 0)
        self.bottom = self.top + (self.rows[-1] + 1 if self.rows else 0) * ROW + ROW // 2
        self.height = self.bottom + MARGIN
        self.x, self.width = self._columns()

    def y(self, number: int) -> int:
        """Where the arrow of a step runs, with its words above it; words alone stand in the middle of their row."""
        step = self.steps[number]
        alone = step.source == step.target or step.kind in (LOG, PAUSE)
        return self.top + (self.rows[number] + 1) * ROW - (11 if alone else 6)

    def end(self, lane: int, number: int, side: int) -> int:
        """Where the arrow of a step meets a lane that it reaches on `side`: at the IPCC, in front of the bars."""
        if lane != MIDDLE:
            return self.x[lane]
        bars = self._beside.get((side, self.rows[number]), 0) * BAR
        return self.x[MIDDLE] + (bars if side == RIGHT else -bars)

    def _place(self, bar: Occupied) -> None:
        """Put a bar where there is room, next to the lane if possible."""
        side = LEFT if bar.sender == 1 else RIGHT
        first = 0 if bar.first is None else bar.first
        columns = self.bars[side]
        free = [n for n, bars in enumerate(columns) if bars[-1].last is not None and bars[-1].last < first]
        column = free[0] if free else len(columns)
        columns[column:column] = [] if free else [[]]
        columns[column].append(bar)
        last = self.rows[-1 if bar.last is None else bar.last]
        for row in range(self.rows[first], last + 1):
            self._beside[side, row] = max(self._beside.get((side, row), 0), column + 1)

    def _columns(self) -> tuple[tuple[int, int, int], int]:
        """The lanes, and the width of all: between lanes is room for the longest label, beside them for who did it."""
        time = max((len(format_moment(step.t)) for step in self.steps), default=0)
        places = {LEFT: 0, RIGHT: 0}
        half, whole = _FEWEST, 0
        for step in self.steps:
            label = min(cells(step.label), LABEL)
            side = RIGHT if step.source == RIGHT else LEFT
            places[side] = max(places[side], min(cells(step.place), PLACE))
            if step.kind in (MESSAGE, LOG):
                whole = max(whole, label)
            elif step.kind != PAUSE:
                half = max(half, label)
        bars = BAR * (1 + max(map(len, self.bars.values())))
        gap = max(half * CELL + 36, (whole * CELL + 40) / 2) + bars
        beside = {side: max(places[side] * CELL, 40) + MARGIN for side in places}
        left = MARGIN + (time + 1) * CELL + beside[LEFT]
        x = round(left), round(left + gap), round(left + 2 * gap)
        return x, round(left + 2 * gap + beside[RIGHT] + MARGIN)


def _rows(steps: list[Step]) -> list[int]:
    """The row of each step: its own, unless it is a line that the step before raised on the other side."""
    rows: list[int] = []
    taken: set[int] = set()  # sides of the row that are in use
    for number, step in enumerate(steps):
        side = step.target if step.kind == LINE else step.source
        if step.kind == LINE and taken and side not in taken and step.t == steps[number - 1].t:
            rows.append(rows[-1])
        else:
            rows.append(rows[-1] + 1 if rows else 0)
            taken = set()
        if step.source != step.target and MIDDLE in (step.source, step.target):
            taken.add(side)
    return rows

"""How GTKWave shows the `.vcd` file of the same recording: its save file. `gtkwave -A run.vcd` takes `run.gtkw` itself.

In view are the whole time, the lines and flags of each IPCC, the processors, the messages and the log; the other
registers and all events are in groups that stand closed. It names no file, so that the two can be moved.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator

from vcd.gtkw import GTKWColor, GTKWSave

from ipcclab.trace.recording import Recording
from ipcclab.trace.waves import EVENT, STRING, Wave, waves
from mp1bench.trace import A7, M4

_WINDOW = (1600, 1000)
_FRAMES = 5.4  # of 200 pixels that GTKWave has for waves in such a window; its zoom is in frames
_IPCC_OPEN = ((), ("C1TOC2SR",), ("C2TOC1SR",))  # of an IPCC: its lines, its flags
_SECTIONS = {"Processors": (M4, A7), "Messages": ("rpmsg", "mcapi"), "Log": ("log",)}
_COLOUR = {EVENT: GTKWColor.orange, STRING: GTKWColor.yellow}


def render(recording: Recording) -> Iterator[str]:
    """The writer of `.gtkw` files."""
    variables, _, end = waves(recording.trace)
    scopes: dict[tuple[str, ...], list[Wave]] = {}
    for wave in variables:
        scopes.setdefault(wave.scope, []).append(wave)
    ipccs = list(dict.fromkeys(scope[0] for scope in scopes if len(scope) > 1))
    file = io.StringIO()
    save = GTKWSave(file)
    save.timestart(0)
    save.size(*_WINDOW)
    save.zoom_markers(-math.log2(max(end, 1) / _FRAMES))
    for ipcc in ipccs:
        _section(save, f"IPCC {ipcc}", [(ipcc, *below) for below in _IPCC_OPEN], scopes)
    for title, names in _SECTIONS.items():
        _section(save, title, [(name,) for name in names], scopes)
    _section(save, "Other devices", [scope for scope in scopes if len(scope) == 1], scopes)
    for ipcc in ipccs:
        rest = [scope for scope in scopes if scope[0] == ipcc]
        _section(save, f"Other registers of {ipcc}", rest, scopes, closed=True)
    yield from file.getvalue().splitlines()


def _section(
    save: GTKWSave,
    title: str,
    chosen: list[tuple[str, ...]],
    scopes: dict[tuple[str, ...], list[Wave]],
    closed: bool = False,
) -> None:
    """A heading, and a group for each scope that is chosen; those are taken from `scopes`."""
    found = [(scope, scopes.pop(scope)) for scope in chosen if scope in scopes]
    if found:
        save.blank()
        save.blank(title)
    for scope, variables in found:
        values = [wave for wave in variables if wave.kind != EVENT]
        events = [wave for wave in variables if wave.kind == EVENT]
        with save.group(".".join(scope), closed=closed):
            _rows(save, values)
            if events and values:
                with save.group(f"{'.'.join(scope)} events", closed=True):
                    _rows(save, events)
            else:
                _rows(save, events)


def _rows(save: GTKWSave, variables: Iterable[Wave]) -> None:
    for wave in variables:
        datafmt = (
            "ascii"
            if wave.kind == STRING
            else "dec"
            if wave.name == "irq" or wave.scope == ("mcapi",)
            else "hex"
            if wave.size > 1
            else "bin"
        )
        save.trace(".".join([*wave.scope, wave.reference]), color=_COLOUR.get(wave.kind), datafmt=datafmt)

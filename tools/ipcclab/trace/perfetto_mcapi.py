"""MCAPI in the picture for Perfetto: what each side sends, whose epoch it is, and for each buffer how long it is away.

It draws events of the transport only; the doorbells' signals are on the IPCC's tracks.
"""

from __future__ import annotations

from ipcclab.payload import text_of
from ipcclab.trace.mcapi_words import A7_TO_M4, buffer_of, mcapi_in_words
from ipcclab.trace.trace_event import Args, Point, Slice, TraceEvents
from mp1bench.trace import Mcapi

_PROCESS = "MCAPI"
_NAME = 80  # characters; all of it stands in the arguments


class McapiTracks:
    """Draws on `out` event by event. What is not seen to end lasts until `end`."""

    def __init__(self, out: TraceEvents, end: int) -> None:
        self._out = out
        self._end = end
        self._away: dict[tuple[str, int], Slice] = {}  # by direction and buffer
        self._epochs: dict[str, Slice] = {}  # by direction

    def feed(self, index: int, t: int, event: Mcapi) -> None:
        """The next event, drawn at `t`."""
        side, way = ("Linux", "A7 → M4") if event.direction == A7_TO_M4 else ("the firmware", "M4 → A7")
        words = mcapi_in_words(event)[:_NAME]
        if event.what == "epoch":
            self._epoch(Point(self._out.track(_PROCESS, f"epoch of {side}"), t, index), event, words)
            return
        self._out.instant(Point(self._out.track(_PROCESS, way), t, index), words, _arguments(event))
        if event.buffer is None or event.what not in ("frame", "returned"):
            return
        key = event.direction, event.buffer
        if key in self._away:
            self._away.pop(key).until(t)
        if event.what == "frame":
            at = Point(self._out.track(_PROCESS, f"{way} {buffer_of(event)[0]}"), t, index)
            self._away[key] = self._out.slice(at, self._end, words, {})

    def _epoch(self, at: Point, event: Mcapi, words: str) -> None:
        """A new state of a side; buffers that were away are home by that."""
        for slice_ in [*self._away.values(), *filter(None, [self._epochs.get(event.direction)])]:
            slice_.until(at.t)
        self._away.clear()
        self._epochs[event.direction] = self._out.slice(at, self._end, words, {})


def _arguments(event: Mcapi) -> Args:
    if not event.kind:
        return {"detail": event.detail} if event.detail else {}
    args: Args = {"kind": event.kind, "priority": event.priority, "source": event.source}
    args["destination"] = event.destination
    if event.buffer is not None:
        args["buffer"] = event.buffer
    if event.kind == "control" or event.what == "dropped":
        args["detail"] = event.detail
    if event.kind != "control":
        args |= {"bytes": len(event.data), "text": text_of(event.data), "hex": event.data.hex()}
    return args

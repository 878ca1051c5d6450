"""The trace as waves for GTKWave, Surfer and their like: a Value Change Dump (IEEE 1364) in nanoseconds.

What the variables mean is for `waves.py`. Texts are of the type `string`, which the standard does not know and those
viewers do. In them stands `\\xNN` for what is no printable ASCII, and for `$`, by which some readers are misled.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from vcd import VCDWriter
from vcd.writer import Variable

from ipcclab.payload import printable
from ipcclab.trace.recording import Recording
from ipcclab.trace.waves import EVENT, STRING, Value, Wave, waves


def render(recording: Recording) -> Iterator[str]:
    """The writer of `.vcd` files."""
    variables, changes, end = waves(recording.trace)
    at_zero = {wave: value for t, wave, value in changes if t == 0 and wave.kind != EVENT}
    file = io.StringIO()
    origin = recording.origin
    comment = _ascii(f"{origin.platform}, image {origin.image_sha256 or 'none'}")
    writer = VCDWriter(file, timescale="1 ns", date="", version="ipcclab", comment=comment)
    written: dict[Wave, Variable[object]] = {}
    for wave in variables:
        first = None if wave.kind == EVENT else _written(wave, at_zero.get(wave, wave.initial))
        written[wave] = writer.register_var(wave.scope, wave.reference, wave.kind, wave.size, first)
    writer.flush()  # what follows at time 0 are events, which $dumpvars cannot hold
    for t, wave, value in changes:
        writer.change(written[wave], t, _written(wave, value))
    writer.close(end)
    yield from file.getvalue().splitlines()


def _written(wave: Wave, value: Value) -> Value:
    return _ascii(str(value)) if wave.kind == STRING else value


def _ascii(text: str) -> str:
    return printable(text).encode("ascii", "backslashreplace").decode("ascii").replace("$", "\\x24")

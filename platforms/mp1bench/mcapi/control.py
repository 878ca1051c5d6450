"""Control frames: what one node's API asks and tells the other's, in a descriptor without a payload.

What is done about them stands with the calls that need it: `endpoints.py` and `channels.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from mp1bench.mcapi.frame import Frame
from mp1bench.mcapi.layout import NO_PORT, TYPE_SENDS, TYPE_THIRD, ChannelType, Kind, Operation
from mp1bench.mcapi.status import Status


class Control(NamedTuple):
    """One control frame; `layout.Operation` says what stands in the ports. `argument` is a CONNECT's attributes."""

    operation: Operation
    source: int = NO_PORT
    destination: int = NO_PORT
    status: Status = Status.SUCCESS
    type: ChannelType = ChannelType.MESSAGE
    sends: bool = False
    third: bool = False
    tag: int = 0
    argument: int = 0

    def frame(self, priority: int) -> Frame:
        """As it is sent."""
        kind = self.type | TYPE_SENDS * self.sends | TYPE_THIRD * self.third
        low = self.operation | self.status << 8 | kind << 16 | self.tag << 24
        return Frame(Kind.CONTROL, priority, self.source, self.destination, low=low, high=self.argument)

    @classmethod
    def of(cls, frame: Frame) -> Control | None:
        """From a frame that came; None if it says nothing that there is."""
        operation, status, kind, tag = frame.low.to_bytes(4, "little")
        try:
            return cls(
                Operation(operation),
                frame.source,
                frame.destination,
                Status(status or Status.SUCCESS),
                ChannelType(kind & 3 or ChannelType.MESSAGE),
                bool(kind & TYPE_SENDS),
                bool(kind & TYPE_THIRD),
                tag,
                frame.high,
            )
        except ValueError:
            return None

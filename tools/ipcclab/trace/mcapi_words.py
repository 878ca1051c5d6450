"""A step of MCAPI's transport in words, Linux's port first: `20→2  packet p1  buffer 3  "hello"  5 B`.

It knows the events of the trace, and reads no memory: what lies there is for `ipcclab.sharedmemory`.
"""

from __future__ import annotations

from ipcclab.payload import printable, quoted
from mp1bench.mcapi.layout import NO_PORT
from mp1bench.trace import Mcapi

A7_TO_M4 = "a7_to_m4"
ARROWS = ("→", "←")  # to the firmware, to Linux


def mcapi_in_words(event: Mcapi, arrows: tuple[str, str] = ARROWS) -> str:
    """One line, in columns with two spaces between them."""
    sender, receiver = ("Linux", "the firmware") if event.direction == A7_TO_M4 else ("the firmware", "Linux")
    why = f": {event.detail}" if event.detail else ""
    match event.what:
        case "frame":
            words = "  ".join(frame_columns(event, arrows))
        case "dropped":
            of_frame = frame_columns(event, arrows) if event.kind else buffer_of(event)
            words = "  ".join([f"{receiver} drops", *of_frame]) + why
        case "returned":
            words = f"{sender}'s {' '.join(buffer_of(event))} {'is' if sender == 'Linux' else 'goes'} home{why}"
        case "doorbell":
            words = f"{sender} rings{why}"
        case "deferred":
            words = f"{sender} defers a doorbell{why}"
        case "epoch":
            words = f"{sender}'s epoch {event.detail}" if event.detail[:1].isdigit() else f"{sender} {event.detail}"
        case _:
            words = f"{event.what}{why}"
    return printable(words)


def frame_columns(event: Mcapi, arrows: tuple[str, str] = ARROWS) -> list[str]:
    """What a frame is: ports, kind and priority, its buffer, and what it carries or says."""
    to_firmware = event.direction == A7_TO_M4
    ports = [event.source, event.destination] if to_firmware else [event.destination, event.source]
    first, second = ("-" if port == NO_PORT else str(port) for port in ports)
    columns = [f"{first}{arrows[0] if to_firmware else arrows[1]}{second}", f"{event.kind} p{event.priority}"]
    columns += buffer_of(event)
    if event.kind == "control":
        return [*columns, event.detail] if event.what == "frame" else columns
    return [*columns, _payload(event), f"{len(event.data)} B"]


def buffer_of(event: Mcapi) -> list[str]:
    """`buffer 3`, if it has one."""
    return [] if event.buffer is None else [f"buffer {event.buffer}"]


def _payload(event: Mcapi) -> str:
    """Text in quotes, or a scalar as the number that it is."""
    if event.kind != "scalar":
        return quoted(event.data)
    return f"0x{int.from_bytes(event.data, 'little'):0{2 * len(event.data)}X}"

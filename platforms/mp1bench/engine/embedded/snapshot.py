"""A machine at one instant as plain data: take it from one engine, put it into another one that is built alike.

The board's Linux side is not part of it: events that are still due keep their receiver's name and find it again only
if the receiver exists in the other machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mp1bench.engine.embedded.engine import EmbeddedEngine
from mp1bench.errors import ModelError, SnapshotError


@dataclass(frozen=True)
class Snapshot:
    """Times in ns; devices and core as the owners' `state()` gave them."""

    now: int
    instructions: int
    memories: Mapping[str, bytes]
    code_pages: tuple[tuple[str, int], ...]
    devices: Mapping[str, Mapping[str, object]]
    running: bool
    starting: bool
    core: Mapping[str, Mapping[str, object]]
    nap_until: int
    queue: tuple[tuple[int, int, str, str], ...]


def take(engine: EmbeddedEngine) -> Snapshot:
    """Between two runs, or inside an event's handler; not inside a register access."""
    core = engine.core
    if core.in_slice:
        raise ModelError("a snapshot was asked for inside a register access; take it between runs.")
    states: dict[str, Mapping[str, object]] = {
        "registers": core.registers.state(),
        "exceptions": core.exceptions.state(),
        "space": core.space.state(),
        "debug": {"registers": sorted(core.debug.items())},
    }
    return Snapshot(
        now=engine.now,
        instructions=engine.instructions,
        memories={memory.name: bytes(memory.view) for memory in engine.memories},
        code_pages=tuple(sorted(engine.code_pages)),
        devices={name: place.device.state() for name, place in engine.places.items()},
        running=engine.running,
        starting=engine.starting,
        core=states,
        nap_until=engine.nap_until,
        queue=tuple(engine.pending_events()),
    )


def restore(engine: EmbeddedEngine, snapshot: Snapshot) -> None:
    """Make `engine` go on from where the snapshot was taken. SnapshotError if it is another machine."""
    sizes = {memory.name: memory.size for memory in engine.memories}
    _refuse_difference("memories", sizes, {name: len(data) for name, data in snapshot.memories.items()})
    _refuse_difference("devices", dict.fromkeys(engine.places), dict.fromkeys(snapshot.devices))
    for name, place in engine.places.items():
        try:
            place.device.from_state(snapshot.devices[name])
        except (KeyError, TypeError, ValueError) as error:
            raise SnapshotError(f"the snapshot's state of {name} does not fit: {error}.") from error
    for memory in engine.memories:
        memory.view[:] = snapshot.memories[memory.name]
    engine.code_pages = set(snapshot.code_pages)
    engine.go_on_from(snapshot.now, snapshot.instructions, snapshot.queue)
    engine.nap_until = snapshot.nap_until
    engine.core.registers.from_state(snapshot.core["registers"])
    engine.core.exceptions.from_state(snapshot.core["exceptions"])
    engine.core.space.from_state(snapshot.core["space"])
    debug = snapshot.core["debug"]["registers"]
    assert isinstance(debug, list)
    engine.core.debug.clear()
    engine.core.debug.update(debug)
    engine.set_running(snapshot.running, snapshot.starting)


def _refuse_difference(what: str, here: Mapping[str, object], there: Mapping[str, object]) -> None:
    if here != there:
        raise SnapshotError(
            f"the snapshot was taken from another machine: its {what} are {_listed(there)},"
            f" here they are {_listed(here)}. Build the machine from the same platform file."
        )


def _listed(items: Mapping[str, object]) -> str:
    return ", ".join(name if size is None else f"{name} (0x{size:X})" for name, size in items.items()) or "none"

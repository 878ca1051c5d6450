"""A machine at one instant as plain data: take it from one engine, put it into another one that is built alike.

The board's Linux side is not part of it: events that are still due keep their receiver's name and find it again only
if the receiver exists in the other machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mp1bench.errors import SnapshotError

if TYPE_CHECKING:
    from mp1bench.engine.machine import Machine


@dataclass(frozen=True)
class Snapshot:
    """`now` in ns; `kinds` are the devices' classes, by their names, and `devices` what each one's `state()` gave.

    `core` is as the engine gave it, and empty where there is none.
    """

    now: int
    memories: Mapping[str, bytes]
    kinds: Mapping[str, str]
    devices: Mapping[str, Mapping[str, object]]
    queue: tuple[tuple[int, int, str, str], ...]
    core: Mapping[str, object]


def take(machine: Machine) -> Snapshot:
    """Between two runs, or inside an event's handler; ModelError inside a register access."""
    core = machine.core_part()
    return Snapshot(
        now=machine.now,
        memories={memory.name: bytes(memory.view) for memory in machine.memories},
        kinds=_kinds(machine),
        devices={name: place.device.state() for name, place in machine.places.items()},
        queue=tuple(machine.pending_events()),
        core=core,
    )


def restore(machine: Machine, snapshot: Snapshot) -> None:
    """Make `machine` go on from where the snapshot was taken. SnapshotError, and no change, if it does not fit.

    Output lines whose levels change are reported, at the snapshot's time, before anything else is in place.
    """
    _refuse_what_does_not_fit(machine, snapshot)
    put_back(machine, snapshot)


def put_back(machine: Machine, snapshot: Snapshot) -> None:
    """As `restore`, for a snapshot that is known to fit because it was taken from this very machine."""
    machine.time = snapshot.now
    for _ in range(2):  # a line that changes the first time is an input of another device, which may act on it
        for name, place in machine.places.items():
            place.device.from_state(snapshot.devices[name])
    for memory in machine.memories:
        memory.view[:] = snapshot.memories[memory.name]
    # Who hears of a line may have scheduled something, or started the core: what counts is what was so then.
    machine.replace_events(snapshot.queue)
    machine.restore_core(snapshot.core)


def _refuse_what_does_not_fit(machine: Machine, snapshot: Snapshot) -> None:
    sizes = {memory.name: memory.size for memory in machine.memories}
    _refuse_difference("memories", sizes, {name: len(data) for name, data in snapshot.memories.items()})
    _refuse_difference("devices", dict.fromkeys(machine.places), dict.fromkeys(snapshot.devices))
    for name, kind in _kinds(machine).items():
        if snapshot.kinds[name] != kind:
            raise SnapshotError(
                f"the snapshot was taken from another machine: its {name} is of the kind {snapshot.kinds[name]},"
                f" here it is {kind}. Build the machine from the same platform file."
            )
    machine.refuse_unknown_receivers(snapshot.queue)
    for name, place in machine.places.items():
        try:
            type(place.device)().from_state(snapshot.devices[name])  # tried on another device: this one stays as it is
        except (KeyError, TypeError, ValueError) as error:
            raise SnapshotError(f"the snapshot's state of {name} does not fit: {error}") from error
    if not _same_names(machine.core_part(), snapshot.core):
        raise SnapshotError("the snapshot's state of the M4 does not fit. Use the engine that it was taken from.")


def _kinds(machine: Machine) -> dict[str, str]:
    """What each device is: a variant of the IPCC is a class of its own."""
    return {name: type(place.device).__name__ for name, place in machine.places.items()}


def _refuse_difference(what: str, here: Mapping[str, object], there: Mapping[str, object]) -> None:
    if here != there:
        raise SnapshotError(
            f"the snapshot was taken from another machine: its {what} are {_listed(there)},"
            f" here they are {_listed(here)}. Build the machine from the same platform file."
        )


def _listed(items: Mapping[str, object]) -> str:
    return ", ".join(name if size is None else f"{name} (0x{size:X})" for name, size in items.items()) or "none"


def _same_names(here: object, there: object) -> bool:
    if not isinstance(here, Mapping) or not isinstance(there, Mapping):
        return isinstance(here, Mapping) == isinstance(there, Mapping)
    return here.keys() == there.keys() and all(_same_names(here[name], there[name]) for name in here)

"""What lies in the memory that Linux and the firmware share, as plain data: table, rings, descriptors, messages.

Nothing here reads memory (`decode`) or knows how it is shown (`text`, `page`). Sizes are bytes, addresses as in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ipcclab.sharedmemory.mcapi_structure import McapiArea
from mp1bench.linux.remoteproc.resource_table import Entry, TraceBuffer, Vdev

#: Who may touch a buffer now. "unknown": the rings contradict themselves, or do not tell.
Owner: TypeAlias = Literal["Linux", "firmware", "unknown"]


@dataclass(frozen=True)
class Finding:
    """Something that cannot be right: where, and one sentence without a full stop."""

    where: str  # "resource table", "vdev 0", "vring0"
    sentence: str

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence}."


@dataclass(frozen=True)
class Announcement:
    """A name-service message: a service comes, or goes."""

    name: str
    address: int
    created: bool


@dataclass(frozen=True)
class RpmsgMessage:
    """What a buffer holds. `payload` ends with the buffer, whatever `length`, the header's own word, says.

    `current`: on its way now; otherwise what an earlier message left there. `service` is the name under which the
    firmware announced its end, "" if no buffer tells.
    """

    source: int
    destination: int
    reserved: int
    length: int
    flags: int
    payload: bytes
    current: bool
    announcement: Announcement | None = None
    service: str = ""


@dataclass(frozen=True)
class Descriptor:
    """One descriptor of a ring. `state` is what its owner has it for, in words.

    `used_length` is what the firmware said it wrote when it gave it back, None where it is not the last to have had it.
    """

    index: int
    address: int
    length: int
    flags: int
    next: int
    owner: Owner
    state: str
    used_length: int | None = None
    message: RpmsgMessage | None = None


@dataclass(frozen=True)
class Ring:
    """One vring: 0 carries messages from the M4 to the A7, 1 from the A7 to the M4.

    The indices are those in memory, which count modulo 65536; None while nothing can be read. `collected` is how far
    Linux has taken back what the firmware returned; None where memory does not tell. A ring that is not `in_use`, or
    that cannot be read, has no descriptors.
    """

    index: int
    address: int
    align: int
    num: int
    notifyid: int
    in_use: bool
    avail_flags: int | None = None
    avail_idx: int | None = None
    used_flags: int | None = None
    used_idx: int | None = None
    collected: int | None = None
    descriptors: tuple[Descriptor, ...] = ()

    @property
    def name(self) -> str:
        return f"vring{self.index}"


@dataclass(frozen=True)
class Device:
    """A vdev entry of the table, as the memory has it now, and its rings."""

    entry: Vdev
    rings: tuple[Ring, ...]


@dataclass(frozen=True)
class TraceLog:
    """A trace buffer, and its text up to the first NUL."""

    entry: TraceBuffer
    text: str


@dataclass(frozen=True)
class ResourceTable:
    """The table at `address`; `size` is how many bytes of it were read. `entries` are in its order."""

    address: int
    size: int
    version: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class EndpointName:
    """Who announced which service: an address of `side`, "firmware" or "Linux", and its name."""

    side: Literal["firmware", "Linux"]
    address: int
    name: str


@dataclass(frozen=True)
class SharedMemory:
    """All that was found. Without a table there is a `note` that says why, and nothing but `mcapi`, if that is used."""

    table: ResourceTable | None = None
    devices: tuple[Device, ...] = ()
    logs: tuple[TraceLog, ...] = ()
    endpoints: tuple[EndpointName, ...] = ()
    findings: tuple[Finding, ...] = ()
    note: str = ""
    mcapi: McapiArea | None = None

    def ring(self, index: int) -> Ring | None:
        """vring`index` of the first device that has it."""
        return next((ring for device in self.devices for ring in device.rings if ring.index == index), None)

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

RW: Final = "read-write"
RO: Final = "read-only"
CONST: Final = "read-only, constant"
WO: Final = "write-only, reads 0"
W1: Final = "writing 1 acts, reads 0"
RW1S: Final = "writing 1 sets"
RW1C: Final = "writing 1 clears"
RW0C: Final = "writing 0 clears"
RES0: Final = "reserved, reads 0"
RES1: Final = "reserved, reads 1"

class Decoded(NamedTuple):
    name: str
    value: int
    meaning: str

class Found(NamedTuple):
    """What a name can mean: a register, or a field of it."""

    register: Register
    field: Field | None

class Field:
    name: str
    lsb: int
    width: int
    meaning: str
    access: str  # one of the words above, in a field that a register holds
    mask: int
    def __init__(self, name: str, lsb: int, meaning: str, width: int = 1, access: str | None = None) -> None: ...

class Register:
    offset: int
    name: str
    human: str
    access: str
    reset: int
    fields: tuple[Field, ...]
    sentence: str
    aliases: tuple[str, ...]
    reserved: str
    twin: int | None
    read_acts: bool
    writable: int  # bits that a write replaces
    sets: int  # bits that writing 1 sets
    clears: int  # bits that writing 1 clears
    keeps: int  # bits that writing 1 keeps and writing 0 clears
    ones: int  # reserved bits that read one
    readable: int  # bits that can read one
    def __init__(
        self,
        offset: int,
        name: str,
        human: str,
        access: str,
        reset: int,
        fields: Iterable[Field],
        sentence: str,
        aliases: Iterable[str] = (),
        reserved: str = ...,
        twin: int | None = None,
        read_acts: bool = False,
    ) -> None: ...
    def field(self, name: str) -> Field | None: ...
    def decode(self, value: int) -> list[Decoded]: ...

def set_clear_pair(
    offset: int,
    name: str,
    human: str,
    sentence: str,
    fields: Sequence[Field] = (),
    reset: int = 0,
    gap: int = 4,
) -> list[Register]: ...
def identification(verr: int, ipidr: int, kib: int = 1) -> list[Register]: ...

class RegisterTable:
    name: str
    resets: dict[int, int]
    kept: tuple[Register, ...]
    def __init__(self, name: str, registers: Iterable[Register]) -> None: ...
    def at(self, offset: int) -> Register | None: ...
    def named(self, name: str) -> Register | None: ...
    def find(self, name: str) -> list[Found]: ...
    def names(self) -> list[str]: ...
    def __iter__(self) -> Iterator[Register]: ...
    def __len__(self) -> int: ...

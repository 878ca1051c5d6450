"""A Cortex-M4 on a small machine of its own, and Thumb programs for it: the fixtures of this folder.

A test says its programs in assembler language; `programs.txt` holds their machine code, so that no assembler is needed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from mp1bench.engine import INSTRUCTION_NS, Stop
from mp1bench.engine.embedded import EmbeddedEngine
from mp1bench.trace import Access, Trace
from stm32mp1.device import Device
from stm32mp1.registers import RegisterTable

CODE, CODE_ALIAS, RAM, DOOR = 0x0, 0x30000000, 0x20000000, 0x40000000
MAIN_STACK = RAM + 0x4000
_MAIN, _HANDLERS, _DEFAULT = 0x400, 0x1000, 0x300

#: What every program may use by name.
PRELUDE = """
    .syntax unified
    .cpu cortex-m4
    .fpu fpv4-sp-d16
    .thumb
    .equ DOOR, 0x40000000       @ bit 0, 1: level of line A (interrupt 0), B (interrupt 1)
    .equ COUNT, 4               @ counts its reads
    .equ NOTE, 8                @ remembers what is written
    .equ FAILS, 12              @ raises, if the test says so
    .equ RAM, 0x20000000
    .equ ABSENT, 0x50000000     @ peripheral region, no device
    .equ NOWHERE, 0x08000000    @ no memory
    .equ SCS, 0xE000E000
    .equ SCB, 0xE000ED00
    .equ CSR, 0x10
    .equ RVR, 0x14
    .equ CVR, 0x18
    .equ ISER, 0x100
    .equ ISPR, 0x200
    .equ ICPR, 0x280
    .equ IPR, 0x400
    .equ ICSR, 0x04             @ from SCB
    .equ VTOR, 0x08
    .equ AIRCR, 0x0C
    .equ SCR, 0x10
    .equ CCR, 0x14
    .equ SHPR, 0x18
    .equ SHCSR, 0x24
    .equ CFSR, 0x28
    .equ HFSR, 0x2C
    .equ BFAR, 0x38
    .equ STIR, 0xF00            @ from SCS
    .macro fpu                  @ CPACR: full access to the FPU
    ldr r12, =0xE000ED88
    mov r11, #0x00F00000
    str r11, [r12]
    .endm
    .macro done                 @ the end: asleep for good
    wfi
    b .-2
    .endm
"""

_STORE = Path(__file__).with_name("programs.txt")
_ASSEMBLING = "IPCCLAB_ASSEMBLE" in os.environ


class Assembler:
    """`arm-none-eabi-as`, and the machine code that it gave for each program of these tests."""

    command = "arm-none-eabi-as"

    def __init__(self) -> None:
        self.programs: dict[str, bytes] = {}
        self.used: dict[str, bytes] = {}
        source: list[str] = []
        for line in _STORE.read_text().splitlines() if _STORE.exists() else ():
            if line.startswith("= "):
                self.programs["\n".join(source)] = bytes.fromhex(line[2:])
                source = []
            else:
                source.append(line)

    @property
    def installed(self) -> bool:
        return shutil.which(self.command) is not None

    def code(self, source: str) -> bytes:
        """Machine code of a program, from the store."""
        source = "\n".join(line.strip() for line in source.strip().splitlines())
        if _ASSEMBLING:
            (self.used[source],) = self.assemble_all([source])
            return self.used[source]
        if source not in self.programs:
            pytest.fail(
                f"programs.txt does not have this program. Where {self.command} is installed,"
                f" IPCCLAB_ASSEMBLE=1 pytest platforms/tests/engine writes it anew:\n{source}"
            )
        return self.programs[source]

    def assemble_all(self, sources: list[str]) -> list[bytes]:
        """Machine code of programs, from the assembler: each in a section of its own, with its literals."""
        sections = [f'.section p{n},"ax"\n{source}\n.pool\n' for n, source in enumerate(sources)]
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder, "programs.o")
            text = PRELUDE + "".join(sections)
            subprocess.run([self.command, "-o", made, "-"], input=text, text=True, check=True)
            with made.open("rb") as file:
                elf = ELFFile(file)
                return [elf.get_section_by_name(f"p{n}").data() for n in range(len(sources))]

    def write(self) -> None:
        """Write the store anew: the programs that were used."""
        entries = [f"{source}\n= {code.hex()}\n" for source, code in sorted(self.used.items())]
        _STORE.write_text("".join(entries))


class Door(Device):
    """Two level lines, a counter of reads, a memory of writes, and an access that fails on demand."""

    TABLE = RegisterTable("DOOR", ())
    LINES = ("A", "B")
    TRACED = True

    def __init__(self) -> None:
        super().__init__()
        self._wanted = [False, False]
        self.reads = 0
        self.notes: list[int] = []
        self.error: BaseException | None = None
        self.failures = 0
        self.on_read: Callable[[], None] = lambda: None

    def read(self, offset: int, width: int) -> int:
        self.on_read()
        if offset == 4:
            self.reads += 1
            return self.reads
        if offset == 12:
            self._fail()
        return sum(level << n for n, level in enumerate(self._wanted)) if offset == 0 else 0

    def write(self, offset: int, value: int, width: int) -> None:
        if offset == 0:
            self.set_lines(value)
        elif offset == 8:
            self.notes.append(value)
        elif offset == 12:
            self._fail()

    def _fail(self) -> None:
        if self.error is not None:
            self.failures += 1
            raise self.error

    def set_lines(self, value: int) -> None:
        self._wanted = [bool(value >> n & 1) for n in range(2)]
        self._settle()

    def _outputs(self) -> list[bool]:
        return list(self._wanted)

    def state(self) -> dict[str, object]:
        return {"levels": list(self._wanted), "reads": self.reads, "notes": list(self.notes)}

    def from_state(self, state: Mapping[str, object]) -> None:
        levels, reads, notes = state["levels"], state["reads"], state["notes"]
        assert isinstance(levels, list)
        assert isinstance(reads, int)
        assert isinstance(notes, list)
        self.reads, self.notes = reads, list(notes)
        self.set_lines(sum(level << n for n, level in enumerate(levels)))


class M4:
    """The machine: code at 0 (and at an alias), RAM, one Door, and a trace. Handlers are given by exception number."""

    def __init__(
        self,
        assembler: Assembler,
        main: str | bytes,
        handlers: Mapping[int, str | bytes] | None = None,
        *,
        counter: str = "auto",
        slice_instructions: int | None = None,
        clock_hz: Callable[[], int] = lambda: 64_000_000,
        held: bool = False,
    ) -> None:
        self._assembler = assembler
        self.trace = Trace()
        self.engine = EmbeddedEngine(self.trace, counter, slice_instructions, clock_hz)
        self.door = Door()
        self.engine.add_memory("code", 0x10000, [CODE, CODE_ALIAS])
        self.engine.add_memory("ram", 0x10000, [RAM])
        self.engine.add_device("door", self.door, DOOR, 0x400)
        self.engine.connect("door", "A", 0)
        self.engine.connect("door", "B", 1)
        self.fired: list[tuple[int, str]] = []
        self.engine.on_event("test", self._event)
        self.actions: dict[str, Callable[[], None]] = {}
        self.put(_DEFAULT, "b .")
        self.vectors([MAIN_STACK, _MAIN | 1] + [_DEFAULT | 1] * 164)
        self.put(_MAIN, main)
        for number, handler in (handlers or {}).items():
            self.handler(number, handler)
        if not held:
            self.engine.release()

    def _event(self, tag: str) -> None:
        self.fired.append((self.engine.now, tag))
        if tag in self.actions:
            self.actions[tag]()

    # -- programs ---------------------------------------------------------------------------------------------

    def code(self, source: str | bytes) -> bytes:
        return source if isinstance(source, bytes) else self._assembler.code(source)

    def put(self, address: int, source: str | bytes) -> None:
        """Load machine code."""
        self.engine.write_bytes(address, self.code(source))

    def vectors(self, words: list[int], address: int = CODE) -> None:
        self.engine.write_bytes(address, b"".join(word.to_bytes(4, "little") for word in words))

    @staticmethod
    def address_of(number: int) -> int:
        """Where the handler of an exception lies."""
        return _HANDLERS + number * 0x80

    def handler(self, number: int, source: str | bytes) -> None:
        """Load the handler of an exception."""
        self.put(self.address_of(number), source)
        self.vectors([self.address_of(number) | 1], CODE + 4 * number)

    # -- running and looking ----------------------------------------------------------------------------------

    def run(self, instructions: int = 20_000) -> Stop:
        return self.engine.run(self.engine.now + instructions * INSTRUCTION_NS)

    @property
    def r(self) -> list[int]:
        """R0–R12."""
        return self.engine.core.registers.general()[:13]

    def word(self, offset: int) -> int:
        """A word of RAM."""
        return int.from_bytes(self.engine.read_bytes(RAM + offset, 4), "little")

    def words(self, count: int, offset: int = 0) -> list[int]:
        return [self.word(offset + 4 * n) for n in range(count)]

    def scs(self, offset: int) -> int:
        """A register of the System Control Space."""
        return self.engine.core.space.read(offset, 4)

    def writes(self) -> list[tuple[int, int]]:
        """What was written to the Door: (offset, value)."""
        return [(e.offset, e.value) for e in self.trace.events if isinstance(e, Access) and e.op == "W"]

    def outcome(self, events: bool = True) -> dict[str, object]:
        """All that must not depend on slices, counters or engines."""
        core = self.engine.core
        return {
            "now": self.engine.now,
            "instructions": self.engine.instructions,
            "registers": core.registers.state(),
            "exceptions": core.exceptions.state(),
            "space": core.space.state(),
            "memories": [bytes(memory.view) for memory in self.engine.memories],
            "door": self.door.state(),
            "events": [str(event) for event in self.trace.events] if events else None,
        }


@pytest.fixture(scope="session")
def assembler() -> Iterator[Assembler]:
    store = Assembler()
    yield store
    if _ASSEMBLING:
        store.write()


@pytest.fixture
def m4(assembler: Assembler) -> Callable[..., M4]:
    """Makes machines: `m4(main, {exception number: handler}, **options)`."""

    def make(main: str | bytes, handlers: Mapping[int, str | bytes] | None = None, **options: object) -> M4:
        return M4(assembler, main, handlers, **options)  # type: ignore[arg-type]

    return make

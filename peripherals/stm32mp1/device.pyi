from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from stm32mp1.registers import Register, RegisterTable

CPU1: int  # the Cortex-A7: Linux, the host
CPU2: int  # the Cortex-M4: the firmware

class Device:
    """What a bus, an engine or a test may use of a device. Offsets and widths are bytes, values unsigned.

    `on_line(line, level)` is called on each change of an output line and never otherwise.

    `on_event(kind, subject, before, after)` is called for what is worth a line in a trace, when it happens:

    - "flag": a status flag changed. `subject` is, for example, "C1TOC2SR.CH1F"; `before` and `after` are 0 or 1.
      It comes before the line changes that it causes.
    - "illegal": an access that the hardware does not take. It had no effect and, if a read, gave 0. `subject`
      says which: "2-byte read of C1SCR", "unaligned 4-byte write at +0x002", "read of reserved +0x020",
      "write outside the window at +0x400", "write to read-only HWCFGR", "write to C1SCR with the clock off".
      `before` is the value written (0 for a read), `after` is 0.

    Both may access the device again from inside the call; a listener of flags that does so hears of its own before it
    hears of those that remain of the write under way. No access raises.
    """

    TABLE: ClassVar[RegisterTable]
    SIZE: ClassVar[int]  # of the window
    LINES: ClassVar[Sequence[str]]  # output lines, in the order in which they are reported
    INPUTS: ClassVar[int]  # how many input lines it has; they count from 0
    INPUTS_TRACED: ClassVar[bool]  # a trace shows the edges of the lines that drive them
    EVENTS: ClassVar[Mapping[str, str]]  # further names under which a line leaves the device, each with its line
    TRACED: ClassVar[bool]  # a trace shows each access to it

    processor: int  # who is accessing: CPU2, unless the bus says otherwise
    @property
    def stopped(self) -> str:
        """Why the device answers no access, in words: "in reset", "with the clock off"; "" if it does."""

    @stopped.setter
    def stopped(self, why: str) -> None: ...
    @property
    def on_line(self) -> Callable[[str, bool], None] | None: ...
    @on_line.setter
    def on_line(self, listener: Callable[[str, bool], None] | None) -> None: ...
    on_event: Callable[[str, str, int, int], None] | None
    on_heeding: Callable[[], None] | None

    def __init__(self) -> None: ...
    def read(self, offset: int, width: int) -> int: ...
    def write(self, offset: int, value: int, width: int) -> None: ...
    def input(self, number: int, level: bool) -> None:
        """Input `number`, which counts from 0, has changed to `level`. An input that nobody drives is low."""

    def heeds(self, number: int) -> bool:
        """Whether a pulse at input `number` would do anything now. `on_heeding` is called when that has changed."""

    def heeded(self, line: str, anybody: bool) -> None:
        """Whether anybody heeds a pulse on a line from now on; until this is called, somebody does."""

    def reset(self) -> None:
        """Go to the state after power-on. What changes is reported like any change."""

    def level(self, line: str) -> bool:
        """The present level of an output line or event. ValueError if the device has no such line."""

    @classmethod
    def line_of(cls, output: str) -> str:
        """The line that leaves the device as `output`: itself, or the one behind an event. ValueError if none."""

    def state(self) -> dict[str, object]:
        """All that another device of this class needs to go on from here, as plain data that JSON can hold."""

    def from_state(self, state: Mapping[str, object]) -> None:
        """Go on from a state; lines that change are reported. ValueError, and no change, if it is not one."""

    # For subclasses.
    _words: dict[int, int]  # what each register reads as, by offset
    def _store(self, register: Register, value: int) -> None:
        """Act on a legal write. Here: do what the accesses of the register's fields say."""

    def _outputs(self) -> list[bool]:
        """The level that each line should have, in the order of LINES."""

    def _settle(self) -> None:
        """Report each line whose level is not what was last reported. `write` does so after `_store`."""

    def _derive(self) -> None:
        """Bring up to date what follows from `_words`, all of which may be new."""

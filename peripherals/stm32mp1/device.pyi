from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from stm32mp1.registers import Register, RegisterTable

CPU1: int  # the Cortex-A7, Linux
CPU2: int  # the Cortex-M4, the firmware

class Device:
    """What the bus, the engines and the tests may use of a device. Offsets and widths are in bytes, values unsigned.

    `on_line(line, level)` is called on each change of an output line and never otherwise.

    `on_event(kind, subject, before, after)` is called for what is worth a line in a trace, at the moment it happens:

    - "flag": a status flag changed; `subject` is "C1TOC2SR.CH1F", `before` and `after` are 0 or 1. It comes before
      the line changes that it causes. Only the IPCC reports flags.
    - "illegal": an access that the hardware does not take. It had no effect and, if a read, gave 0. `subject` says
      which, for example "2-byte read of C1SCR", "unaligned 4-byte write at +0x002", "read of reserved +0x020",
      "write outside the window at +0x400" or "write to read-only HWCFGR"; `before` is the value written (0 for a
      read) and `after` is 0.

    Both may access the device again from inside the call. No access raises.
    """

    TABLE: ClassVar[RegisterTable]
    SIZE: ClassVar[int]  # of the window, in bytes
    LINES: ClassVar[Sequence[str]]  # in the order in which they are reported
    TRACED: ClassVar[bool]  # a trace shows each access to it

    processor: int  # who is accessing: CPU2, unless the bus says otherwise
    on_line: Callable[[str, bool], None] | None
    on_event: Callable[[str, str, int, int], None] | None

    def __init__(self) -> None: ...
    def read(self, offset: int, width: int) -> int: ...
    def write(self, offset: int, value: int, width: int) -> None: ...
    def reset(self) -> None:
        """Go to the state of power-on. Changes are reported like any others."""

    def level(self, line: str) -> bool:
        """The present level of an output line. ValueError if the device has no such line."""

    def state(self) -> dict[str, object]:
        """Everything that a restored device needs, as plain data that `json` can write."""

    def from_state(self, state: Mapping[str, object]) -> None:
        """Take over a state and report the lines that it moves. ValueError, and no change, if the state is not one."""

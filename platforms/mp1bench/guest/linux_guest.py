"""A real Linux on the machine: boots it, has it run commands, and records what both processors do.

It knows the console's protocol of our init (`init` beside this file); what Linux does is Linux's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from mp1bench.errors import IpccLabError, UsageError
from mp1bench.guest.console import Console
from mp1bench.guest.machine import CONSOLE, IPCC, GuestMachine
from mp1bench.guest.module_symbols import ModuleSymbols
from mp1bench.image.symbols import SymbolTable
from mp1bench.trace import A7, M4, Access, Effect, Line, Log, Trace
from stm32mp1.ipcc import Ipcc
from stm32mp1.rcc import Rcc

MS = 1_000_000
S = 1000 * MS
#: Virtual time within which a kernel says something, one is up, and a command is done.
SILENCE_LIMIT = 3 * S
BOOT_LIMIT = 10 * S
COMMAND_LIMIT = 5 * S
#: What a run may cost: a firmware that polls the IPCC fills the trace, and one in a storm of interrupts hardly moves.
LIMIT_EVENTS = 1_000_000
LIMIT_EXCEPTIONS = 1_000_000
_SLICE = 10 * MS  # the longest between two looks at what has come, and at Ctrl-C
#: Turns of the processors from the boot on; finer than stm32mp157_linux.resc's, which serve while the M4 is held.
QUANTUM = 10_000
_STEP = MS
_LONGEST_COMMAND = 4000  # a terminal takes lines of 4095 bytes
_STATUS = "\x1e"  # our init prints it in front of a command's exit status
_ANSWER = re.compile(_STATUS + r"([0-9]{1,3})$")  # a program may print the separator, too
_PANIC = re.compile(r"Kernel panic")
_END = re.compile(r"Kernel panic|reboot: (Power down|System halted|Restarting system)")  # kernel/reboot.c
_CPU = {"1": A7, "2": M4}


class GuestFailedError(IpccLabError):
    """The guest did not do what was asked: it panicked, hung, or a command failed."""

    exit_code = 1


class GuestTimeError(GuestFailedError):
    """The guest has not done what was asked within the virtual time that it was given."""

    exit_code = 5


class GuestRefusedError(GuestFailedError):
    """A command of the guest's shell ended with an exit status other than 0."""


class Reply(NamedTuple):
    """What a command answered: its exit status, and what it printed, without the last line end."""

    status: int
    text: str


class LinuxGuest:
    """Linux with a console. `log` holds the kernel's lines so far; `trace` everything, as on any bench.

    `modules` are the files of those that init loads, by the kernel's name of each: they name the functions of Linux.
    """

    def __init__(self, machine: GuestMachine, modules: Mapping[str, bytes] | None = None) -> None:
        self.machine = machine
        self.trace = Trace()
        self.trace.tables.update({IPCC: Ipcc.TABLE, "rcc": Rcc.TABLE})
        self.log: list[str] = []
        #: Is given each byte that the console prints, for who shows it as it is.
        self.on_byte: Callable[[int], None] = lambda byte: None
        self._console = Console(self._kernel_says, self._program_says)
        self._printed: list[str] = []  # by programs, since the last command began
        self._busy = ""  # the command that has not been answered
        self._fatal = _PANIC  # of a root file system that is not ours it is no fault to end or to begin again
        self._end: str | None = None  # the kernel's last word
        self._modules = modules or {}
        self._kernel = ModuleSymbols({}, {})
        self._firmware = SymbolTable()
        self._now = 0

    @property
    def now(self) -> int:
        """Virtual time in nanoseconds."""
        return self.machine.now

    # -- time ---------------------------------------------------------------------------------------------------

    def run(self, duration: int) -> None:
        """Let `duration` nanoseconds pass. GuestFailedError if the kernel panics or, with our init, ends.

        GuestTimeError if there is too much on the trace.
        """
        self._check()
        for begin in range(0, duration, _SLICE):
            for event in self.machine.run(min(_SLICE, duration - begin)):
                self._record(event)
            self.trace.publish()
            self._check()

    def _check(self) -> None:
        if self._end is not None:
            why = " Its log says why." if _PANIC.match(self._end) else ""
            command = f" The last command was `{self._busy}`." if self._busy else ""
            raise GuestFailedError(f"the kernel has stopped: {self._end}.{why}{command}")
        if self.machine.exceptions > LIMIT_EXCEPTIONS:
            raise GuestTimeError(
                f"the M4 has taken more than {LIMIT_EXCEPTIONS:,} exceptions within {self.now / MS:.0f} ms of virtual"
                " time: an interrupt that nobody quiets comes again and again."
            )
        if len(self.trace.events) > LIMIT_EVENTS:
            raise GuestTimeError(
                f"the trace has more than {LIMIT_EVENTS:,} events after {self.now / MS:.0f} ms of virtual time:"
                " who polls registers without a pause fills it. Its end shows the function."
            )

    def run_until(self, condition: Callable[[], bool], within: int, step: int = _STEP) -> bool:
        """Run until `condition` holds, looked at every `step`; False if it does not `within` nanoseconds."""
        end = self.now + within
        while not condition():
            if self.now >= end:
                return False
            self.run(min(step, end - self.now))
        return True

    # -- commands -----------------------------------------------------------------------------------------------

    def boot(self) -> None:
        """Run until init takes commands. The mailbox's drivers are loaded then, and not yet bound: see `probe`."""
        if not self.run_until(lambda: bool(self.log), SILENCE_LIMIT, _SLICE):
            raise GuestTimeError(
                f"the kernel has said nothing on its console ({CONSOLE}) within {SILENCE_LIMIT // S} s of virtual time."
                " Is it for this machine, and is the console in its device tree and on its command line?"
            )
        if not self.run_until(self.answered, BOOT_LIMIT, _SLICE):
            raise GuestTimeError(
                f"no init of ipcclab's has answered on the console within {BOOT_LIMIT // S} s of virtual time."
                f" The last line there is: {self._last_line()}"
            )
        self.take_answer()
        self._fatal = _END
        self.machine.set_quantum(QUANTUM)
        bases = {name: int(self.must(f"cat /sys/module/{name}/sections/.text"), 16) for name in self._modules}
        self._kernel = ModuleSymbols(self._modules, bases)

    def probe(self) -> None:
        """Have Linux bind its drivers to the mailbox and to the M4."""
        self.must("echo 1 >/sys/bus/platform/drivers_autoprobe")
        self.must(
            "for device in /sys/bus/platform/devices/*.mailbox /sys/bus/platform/devices/*.m4; do"
            " echo ${device##*/} >/sys/bus/platform/drivers_probe; done"
        )

    def shell(self, command: str, within: int = COMMAND_LIMIT) -> Reply:
        """Have the guest's shell run one line. GuestFailedError if it takes longer than `within` nanoseconds."""
        if len(command) > _LONGEST_COMMAND or "\n" in command or not command.isascii():
            raise UsageError("a command for the guest is one line of at most 4000 ASCII characters.")
        self._check()
        if self._busy and not self.answered():
            raise GuestFailedError(f"`{command}` must wait: the guest's shell is still busy with `{self._busy}`.")
        self._printed, self._busy = [], command
        self.machine.type(f"{command}\n".encode())
        if not self.run_until(self.answered, within):
            raise GuestTimeError(f"`{command}` is not done after {within / S:g} s of virtual time.")
        return self.take_answer()

    def must(self, command: str, within: int = COMMAND_LIMIT) -> str:
        """What the command prints. GuestRefusedError, with that, if its exit status is not 0."""
        reply = self.shell(command, within)
        if reply.status:
            raise GuestRefusedError(f"`{command}` ended with {reply.status}: {reply.text or self._last_line()}")
        return reply.text

    def answered(self) -> bool:
        """Has our init told the exit status of what was typed last? `take_answer` comes next."""
        return bool(self._printed) and _ANSWER.search(self._printed[-1]) is not None

    def take_answer(self) -> Reply:
        """What a command answered that was typed without `shell`."""
        *lines, last = self._printed
        self._printed, self._busy = [], ""
        text, _, status = last.rpartition(_STATUS)
        return Reply(int(status), "\n".join([*lines, text] if text else lines))

    # -- what is seen -------------------------------------------------------------------------------------------

    def use_symbols(self, firmware: SymbolTable) -> None:
        """From now on the M4's accesses are named by these."""
        self._firmware = firmware

    def _record(self, event: list[str]) -> None:
        time, kind, *words = event
        self._now = int(time)
        if kind == "byte":
            self.on_byte(int(words[1]))
            self._console.feed(int(words[1]))
        elif kind == "access":
            device, cpu, pc, op, offset, width, value = words
            symbols: ModuleSymbols | SymbolTable = self._kernel if cpu == "1" else self._firmware
            place, function = int(pc), symbols.symbolize(int(pc))
            self.trace.record(
                Access(self._now, _CPU[cpu], place, function, device, op, int(offset), int(width), int(value))
            )
        elif kind == "effect":
            device, what, subject, before, after = words
            self.trace.record(Effect(self._now, device, what, subject, int(before), int(after)))
        else:
            device, line, level = words
            self.trace.record(Line(self._now, device, line, level == "1"))

    def _kernel_says(self, line: str) -> None:
        self.log.append(line)
        self.trace.record(Log(self._now, "linux", "", line))
        if self._fatal.match(line):
            self._end = self._end or line

    def _program_says(self, line: str) -> None:
        self._printed.append(line)
        text = _ANSWER.sub("", line)
        if text:
            self.trace.record(Log(self._now, CONSOLE, "", text))

    def _last_line(self) -> str:
        unfinished = self._console.unfinished
        return unfinished or (self.log[-1] if self.log else "none")

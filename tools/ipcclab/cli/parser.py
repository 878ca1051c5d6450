"""The parser of the command line: assembles the commands, and says what was meant when something is misspelt.

A command's module is imported when the command is given, or when help lists them all.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import NoReturn

from mp1bench.errors import UsageError, suggest

COMMANDS = ("run", "flow", "guest", "check", "diff", "inspect", "prove", "explain", "export", "keywords", "doctor")

_EPILOG = """\
examples:
  ipcclab run firmware.elf                                boot it, play the Linux side, show the trace
  ipcclab run firmware.elf --send hello --expect hello    and talk to it
  ipcclab flow                                            MCAPI against RPMsg: throughput, latency, doorbells
  ipcclab guest run firmware.elf                          the same with a real Linux, in Renode
  ipcclab check firmware.elf                              judge it without running it
  ipcclab inspect end.ipcc                                what lay in shared memory when a run ended
  ipcclab explain 0x4C00101C                              what is at this address?
  ipcclab export ipcc.svd                                 the registers, for a debugger

exit codes: 0 pass, 1 an expectation failed, 2 usage, 3 bad image or platform file, 4 engine missing, 5 time limit
"""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are UsageErrors and name the nearest option."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. `{self.prog} --help` shows what there is.")

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            options = self._option_string_actions
            raise UsageError(f"unknown argument `{unknown[0]}`.{suggest(unknown[0].partition('=')[0], options)}")
        return parsed, unknown


class _Version(argparse.Action):
    """Reads the version only when it is asked for: that takes longer than a small run."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version

        print(f"ipcclab {version('ipcclab')}")
        parser.exit()


def build_parser(arguments: Sequence[str]) -> Parser:
    """The command line: with the command that `arguments` begin with or, if they begin with none, with all."""
    parser = Parser(
        prog="ipcclab",
        description="A bench for the STM32MP1 inter-processor mailbox (IPCC) that needs no board.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show program's version number and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    given = [name for name in arguments[:1] if name in COMMANDS]
    for name, module in _import(given or COMMANDS).items():
        command = commands.add_parser(
            name,
            help=module.SENTENCE,
            description=module.SENTENCE,
            epilog=module.EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(command)
        command.set_defaults(execute=module.execute)
    return parser


def _import(names: Sequence[str]) -> dict[str, ModuleType]:
    """The commands' modules. What an import makes stays, so the garbage collector need not look through it."""
    gc.disable()
    try:
        return {name: import_module(f"ipcclab.cli.{name}") for name in names}
    finally:
        gc.enable()


def refuse_unknown_command(arguments: Sequence[str]) -> None:
    """UsageError with the nearest command, if the first argument is to be one and is not."""
    if not arguments or arguments[0].startswith("-") or arguments[0] in COMMANDS:
        return
    raise UsageError(f"`{arguments[0]}` is not a command.{suggest(arguments[0], COMMANDS)}")

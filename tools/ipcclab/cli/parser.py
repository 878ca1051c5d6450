"""The parser of the command line: assembles the commands, and says what was meant when something is misspelt."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.metadata import version
from typing import NoReturn

from ipcclab.cli import check, doctor, explain, export, prove, run
from mp1bench.errors import UsageError, suggest

COMMANDS = {"run": run, "check": check, "prove": prove, "explain": explain, "export": export, "doctor": doctor}

_EPILOG = """\
examples:
  ipcclab run firmware.elf                                boot it, play the Linux side, show the trace
  ipcclab run firmware.elf --send hello --expect hello    and talk to it
  ipcclab check firmware.elf                              judge it without running it
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


def build_parser() -> Parser:
    """The whole command line."""
    parser = Parser(
        prog="ipcclab",
        description="A bench for the STM32MP1 inter-processor mailbox (IPCC) that needs no board.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"ipcclab {version('ipcclab')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
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


def refuse_unknown_command(arguments: Sequence[str]) -> None:
    """UsageError with the nearest command, if the first argument is to be one and is not."""
    if not arguments or arguments[0].startswith("-") or arguments[0] in COMMANDS:
        return
    raise UsageError(f"`{arguments[0]}` is not a command.{suggest(arguments[0], COMMANDS)}")

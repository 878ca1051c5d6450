"""The command line, one module for each command. Here are the way in and every error's way out.

Exit codes: 0 pass, 1 an expectation failed, 2 usage, 3 bad image or platform file, 4 engine missing, 5 time limit,
70 a fault of ipcclab itself, 130 interrupted, 141 nobody reads the output any more.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from ipcclab.cli.parser import build_parser, refuse_unknown_command
from ipcclab.payload import printable
from mp1bench.errors import EngineMissingError, IpccLabError, UsageError

_INTERNAL_ERROR = 70
_INTERRUPTED = 130
_NO_READER = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Whatever goes wrong becomes one sentence on stderr."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    # Closed by the shell (`>&-`), they are None: then nobody listens, but the run and its files count.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        refuse_unknown_command(arguments)
        options = build_parser(arguments).parse_args(arguments)
        options.command_line = arguments
        code: int = options.execute(options)
        sys.stdout.flush()
    except SystemExit as done:  # argparse: --help, --version
        return int(done.code or 0)
    except EngineMissingError as error:
        return _complain(error.sentence, error.exit_code, error.screen)
    except IpccLabError as error:
        return _complain(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _complain("interrupted.", _INTERRUPTED)
    except BrokenPipeError:
        # The reader has gone, which is its right, but how the run would have ended is not known: no pass.
        # Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NO_READER
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _complain(f"the output cannot be written ({error.strerror}).", UsageError.exit_code)
    except Exception as error:
        if "IPCCLAB_TRACEBACK" in os.environ:
            raise
        sentence = f"{type(error).__name__}: {error}. This is a fault of ipcclab, please report it."
        return _complain(f"{sentence} IPCCLAB_TRACEBACK=1 in the environment shows where it happened.", _INTERNAL_ERROR)
    return code


def _complain(sentence: str, code: int, screen: str = "") -> int:
    sys.stdout.flush()
    # What a firmware has announced may be part of the sentence: no control sequence of its reaches the terminal.
    print(f"ipcclab: {printable(sentence)}", file=sys.stderr)
    for line in screen.splitlines():
        print(printable(line), file=sys.stderr)
    return code

"""`ipcclab diff`: compares two trace files, and shows where they first differ. Exit code 0 equal, 1 different, 2 usage.

How traces are aligned is `ipcclab.comparison.compare`, what is said of that `ipcclab.comparison.difference`.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ipcclab.comparison import difference, difference_page
from ipcclab.comparison.compare import compare, loader_for, sides
from mp1bench.errors import UsageError

SENTENCE = "Compare two traces, and show the first difference in its context."
EPILOG = """\
examples:
  ipcclab diff before.ndjson after.ndjson                    what is different, and where first?
  ipcclab diff before.ndjson after.ndjson --times ignore     whenever it happens
  ipcclab diff before.ndjson after.ndjson --html diff.html   every difference, side by side
  ipcclab diff approved/echo.txt echo.ndjson                 an approved text, line by line

exit codes: 0 equal, 1 different, 2 usage or no trace
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", metavar="A", type=Path, help="a trace, .ndjson or .txt")
    parser.add_argument("b", metavar="B", type=Path, help="the trace to compare it with")
    parser.add_argument(
        "--times",
        choices=("exact", "ignore"),
        default="exact",
        help="ignore: that something happens at another time is no difference (default: exact)",
    )
    parser.add_argument(
        "--context", type=_count, default=3, metavar="N", help="equal lines around a difference (default: 3)"
    )
    parser.add_argument("--html", type=_page, metavar="FILE.html", help="also write all differences as a page")


def execute(options: argparse.Namespace) -> int:
    load_a, load_b = loader_for(options.a), loader_for(options.b)
    comparison = compare(*sides(str(options.a), load_a(options.a), str(options.b), load_b(options.b)), options.times)
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    print("\n".join(difference.lines(comparison, options.context, colour=colour)))
    if options.html is not None:
        difference_page.write(options.html, comparison, options.context)
    return 0 if comparison.equal else 1


def _page(text: str) -> Path:
    if Path(text).suffix.lower() != ".html":
        raise UsageError(f"--html {text}: a page is a file ending .html.")
    return Path(text)


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise UsageError(f"--context {text}: a count of lines is a whole number, 0 or more.")
    return int(text)

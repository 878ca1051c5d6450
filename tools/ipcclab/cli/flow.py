"""`ipcclab flow`: streams bytes through MCAPI's packet channels and through RPMsg, and prints how fast either was.

What is streamed and measured is `ipcclab.flows`; here are the options, the table, the file and the exit code.
"""

from __future__ import annotations

import argparse
import json
from itertools import groupby
from pathlib import Path

from ipcclab import report
from ipcclab.flows.measure import compare, find_flows
from ipcclab.flows.table import FOOT, HEAD, as_json, line
from ipcclab.images import find_image
from ipcclab.sizes import parse_size
from mp1bench.board import Board
from mp1bench.errors import UsageError

SENTENCE = "Stream bytes to the firmware and back, through MCAPI and through RPMsg, and measure both."
EPILOG = """\
examples:
  ipcclab flow                              10 MB each way, through the image that comes with ipcclab
  ipcclab flow --bytes 100kB                less, in a second
  ipcclab flow firmware.elf --json a.json   through yours: an echo from MCAPI's port 2 to 3, of `rpmsg-tty`, or both

Three parts: one frame at a time, the streams one after the other, both at once. Each byte that comes back is compared;
exit code 1 says that one was wrong, or that nothing came any more. All times are virtual.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "image",
        nargs="?",
        default="rpmsg_mcapi",
        metavar="IMAGE",
        help="an ELF file for the Cortex-M4, or an image that comes with ipcclab (default: rpmsg_mcapi)",
    )
    parser.add_argument(
        "--bytes", dest="size", type=parse_size, default="10MB", metavar="SIZE", help="of each stream (default: 10MB)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was measured as one JSON object")
    parser.add_argument(
        "--engine", choices=("auto", "embedded", "renode"), default="auto", help="what executes the Cortex-M4"
    )


def execute(options: argparse.Namespace) -> int:
    if options.json and (options.json.is_dir() or not options.json.parent.is_dir()):
        raise UsageError(f"{options.json}: the numbers cannot be written there. Name a file in a folder that exists.")
    board = Board(engine=options.engine, trace=False)
    image = board.load(find_image(options.image))
    flows = find_flows(board)
    print(report.header(board, image), end="\n\n")
    print("\n".join(HEAD))
    measured = []
    for part, results in groupby(compare(board, flows, options.size), lambda result: result.part):
        print(part, flush=True)
        for result in results:
            print(line(result), flush=True)
            measured.append(result)
    print("", *FOOT, sep="\n")
    if options.json:
        written = {"image_sha256": image.sha256, "engine": board.engine.name, "flows": [*map(as_json, measured)]}
        options.json.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    return 0

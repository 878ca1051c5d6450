"""`ipcclab export`: writes the registers of an IPCC, or of all devices of a platform, in the form of a file's ending.

The forms and their writers are in `ipcclab.export`; here are the options.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ipcclab import export
from ipcclab.ipcc_words import find_variant
from mp1bench.platform import read_platform

SENTENCE = "Write the registers of the IPCC to a file: CMSIS-SVD for debuggers, Markdown for people."
EPILOG = """\
examples:
  ipcclab export ipcc.svd                                the STM32MP15's, for a debugger, an IDE or Renode
  ipcclab export ipcc.md                                 a page with a picture of each register
  ipcclab export wl.svd --variant STM32WL5x              another part's
  ipcclab export mp157.svd --platform stm32mp157.repl    all devices of a platform
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE", help=f"what to write, in the form of its ending: {', '.join(export.WRITERS)}"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--variant", default="STM32MP15", metavar="NAME", help="the IPCC of another part: STM32WL5x")
    what.add_argument("--platform", metavar="FILE.repl", help="all devices of a machine, as .svd")


def execute(options: argparse.Namespace) -> int:
    if options.platform is not None:
        platform = read_platform(options.platform)
        export.export_platform(options.file, platform)
        print(f"{options.file}: {len(platform.devices)} devices of {platform.name}")
    else:
        variant = find_variant(options.variant)
        export.export(options.file, variant)
        print(f"{options.file}: the IPCC of {variant.name}")
    return 0

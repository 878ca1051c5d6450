"""`ipcclab check`: a verdict per rule on an image, without running it. The rules are `mp1bench.check`'s."""

from __future__ import annotations

import argparse

from ipcclab.images import find_image
from mp1bench.check import FAIL, PASS, WARN, check
from mp1bench.errors import ImageError
from mp1bench.image import read_image
from mp1bench.platform import read_platform

SENTENCE = "Judge an image without running it: the ELF, its vectors, its resource table."
EPILOG = """\
example:
  ipcclab check firmware.elf        exit code 0 unless a rule is broken, else 3
"""

_MARKS = {PASS: "✓", WARN: "!", FAIL: "✗"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "image",
        metavar="IMAGE",
        help="an ELF file for the Cortex-M4, or the name of an image that comes with ipcclab: rpmsg_echo",
    )
    parser.add_argument("--platform", metavar="FILE.repl", help="another machine than the STM32MP157")


def execute(options: argparse.Namespace) -> int:
    regions = read_platform(options.platform).regions
    image = read_image(find_image(options.image), regions)
    findings = check(image, regions)
    width = max(len(finding.rule) for finding in findings)
    print(f"{image.path.name} (sha256 {image.sha256[:12]})")
    for finding in findings:
        print(f"{_MARKS[finding.verdict]} {finding.verdict}  {finding.rule:<{width}}  {finding.text}")
    counts = {verdict: sum(finding.verdict == verdict for finding in findings) for verdict in _MARKS}
    print(f"{counts[PASS]} passed, {counts[WARN]} warnings, {counts[FAIL]} failed")
    return ImageError.exit_code if counts[FAIL] else 0

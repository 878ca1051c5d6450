"""`ipcclab check`: a verdict per rule on an image, without running it. The rules are `mp1bench.check`'s."""

from __future__ import annotations

import argparse
import json
from importlib.metadata import version
from typing import Any

from ipcclab.images import find_image, parse_address
from mp1bench.check import FAIL, PASS, WARN, Finding, check
from mp1bench.errors import ImageError
from mp1bench.image import Image, read_image
from mp1bench.platform import read_platform

SENTENCE = "Judge an image without running it: where it lies, its vectors, its stack, its resource table."
EPILOG = """\
examples:
  ipcclab check firmware.elf          exit code 1 if a rule is broken
  ipcclab check firmware.elf --json   the same as one JSON object

The object has the keys
  tool, version    "ipcclab" and its version
  image            path, sha256 and format; the last two are null for an image that cannot be loaded
  findings         a list of objects: rule, verdict ("pass", "warn" or "fail") and text, one sentence
  counts           how many findings have each verdict: pass, warn, fail
An image that cannot be loaded has one finding, of the rule "load", in the words of `ipcclab run`.
"""

_MARKS = {PASS: "✓", WARN: "!", FAIL: "✗"}
_FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "image",
        metavar="IMAGE",
        help="a file for the Cortex-M4: ELF, Intel HEX, S-records; or an image that comes with ipcclab: rpmsg_echo",
    )
    parser.add_argument(
        "--address", type=parse_address, metavar="ADDRESS", help="IMAGE is a raw binary for this address"
    )
    parser.add_argument("--json", action="store_true", help="print the findings as one JSON object")
    parser.add_argument("--platform", metavar="FILE.repl", help="another machine than the STM32MP157")


def execute(options: argparse.Namespace) -> int:
    regions = read_platform(options.platform).regions
    path = find_image(options.image)
    image: Image | None = None
    try:
        image = read_image(path, regions, options.address)
        findings = check(image, regions)
    except ImageError as refused:
        if not path.is_file():
            raise
        findings = [Finding("load", FAIL, str(refused))]
    counts = {verdict: sum(finding.verdict == verdict for finding in findings) for verdict in _MARKS}
    if options.json:
        print(json.dumps(_object(str(path), image, findings, counts), indent=2))
    else:
        width = max(len(finding.rule) for finding in findings)
        print(f"{path.name} (sha256 {image.sha256[:12]})" if image else path.name)
        for finding in findings:
            print(f"{_MARKS[finding.verdict]} {finding.verdict}  {finding.rule:<{width}}  {finding.text}")
        print(f"{counts[PASS]} passed, {counts[WARN]} warnings, {counts[FAIL]} failed")
    return _FAILED if counts[FAIL] else 0


def _object(path: str, image: Image | None, findings: list[Finding], counts: dict[str, int]) -> dict[str, Any]:
    return {
        "tool": "ipcclab",
        "version": version("ipcclab"),
        "image": {
            "path": path,
            "sha256": image.sha256 if image else None,
            "format": image.format if image else None,
        },
        "findings": [finding._asdict() for finding in findings],
        "counts": counts,
    }

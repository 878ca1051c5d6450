"""A verdict per rule on a firmware image, without running it: what loads, what starts, what Linux will make of it.

The rules stand in the files beside this one. An image that cannot be loaded at all never gets here; `read_image`
refuses it.
"""

from __future__ import annotations

from collections.abc import Sequence

from mp1bench.check.build import judge_build
from mp1bench.check.finding import PASS, WARN, Finding
from mp1bench.check.placement import judge_placement
from mp1bench.check.stack import judge_stack
from mp1bench.check.table import judge_table
from mp1bench.check.vectors import judge_vectors
from mp1bench.image import Image
from mp1bench.image.file import ELF
from mp1bench.regions import MP1_REGIONS, Region


def check(image: Image, regions: Sequence[Region] = MP1_REGIONS) -> list[Finding]:
    """Judge an image that `read_image` has accepted."""
    what = "ELF, executable for 32-bit Arm" if image.format == ELF else image.format
    findings = [Finding("format", PASS, f"{what}, {len(image.segments)} segments to load")]
    findings += judge_placement(image, regions)
    findings += judge_stack(image, regions)
    findings += judge_vectors(image, regions)
    findings += judge_build(image)
    findings += judge_table(image, regions) if image.resource_table else [_no_table(image)]
    return findings


def _no_table(image: Image) -> Finding:
    text = "raw IPCC signals will work, RPMsg will not."
    if image.format != ELF:
        text = f"none in {image.format}: {text} Linux starts ELF files only: run it with the host `none`"
    else:
        text = f"no `.resource_table` section: {text} Linux would print 'no resource table found for this firmware'"
    return Finding("resource table", WARN, text)

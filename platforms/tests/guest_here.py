"""Mark of tests that boot a real Linux, and what they boot: skipped, by name and with the reason, where it is not here.

@needs_guest     Renode in this Python, and the packages of `ipcclab guest build`: those that IPCCLAB_GUEST_KERNEL and
                 IPCCLAB_GUEST_BUSYBOX name, else those that it has fetched. It holds no test, and fetches nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mp1bench.guest.apt import BUSYBOX, KERNEL
from mp1bench.guest.build import Sources
from mp1bench.guest.cache import cache_folder, fetched_before
from renode_here import FINDINGS, needs_pyrenode


def _package(variable: str, name: str) -> Path | None:
    named = os.environ.get(variable)
    return Path(named) if named else fetched_before(name, cache_folder())


SOURCES = Sources(_package("IPCCLAB_GUEST_KERNEL", KERNEL), busybox=_package("IPCCLAB_GUEST_BUSYBOX", BUSYBOX))

needs_guest = (
    pytest.mark.skipif(
        SOURCES.kernel is None or SOURCES.busybox is None,
        reason="the guest's packages are not here: `ipcclab guest build` fetches them, or IPCCLAB_GUEST_KERNEL and"
        " IPCCLAB_GUEST_BUSYBOX name their files",
    )
    if FINDINGS.complete
    else needs_pyrenode
)

"""Marks of tests of a real Linux, and what they boot: skipped, by name and with the reason, where it is not here.

@needs_packages  the packages of `ipcclab guest build`: those that IPCCLAB_GUEST_KERNEL and IPCCLAB_GUEST_BUSYBOX name,
                 else those that it has fetched
@needs_guest     the same, and Renode in this Python

It holds no test, and fetches nothing.
"""

from __future__ import annotations

import pytest

from mp1bench.guest.apt import BUSYBOX, KERNEL
from mp1bench.guest.build import Sources
from mp1bench.guest.cache import at_hand
from renode_here import FINDINGS, needs_pyrenode

SOURCES = Sources(kernel=at_hand(KERNEL), busybox=at_hand(BUSYBOX))

needs_packages = pytest.mark.skipif(
    SOURCES.kernel is None or SOURCES.busybox is None,
    reason="the guest's packages are not here: `ipcclab guest build` fetches them, or IPCCLAB_GUEST_KERNEL and"
    " IPCCLAB_GUEST_BUSYBOX name their files",
)
needs_guest = needs_packages if FINDINGS.complete else needs_pyrenode

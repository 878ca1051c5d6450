"""Marks of tests that need a Renode: without one they are skipped, by name and with the reason. It holds no test.

@needs_pyrenode     the engine `renode`, that is Renode in this Python
@needs_renode       Renode as a program, started by `COMMAND`
"""

from __future__ import annotations

import os

import pytest

from mp1bench.engine.renode.finding import engine_missing, find_renode

FINDINGS = find_renode(os.environ)
COMMAND = FINDINGS.command

needs_pyrenode = pytest.mark.skipif(not FINDINGS.complete, reason=engine_missing(FINDINGS).sentence)
needs_renode = pytest.mark.skipif(
    not COMMAND, reason=f"no Renode to start: {FINDINGS.parts[0].words} (`ipcclab doctor` says more)"
)

"""A Cortex-M4F in this process: see `engine.py`."""

from mp1bench.engine.embedded.engine import EmbeddedEngine
from mp1bench.engine.embedded.snapshot import Snapshot, restore, take

__all__ = ["EmbeddedEngine", "Snapshot", "restore", "take"]

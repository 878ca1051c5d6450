"""A Cortex-M4F in this process: see `engine.py`."""

from mp1bench.engine.embedded.engine import CoreState, EmbeddedEngine, describe_fault

__all__ = ["CoreState", "EmbeddedEngine", "describe_fault"]

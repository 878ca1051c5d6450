"""A Cortex-M4F in this process: see `engine.py`."""

from mp1bench.engine.embedded.engine import EmbeddedEngine

__all__ = ["EmbeddedEngine"]

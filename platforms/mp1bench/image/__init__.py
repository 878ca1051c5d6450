"""Firmware images: what kinds of files there are, what is in them, and which of them the M4 cannot run.

Nothing is loaded here; verdicts on what can be loaded are `check`'s.
"""

from mp1bench.image.image import Image, Segment, TableSection, describe_size, loaded_bytes, read_image

__all__ = ["Image", "Segment", "TableSection", "describe_size", "loaded_bytes", "read_image"]

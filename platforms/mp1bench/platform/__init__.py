"""The platform file: the language it is written in, and the machine that it means. Nothing runs here."""

from mp1bench.platform.platform import DevicePart, Platform, Wire, read_platform

__all__ = ["DevicePart", "Platform", "Wire", "read_platform"]

"""Where a trace comes from: what is the same each time a run is repeated. It holds nothing of the engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """What a trace file says about its run: SHA-256 of the image (None without one) and the platform's name."""

    image_sha256: str | None
    platform: str

"""How a test builds a guest's files, and asks for the sentence with which that is refused."""

from __future__ import annotations

import pytest

from mp1bench.errors import IpccLabError
from mp1bench.guest.build import GuestFiles, Sources, build


def make(sources: Sources) -> tuple[GuestFiles, list[str]]:
    """The files, and the lines of progress."""
    progress: list[str] = []
    return build(sources, progress.append), progress


def refusal(sources: Sources) -> str:
    """What is said of the sources."""
    with pytest.raises(IpccLabError) as raised:
        make(sources)
    return str(raised.value)


def contents(files: GuestFiles) -> dict[str, bytes]:
    """All that is in the folder, by name."""
    return {path.name: path.read_bytes() for path in files.folder.iterdir()}

"""Finding Renode on a machine that is the test's own folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from mp1bench.engine.renode.finding import Findings, find_renode
from renode_trees import Find

_PACKAGES = {"pythonnet": "3.0.5", "pyrenode3": "0.0.1"}


@pytest.fixture
def find(tmp_path: Path) -> Find:
    """Finds on a machine whose usual places are below `root` and `home` of the test's folder."""

    def look(packages: dict[str, str] = _PACKAGES, **environ: object) -> Findings:
        texts = {name: str(value) for name, value in environ.items()}
        return find_renode(texts, home=tmp_path / "home", root=tmp_path / "root", version_of=packages.get)

    return look

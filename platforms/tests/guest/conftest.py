"""What guests are built from: small inputs in files, and a cache of the test's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from guest_inputs import busybox_deb, kernel_deb, module_files, xz_zimage
from mp1bench.guest.build import Sources


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))  # which has no apt-get
    return tmp_path / "cache/ipcclab/guest"


@pytest.fixture
def sources(tmp_path: Path, cache: Path) -> Sources:
    (tmp_path / "kernel.deb").write_bytes(kernel_deb())
    (tmp_path / "busybox.deb").write_bytes(busybox_deb())
    return Sources(kernel=tmp_path / "kernel.deb", busybox=tmp_path / "busybox.deb")


@pytest.fixture
def own(tmp_path: Path, sources: Sources) -> Sources:
    """A zImage and the folder of its modules."""
    (tmp_path / "zImage").write_bytes(xz_zimage(text_offset=0x8000))
    for name, data in module_files().items():
        (tmp_path / "installed" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "installed" / name).write_bytes(data)
    return replace(sources, kernel=tmp_path / "zImage", modules=tmp_path / "installed")

"""What is kept between builds in the user's cache: fetched packages, and finished folders of guest files.

Each file's SHA-256 stands beside it, so that one cut short or changed is as good as none.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mp1bench.guest.apt import BUSYBOX, KERNEL, Apt
from mp1bench.guest.errors import FilesError

#: Variables of the environment that name a package's file, for those who fetch none.
VARIABLES = {KERNEL: "IPCCLAB_GUEST_KERNEL", BUSYBOX: "IPCCLAB_GUEST_BUSYBOX"}

_MANIFEST = "manifest.json"


def cache_folder() -> Path:
    """The folder of the guest's files in the user's cache; it need not be there. FilesError where there is none."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if not os.path.isabs(cache):
        raise FilesError("there is no folder to keep the guest's files in: set XDG_CACHE_HOME to an absolute path.")
    return Path(cache) / "ipcclab" / "guest"


def sha256(data: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def keep(folder: Path, files: Mapping[str, bytes], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Write the files and what is to be known of them as `folder`, at once: it is whole, or it is not there."""
    manifest = {**facts, "sha256": {name: sha256(data) for name, data in sorted(files.items())}}
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="making-") as making:
        whole = Path(making) / folder.name
        whole.mkdir()
        for name, data in files.items():
            (whole / name).write_bytes(data)
        (whole / _MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        if kept(folder) != manifest:
            with suppress(FileNotFoundError):
                folder.replace(Path(making) / "old")
            try:
                whole.replace(folder)
            except OSError:
                if kept(folder) != manifest:  # else another process was first
                    raise
    return manifest


def kept(folder: Path) -> dict[str, Any] | None:
    """What `keep` was told of the folder; None if it is not there, or not as it was."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        for name, digest in manifest["sha256"].items():
            if sha256((folder / name).read_bytes()) != digest:
                return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return dict(manifest)


def fetched(package: str, cache: Path, apt: Apt, newer: bool) -> Path:
    """The file of a package, from the cache, or fetched by apt: always for a `newer` one. FilesError as apt's."""
    path = None if newer else fetched_before(package, cache)
    if path is None:
        name, data = apt.download(package)
        keep(_package_folder(package, cache), {name: data}, {})
        path = _package_folder(package, cache) / name
    return path


def fetched_before(package: str, cache: Path) -> Path | None:
    """The file of a package in the cache; None if it is not there, or not as it was."""
    folder = _package_folder(package, cache)
    manifest = kept(folder)
    return folder / next(iter(manifest["sha256"])) if manifest else None


def at_hand(package: str) -> Path | None:
    """The file of a package without fetching it: what the environment names, there or not, or what was fetched."""
    named = os.environ.get(VARIABLES[package])
    return Path(named) if named else fetched_before(package, cache_folder())


def _package_folder(package: str, cache: Path) -> Path:
    return cache / "packages" / package.replace(":", "_")

"""Folders that look like Renode's releases and like .NET, to be found, and what is found there. It holds no test."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mp1bench.engine.renode.finding import Findings

Find = Callable[..., Findings]


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def portable(folder: Path) -> Path:
    """As renode-1.16.1.linux-portable-dotnet.tar.gz: one executable, and hostfxr beside it."""
    touch(folder / "renode", folder / "libhostfxr.so")
    (folder / "renode").chmod(0o755)
    return folder / "renode"


def libraries(folder: Path, **options: Any) -> Path:
    """The DLLs of a build or package that asks for .NET 8."""
    touch(folder / "Renode.dll", folder / "runtimes/linux-x64/native/libMono.Unix.so")
    config = {"runtimeOptions": {"framework": {"name": "Microsoft.NETCore.App", "version": "8.0.0"}, **options}}
    (folder / "Renode.runtimeconfig.json").write_text(json.dumps(config))
    return folder


def dotnet(folder: Path, version: str = "8.0.11") -> Path:
    (folder / "host/fxr" / version).mkdir(parents=True)
    (folder / "shared/Microsoft.NETCore.App" / version).mkdir(parents=True)
    touch(folder / "dotnet")
    (folder / "dotnet").chmod(0o755)
    return folder


def words(findings: Findings, name: str) -> tuple[bool, str]:
    (part,) = [part for part in findings.parts if part.name == name]
    return part.good, f"{part.words}: {part.how}" if part.how else part.words

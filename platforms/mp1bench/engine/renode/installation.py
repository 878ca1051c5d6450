"""What kind of Renode a folder holds, and what tells pyrenode3 to load it.

Nothing is started: the files of a folder say which of Renode's releases it is. What pyrenode3 cannot load is a
`Refusal`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: What the engine was run with: Renode's version, and the month of pyrenode3's commit.
RENODE, PYRENODE3 = "1.16.1", "May 2026"
GET_RENODE = (
    f"unpack renode-{RENODE}.linux-portable-dotnet.tar.gz of https://github.com/renode/renode/releases"
    " and put its folder on PATH"
)
#: Where Renode.dll is in a folder: of a build from sources, of an installed or unpacked package.
BUILD_OUTPUT, _PACKAGE_OUTPUT = "output/bin/Release", "bin"
_HOSTFXR = ("libhostfxr.so", "libhostfxr.dylib", "hostfxr.dll")


@dataclass(frozen=True)
class Installation:
    """A Renode that pyrenode3 can load."""

    kind: str
    path: Path
    #: What tells pyrenode3 to load it.
    environment: Mapping[str, str]
    #: The folder of Renode.dll; None where that is inside one file.
    libraries: Path | None = None

    @property
    def brings_dotnet(self) -> bool:
        return "PYRENODE_BIN" in self.environment


@dataclass(frozen=True)
class Refusal:
    """A Renode that cannot be loaded, or none: why, and what to do."""

    words: str
    how: str = GET_RENODE


def recognise(folder: Path) -> Installation | Refusal | None:
    """The Renode in `folder`, which is where its command is; None if there is none."""
    for command in (folder / "renode", folder / "renode.exe"):
        if command.is_file() and any((folder / library).is_file() for library in _HOSTFXR):
            if (folder / "Renode.dll").is_file():  # a portable release of many files: nightlies since June 2026
                return Refusal(f"{folder} is a nightly that pyrenode3 of {PYRENODE3} cannot load")
            if not os.access(command, os.X_OK):
                return Refusal(f"{command} may not be executed", f"chmod +x {command}")
            return Installation("portable release", command, {"PYRENODE_BIN": str(command)})
    for output in (BUILD_OUTPUT, _PACKAGE_OUTPUT):
        if (folder / output / "Renode.dll").is_file():
            return with_libraries(folder, output)
    for mono in ("bin/Renode.exe", f"{BUILD_OUTPUT}/Renode.exe", "renode"):
        if (folder / mono).is_file():
            return Refusal(f"{folder / mono} is no .NET build of Renode")
    return None


def with_libraries(folder: Path, output: str) -> Installation | Refusal:
    """A build or package whose Renode.dll is in `folder`/`output`, if what pyrenode3 asks for is beside it."""
    libraries = folder / output
    if not (libraries / "Renode.dll").is_file():
        return Refusal(
            f"{libraries} has no Renode.dll",
            "build Renode there, or say with PYRENODE_BUILD_OUTPUT where in PYRENODE_BUILD_DIR its DLLs are",
        )
    if not (libraries / "Renode.runtimeconfig.json").is_file():
        return Refusal(f"{libraries} has no Renode.runtimeconfig.json", "take a .NET build, which comes with it")
    native = libraries / "runtimes"
    if os.name != "nt" and not [*native.glob("*/native/libMono.Unix.*"), *native.glob("*/native/libMonoPosixHelper.*")]:
        return Refusal(f"{native} has no */native/libMono.Unix", "take a complete build, pyrenode3 asks for that file")
    settings = {"PYRENODE_BUILD_DIR": str(folder), "PYRENODE_BUILD_OUTPUT": output}
    return Installation("package" if output == _PACKAGE_OUTPUT else "build", folder, settings, libraries)

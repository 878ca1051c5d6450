"""What the engine `renode` needs, which of it is here, what is missing, and how to get it: one screen.

It only looks: nothing is imported, started or changed. Its rules are those of pyrenode3, which reads `PYRENODE_*` when
it is imported, and of clr_loader, which finds .NET by `DOTNET_ROOT` or `dotnet` on PATH.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from mp1bench.engine.renode.installation import (
    BUILD_OUTPUT,
    PYRENODE3,
    RENODE,
    Installation,
    Refusal,
    recognise,
    with_libraries,
)
from mp1bench.errors import EngineMissingError

_SUPPORTED = (
    f"Renode {RENODE}, pyrenode3 of {PYRENODE3}, pythonnet 3.0.5 to 3.x; others are untried;",
    "Python 3.10 to 3.15, as pythonnet has it",
)
_GET_DOTNET = "https://learn.microsoft.com/dotnet/core/install, or take Renode's portable release, which brings it"
_GET_PYTHONNET = "pip install 'pythonnet>=3.0.5,<4'"
_GET_PYRENODE3 = "pip install git+https://github.com/antmicro/pyrenode3@dde4a47660ef1b8874a91ed514a0bd04b33a5add"

#: pyrenode3 wants one of these at most.
_CHOICES = ("PYRENODE_BIN", "PYRENODE_PKG", "PYRENODE_BUILD_DIR")
_PLACES = (
    *("/opt/renode*", "/usr/lib/renode", "/Applications/Renode.app/Contents/MacOS"),
    *("~/renode*", "~/.local/renode*", "~/.local/opt/renode*", "~/.local/share/renode*"),
)
_DOTNET_PLACES = ("/usr/share/dotnet", "/usr/lib/dotnet", "/usr/local/share/dotnet", "~/.dotnet")


@dataclass(frozen=True)
class Part:
    """One thing that the engine needs. `words` say what was found or is wrong, `how` to get it or set it right."""

    name: str
    good: bool
    words: str
    how: str = ""


@dataclass(frozen=True)
class Findings:
    """What `find_renode` found. `environment` is to be set before pyrenode3 is imported."""

    parts: tuple[Part, ...]
    looked: tuple[str, ...]
    installation: Installation | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    #: The command line that starts this Renode by itself; empty if there is none, or it is an archive.
    command: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return all(part.good for part in self.parts)

    @property
    def lacking(self) -> str:
        """What is missing or wrong and why, as words; empty if complete."""
        *most, last = [""] + [f"{part.name} ({part.words})" for part in self.parts if not part.good]
        return f"{', '.join(most[1:])} and {last}" if most[1:] else last

    def explain(self) -> str:
        """One screen: each part, where Renode was looked for, which versions are supported. No newline at the end."""
        missing = ", ".join(part.name for part in self.parts if not part.good)
        lines = [_line(self.complete, "engine renode", f"optional; lacks {missing}" if missing else "can be used")]
        for part in self.parts:
            lines.append(_line(part.good, f"  {part.name}", f"{part.words}: {part.how}" if part.how else part.words))
        for name, texts in (("looked for", self.looked), ("supported", _SUPPORTED)):
            lines += [_line(None, "" if number else f"  {name}", text) for number, text in enumerate(texts)]
        return "\n".join(lines)


def engine_missing(findings: Findings) -> EngineMissingError:
    """The error of who asks for the engine where `findings` are not complete."""
    return EngineMissingError(
        f"the engine `renode` lacks {findings.lacking}: `ipcclab doctor` says how to get that,"
        " and the engine `embedded` needs none of it.",
        findings.explain(),
    )


def find_renode(
    environ: Mapping[str, str],
    *,
    home: Path | None = None,
    root: Path = Path("/"),
    version_of: Callable[[str], str | None] | None = None,
) -> Findings:
    """Look for Renode and for what it takes to load it into this Python.

    `home` and `root` are what the usual places start from; `version_of` gives the version of a Python package that is
    installed, else None.
    """
    search = _Search(environ, home or Path(os.path.expanduser("~")), root)
    renode = search.renode()
    if isinstance(renode, Refusal):
        installation, part = None, Part("Renode", False, renode.words, renode.how)
    else:
        installation, part = renode, Part("Renode", True, f"{renode.kind}: {renode.path}")
    parts = (part, search.dotnet(installation), *_python_packages(version_of or _version_of))
    if installation is None:
        return Findings(parts, tuple(search.looked))
    environment = {"PYRENODE_RUNTIME": "coreclr", **installation.environment}
    command: tuple[str, ...] = ()
    if installation.brings_dotnet:
        command = (str(installation.path),)
    elif search.dotnet_root is not None:
        environment["DOTNET_ROOT"] = str(search.dotnet_root)
        if installation.libraries is not None:
            command = (str(search.dotnet_root / "dotnet"), str(installation.libraries / "Renode.dll"))
    return Findings(parts, tuple(search.looked), installation, environment, command)


class _Search:
    """A search of one machine. `looked` and `dotnet_root` fill while it goes on."""

    def __init__(self, environ: Mapping[str, str], home: Path, root: Path) -> None:
        self.looked: list[str] = []
        self.dotnet_root: Path | None = None
        self._environ = environ
        self._home = home
        self._root = root

    def renode(self) -> Installation | Refusal:
        """By variable, else on PATH and in the usual places: the first that can be loaded."""
        chosen = [name for name in _CHOICES if self._environ.get(name)]
        self.looked += [f"{name}={self._environ[name]}" for name in chosen]
        if len(chosen) > 1:
            return Refusal(f"{' and '.join(chosen)} are set", "unset all but one of them")
        if self._environ.get("PYRENODE_SKIP_LOAD"):
            return Refusal("PYRENODE_SKIP_LOAD is set", "unset it, it keeps pyrenode3 from loading Renode")
        runtime = self._environ.get("PYRENODE_RUNTIME")
        if runtime and runtime != "coreclr":
            return Refusal(f"PYRENODE_RUNTIME is `{runtime}`", "unset it, or set it to `coreclr`: only .NET serves")
        return self._named(chosen[0], Path(self._environ[chosen[0]]).absolute()) if chosen else self._unnamed()

    def _named(self, variable: str, path: Path) -> Installation | Refusal:
        if variable == "PYRENODE_PKG":
            if path.is_file() and tarfile.is_tarfile(path):
                return Installation("package archive", path, {variable: str(path)})
            return Refusal(f"PYRENODE_PKG is {path}, which is no tar archive")
        if variable == "PYRENODE_BUILD_DIR":
            return with_libraries(path, self._environ.get("PYRENODE_BUILD_OUTPUT") or BUILD_OUTPUT)
        if not path.is_file():
            return Refusal(f"PYRENODE_BIN is {path}, which is no file")
        found = recognise(path.resolve().parent)
        if isinstance(found, Installation) and not found.brings_dotnet:
            settings = " ".join(f"{name}={value}" for name, value in found.environment.items())
            return Refusal(f"PYRENODE_BIN is {path}, which starts a {found.kind}", f"unset it and set {settings}")
        return found or Refusal(f"PYRENODE_BIN is {path}, which is no portable release")

    def _unnamed(self) -> Installation | Refusal:
        command = shutil.which("renode", path=self._environ.get("PATH", ""))
        self.looked += [
            f"{', '.join(_CHOICES)}: not set",
            f"renode on PATH: {command or 'none'}",
            f"{', '.join(_PLACES[:3])},",
            ", ".join(_PLACES[3:]),
        ]
        folders = [] if command is None else [Path(command).resolve().parent]
        for place in _PLACES:
            folders += sorted(self._expand(place), reverse=True)  # of several versions the last
        refusal: Refusal | None = None
        for folder in folders:
            found = recognise(folder)
            if isinstance(found, Installation):
                return found
            refusal = refusal or found
        return refusal or Refusal("not found")

    def dotnet(self, installation: Installation | None) -> Part:
        """The runtime that Renode is loaded into."""
        if installation is not None and installation.brings_dotnet:
            return Part(".NET", True, "comes with the portable release")
        root = self._dotnet_root()
        if isinstance(root, Part):
            # The Renode that we tell people to get needs none.
            return root if installation else Part(".NET", True, "none, and the portable release brings its own")
        have = sorted(path.name for path in (root / "shared/Microsoft.NETCore.App").glob("*.*.*"))
        wanted = None if installation is None else _wanted_dotnet(installation.libraries)
        if wanted is not None and wanted not in {name.split(".")[0] for name in have}:
            return Part(".NET", False, f"{root} has {', '.join(have) or 'none'}, Renode wants {wanted}", _GET_DOTNET)
        self.dotnet_root = root
        return Part(".NET", True, f"{', '.join(have)}: {root}")

    def _dotnet_root(self) -> Path | Part:
        named = self._environ.get("DOTNET_ROOT")
        if named is not None:  # clr_loader then looks nowhere else
            if (Path(named) / "host/fxr").is_dir():
                return Path(named).absolute()
            return Part(".NET", False, f"DOTNET_ROOT is `{named}`, where host/fxr is not", _GET_DOTNET)
        command = shutil.which("dotnet", path=self._environ.get("PATH", ""))
        folders = [] if command is None else [Path(command).resolve().parent]
        for place in _DOTNET_PLACES:
            folders += self._expand(place)
        for folder in folders:
            if (folder / "host/fxr").is_dir():
                return folder
        return Part(".NET", False, "not found by DOTNET_ROOT, on PATH, or where it usually is", _GET_DOTNET)

    def _expand(self, place: str) -> list[Path]:
        base, pattern = (self._home, place[2:]) if place.startswith("~/") else (self._root, place[1:])
        return [path for path in base.glob(pattern) if path.is_dir()]


def _wanted_dotnet(libraries: Path | None) -> str | None:
    """The major version that Renode.runtimeconfig.json asks for; None if it does not say, or a newer one will do."""
    if libraries is None:
        return None
    try:
        config = json.loads((libraries / "Renode.runtimeconfig.json").read_text(encoding="utf-8-sig"))
        options = config["runtimeOptions"]
        return None if "rollForward" in options else str(options["framework"]["version"]).split(".")[0]
    except (ValueError, KeyError, TypeError):
        return None


def _python_packages(version_of: Callable[[str], str | None]) -> tuple[Part, Part]:
    pythonnet, pyrenode3 = version_of("pythonnet"), version_of("pyrenode3")
    numbers = tuple(int(number) for number in re.findall(r"\d+", pythonnet or "")[:3])
    fits = (3, 0, 5) <= numbers < (4,)
    return (
        Part("pythonnet", fits, pythonnet or "not installed", "" if fits else _GET_PYTHONNET),
        Part("pyrenode3", pyrenode3 is not None, pyrenode3 or "not installed", "" if pyrenode3 else _GET_PYRENODE3),
    )


def _version_of(package: str) -> str | None:
    if find_spec(package) is None:
        return None
    try:
        return version(package)
    except PackageNotFoundError:
        return "installed by hand"


def _line(good: bool | None, name: str, words: str) -> str:
    """As `ipcclab doctor` writes its lines."""
    return f"{' ' if good is None else '✓' if good else '–'} {name:<18} {words}"

"""Finding Renode: which are found where, in which order, and what pyrenode3 is told of them."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from renode_here import FINDINGS, needs_pyrenode
from renode_trees import Find, dotnet, libraries, portable, touch, words


def test_portable_release_on_path_needs_no_dotnet(find: Find, tmp_path: Path) -> None:
    renode = portable(tmp_path / "renode_1.16.1-dotnet_portable")
    found = find(PATH=renode.parent)
    assert found.complete
    assert found.environment == {"PYRENODE_RUNTIME": "coreclr", "PYRENODE_BIN": str(renode)}
    assert found.command == (str(renode),)
    assert words(found, "Renode") == (True, f"portable release: {renode}")
    assert words(found, ".NET") == (True, "comes with the portable release")


@pytest.mark.parametrize("variable", ["PATH", "PYRENODE_BIN"])
def test_link_to_the_portable_release_is_followed(find: Find, tmp_path: Path, variable: str) -> None:
    """pyrenode3 looks for hostfxr beside the name it is given."""
    renode = portable(tmp_path / "portable")
    link = tmp_path / "bin/renode"
    link.parent.mkdir()
    link.symlink_to(renode)
    found = find(**{variable: link.parent if variable == "PATH" else link})
    assert found.environment["PYRENODE_BIN"] == str(renode)


@pytest.mark.parametrize(
    "place",
    [
        *("root/opt/renode", "root/opt/renode_1.16.1-dotnet_portable", "root/usr/lib/renode"),
        *("root/Applications/Renode.app/Contents/MacOS", "home/renode_portable", "home/.local/renode"),
        *("home/.local/opt/renode_1.16.1-dotnet_portable", "home/.local/share/renode"),
    ],
)
def test_portable_release_is_found_in_usual_places(find: Find, tmp_path: Path, place: str) -> None:
    renode = portable(tmp_path / place)
    assert find().environment["PYRENODE_BIN"] == str(renode)


def test_last_of_several_versions_is_taken(find: Find, tmp_path: Path) -> None:
    for version in ("1.15.3", "1.16.1", "1.16.0"):
        portable(tmp_path / f"root/opt/renode_{version}-dotnet_portable")
    installation = find().installation
    assert installation is not None
    assert installation.path.parent.name == "renode_1.16.1-dotnet_portable"


def test_path_goes_before_usual_places(find: Find, tmp_path: Path) -> None:
    portable(tmp_path / "root/opt/renode")
    renode = portable(tmp_path / "mine")
    assert find(PATH=renode.parent).command == (str(renode),)


def test_script_of_a_system_package_leads_to_opt(find: Find, tmp_path: Path) -> None:
    script = tmp_path / "root/usr/bin/renode"
    touch(script)
    script.chmod(0o755)
    libraries(tmp_path / "root/opt/renode/bin")
    found = find(PATH=script.parent, DOTNET_ROOT=dotnet(tmp_path / "dotnet"))
    assert words(found, "Renode") == (True, f"package: {tmp_path}/root/opt/renode")


def test_unpacked_package_on_path(find: Find, tmp_path: Path) -> None:
    package, runtime = tmp_path / "renode_1.16.1", dotnet(tmp_path / "dotnet")
    libraries(package / "bin")
    touch(package / "renode")
    (package / "renode").chmod(0o755)
    found = find(PATH=f"{package}:{runtime}")
    assert found.complete
    assert found.environment == {
        "PYRENODE_RUNTIME": "coreclr",
        "PYRENODE_BUILD_DIR": str(package),
        "PYRENODE_BUILD_OUTPUT": "bin",
        "DOTNET_ROOT": str(runtime),
    }
    assert found.command == (f"{runtime}/dotnet", f"{package}/bin/Renode.dll")


def test_build_directory(find: Find, tmp_path: Path) -> None:
    libraries(tmp_path / "source/output/bin/Release")
    found = find(PYRENODE_BUILD_DIR=tmp_path / "source", DOTNET_ROOT=dotnet(tmp_path / "dotnet"))
    assert found.complete
    assert found.environment["PYRENODE_BUILD_OUTPUT"] == "output/bin/Release"
    assert words(found, "Renode") == (True, f"build: {tmp_path}/source")
    assert found.looked == (f"PYRENODE_BUILD_DIR={tmp_path}/source",)


def test_build_directory_with_another_output(find: Find, tmp_path: Path) -> None:
    libraries(tmp_path / "source/output/bin/Debug")
    build = {"PYRENODE_BUILD_DIR": tmp_path / "source", "PYRENODE_BUILD_OUTPUT": "output/bin/Debug"}
    found = find(**build, DOTNET_ROOT=dotnet(tmp_path / "dotnet"))
    assert found.complete
    assert found.environment["PYRENODE_BUILD_OUTPUT"] == "output/bin/Debug"


def test_stray_build_output_does_not_reach_pyrenode3(find: Find, tmp_path: Path) -> None:
    """It goes with PYRENODE_BUILD_DIR, which the bench sets itself for a package that it has found."""
    libraries(tmp_path / "root/opt/renode/bin")
    found = find(PYRENODE_BUILD_OUTPUT="elsewhere", DOTNET_ROOT=dotnet(tmp_path / "dotnet"))
    assert found.environment["PYRENODE_BUILD_OUTPUT"] == "bin"


def test_package_archive_cannot_be_started(find: Find, tmp_path: Path) -> None:
    archive = tmp_path / "renode.tar.gz"
    tarfile.open(archive, "w:gz").close()
    found = find(PYRENODE_PKG=archive, DOTNET_ROOT=dotnet(tmp_path / "dotnet"))
    assert found.complete
    assert found.environment["PYRENODE_PKG"] == str(archive)
    assert found.command == ()


def test_empty_variables_count_as_unset(find: Find, tmp_path: Path) -> None:
    """As in pyrenode3, but for PYRENODE_RUNTIME, which is set then."""
    portable(tmp_path / "root/opt/renode")
    found = find(PYRENODE_PKG="", PYRENODE_BUILD_DIR="", PYRENODE_SKIP_LOAD="", PYRENODE_RUNTIME="")
    assert found.complete
    assert found.environment["PYRENODE_RUNTIME"] == "coreclr"


@pytest.mark.parametrize("kind", ["portable", "package", "build", "archive"])
def test_what_was_found_is_found_again(find: Find, tmp_path: Path, kind: str) -> None:
    """The engine sets the environment that was found, and the next board looks again."""
    environ: dict[str, object] = {"DOTNET_ROOT": dotnet(tmp_path / "dotnet")}
    if kind == "portable":
        portable(tmp_path / "root/opt/renode")
    elif kind == "package":
        libraries(tmp_path / "home/renode/bin")
    elif kind == "build":
        environ["PYRENODE_BUILD_DIR"] = tmp_path
        libraries(tmp_path / "output/bin/Release")
    else:
        environ["PYRENODE_PKG"] = tmp_path / "renode.tar.gz"
        tarfile.open(tmp_path / "renode.tar.gz", "w:gz").close()
    found = find(**environ)
    again = find(**{**environ, **found.environment})
    assert found.complete
    assert (again.environment, again.command) == (found.environment, found.command)


def test_looking_imports_nothing() -> None:
    ask = (
        "import os, sys; from mp1bench.engine.renode.finding import find_renode; find_renode(os.environ);"
        "print(sorted({'clr', 'clr_loader', 'pythonnet', 'pyrenode3', 'unicorn', 'elftools'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True)
    assert run.stdout == "[]\n"


@needs_pyrenode
def test_pyrenode3_loads_what_was_found() -> None:
    """With nothing but what the findings say in its environment."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("PYRENODE_", "DOTNET_"))}
    load = "import pyrenode3; from Antmicro.Renode.Core import Emulation; print(Emulation.__name__)"
    run = subprocess.run(
        [sys.executable, "-c", load],
        env={**bare, **FINDINGS.environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (run.returncode, run.stdout) == (0, "Emulation\n"), run.stderr

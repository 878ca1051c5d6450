"""A Renode that is not there or cannot be loaded: the words for it, and for what else the engine needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from mp1bench.engine.renode.finding import engine_missing
from mp1bench.errors import EngineMissingError
from renode_trees import Find, dotnet, libraries, portable, touch, words

GET_RENODE = (
    "unpack renode-1.16.1.linux-portable-dotnet.tar.gz of https://github.com/renode/renode/releases"
    " and put its folder on PATH"
)
GET_DOTNET = "https://learn.microsoft.com/dotnet/core/install, or take Renode's portable release, which brings it"


def test_nothing_here(find: Find) -> None:
    assert find({}).explain().splitlines() == [
        "– engine renode      optional; lacks Renode, pythonnet, pyrenode3",
        f"–   Renode           not found: {GET_RENODE}",
        "✓   .NET             none, and the portable release brings its own",
        "–   pythonnet        not installed: pip install 'pythonnet>=3.0.5,<4'",
        "–   pyrenode3        not installed: pip install git+https://github.com/antmicro/pyrenode3@dde4a47660ef1b8874a91ed514a0bd04b33a5add",
        "    looked for       PYRENODE_BIN, PYRENODE_PKG, PYRENODE_BUILD_DIR: not set",
        "                     renode on PATH: none",
        "                     /opt/renode*, /usr/lib/renode, /Applications/Renode.app/Contents/MacOS,",
        "                     ~/renode*, ~/.local/renode*, ~/.local/opt/renode*, ~/.local/share/renode*",
        "    supported        Renode 1.16.1, pyrenode3 of May 2026, pythonnet 3.0.5 to 3.x; others are untried;",
        "                     Python 3.10 to 3.15, as pythonnet has it",
    ]
    assert find({}).environment == {}
    assert find({}).command == ()


def test_everything_here(find: Find, tmp_path: Path) -> None:
    renode = portable(tmp_path / "portable")
    assert find(PYRENODE_BIN=renode).explain().splitlines()[:6] == [
        "✓ engine renode      can be used",
        f"✓   Renode           portable release: {renode}",
        "✓   .NET             comes with the portable release",
        "✓   pythonnet        3.0.5",
        "✓   pyrenode3        0.0.1",
        f"    looked for       PYRENODE_BIN={renode}",
    ]


def test_error_says_what_is_missing_and_what_to_do(find: Find) -> None:
    error = engine_missing(find({"pythonnet": "3.2.1"}))
    assert isinstance(error, EngineMissingError)
    assert error.sentence == (
        "the engine `renode` lacks Renode (not found) and pyrenode3 (not installed): `ipcclab doctor` says how to get"
        " that, and the engine `embedded` needs none of it."
    )
    assert str(error) == f"{error.sentence}\n\n{find({'pythonnet': '3.2.1'}).explain()}"


def test_list_of_what_is_missing_reads_as_a_list(find: Find, tmp_path: Path) -> None:
    three = "Renode (not found), pythonnet (not installed) and pyrenode3 (not installed)"
    assert find({}).lacking == three
    assert find({"pyrenode3": "1"}).lacking == "Renode (not found) and pythonnet (not installed)"
    assert find().lacking == "Renode (not found)"
    assert find(PYRENODE_BIN=portable(tmp_path / "portable")).lacking == ""


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        (
            {"PYRENODE_BIN": "/a", "PYRENODE_PKG": "/b"},
            "PYRENODE_BIN and PYRENODE_PKG are set: unset all but one of them",
        ),
        (
            {"PYRENODE_BIN": "/a", "PYRENODE_PKG": "/b", "PYRENODE_BUILD_DIR": "/c"},
            "PYRENODE_BIN and PYRENODE_PKG and PYRENODE_BUILD_DIR are set: unset all but one of them",
        ),
        ({"PYRENODE_SKIP_LOAD": "1"}, "PYRENODE_SKIP_LOAD is set: unset it, it keeps pyrenode3 from loading Renode"),
        (
            {"PYRENODE_RUNTIME": "mono"},
            "PYRENODE_RUNTIME is `mono`: unset it, or set it to `coreclr`: only .NET serves",
        ),
        ({"PYRENODE_BIN": "/not/here"}, f"PYRENODE_BIN is /not/here, which is no file: {GET_RENODE}"),
        ({"PYRENODE_PKG": "/not/here"}, f"PYRENODE_PKG is /not/here, which is no tar archive: {GET_RENODE}"),
        (
            {"PYRENODE_BUILD_DIR": "/not/here"},
            "/not/here/output/bin/Release has no Renode.dll: build Renode there, or say with PYRENODE_BUILD_OUTPUT"
            " where in PYRENODE_BUILD_DIR its DLLs are",
        ),
    ],
)
def test_variables_that_make_no_sense(find: Find, tmp_path: Path, environ: dict[str, str], sentence: str) -> None:
    portable(tmp_path / "root/opt/renode")  # which is not taken behind the user's back
    found = find(**environ)
    assert words(found, "Renode") == (False, sentence)
    assert not found.complete
    assert found.environment == {}


def test_archive_that_is_none(find: Find, tmp_path: Path) -> None:
    (tmp_path / "renode.zip").write_bytes(b"PK")
    assert words(find(PYRENODE_PKG=tmp_path / "renode.zip"), "Renode")[1].startswith(
        f"PYRENODE_PKG is {tmp_path}/renode.zip, which is no tar archive"
    )


def test_binary_that_is_the_script_of_a_package(find: Find, tmp_path: Path) -> None:
    libraries(tmp_path / "package/bin")
    touch(tmp_path / "package/renode")
    assert words(find(PYRENODE_BIN=tmp_path / "package/renode"), "Renode") == (
        False,
        f"PYRENODE_BIN is {tmp_path}/package/renode, which starts a package:"
        f" unset it and set PYRENODE_BUILD_DIR={tmp_path}/package PYRENODE_BUILD_OUTPUT=bin",
    )


def test_binary_that_is_no_renode(find: Find, tmp_path: Path) -> None:
    touch(tmp_path / "something")
    assert words(find(PYRENODE_BIN=tmp_path / "something"), "Renode") == (
        False,
        f"PYRENODE_BIN is {tmp_path}/something, which is no portable release: {GET_RENODE}",
    )


@pytest.mark.parametrize("mono", ["bin/Renode.exe", "output/bin/Release/Renode.exe", "renode"])
def test_mono_build_is_refused(find: Find, tmp_path: Path, mono: str) -> None:
    """`renode-1.16.1.linux-portable.tar.gz`, without `dotnet` in its name, is one too."""
    touch(tmp_path / "root/opt/renode" / mono)
    sentence = f"{tmp_path}/root/opt/renode/{mono} is no .NET build of Renode: {GET_RENODE}"
    assert words(find(), "Renode") == (False, sentence)


def test_mono_build_hides_no_other(find: Find, tmp_path: Path) -> None:
    touch(tmp_path / "root/opt/renode/bin/Renode.exe")
    assert find(PATH="").complete is False
    portable(tmp_path / "home/renode")
    assert find().complete


def test_nightly_of_many_files_is_refused(find: Find, tmp_path: Path) -> None:
    portable(tmp_path / "root/opt/renode")
    touch(tmp_path / "root/opt/renode/Renode.dll")
    sentence = f"{tmp_path}/root/opt/renode is a nightly that pyrenode3 of May 2026 cannot load: {GET_RENODE}"
    assert words(find(), "Renode") == (False, sentence)


def test_portable_release_that_may_not_be_executed(find: Find, tmp_path: Path) -> None:
    renode = portable(tmp_path / "portable")
    renode.chmod(0o644)
    sentence = f"{renode} may not be executed: chmod +x {renode}"
    assert words(find(PYRENODE_BIN=renode), "Renode") == (False, sentence)


def test_build_without_what_pyrenode3_asks_for(find: Find, tmp_path: Path) -> None:
    output = libraries(tmp_path / "output/bin/Release")
    (output / "runtimes/linux-x64/native/libMono.Unix.so").rename(output / "runtimes/linux-x64/native/libOther.so")
    assert words(find(PYRENODE_BUILD_DIR=tmp_path), "Renode") == (
        False,
        f"{output}/runtimes has no */native/libMono.Unix: take a complete build, pyrenode3 asks for that file",
    )
    touch(output / "runtimes/linux-x64/native/libMonoPosixHelper.so")
    assert words(find(PYRENODE_BUILD_DIR=tmp_path), "Renode")[0]
    (output / "Renode.runtimeconfig.json").unlink()
    assert words(find(PYRENODE_BUILD_DIR=tmp_path), "Renode") == (
        False,
        f"{output} has no Renode.runtimeconfig.json: take a .NET build, which comes with it",
    )


# -- .NET and the Python packages ---------------------------------------------------------------------------------


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build that wants .NET 8."""
    libraries(tmp_path / "build/output/bin/Release")
    return tmp_path / "build"


def test_dotnet_is_missing(find: Find, build: Path) -> None:
    found = find(PYRENODE_BUILD_DIR=build)
    assert words(found, ".NET") == (False, f"not found by DOTNET_ROOT, on PATH, or where it usually is: {GET_DOTNET}")
    assert not found.complete
    assert found.command == ()


def test_dotnet_root_that_is_none(find: Find, build: Path, tmp_path: Path) -> None:
    """clr_loader looks nowhere else then."""
    dotnet(tmp_path / "root/usr/share/dotnet")
    assert words(find(PYRENODE_BUILD_DIR=build, DOTNET_ROOT="/not/here"), ".NET") == (
        False,
        f"DOTNET_ROOT is `/not/here`, where host/fxr is not: {GET_DOTNET}",
    )


def test_dotnet_by_its_link_on_path(find: Find, build: Path, tmp_path: Path) -> None:
    runtime = dotnet(tmp_path / "lib/dotnet")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/dotnet").symlink_to(runtime / "dotnet")
    assert words(find(PYRENODE_BUILD_DIR=build, PATH=tmp_path / "bin"), ".NET") == (True, f"8.0.11: {runtime}")


@pytest.mark.parametrize("place", ["root/usr/share/dotnet", "root/usr/lib/dotnet", "home/.dotnet"])
def test_dotnet_in_a_usual_place_is_named_to_clr_loader(find: Find, build: Path, tmp_path: Path, place: str) -> None:
    runtime = dotnet(tmp_path / place)
    found = find(PYRENODE_BUILD_DIR=build)
    assert found.complete
    assert found.environment["DOTNET_ROOT"] == str(runtime)


def test_dotnet_of_another_major_version_is_refused(find: Find, build: Path, tmp_path: Path) -> None:
    runtime = dotnet(tmp_path / "dotnet", "10.0.1")
    found = find(PYRENODE_BUILD_DIR=build, DOTNET_ROOT=runtime)
    assert words(found, ".NET") == (False, f"{runtime} has 10.0.1, Renode wants 8: {GET_DOTNET}")


def test_build_that_rolls_forward_takes_a_newer_dotnet(find: Find, build: Path, tmp_path: Path) -> None:
    libraries(build / "output/bin/Release", rollForward="Major")
    assert find(PYRENODE_BUILD_DIR=build, DOTNET_ROOT=dotnet(tmp_path / "dotnet", "10.0.1")).complete


@pytest.mark.parametrize("content", ["", "[]", '{"runtimeOptions": {}}', '{"runtimeOptions": {"framework": 8}}'])
def test_runtime_config_that_says_nothing_refuses_nothing(
    find: Find, build: Path, tmp_path: Path, content: str
) -> None:
    (build / "output/bin/Release/Renode.runtimeconfig.json").write_text(content)
    assert find(PYRENODE_BUILD_DIR=build, DOTNET_ROOT=dotnet(tmp_path / "dotnet", "9.0.1")).complete


@pytest.mark.parametrize("version", ["2.5.2", "3.0.4", "4.0.0", "3.0"])
def test_pythonnet_that_does_not_fit(find: Find, version: str) -> None:
    found = find({"pythonnet": version})
    assert words(found, "pythonnet") == (False, f"{version}: pip install 'pythonnet>=3.0.5,<4'")


@pytest.mark.parametrize("version", ["3.0.5", "3.1.0rc1", "3.2.1"])
def test_pythonnet_that_fits(find: Find, version: str) -> None:
    assert words(find({"pythonnet": version}), "pythonnet") == (True, version)

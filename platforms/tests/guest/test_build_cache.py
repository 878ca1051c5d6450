"""Where the guest's files are kept, when they are made again, and which packages apt is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from guest_builds import contents, make, refusal
from guest_inputs import TREE, busybox_deb, deb, elf, kernel_deb, kernel_files
from mp1bench.guest import build as subject
from mp1bench.guest.build import Sources
from mp1bench.guest.cache import keep

# -- the cache --------------------------------------------------------------------------------------------------


def test_what_was_made_is_taken_again(sources):
    first, _ = make(sources)
    second, progress = make(sources)
    assert second == first
    assert progress == ["nothing to do: made before from the same files"]


@pytest.mark.parametrize("name", ["Image", "guest.dtb", "initramfs.cpio", "manifest.json"])
@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"x")], ids=["missing", "damaged"])
def test_what_is_missing_or_damaged_is_made_again(sources, name, damage):
    files, _ = make(sources)
    before = contents(files)
    damage(files.folder / name)
    again, progress = make(sources)
    assert again == files
    assert contents(again) == before
    assert len(progress) == 2


def test_what_another_process_has_finished_stays(tmp_path):
    """It may be booting from it."""
    keep(tmp_path / "x", {"a": b"1"}, {"modules": []})
    before = (tmp_path / "x").stat().st_ino
    keep(tmp_path / "x", {"a": b"1"}, {"modules": []})
    assert (tmp_path / "x").stat().st_ino == before
    keep(tmp_path / "x", {"a": b"2"}, {"modules": []})
    assert (tmp_path / "x/a").read_bytes() == b"2"


@pytest.mark.parametrize("before", [None, b"damaged"])
def test_two_that_finish_at_once_both_succeed(tmp_path, monkeypatch, before):
    """The other one's folder appears after this one has looked, and before it puts its own there."""
    folder = tmp_path / "x"
    if before is not None:
        folder.mkdir()
        (folder / "a").write_bytes(before)
    rename = Path.replace

    def late(self: Path, target: Path) -> Path:
        if target == folder:
            monkeypatch.setattr(Path, "replace", rename)
            keep(folder, {"a": b"1"}, {})
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", late)
    keep(folder, {"a": b"1"}, {})
    assert (folder / "a").read_bytes() == b"1"


def test_a_damaged_folder_that_another_takes_away_is_no_failure(tmp_path, monkeypatch):
    folder = tmp_path / "x"
    folder.mkdir()
    rename = Path.replace

    def late(self: Path, target: Path) -> Path:
        if self == folder:
            folder.rmdir()
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", late)
    keep(folder, {"a": b"1"}, {})
    assert (folder / "a").read_bytes() == b"1"


def test_nothing_is_left_beside_the_files(sources, cache):
    files, _ = make(sources)
    files.image.unlink()
    make(sources)
    assert list(cache.iterdir()) == [files.folder]


def test_a_build_that_fails_leaves_nothing(sources, cache):
    refusal(replace(sources, busybox=sources.kernel))
    assert not list(cache.glob("*/Image"))


@pytest.mark.parametrize("part", ["kernel", "busybox", "device_tree"])
def test_another_input_is_another_folder(sources, tmp_path, part):
    first, _ = make(sources)
    (tmp_path / "kernel").write_bytes(deb(kernel_files() | {"x": b""}, "linux-image-x", "armhf"))
    (tmp_path / "busybox").write_bytes(deb({"bin/busybox": elf()}, "busybox-static", "armel", "x"))
    (tmp_path / "device_tree").write_bytes(TREE)
    second, _ = make(replace(sources, **{part: tmp_path / part}))
    assert second.folder != first.folder


def test_what_another_version_made_is_not_taken(sources, monkeypatch):
    first, _ = make(sources)
    monkeypatch.setattr(subject, "_makers", lambda: "another")
    assert make(sources)[0].folder != first.folder


def test_other_modules_are_another_folder(own, tmp_path):
    first, _ = make(own)
    (tmp_path / "installed/lib/modules/more.ko").write_bytes(b"")
    second, _ = make(own)
    assert second.folder != first.folder


# -- packages by apt --------------------------------------------------------------------------------------------


class Served:
    """In place of apt."""

    def __init__(self, packages: dict[str, bytes]) -> None:
        self.packages = packages
        self.asked: list[str] = []

    def __call__(self, folder: Path, progress: object) -> Served:
        return self

    def download(self, package: str) -> tuple[str, bytes]:
        self.asked.append(package)
        return f"{package.partition(':')[0]}.deb", self.packages[package]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, cache: Path) -> Served:
    served = Served({"linux-image-armmp:armhf": kernel_deb(), "busybox-static:armel": busybox_deb()})
    monkeypatch.setattr(subject, "Apt", served)
    return served


def test_what_is_not_named_is_fetched_once(served):
    files, _ = make(Sources())
    assert make(Sources())[0] == files
    assert served.asked == ["linux-image-armmp:armhf", "busybox-static:armel"]
    assert files.inputs["kernel"].name == "linux-image-armmp.deb"


def test_only_what_is_not_named_is_fetched(served, sources, tmp_path):
    make(replace(sources, kernel=None))
    assert served.asked == ["linux-image-armmp:armhf"]
    (tmp_path / "root.cpio").write_bytes(b"070701")
    make(Sources(kernel=sources.kernel, initramfs=tmp_path / "root.cpio"))
    assert served.asked == ["linux-image-armmp:armhf"]


def test_newer_packages_are_fetched_when_asked_for(served):
    old, _ = make(Sources())
    served.packages["busybox-static:armel"] = deb({"bin/busybox": elf()}, "busybox-static", "armel", "newer")
    assert make(Sources())[0] == old
    new, _ = make(Sources(update=True))
    assert new.folder != old.folder
    assert make(Sources())[0] == new


def test_a_fetched_package_that_is_damaged_is_fetched_again(served, cache):
    files, _ = make(Sources())
    (package,) = cache.glob("packages/*/busybox-static.deb")
    package.write_bytes(b"")
    assert make(Sources())[0] == files
    assert served.asked.count("busybox-static:armel") == 2


def test_without_apt_and_names_it_says_what_to_name(cache):
    assert refusal(Sources()).startswith("there is no apt-get here: name files instead, --kernel FILE (")


# -- no place for it ---------------------------------------------------------------------------------------------


def test_a_cache_that_cannot_be_written_is_named(sources, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert refusal(sources) == (
        f"the guest's files cannot be kept in {tmp_path}/file/ipcclab/guest: not a directory."
        " Set XDG_CACHE_HOME to keep them elsewhere."
    )


def test_without_a_home_it_asks_for_a_cache(sources, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    said = refusal(sources)
    assert said == "there is no folder to keep the guest's files in: set XDG_CACHE_HOME to an absolute path."

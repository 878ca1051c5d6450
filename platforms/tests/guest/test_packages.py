"""Debian packages read without dpkg, and what is said of those that cannot be."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from contextlib import suppress
from pathlib import Path

import pytest

from guest_inputs import ar, deb, tar
from mp1bench.guest.errors import FilesError
from mp1bench.guest.packages import read_package


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.deb"


def refusal(path: Path, data: bytes | None = None) -> str:
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(FilesError) as raised:
        read_package(path).files(lambda name: True)
    return str(raised.value)


@pytest.mark.parametrize(("mode", "ending"), [("w", ""), ("w:gz", ".gz"), ("w:xz", ".xz"), ("w:bz2", ".bz2")])
def test_files_come_out_of_every_packing(path, mode, ending):
    files = {"bin/odd": b"123", "bin/even": b"1234", "etc/x": b""}
    path.write_bytes(deb({}, "name", "armel", "libc6 (>= 2)", (f"data.tar{ending}", tar(files, mode))))
    package = read_package(path)
    assert (package.name, package.architecture, package.depends) == ("name", "armel", "libc6 (>= 2)")
    assert package.files(lambda name: True) == files
    assert package.files(lambda name: name.endswith("odd")) == {"bin/odd": b"123"}


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")
@pytest.mark.parametrize("packing", ["xz", "gzip", "none"])
def test_a_package_of_dpkg_is_read(tmp_path, packing):
    (tmp_path / "tree/DEBIAN").mkdir(parents=True)
    (tmp_path / "tree/DEBIAN/control").write_text(
        "Package: p\nVersion: 1\nArchitecture: armhf\nMaintainer: n <n@n>\nDepends: q\nDescription: d\n"
    )
    (tmp_path / "tree/bin").mkdir()
    (tmp_path / "tree/bin/a").write_bytes(b"a" * 1001)
    (tmp_path / "tree/bin/link").symlink_to("a")
    made = tmp_path / "p.deb"
    subprocess.run(
        ["dpkg-deb", f"-Z{packing}", "-b", str(tmp_path / "tree"), str(made)], check=True, capture_output=True
    )
    package = read_package(made)
    assert (package.name, package.architecture, package.depends) == ("p", "armhf", "q")
    assert package.files(lambda name: True) == {"bin/a": b"a" * 1001}


def test_what_is_no_package_is_named(path):
    assert refusal(path, b"PK\3\4") == f"{path} is no Debian package (.deb): it does not begin with `!<arch>`."


def test_a_file_that_is_not_there_is_named(path):
    assert refusal(path) == f"{path} cannot be read: no such file or directory."


def test_a_package_cut_short_in_its_data_is_named(path):
    whole = deb({"a": bytes(1000)}, "p", "armhf")
    size = len(tar({"a": bytes(1000)}))
    assert refusal(path, whole[:-100]) == (
        f"the package {path} is cut short or damaged (data.tar.xz has {size - 100 + size % 2} of {size} bytes):"
        " fetch it again."
    )


def test_a_package_with_something_between_its_members_is_named(path):
    assert refusal(path, ar({"debian-binary": b"2.0\n"}) + b"rest") == (
        f"the package {path} is cut short or damaged (no member begins at 0x48): fetch it again."
    )


@pytest.mark.parametrize(("members", "reason"), [
    ({}, "it has no control.tar"),
    ({"control.tar": tar({"control": b""}, "w")}, "it has no data.tar"),
    ({"control.tar": tar({}, "w"), "data.tar": tar({}, "w")}, "it has no 'control'"),
    ({"control.tar": tar({"control": b"Package: p\n"}, "w"), "data.tar": b""}, "it has no 'Architecture'"),
])  # fmt: skip
def test_a_package_without_one_of_its_parts_is_named(path, members, reason):
    assert refusal(path, ar(members)) == f"the package {path} is cut short or damaged ({reason}): fetch it again."


def test_a_package_whose_data_does_not_unpack_is_named(path):
    packed = bytearray(tar({"a": bytes(range(256)) * 9}))
    packed[len(packed) // 2] ^= 0xFF
    assert refusal(path, deb({}, "p", "armhf", data=("data.tar.xz", bytes(packed)))).startswith(
        f"the package {path} is cut short or damaged ("
    )


def test_a_packing_that_is_not_read_is_named(path):
    """Whatever this Python's tarfile may know: some know zst."""
    assert refusal(path, deb({}, "p", "armhf", data=("data.tar.zst", b"x"))) == (
        f"the package {path} is packed with .zst; .gz, .bz2 and .xz are read: dpkg-deb -Zxz."
    )


def test_a_hard_link_is_the_file_that_it_names(path):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in {"./bin/ash": tarfile.REGTYPE, "./bin/busybox": tarfile.LNKTYPE}.items():
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, 3 * (kind == tarfile.REGTYPE), "./bin/ash"
            archive.addfile(member, io.BytesIO(b"abc"))
    path.write_bytes(deb({}, "p", "armel", data=("data.tar", out.getvalue())))
    assert read_package(path).files(lambda name: name == "bin/busybox") == {"bin/busybox": b"abc"}


@pytest.mark.parametrize("size", [-512, 1 << 33, 1 << 70])
def test_a_file_of_an_impossible_size_is_named(path, size):
    """In base 256, as tar writes large sizes; where a pax header makes it sparse, it takes no bytes to say so."""
    member = bytearray(tar({"a": b"x"}, "w"))
    member[124:136] = bytes([0xFF if size < 0 else 0x80]) + (size % (1 << 88)).to_bytes(11, "big")
    member[148:156] = b"%06o\0 " % sum(member[:148] + b" " * 8 + member[156:512])
    assert refusal(path, deb({}, "p", "armhf", data=("data.tar", bytes(member)))) == (
        f"the package {path} is cut short or damaged (a has {size} bytes): fetch it again."
    )


def test_names_of_names_without_end_are_no_traceback(path):
    name = tarfile.TarInfo("././@LongLink")
    name.type, name.size = tarfile.GNUTYPE_LONGNAME, 1
    chain = (name.tobuf(tarfile.GNU_FORMAT) + b"a".ljust(512, b"\0")) * 3000
    path.write_bytes(deb({}, "p", "armhf", data=("data.tar", chain)))
    with suppress(FilesError):
        read_package(path).files(lambda name: True)


def test_no_cut_or_changed_byte_is_a_traceback(path):
    """Every length, and every byte turned round: read, or refused in a sentence."""
    whole = deb({"bin/x": b"x" * 300}, "p", "armhf")
    for data in (*(whole[:end] for end in range(0, len(whole), 7)), *(_turned(whole, at) for at in range(len(whole)))):
        path.write_bytes(data)
        with suppress(FilesError):
            read_package(path).files(lambda name: True)


def _turned(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]

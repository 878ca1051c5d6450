"""The guest's first file system, read back as the kernel reads it (buffer-format.rst of its documentation)."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from mp1bench.guest.errors import FilesError
from mp1bench.guest.initramfs import base_archive, firmware_archive, own_archive, padded

INIT = Path(__file__).parents[2] / "mp1bench/guest/init"


TRAILER = b"TRAILER!!!\0"


class Found(NamedTuple):
    mode: int
    owner: tuple[int, int]
    time: int
    device: tuple[int, int]
    data: bytes


def unpack(data: bytes) -> dict[str, Found]:
    """Each entry of cpio archives that stand one behind the other, with zeros between them, in their order."""
    found, at, name = {}, 0, TRAILER
    while at < len(data):
        if data[at] == 0:
            assert name == TRAILER, "zeros stand behind an archive only"
            at += 1
            continue
        assert at % 4 == 0, "an archive begins at a multiple of four"
        assert data[at : at + 6] == b"070701"
        fields = [int(data[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        _, mode, uid, gid, _, time, size, _, _, major, minor, name_size, _ = fields
        name = data[at + 110 : at + 110 + name_size]
        assert name.endswith(b"\0")
        body = at + 110 + name_size + -(110 + name_size) % 4
        at = body + size + -size % 4
        if name != TRAILER:
            found[name[:-1].decode()] = Found(mode, (uid, gid), time, (major, minor), data[body : body + size])
    assert name == TRAILER
    return found


def base() -> bytes:
    return base_archive(b"the program", b"#!/bin/sh\n", {"z.ko": b"zz", "a.ko": b"aaa"}, {"tool": b"\x7fELF"})


def test_what_the_kernel_runs_is_there():
    found = unpack(base())
    assert found["init"].data == b"#!/bin/sh\n"
    assert found["bin/busybox"].data == b"the program"
    assert [oct(found[name].mode) for name in ("init", "bin/busybox")] == ["0o100755"] * 2
    assert (stat.S_ISLNK(found["bin/sh"].mode), found["bin/sh"].data) == (True, b"busybox")


def test_our_programs_stand_beside_busybox():
    program = unpack(base())["bin/tool"]
    assert (oct(program.mode), program.data) == ("0o100755", b"\x7fELF")


def test_the_console_is_there_before_devtmpfs():
    console = unpack(base())["dev/console"]
    assert (stat.S_ISCHR(console.mode), console.device) == (True, (5, 1))


def test_the_modules_and_their_order_are_there():
    found = unpack(base())
    assert found["lib/modules/order"].data == b"z.ko\na.ko\n"
    assert (found["lib/modules/z.ko"].data, found["lib/modules/a.ko"].data) == (b"zz", b"aaa")


def test_there_is_a_folder_for_each_mount_and_an_empty_one_for_firmware():
    found = unpack(base())
    for name in ("proc", "sys", "dev", "tmp", "lib/firmware"):
        assert stat.S_ISDIR(found[name].mode)
    assert not [name for name in found if name.startswith("lib/firmware/")]


def test_a_folder_stands_before_what_is_in_it():
    names = list(unpack(base()))
    assert all(str(Path(name).parent) in (".", *names[:place]) for place, name in enumerate(names))


def test_all_is_roots_and_of_time_0():
    assert {(entry.owner, entry.time) for entry in unpack(base()).values()} == {((0, 0), 0)}


def test_firmware_goes_behind_it(tmp_path):
    for name, data in {"b.elf": b"four", "a.elf": b"12345"}.items():
        (tmp_path / name).write_bytes(data)
    firmware = firmware_archive([tmp_path / "b.elf", str(tmp_path / "a.elf")])
    assert firmware == firmware_archive([tmp_path / "a.elf", tmp_path / "b.elf"])
    found = unpack(padded(base()) + firmware)
    assert (found["lib/firmware/a.elf"].data, found["lib/firmware/b.elf"].data) == (b"12345", b"four")
    assert found["bin/busybox"].data == b"the program"


def test_zeros_lead_from_any_length_to_a_multiple_of_four():
    assert [len(padded(bytes(n))) for n in range(6)] == [0, 4, 4, 4, 4, 8]


@pytest.mark.skipif(shutil.which("cpio") is None, reason="cpio is not installed")
def test_cpio_lists_what_is_in_it():
    listed = subprocess.run(["cpio", "-t", "--quiet"], input=base(), capture_output=True, check=True).stdout.decode()
    assert listed.split() == list(unpack(base()))


@pytest.mark.parametrize("name", ["a b.elf", "$(x).elf", "ü.elf", "-n"])
def test_a_name_that_a_shell_would_take_apart_is_refused(tmp_path, name):
    path = tmp_path / name
    with pytest.raises(FilesError) as raised:
        firmware_archive([path])
    said = f"the firmware image {path} needs a name of letters, digits and . _ + - only, and no - in front."
    assert str(raised.value) == said


def test_two_images_of_one_name_are_refused(tmp_path):
    (tmp_path / "a.elf").write_bytes(b"")
    with pytest.raises(FilesError) as raised:
        firmware_archive([tmp_path / "a.elf", tmp_path / "a.elf"])
    assert str(raised.value) == "two firmware images are called a.elf, and the guest has one /lib/firmware."


def test_an_image_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FilesError) as raised:
        firmware_archive([tmp_path / "a.elf"])
    assert str(raised.value) == f"{tmp_path / 'a.elf'} cannot be read: no such file or directory."


@pytest.mark.parametrize("data", [
    base(),
    b"\x1f\x8b\x08...",
    b"BZh9...",
    b"\x5d\0\0\x80...",
    b"\xfd7zXZ\0...",
    b"\x89LZO...",
    b"\x02\x21\x4c\x18...",
    b"\x28\xb5\x2f\xfd...",
], ids=["newc", "gzip", "bzip2", "lzma", "xz", "lzo", "lz4", "zstd"])  # fmt: skip
def test_a_root_file_system_of_ones_own_stays_as_it_is(tmp_path, data):
    (tmp_path / "root").write_bytes(data)
    assert own_archive(tmp_path / "root") == data


def test_what_the_kernel_does_not_unpack_is_no_root_file_system(tmp_path):
    path = tmp_path / "root.tar"
    path.write_bytes(b"./bin")
    with pytest.raises(FilesError) as raised:
        own_archive(path)
    assert str(raised.value) == (
        f"{path} is no initramfs: it is neither a cpio archive of the format newc nor a compressed one"
        " (find . | cpio -o -H newc)."
    )


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no sh here")
def test_init_is_a_shell_script_that_ends_in_an_endless_loop():
    """Its end would be the kernel's: "Attempted to kill init!"."""
    subprocess.run(["sh", "-n", str(INIT)], check=True, env=os.environ)
    lines = INIT.read_text().splitlines()
    assert lines[0] == "#!/bin/sh"
    assert lines[-1].startswith("while :; do ")
    assert not [line for line in lines if line.startswith(("exit", "exec", "set -e"))]


@pytest.mark.skipif(shutil.which("sh") is None, reason="sh is not installed")
def test_the_shell_for_commands_survives_one_that_is_none():
    """An error of syntax in a special built-in ends a shell without a person (POSIX, 2.8.1); `command` takes that."""
    loop = INIT.read_text(encoding="utf-8").partition("shell='\n")[2].partition("\n'\n")[0]
    done = subprocess.run(["sh", "-c", loop], input=b"if\nfalse\n", capture_output=True, check=False)
    assert done.stdout == b"\x1e0\n\x1e2\n\x1e1\n"

"""The M4 in sysfs and debugfs, and the files of /lib/firmware: the kernel's texts and codes (linux-mailbox.md §3.4)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.errors import UsageError
from mp1bench.linux import Errno, KernelError, KernelFaultError, LinuxHost
from refusal import refusal

Make = Callable[..., Any]
RPROC = "remoteproc remoteproc0: "
SYS = "/sys/class/remoteproc/remoteproc0/"
DEBUG = "/sys/kernel/debug/remoteproc/remoteproc0/"
VDEV = struct.pack("<IIIIIIBB2s", 3, 7, 0, 1, 0, 0, 0, 2, b"") + 2 * struct.pack("<IIIII", 0xFFFFFFFF, 16, 16, 0, 0)


@pytest.fixture
def user(bench: Any) -> Any:
    bench.host.probe()
    return bench.host.user


def test_what_there_is(bench: Any, image: Make) -> None:
    bench.host.probe()
    sysfs = [f"{SYS}{name}" for name in ("coredump", "firmware", "name", "recovery", "state")]
    debugfs = ["carveout_memories", "coredump", "crash", "name", "recovery", "resource_table"]
    there = [path for path in bench.host.user.paths() if path.startswith((SYS, DEBUG))]
    assert there == sysfs + [f"{DEBUG}{name}" for name in debugfs]
    bench.host.start(image())
    assert f"{DEBUG}trace0" in bench.host.user.paths()
    bench.peer()
    bench.host.stop()
    assert [path for path in bench.host.user.paths() if path.startswith((SYS, DEBUG))] == there


def test_an_m4_at_rest(user: Any) -> None:
    for folder in (SYS, DEBUG):
        assert user.read_text(f"{folder}name") == "m4\n"
        assert user.read_text(f"{folder}recovery") == "enabled\n"
        assert user.read_text(f"{folder}coredump") == "disabled\n"
    assert user.read_text(f"{SYS}state") == "offline\n"
    assert user.read_text(f"{SYS}firmware") == "rproc-m4-fw\n"
    assert user.read_text(f"{DEBUG}resource_table") == "No resource table found\n"
    assert user.read_text(f"{DEBUG}carveout_memories") == ""


def test_as_on_a_board(bench: Any, elf: Any) -> None:
    bench.peer()
    bench.host.firmware.add("mine.elf", elf.build())
    bench.host.probe()
    user = bench.host.user
    user.write_text(f"{SYS}firmware", "mine.elf\n")
    user.write_text(f"{SYS}state", "start\n")
    assert user.read_text(f"{SYS}state") == "running\n"
    assert bench.engine.read_bytes(0x38000000, 8) == struct.pack("<II", 0x10040000, 0x10000001)
    assert bench.engine.read_bytes(0x10000000, 4) == bytes.fromhex("00bffee7")
    assert refusal(user.write_text, f"{SYS}firmware", "other.elf") == -Errno.EBUSY
    assert bench.log()[-1] == "stm32-rproc 10000000.m4: can't change firmware while running"
    user.write_text(f"{SYS}state", "stop\n")
    user.write_text(f"{SYS}firmware", "other.elf")
    assert user.read_text(f"{SYS}firmware") == "other.elf\n"


def test_a_firmware_that_is_not_there(bench: Any, user: Any) -> None:
    assert refusal(user.write_text, f"{SYS}state", "start") == -Errno.ENOENT
    assert bench.log()[-4:] == [
        f"{RPROC}powering up m4",
        f"{RPROC}Direct firmware load for rproc-m4-fw failed with error -2",
        f"{RPROC}request_firmware failed: -2",
        f"{RPROC}Boot failed: -2",
    ]
    assert user.read_text(f"{SYS}state") == "offline\n"


def test_a_firmware_without_a_name(bench: Any, user: Any) -> None:
    assert refusal(user.write_text, f"{SYS}firmware", "\nx") == -Errno.EINVAL
    assert bench.log()[-1] == "stm32-rproc 10000000.m4: can't provide empty string for firmware name"


@pytest.mark.parametrize("word", ["run", "", "start\n\n", "Start"])
def test_an_unknown_word_for_the_state(bench: Any, user: Any, word: str) -> None:
    assert refusal(user.write_text, f"{SYS}state", word) == -Errno.EINVAL
    assert bench.log()[-1].rstrip("\n") == f"{RPROC}Unrecognised option: {word}".rstrip("\n")


def test_what_is_only_read_or_only_written(user: Any) -> None:
    for path in (f"{SYS}name", f"{DEBUG}name", f"{DEBUG}resource_table", f"{DEBUG}carveout_memories"):
        assert refusal(user.write_text, path, "x") == -Errno.EACCES
    with pytest.raises(KernelError, match="EACCES"):
        user.read_text(f"{DEBUG}crash")


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        (f"{SYS}recovery", "disabled", 0),
        (f"{SYS}recovery", "disab", -22),
        (f"{SYS}recovery", "", -22),
        (f"{DEBUG}recovery", "disabled\n", 0),
        (f"{DEBUG}recovery", "disab", 0),  # the beginning is enough
        (f"{DEBUG}recovery", "disab\n", -22),  # with its newline it is not
        (f"{DEBUG}recovery", "", -22),
        (f"{DEBUG}recovery", "disabled and more", -22),
    ],
)
def test_how_exact_a_word_must_be(user: Any, path: str, text: str, code: int) -> None:
    if code:
        assert refusal(user.write_text, path, text) == code
    else:
        user.write_text(path, text)
    assert user.read_text(path) == ("enabled\n" if code else "disabled\n")


@pytest.mark.parametrize("folder", [SYS, DEBUG])
def test_core_dumps(bench: Any, user: Any, folder: str) -> None:
    user.write_text(f"{folder}coredump", "disabled\n")
    for word in ("enabled\n", "inline"):
        with pytest.raises(UsageError, match=r"^core dumps of the M4 are not modelled\. Leave coredump disabled"):
            user.write_text(f"{folder}coredump", word)
    assert refusal(user.write_text, f"{folder}coredump", "full") == -Errno.EINVAL
    assert bench.log()[-1] == f"{RPROC}Invalid coredump configuration"


def test_the_resource_table_as_debugfs_has_it(bench: Any, image: Make, table: Make) -> None:
    carveout = struct.pack("<IIIIII32s", 0, 0xFFFFFFFF, 0, 0x100, 5, 0, b"vdev0vring0")
    bench.host.start(image(data=table(carveout, VDEV, struct.pack("<IIII32s", 2, 0x10030000, 0x800, 0, b"cm4_log"))))
    assert bench.host.user.read_text(f"{DEBUG}resource_table") == (
        "Entry 0 is of type carveout\n"
        "  Device Address 0x10040000\n"
        "  Physical Address 0x10040000\n"
        "  Length 0x1000 Bytes\n"
        "  Flags 0x5\n"
        "  Reserved (should be zero) [0]\n"
        "  Name vdev0vring0\n\n"
        "Entry 1 is of type vdev\n"
        "  ID 7\n"
        "  Notify ID 0\n"
        "  Device features 0x1\n"
        "  Guest features 0x1\n"
        "  Config length 0x0\n"
        "  Status 0x7\n"
        "  Number of vrings 2\n"
        "  Reserved (should be zero) [0][0]\n\n"
        "  Vring 0\n"
        "    Device Address 0x10040000\n"
        "    Alignment 16\n"
        "    Number of buffers 16\n"
        "    Notify ID 0\n"
        "    Physical Address 0x0\n\n"
        "  Vring 1\n"
        "    Device Address 0x10041000\n"
        "    Alignment 16\n"
        "    Number of buffers 16\n"
        "    Notify ID 1\n"
        "    Physical Address 0x0\n\n"
        "Entry 2 is of type trace\n"
        "  Device Address 0x10030000\n"
        "  Length 0x800 Bytes\n"
        "  Reserved (should be zero) [0]\n"
        "  Name cm4_log\n\n"
    )


def test_a_table_that_the_firmware_spoils_is_shown_as_it_is(bench: Any, image: Make) -> None:
    bench.host.start(image())
    bench.engine.write(0x10020018, 9)  # the type of the first entry
    assert bench.host.user.read_text(f"{DEBUG}resource_table").startswith(
        "Unknown resource type found: 9 [hdr: 00000000]\nEntry 1 is of type trace\n"
    )
    bench.engine.write(0x10020010, 0x7FFFFFFF)  # its offset
    with pytest.raises(KernelFaultError, match="a page fault behind the resource table"):
        bench.host.user.read_text(f"{DEBUG}resource_table")


def test_the_carveouts_as_debugfs_has_them(bench: Any, image: Make) -> None:
    bench.host.start(image())
    text = bench.host.user.read_text(f"{DEBUG}carveout_memories")
    assert text.startswith(
        "Carveout memory entry:\n"
        "\tName: retram\n"
        "\tVirtual address: 00000000\n"
        "\tDMA address: 0x38000000\n"
        "\tDevice address: 0x0\n"
        "\tLength: 0x10000 Bytes\n\n"
    )
    names = [line.removeprefix("\tName: ") for line in text.splitlines() if "Name" in line]
    assert names == ["retram", "mcuram", "mcuram2", "vdev0vring0", "vdev0vring1", "vdev0buffer", "mcu-shm"]


def test_the_firmwares_log_is_a_file_as_long_as_it_runs(bench: Any, image: Make) -> None:
    bench.peer()
    bench.host.start(image())
    bench.engine.write_bytes(0x10030000, b"booted\n\xff\0rest")
    assert bench.host.user.read_text(f"{DEBUG}trace0") == "booted\n\ufffd"
    bench.host.stop()
    with pytest.raises(KernelError, match="ENOENT"):
        bench.host.user.read_text(f"{DEBUG}trace0")


# -- what the loader says of a file ---------------------------------------------------------------------------


def patched(file: bytes, offset: int, value: bytes) -> bytes:
    return file[:offset] + value + file[offset + len(value) :]


def segment(field: int, value: int) -> Callable[[bytes], bytes]:
    """Changes a word of the first program header."""
    return lambda file: patched(file, 52 + 4 * field, struct.pack("<I", value))


FILES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda file: b"", "Image is too small"),
    "cut in its header": (lambda file: file[:51], "Image is too small"),
    "no ELF": (lambda file: b"MZ" + file, "Image is corrupted (bad magic)"),
    "class 3": (lambda file: patched(file, 4, b"\3"), "Unsupported class: 3"),
    "a short elf64": (lambda file: patched(file, 4, b"\2")[:63], "elf64 header is too small"),
    "big-endian": (lambda file: patched(file, 5, b"\2"), "Unsupported firmware endianness"),
    "section headers cut": (lambda file: file[:-200], "Image is too small"),
    "no segments": (lambda file: patched(file, 44, b"\0\0"), "No loadable segments"),
    "segments behind the end": (lambda file: patched(file, 28, b"\0\0\1\0"), "Firmware size is too small"),
    "more in the file than in memory": (segment(5, 4), "bad phdr filesz 0x8 memsz 0x4"),
    "data behind the end": (segment(1, 0x10000), "truncated fw: need 0x10008 avail 0x{size:x}"),
    "an address that is no memory": (segment(3, 0x20000000), "bad phdr da 0x20000000 mem 0x8"),
    "an address in the buffers": (segment(3, 0x10042000), "bad phdr da 0x10042000 mem 0x8"),
    "a size past the memory": (segment(5, 0x10001), "bad phdr da 0x0 mem 0x10001"),
}


@pytest.mark.parametrize(("change", "line"), FILES.values(), ids=FILES)
def test_a_wrong_file(bench: Any, user: Any, elf: Any, change: Callable[[bytes], bytes], line: str) -> None:
    file = change(elf.build())
    bench.host.firmware.add("rproc-m4-fw", file)
    assert refusal(user.write_text, f"{SYS}state", "start") == -Errno.EINVAL
    errors = [text.removeprefix(RPROC) for text in bench.log("err")]
    assert errors[0] == line.format(size=len(file))
    assert errors[-1] == "Boot failed: -22"
    bench.host.firmware.add("rproc-m4-fw", elf.build())
    user.write_text(f"{SYS}state", "start")
    assert user.read_text(f"{SYS}state") == "running\n"


def test_a_segment_that_wraps_round_the_addresses_is_the_end_of_linux(bench: Any, user: Any, elf: Any) -> None:
    bench.host.firmware.add("rproc-m4-fw", elf.build((elf.Load(0x10010000, b"code", 0xFFFF0000),)))
    with pytest.raises(KernelFaultError, match="a page fault behind the carve-out in rproc_elf_load_segments"):
        user.write_text(f"{SYS}state", "start")
    assert user.read_text(f"{SYS}state") == "offline\n"


def test_a_64_bit_file_is_loaded_like_any_other(bench: Any, user: Any) -> None:
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 2, 40, 1, 0, 64, 128, 0, 64, 56, 1, 64, 0, 0)
    phdr = struct.pack("<IIQQQQQQ", 1, 5, 192, 0, 0x10000000, 4, 8, 4)
    bench.engine.write_bytes(0x10000000, b"\xaa" * 12)
    bench.host.firmware.add("rproc-m4-fw", (header + phdr).ljust(192, b"\0") + b"wide")
    bench.host.kernel.dynamic_debug.enable("file remoteproc_elf_loader.c +p")
    user.write_text(f"{SYS}state", "start")
    assert bench.engine.read_bytes(0x10000000, 12) == b"wide" + bytes(4) + b"\xaa" * 4
    assert f"{RPROC}Firmware is an elf64 file" in bench.log("debug")


def test_a_table_that_the_file_does_not_hold(bench: Any, user: Any, elf: Any) -> None:
    file = bytearray(elf.build(resource_table=(0x10020000, bytes(16))))
    sections = struct.unpack_from("<I", file, 32)[0]
    struct.pack_into("<I", file, sections + 3 * 40 + 20, 0x100000)  # the size of the third
    bench.host.firmware.add("rproc-m4-fw", bytes(file))
    user.write_text(f"{SYS}state", "start")
    assert bench.log("err") == [f"{RPROC}resource table truncated"] * 2


@pytest.mark.parametrize(
    ("offset", "value", "line"),
    [
        (32, struct.pack("<I", 0x10000), "Section header table is out of bounds"),
        (48, struct.pack("<H", 0x1000), "Section headers are out of bounds"),
        (50, struct.pack("<H", 0x1000), "Image is too small"),
    ],
)
def test_6_12_looks_where_the_section_headers_end(bench: Any, elf: Any, offset: int, value: bytes, line: str) -> None:
    host = LinuxHost(bench.engine, kernel="6.12")
    host.probe()
    host.firmware.add("rproc-m4-fw", patched(elf.build(), offset, value))
    assert refusal(host.user.write_text, f"{SYS}state", "start") == -22
    assert bench.log("err")[0] == f"{RPROC}{line}"

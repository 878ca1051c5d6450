"""`ipcclab inspect`, and the snapshot files that `ipcclab run --snapshot` leaves for it."""

from __future__ import annotations

import contextlib
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipcclab.cli import main
from ipcclab.sharedmemory.board import memory_of
from ipcclab.sharedmemory.snapshot import SnapshotFileError, read, take, write
from mp1bench.board import Board
from mp1bench.shipped import prebuilt_image

HOW = "`ipcclab run IMAGE --snapshot FILE.ipcc` writes one."


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an echo leaves behind."""
    file = tmp_path_factory.mktemp("run") / "end.ipcc"
    assert (
        main(["run", "rpmsg_echo.elf", *("--send", "hello", "--expect", "hello"), "--quiet", "--snapshot", str(file)])
        == 0
    )
    return file


def about_of(file: Path) -> dict[str, Any]:
    with zipfile.ZipFile(file) as archive:
        found: dict[str, Any] = json.loads(archive.read("about.json"))
    return found


def packed(folder: Path, about: object, **pieces: bytes) -> Path:
    """A zip of that about.json and those pieces; a name's first underscore is a slash."""
    file = folder / "made.ipcc"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("about.json", about if isinstance(about, bytes) else json.dumps(about))
        for name, data in pieces.items():
            archive.writestr(name.replace("_", "/", 1), data)
    return file


# -- the file ---------------------------------------------------------------------------------------------------


def test_snapshot_says_where_it_comes_from(snapshot: Path) -> None:
    about = about_of(snapshot)
    assert (about["schema"], about["version"]) == ("ipcclab-memory", 1)
    assert (about["image"], about["platform"]) == ("rpmsg_echo.elf", "stm32mp157")
    assert (about["virtual_ns"], about["table_address"], about["table_size"]) == (135_870, 0x1002_0000, 140)
    assert about["ipcc"]["C1MR"] == 0xFFFF_FFF0
    assert about["m4"]["running"]
    assert about["m4"]["function"].startswith("echo_")
    assert about["memories"] == [
        {"name": "RETRAM", "addresses": [0, 0x3800_0000], "size": 64 << 10},
        {"name": "MCUSRAM", "addresses": [0x1000_0000, 0x3000_0000], "size": 384 << 10},
    ]


def test_snapshot_has_every_byte_of_the_boards_memory(tmp_path: Path) -> None:
    board = Board()
    board.load(prebuilt_image("rpmsg_echo"))
    board.boot()
    board.run_for(5_000_000)
    write(tmp_path / "now.ipcc", take(board))
    stored = read(tmp_path / "now.ipcc")
    for address, size in ((0, 64 << 10), (0x3800_0000, 64 << 10), (0x1000_0000, 384 << 10), (0x3000_0000, 384 << 10)):
        assert stored.memory.read(address, size) == board.engine.read_bytes(address, size)
    assert stored.memory.read(0x1006_0000 - 2, 4) is None
    assert stored.decode() == memory_of(board)


def test_crash_is_told_and_leaves_the_rings_as_they_were(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    board = Board()
    board.load(prebuilt_image("rpmsg_echo"))
    board.boot()
    board.run_for(5_000_000)
    handler = board.engine.read(4 * (16 + 103)) & ~1  # of RX1
    board.engine.write_bytes(handler, bytes.fromhex("00de"))  # udf
    assert board.linux is not None
    board.linux.endpoints[0].send(b"hello")
    board.run_for(5_000_000)
    write(tmp_path / "crashed.ipcc", take(board))
    assert main(["inspect", str(tmp_path / "crashed.ipcc")]) == 0
    told = capsys.readouterr().out
    assert "The M4 has crashed: " in told
    assert "UNDEFINSTR" in told
    assert '0x400 → 0x400 "hello" (rpmsg-tty)' in told


def test_equal_runs_leave_equal_files(snapshot: Path, tmp_path: Path) -> None:
    other = tmp_path / "end.ipcc"
    run = ["run", "rpmsg_echo.elf", "--send", "hello", "--expect", "hello", "--quiet", "--snapshot", str(other)]
    assert main([*run, "--counter", "public", "--slice", "97"]) == 0
    assert other.read_bytes() == snapshot.read_bytes()


def test_zeroes_are_left_out(snapshot: Path) -> None:
    assert snapshot.stat().st_size < 32 << 10


def test_failed_run_leaves_its_snapshot(tmp_path: Path) -> None:
    file = tmp_path / "failed.ipcc"
    run = ["run", "rpmsg_echo.elf", "--send", "hello", "--expect", "other", "--quiet", "--snapshot", str(file)]
    assert main(run) == 1
    assert read(file).decode().table is not None


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("end.zip", "end.zip: a snapshot of memory is never a file ending .zip. Known endings: .ipcc."),
        ("end", "end: a snapshot of memory is never a file name without an ending. Known endings: .ipcc."),
        ("no/end.ipcc", "no/end.ipcc: there is no folder no."),
    ],
)
def test_snapshot_that_cannot_be_is_refused_before_the_run(
    name: str, sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run", "rpmsg_echo.elf", "--snapshot", name]) == 2
    assert capsys.readouterr() == ("", f"ipcclab: {sentence}\n")


# -- bad files --------------------------------------------------------------------------------------------------


def refusal(file: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The one sentence that `inspect` says of a file, without its name."""
    capsys.readouterr()
    assert main(["inspect", str(file)]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err.removeprefix(f"ipcclab: `{file}`").strip()


def test_missing_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(tmp_path / "no.ipcc", capsys) == f"does not exist. {HOW}"
    (tmp_path / "folder.ipcc").mkdir()
    assert refusal(tmp_path / "folder.ipcc", capsys) == f"is no file. {HOW}"


def test_what_is_no_zip_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "text.ipcc"
    file.write_text("nothing of the kind", encoding="utf-8")
    assert refusal(file, capsys) == f"is no snapshot of memory, or a damaged one (File is not a zip file). {HOW}"


def test_truncated_file_is_refused(snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "short.ipcc"
    file.write_bytes(snapshot.read_bytes()[:-100])
    assert refusal(file, capsys).startswith("is no snapshot of memory, or a damaged one (")


def test_damaged_byte_is_found(snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = bytearray(snapshot.read_bytes())
    data[2000] ^= 1
    file = tmp_path / "flipped.ipcc"
    file.write_bytes(data)
    assert "Bad CRC-32" in refusal(file, capsys)


def test_zip_of_something_else_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "other.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert refusal(file, capsys) == f"is a zip file without about.json, and so no snapshot of memory. {HOW}"
    assert (
        refusal(packed(tmp_path, {"schema": "other"}), capsys) == f"is something else than a snapshot of memory. {HOW}"
    )
    assert refusal(packed(tmp_path, [1]), capsys) == f"is something else than a snapshot of memory. {HOW}"


def test_another_version_is_refused(snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    newer = about_of(snapshot) | {"version": 2}
    assert refusal(packed(tmp_path, newer), capsys) == "has version 2 of the format, and this ipcclab reads 1."


@pytest.mark.parametrize(
    "change",
    [
        {"table_address": "0x10020000"},
        {"table_address": -1},
        {"table_size": None},
        {"virtual_ns": True},
        {"virtual_ns": 1 << 80},
        {"ipcc": []},
        {"m4": {}},
        {"memories": [{"name": "RAM"}]},
        {"memories": 5},
        {"platform": None},
    ],
    ids=str,
)
def test_about_of_another_shape_is_refused(
    change: dict[str, Any], snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = packed(tmp_path, about_of(snapshot) | change)
    assert refusal(file, capsys) == ": its about.json is not as version 1 of the format has it."


@pytest.mark.parametrize("text", [b"{", b"\xff", b"[" * 100_000, b'{"schema": "ipcclab-memory", "version": 1}'])
def test_about_that_is_no_json_is_refused(text: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(packed(tmp_path, text), capsys) == ": its about.json is not as version 1 of the format has it."


@pytest.mark.parametrize("name", ["SYSRAM_0", "RETRAM_10000", "RETRAM_-1", "RETRAM_x", "readme"])
def test_piece_outside_of_the_memories_is_refused(
    name: str, snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = packed(tmp_path, about_of(snapshot), **{name: b"1234"})
    piece = name.replace("_", "/", 1)
    assert refusal(file, capsys) == f": its piece `{piece}` lies in none of the memories that it names."


def test_zip_bomb_is_not_unpacked(snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ram = {"name": "RAM", "addresses": [0], "size": 1 << 40}
    file = packed(tmp_path, about_of(snapshot) | {"memories": [ram]})
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("RAM/0", bytes(65 << 20))
    assert refusal(file, capsys) == ": its part `RAM/0` is larger than what it may hold."


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_part_that_is_compressed_otherwise_is_refused(
    method: int, snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = packed(tmp_path, about_of(snapshot))
    with zipfile.ZipFile(file, "a", method) as archive:
        archive.writestr("RETRAM/0", bytes(64))
    assert refusal(file, capsys) == ": its part `RETRAM/0` is compressed in a way that is not read."


def test_name_that_is_no_text_is_refused(snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = packed(tmp_path, about_of(snapshot), é_0=b"1")
    file.write_bytes(file.read_bytes().replace("é".encode(), b"\xff\xff"))
    told = "cannot be read ('utf-8' codec can't decode byte 0xff in position 0: invalid start byte)."
    assert refusal(file, capsys) == told


def test_pieces_are_not_larger_than_memory_all_together(
    snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ram = {"name": "RAM", "addresses": [0], "size": 256}
    file = packed(tmp_path, about_of(snapshot) | {"memories": [ram]}, RAM_0=bytes(200), RAM_1=bytes(200))
    assert refusal(file, capsys) == ": its part `RAM/1` is larger than what it may hold."


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.data())
def test_no_damage_is_worse_than_a_refusal(
    snapshot: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(snapshot.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    file = tmp_path_factory.getbasetemp() / "damaged.ipcc"
    file.write_bytes(content)
    with contextlib.suppress(SnapshotFileError):
        read(file).decode()


# -- the command ------------------------------------------------------------------------------------------------


def test_snapshot_is_told(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["inspect", str(snapshot)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("rpmsg_echo.elf (sha256 ")
    assert " on stm32mp157, after 0.135870 ms\nThe M4 sleeps in echo_" in told
    assert "C1MR      0xFFFFFFF0" in told
    assert '0x400 → 0x400 "hello" (rpmsg-tty)' in told
    assert told.endswith("Nothing contradicts itself.\n")


def test_object_is_what_the_decoder_found(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["inspect", str(snapshot), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["tool", "version", "file", "about", "memory"]
    assert list(found["memory"]) == ["table", "devices", "logs", "endpoints", "findings", "note", "mcapi"]
    assert found["about"]["table_address"] == 0x1002_0000
    message = found["memory"]["devices"][0]["rings"][0]["descriptors"][3]["message"]
    assert (message["source"], message["destination"], message["payload_text"]) == (0x400, 0x400, "hello")


def test_contradiction_is_exit_code_1(snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(snapshot) as archive:
        pieces = {name.replace("/", "_"): archive.read(name) for name in archive.namelist() if name != "about.json"}
    ring1 = bytearray(pieces["MCUSRAM_00041000"])
    struct.pack_into("<H", ring1, 0x132, 99)
    file = packed(tmp_path, about_of(snapshot), **(pieces | {"MCUSRAM_00041000": bytes(ring1)}))
    capsys.readouterr()
    assert main(["inspect", str(file)]) == 1
    told = capsys.readouterr().out
    assert told.endswith("Findings\n  vring1: avail.idx is 1 and used.idx 99: 98 more were given back than given.\n")


def test_image_is_told_as_it_was_linked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "rpmsg_echo.elf"]) == 0
    told = capsys.readouterr().out
    assert "status 0; offers 0x01 (NS), agreed 0" in told
    assert "vring0  where Linux likes, num 16, align 16, notifyid 0" in told


def test_image_without_a_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "ipcc_signals"]) == 0
    assert capsys.readouterr().out.startswith("Resource table\n  There is no resource table:")


def test_file_that_is_neither_is_refused_as_an_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("hello", encoding="utf-8")
    assert main(["inspect", str(file)]) == 3
    assert f"`{file}` is not an ELF file" in capsys.readouterr().err


def test_control_characters_of_a_snapshot_do_not_reach_the_terminal(
    snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = {"image": "\x9b31mred\ud800", "image_sha256": "\x07", "platform": "a\nb", "ipcc": {"\x1b": 1}}
    capsys.readouterr()
    for form in ([], ["--json"]):
        assert main(["inspect", str(packed(tmp_path, about_of(snapshot) | hostile)), *form]) == 0
        assert all(line.isprintable() for line in capsys.readouterr().out.split("\n"))

"""`ipcclab run --gdb PORT` with a debugger that is a script: the life of the connection, and runs left as they are."""

from __future__ import annotations

import json
import socket
import struct
from pathlib import Path
from typing import Any

import pytest
from gdb_bench import Bench

from ipcclab.cli import main
from ipcclab.gdb.packets import frame
from mp1bench.shipped import prebuilt_image

ECHO = str(prebuilt_image("rpmsg_echo"))
EXCHANGE = ("--send", "hello", "--expect", "hello")
RESET_HANDLER = 0x10000058
WAIT_FOR_INTERRUPT = 0x1000001C  # in echo_wait


@pytest.fixture
def alone(tmp_path: Path) -> dict[str, Any]:
    """The summary of the exchange without a debugger."""
    return run_alone(tmp_path)


def run_alone(folder: Path) -> dict[str, Any]:
    assert main(["run", ECHO, *EXCHANGE, "--quiet", "--summary", str(folder / "alone.json")]) == 0
    return read(folder / "alone.json")


def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def test_bench_says_where_it_waits() -> None:
    with Bench(ECHO) as bench:
        assert bench.connect == f"gdb-multiarch {ECHO} -ex 'target remote 127.0.0.1:{bench.port}'"


def test_gdb_is_not_given_an_image_that_it_cannot_read(tmp_path: Path) -> None:
    raw = tmp_path / "spin.bin"
    raw.write_bytes(struct.pack("<2I", 0x10040000, 0x9) + b"\xfe\xe7" * 4)  # b .
    with Bench(str(raw), "--address", "0", "--for", "1ms") as bench:
        assert bench.connect == f"gdb-multiarch -ex 'target remote 127.0.0.1:{bench.port}'"
        peer = bench.peer()
        assert peer.ask(b"pf") == b"08000000"
        assert peer.ask(b"c") == b"W00"


def test_m4_stands_at_its_reset_vector() -> None:
    with Bench(ECHO) as bench:
        peer = bench.peer()
        assert peer.ask(b"?") == b"T05thread:1;"
        assert peer.ask(b"pf") == struct.pack("<I", RESET_HANDLER).hex().encode()
        assert peer.ask(b"qRcmd," + b"time".hex().encode()) == b"0.000000 ms, 0 instructions\n".hex().encode()


def test_run_with_a_debugger_that_only_continues_is_the_run_without(alone: dict[str, Any], tmp_path: Path) -> None:
    with Bench(ECHO, *EXCHANGE, "--summary", str(tmp_path / "with.json")) as bench:
        assert bench.peer().ask(b"vCont;c") == b"W00"
        code, _, _ = bench.end()
    assert code == 0
    assert read(tmp_path / "with.json") == alone


def test_run_with_breakpoints_and_steps_is_the_run_without(alone: dict[str, Any], tmp_path: Path) -> None:
    with Bench(ECHO, *EXCHANGE, "--summary", str(tmp_path / "with.json")) as bench:
        peer = bench.peer()
        assert peer.ask(b"Z1,%x,2" % WAIT_FOR_INTERRUPT) == b"OK"
        stops = []
        while (reply := peer.ask(b"s" if len(stops) % 3 else b"c")) != b"W00":
            stops.append(reply)
            peer.ask(b"g")
            peer.ask(b"m10020000,100")
            peer.ask(b"m4c001000,20")
        assert stops.count(b"T05hwbreak:;thread:1;") > 1
        assert stops.count(b"T05thread:1;") > 1
        bench.end()
    assert read(tmp_path / "with.json") == alone


def test_exit_code_of_the_run_is_told() -> None:
    with Bench(ECHO, "--send", "hello", "--expect", "other", "--for", "5ms") as bench:
        assert bench.peer().ask(b"c") == b"W01"
        assert bench.end()[0] == 1


def test_lockup_halts_and_then_ends_the_run(tmp_path: Path) -> None:
    raw = tmp_path / "lockup.bin"
    raw.write_bytes(struct.pack("<2I", 0x10040000, 0x9) + b"\x71\xb6\x00\xde")  # cpsid f; udf
    with Bench(str(raw), "--address", "0") as bench:
        peer = bench.peer()
        said = peer.ask(b"c")
        assert said[:1] == b"O"
        assert b"UsageFault at pc 0x0000000A" in bytes.fromhex(said[1:].decode())
        assert peer.answer() == b"T0bthread:1;"
        assert peer.ask(b"pf") == b"0a000000"
        assert peer.ask(b"c") == b"W01"
        assert bench.end()[0] == 1


def test_run_goes_on_after_a_detach(alone: dict[str, Any], tmp_path: Path) -> None:
    with Bench(ECHO, *EXCHANGE, "--summary", str(tmp_path / "with.json")) as bench:
        peer = bench.peer()
        peer.ask(b"Z0,%x,2" % WAIT_FOR_INTERRUPT)
        assert peer.ask(b"c") == b"T05swbreak:;thread:1;"
        assert peer.ask(b"D") == b"OK"
        assert bench.end()[::2] == (0, "")
    assert read(tmp_path / "with.json") == alone


def test_kill_ends_the_run() -> None:
    with Bench(ECHO, *EXCHANGE) as bench:
        peer = bench.peer()
        peer.ask(b"Z0,%x,2" % WAIT_FOR_INTERRUPT)
        peer.ask(b"c")
        peer.socket.sendall(frame(b"k"))
        code, out, err = bench.end()
    assert "the debugger ended the run" in out
    assert code == 1
    assert 'expected "hello"' in err


@pytest.mark.parametrize("before", [b"", frame(b"g"), frame(b"c"), b"GET / HTTP/1.1\r\n\r\n", b"\x00\xff$$$#"])
def test_debugger_that_vanishes_is_noticed_and_the_run_goes_on(before: bytes) -> None:
    with Bench(ECHO, "--for", "50ms") as bench:
        peer = bench.peer()
        peer.socket.sendall(before)
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.socket.close()
        code, _, err = bench.end()
    assert code == 0
    if before != frame(b"c"):  # there, the run may be over before
        assert err == "ipcclab: the debugger has gone without detaching; the run goes on without it.\n"


def test_garbage_and_wrong_checksums_are_survived() -> None:
    with Bench(ECHO) as bench:
        peer = bench.peer()
        peer.socket.sendall(b"\xff\x00garbage$g#00")
        while b"-" not in peer.received:
            peer.receive()
        assert peer.ask(b"qC") == b"QC1"
        peer.socket.sendall(b"-")
        assert peer.answer() == b"QC1"


def test_running_m4_can_be_interrupted(tmp_path: Path) -> None:
    with Bench(ECHO, "--for", "1000s") as bench:
        peer = bench.peer()
        peer.socket.sendall(frame(b"c") + b"\x03")
        assert peer.answer() == b"T02thread:1;"
        assert peer.ask(b"D") == b"OK"


def test_ctrl_c_at_the_bench_ends_it() -> None:
    with Bench(ECHO) as bench:
        bench.interrupt()
        assert bench.end()[::2] == (130, "ipcclab: interrupted.\n")


def test_port_in_use_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["run", ECHO, "--gdb", str(port)]) == 2
    assert capsys.readouterr().err == (
        f"ipcclab: --gdb {port}: nobody can listen on 127.0.0.1:{port} (Address already in use)."
        " Choose another port, or 0 for any free one.\n"
    )


@pytest.mark.parametrize("port", ["x", "-1", "65536", "", "3.5"])
def test_port_is_a_number(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", ECHO, f"--gdb={port}"]) == 2
    assert capsys.readouterr().err == (
        f"ipcclab: --gdb {port}: a port is a number up to 65535; 0 chooses a free one.\n"
    )

"""The M4's states from Linux: crash and recovery, users, kernels (linux-mailbox.md §3.4)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.board import Board
from mp1bench.errors import ImageError
from mp1bench.linux import Errno, KernelFaultError, LinuxHost
from mp1bench.linux.kernel.core import PatienceError
from mp1bench.shipped import prebuilt_image
from refusal import refusal

TABLE = 0x10020000
RPROC = "remoteproc remoteproc0: "
SYS = "/sys/class/remoteproc/remoteproc0/"
CRASH = "/sys/kernel/debug/remoteproc/remoteproc0/crash"
Make = Callable[..., Any]


@pytest.fixture
def running(bench: Any, image: Make) -> Any:
    """The M4, started by Linux."""
    bench.echo = bench.peer()
    bench.host.start(image())
    bench.run(100)
    return bench


# -- crash and recovery ---------------------------------------------------------------------------------------


def test_the_watchdog_brings_a_recovery_without_a_shutdown_request(running: Any) -> None:
    bench, since = running, len(running.log())
    signals = list(bench.echo.signals)
    bench.host.soc.watchdog.trigger()
    bench.run(200)
    assert bench.remoteproc_log(since) == [
        "crash detected in m4: type watchdog",
        "handling crash #1 in m4",
        "recovering m4",
        "stopped remote processor m4",
        "remote processor m4 is now up",
    ]
    assert 3 not in bench.echo.signals[len(signals) :]
    assert bench.engine.read(TABLE + 0x30, 1) == 7


def test_unbinding_leaves_no_file_behind_also_after_a_recovery_that_failed(bench: Any) -> None:
    host, image = bench.host, prebuilt_image("rpmsg_echo")
    host.firmware.add("fw", image.read_bytes())
    host.probe()
    host.user.write_text(f"{SYS}firmware", "fw")
    host.user.write_text(f"{SYS}state", "start")
    assert any(path.endswith("/trace0") for path in host.user.paths())
    host.firmware.files.clear()
    host.user.write_text(CRASH, "1")
    bench.run(100)
    assert host.user.read_text(f"{SYS}state") == "offline\n"
    host.rmmod("stm32_rproc")
    assert [path for path in host.user.paths() if "remoteproc" in path] == []


def test_a_stop_from_where_the_lock_is_held_gives_up(running: Any) -> None:
    bench, user = running, running.host.user
    bench.echo.announce("rpmsg-tty", 0x500)
    bench.run(100)
    stops = {"file": lambda: user.write_text(f"{SYS}state", "stop"), "host": bench.host.stop}
    for name, stop in stops.items():
        said: list[str] = []

        def receive(transfer: object, stop: Any = stop, said: list[str] = said) -> None:
            with pytest.raises(PatienceError) as waited:
                stop()
            said.append(str(waited.value))

        bench.host.on_receive.append(receive)
        before = bench.engine.now
        bench.echo.send(0x500, 0x400, b"stop me")
        bench.run(100)
        bench.host.on_receive.remove(receive)
        (words,) = said
        assert "waits in Linux for what does not come" in words, name
        assert bench.engine.now - before < 61_000_000_000
    bench.host.stop()
    assert user.read_text(f"{SYS}state") == "offline\n"


def test_after_a_recovery_messages_flow_again(running: Any) -> None:
    bench = running
    bench.host.user.write_text(CRASH, "2")
    bench.run(200)
    bench.echo._rings.clear()
    bench.echo.announce("rpmsg-tty", 0x400)
    bench.run(100)
    bench.host.endpoints[-1].send(b"again")
    bench.run(100)
    assert bench.echo.inbox[-1].data == b"again"
    assert bench.host.stop() is True


@pytest.mark.parametrize(
    ("text", "name"), [("0", "mmufault"), ("1\n", "watchdog"), ("0x2", "fatal error"), ("03", "unknown")]
)
def test_debugfs_injects_a_crash_of_any_kind(running: Any, text: str, name: str) -> None:
    running.host.user.write_text(CRASH, text)
    assert running.log()[-1] == f"{RPROC}crash detected in m4: type {name}"


@pytest.mark.parametrize(("text", "code"), [("", -22), ("one", -22), ("-1", -22), ("08", -22), ("4294967296", -34)])
def test_what_is_no_number_injects_nothing(running: Any, text: str, code: int) -> None:
    assert refusal(running.host.user.write_text, CRASH, text) == code
    running.run(100)
    assert running.host.rproc.state == "running"


def test_without_recovery_the_m4_stays_crashed_until_it_is_recovered(running: Any) -> None:
    bench = running
    bench.host.user.write_text(f"{SYS}recovery", "disabled\n")
    assert bench.host.user.read_text(f"{SYS}recovery") == "disabled\n"
    for _ in range(2):  # only the first crash is handled
        bench.host.user.write_text(CRASH, "1")
        bench.run(100)
    assert bench.host.user.read_text(f"{SYS}state") == "crashed\n"
    assert refusal(bench.host.user.write_text, f"{SYS}coredump", "disabled") == -Errno.EBUSY
    bench.host.user.write_text(f"{SYS}recovery", "recover")
    assert bench.host.user.read_text(f"{SYS}state") == "running\n"
    assert bench.host.user.read_text(f"{SYS}recovery") == "disabled\n"
    assert [line for line in bench.log("err") if "handling" in line] == [f"{RPROC}handling crash #1 in m4"]


def test_enabling_the_recovery_recovers(running: Any) -> None:
    running.host.user.write_text(f"{SYS}recovery", "disabled")
    running.host.user.write_text(CRASH, "1")
    running.run(100)
    running.host.user.write_text(f"{SYS}recovery", "enabled")
    assert running.host.rproc.state == "running"


def test_a_crashed_m4_is_stopped_without_a_request(running: Any) -> None:
    running.host.user.write_text(f"{SYS}recovery", "disabled")
    running.host.user.write_text(CRASH, "1")
    running.run(100)
    start = running.engine.now
    assert running.host.stop() is False
    assert running.engine.now == start
    assert 3 not in running.echo.signals
    assert running.host.rproc.state == "offline"


def test_a_crash_of_an_m4_that_is_offline_is_only_reported(bench: Any) -> None:
    bench.host.probe()
    bench.host.user.write_text(CRASH, "1")
    bench.run(100)
    assert bench.remoteproc_log(0)[-1] == "crash detected in m4: type watchdog"
    assert bench.host.rproc.state == "offline"


def test_a_recovery_without_its_firmware_leaves_a_user_whom_nobody_serves(running: Any, image: Make) -> None:
    bench = running
    del bench.host.rproc.files.files["echo.elf"]
    bench.host.user.write_text(CRASH, "1")
    bench.run(100)
    assert bench.remoteproc_log(0)[-2:] == [
        "Direct firmware load for echo.elf failed with error -2",
        "request_firmware failed: -2",
    ]
    assert bench.host.rproc.state == "offline"
    bench.host.user.write_text(f"{SYS}state", "start")  # counts a second user, and does nothing
    assert bench.host.rproc.state == "offline"
    assert refusal(bench.host.user.write_text, f"{SYS}state", "stop") == -Errno.EINVAL


def test_a_recovery_that_kills_linux_is_an_oops_and_the_bench_goes_on(running: Any, image: Make, elf: Any) -> None:
    bench = running
    bench.host.firmware.add("echo.elf", elf.build((elf.Load(0x10010000, b"code", 0xFFFF0000),)))
    bench.host.user.write_text(CRASH, "1")
    bench.run(200)
    where = "a page fault behind the carve-out in rproc_elf_load_segments"
    assert bench.log("emerg") == [f"Oops: {where}; the task worker rproc_recovery_wq is dead"]
    assert bench.host.rproc.state == "offline"
    bench.host.start(image())
    bench.run(100)
    bench.host.user.write_text(CRASH, "1")
    bench.run(200)
    assert bench.host.rproc.state == "running"


def test_crash_and_recover_again_and_again(running: Any) -> None:
    for round_ in range(20):
        running.host.user.write_text(CRASH, "1")
        running.run(200)
        assert running.host.rproc.state == "running"
        assert running.host.rproc.crashes == round_ + 1
    assert running.host.stop() is True
    assert running.host.kernel.asleep == []
    assert running.engine.pending_events() == []


# -- an M4 that dies of itself --------------------------------------------------------------------------------


def test_linux_hears_nothing_of_a_lock_up_until_the_watchdog_bites(elf: Any, write: Make) -> None:
    board = Board()
    board.load(write(**elf.program(elf.UNDEFINED)))
    board.boot()
    board.run_for(1_000_000)
    assert board.linux is not None
    assert (board.crash().reason, board.linux.rproc.state) == ("lockup", "running")
    board.linux.soc.watchdog.trigger()
    board.run_for(50_000)
    assert board.linux.rproc.crashes == 1


# -- users ----------------------------------------------------------------------------------------------------


def test_each_start_wants_a_stop(running: Any) -> None:
    for _ in range(2):
        running.host.user.write_text(f"{SYS}state", "start")
    for expected in ("running\n", "running\n", "offline\n"):
        running.host.user.write_text(f"{SYS}state", "stop")
        assert running.host.user.read_text(f"{SYS}state") == expected


def test_a_refused_start_counts_nobody(bench: Any, image: Make) -> None:
    with pytest.raises(ImageError):
        bench.host.start(image(data=struct.pack("<IIIII", 1, 1, 0, 0, 4)))
    bench.peer()
    bench.host.start(image())
    assert bench.host.stop() is True
    assert bench.host.rproc.state == "offline"


def test_what_kills_linux_while_it_stops_leaves_no_user(bench: Any, image: Make, table: Make) -> None:
    one_ring = struct.pack("<IIIIIIBB2s", 3, 3, 0, 1, 0, 0, 0, 1, b"") + struct.pack("<IIIII", 0xFFFFFFFF, 16, 16, 0, 0)
    bench.peer(table=None)
    bench.host.start(image(data=table(one_ring)))
    with pytest.raises(KernelFaultError):
        bench.host.stop()
    bench.host.start(image())
    assert bench.host.rproc.state == "running"


# -- ST's kernel ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", ["6.1", "6.12", "st-6.1"])
def test_every_kernel_echoes(bench: Any, image: Make, kernel: str) -> None:
    bench.host = LinuxHost(bench.engine, kernel=kernel)
    peer = bench.peer(echo=True)
    bench.host.start(image())
    bench.run(100)
    peer.announce("rpmsg-tty", 0x400)
    bench.run(100)
    bench.host.endpoints[0].send(b"hello")
    bench.run(100)
    assert bench.host.received[-1].data == b"hello"
    assert bench.host.stop() is True

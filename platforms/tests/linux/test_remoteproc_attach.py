"""An M4 that Linux has not started: attach to it, and detach from it (linux-mailbox.md §3.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.linux import Errno
from refusal import refusal

MS = 1_000_000
TABLE = 0x10020000
RPROC = "remoteproc remoteproc0: "
SYS = "/sys/class/remoteproc/remoteproc0/"
CRASH = "/sys/kernel/debug/remoteproc/remoteproc0/crash"
TABLE_ADDRESS, M4_STATE, HOLD_BOOT = 0x5C00A144, 0x5C00A148, 0x5000010C
Make = Callable[..., Any]


@pytest.fixture
def detached(bench: Any, table: Make) -> Any:
    """An M4 that a boot loader has started."""
    bench.echo = bench.peer(listens=(1, 2, 3, 4), echo=True)
    bench.engine.write_bytes(TABLE, table())
    bench.engine.write(TABLE_ADDRESS, TABLE)
    bench.engine.write(M4_STATE, 2)
    bench.engine.write(HOLD_BOOT, 1)
    bench.host.probe()
    return bench


def test_an_m4_that_runs_at_probe_is_attached_to(detached: Any) -> None:
    bench, since = detached, len(detached.log())
    assert bench.host.user.read_text(f"{SYS}state") == "detached\n"
    bench.host.user.write_text(f"{SYS}state", "start")
    assert bench.remoteproc_log(since) == ["attaching to m4", "remote processor m4 is now attached"]
    assert bench.host.user.read_text(f"{SYS}state") == "attached\n"
    assert bench.host.user.read_text(f"{SYS}firmware") == "unknown\n"
    assert bench.engine.read(HOLD_BOOT) == 0
    bench.echo.announce("rpmsg-tty", 0x400)
    bench.run(100)
    bench.host.endpoints[-1].send(b"hello")
    bench.run(100)
    assert bench.host.received[-1].data == b"hello"


def test_detach_cleans_the_table_tells_the_firmware_and_lets_it_go(detached: Any, table: Make) -> None:
    bench = detached
    bench.host.user.write_text(f"{SYS}state", "start")
    bench.run(100)
    assert bench.engine.read_bytes(TABLE, len(table())) != table()
    before = bench.engine.now
    bench.host.user.write_text(f"{SYS}state", "detach")
    assert bench.engine.now - before == 7_000
    assert bench.echo.signals[-1] == 4
    assert bench.engine.read_bytes(TABLE, len(table())) == table()
    assert bench.engine.read(HOLD_BOOT) == 1
    assert bench.engine.read(M4_STATE) == 2
    assert bench.log()[-1] == f"{RPROC}detached remote processor m4"
    assert bench.host.user.read_text(f"{SYS}firmware") == "rproc-m4-fw\n"


def test_detach_writes_back_the_whole_kilobyte(detached: Any) -> None:
    bench = detached
    bench.host.user.write_text(f"{SYS}state", "start")
    bench.engine.write_bytes(TABLE + 1020, b"lost" + b"kept")
    bench.host.user.write_text(f"{SYS}state", "detach")
    assert bench.engine.read_bytes(TABLE + 1020, 8) == bytes(4) + b"kept"


def test_detach_without_an_acknowledge_takes_200_ms(bench: Any, table: Make) -> None:
    bench.peer(listens=(1, 2))
    bench.engine.write_bytes(TABLE, table())
    bench.engine.write(TABLE_ADDRESS, TABLE)
    bench.engine.write(M4_STATE, 2)
    bench.host.probe()
    bench.host.user.write_text(f"{SYS}state", "start")
    before = bench.engine.now
    bench.host.user.write_text(f"{SYS}state", "detach")
    assert bench.engine.now - before == 200 * MS
    assert bench.remoteproc_log(0)[-2:] == ["warning: remote FW detach without ack", "detached remote processor m4"]


def test_attach_and_detach_again_and_again(detached: Any) -> None:
    for _ in range(10):
        detached.host.user.write_text(f"{SYS}state", "start")
        detached.host.user.write_text(f"{SYS}state", "detach")
        detached.echo._rings.clear()
    assert detached.host.rproc.state == "detached"
    assert detached.host.kernel.asleep == []


def test_an_attached_m4_that_is_stopped_can_be_started_anew(detached: Any, image: Make) -> None:
    bench = detached
    bench.host.user.write_text(f"{SYS}state", "start")
    assert bench.host.stop() is True
    assert bench.host.user.read_text(f"{SYS}state") == "offline\n"
    assert bench.engine.read(M4_STATE) == 0
    bench.host.start(image())
    assert bench.host.user.read_text(f"{SYS}state") == "running\n"


def test_an_m4_that_linux_has_started_is_not_detached(bench: Any, image: Make) -> None:
    bench.host.start(image())
    assert refusal(bench.host.user.write_text, f"{SYS}state", "detach") == -Errno.EINVAL
    assert bench.host.rproc.state == "running"


def test_a_detached_m4_is_not_stopped(detached: Any) -> None:
    assert refusal(detached.host.user.write_text, f"{SYS}state", "stop") == -Errno.EINVAL


def test_without_a_table_there_is_nothing_to_attach_to(detached: Any) -> None:
    bench = detached
    bench.engine.write(TABLE_ADDRESS, 0)
    assert refusal(bench.host.user.write_text, f"{SYS}state", "start") == -Errno.ENOENT
    assert [line.removeprefix(RPROC) for line in bench.log("err")] == [
        "can't load resource table: -2",
        "can't load resource table: -2",
        "Boot failed: -2",
    ]
    assert bench.host.rproc.state == "detached"
    bench.engine.write(TABLE_ADDRESS, TABLE)
    bench.host.user.write_text(f"{SYS}state", "start")
    assert bench.host.rproc.state == "attached"


def test_a_table_that_the_m4_does_not_have_cannot_be_attached_to(detached: Any) -> None:
    detached.engine.write(TABLE_ADDRESS, 0x20000000)
    assert refusal(detached.host.user.write_text, f"{SYS}state", "start") == -Errno.EINVAL
    assert detached.log("err")[0] == "stm32-rproc 10000000.m4: can't translate da 20000000"


def test_the_tables_address_is_asked_for_once(detached: Any) -> None:
    detached.host.user.write_text(f"{SYS}state", "start")
    detached.host.user.write_text(f"{SYS}state", "detach")
    detached.engine.write(TABLE_ADDRESS, 0)
    detached.host.user.write_text(f"{SYS}state", "start")
    assert detached.host.rproc.state == "attached"


def test_a_table_that_is_attached_to_is_not_asked_for_its_version(detached: Any) -> None:
    detached.engine.write(TABLE, 9)
    detached.host.user.write_text(f"{SYS}state", "start")
    assert detached.host.rproc.state == "attached"


def test_garbage_where_the_table_should_be_is_refused(detached: Any) -> None:
    detached.engine.write_bytes(TABLE, b"\xa5" * 1024)
    assert refusal(detached.host.user.write_text, f"{SYS}state", "start") == -Errno.EINVAL
    assert f"{RPROC}rsc table is truncated" in detached.log("err")
    assert detached.host.rproc.state == "detached"


def test_a_crash_of_an_attached_m4_boots_linuxs_own_firmware_with_the_other_ones_table(
    detached: Any, elf: Any, table: Make
) -> None:
    bench = detached
    bench.host.firmware.add("rproc-m4-fw", elf.build(resource_table=(TABLE, table())))
    bench.host.user.write_text(f"{SYS}state", "start")
    bench.engine.write_bytes(TABLE + 1000, b"written by the firmware")
    bench.host.user.write_text(CRASH, "1")
    bench.run(200)
    assert bench.host.rproc.state == "running"
    assert bench.engine.read_bytes(TABLE + 1000, 23) == b"written by the firmware"


def test_a_crash_of_an_attached_m4_finds_no_firmware_unless_there_is_one(detached: Any) -> None:
    bench = detached
    bench.host.user.write_text(f"{SYS}state", "start")
    bench.host.user.write_text(CRASH, "1")
    bench.run(200)
    assert bench.remoteproc_log(0)[-1] == "request_firmware failed: -2"
    assert bench.host.rproc.state == "offline"

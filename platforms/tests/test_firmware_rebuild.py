"""The prebuilt firmware images are what their sources say, byte for byte, and the exception log is what QEMU says.

What the images do when they run is not looked at here.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"
PREBUILT = FIRMWARE / "prebuilt"
IMAGES = (
    "exceptions.elf",
    "ipcc_access.elf",
    "ipcc_signals.elf",
    "mcapi_calls.elf",
    "mcapi_echo.elf",
    "neighbours.elf",
    "rpmsg_echo.elf",
    "rpmsg_echo_rtos.elf",
    "rpmsg_echo_watched.elf",
    "rpmsg_mcapi.elf",
    "stuck.elf",
    "a7/signals_a7.elf",
    "guest/rpmsg_ioctl.elf",
)


def sums() -> dict[str, str]:
    """SHA256SUMS: digest by file name."""
    lines = (PREBUILT / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def compiler_of(image: Path) -> str:
    """What built the image, as the compiler itself has noted in it: "GCC: (15:12.2.rel1-1) 12.2.1 20221205"."""
    with image.open("rb") as file:
        comment = ELFFile(file).get_section_by_name(".comment")
        assert comment is not None
        return comment.data().split(b"\0")[0].decode()


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All images, built from a copy of the sources in another folder."""
    gcc = shutil.which("arm-none-eabi-gcc")
    if gcc is None:
        pytest.skip("arm-none-eabi-gcc is not installed (Debian: gcc-arm-none-eabi)")
    here = subprocess.run([gcc, "--version"], check=True, capture_output=True, text=True).stdout.splitlines()[0]
    there = compiler_of(PREBUILT / "rpmsg_echo.elf")
    if here.partition(" ")[2] != there.removeprefix("GCC: "):
        pytest.skip(f"the images were built by {there}, here is {here}: other compilers may make other code")
    copy, out = tmp_path_factory.mktemp("elsewhere") / "firmware", tmp_path_factory.mktemp("out")
    shutil.copytree(FIRMWARE, copy, ignore=shutil.ignore_patterns("prebuilt"))
    subprocess.run(["make", "-C", str(copy), f"OUT={out}"], check=True, capture_output=True, text=True)
    return out


def test_sums_name_every_image() -> None:
    assert sorted(sums()) == sorted(IMAGES)
    assert sorted(image.relative_to(PREBUILT).as_posix() for image in PREBUILT.rglob("*.elf")) == sorted(IMAGES)


@pytest.mark.parametrize("name", IMAGES)
def test_image_has_its_sum(name: str) -> None:
    assert hashlib.sha256((PREBUILT / name).read_bytes()).hexdigest() == sums()[name]


@pytest.mark.parametrize("name", IMAGES)
def test_image_is_small(name: str) -> None:
    assert (PREBUILT / name).stat().st_size < 80_000


@pytest.mark.parametrize("name", [*IMAGES, "SHA256SUMS"])
def test_rebuilding_elsewhere_gives_the_same_bytes(rebuilt: Path, name: str) -> None:
    assert (rebuilt / name).read_bytes() == (PREBUILT / name).read_bytes()


def test_exception_log_is_what_qemu_says(tmp_path: Path) -> None:
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("qemu-system-arm is not installed (Debian: qemu-system-arm)")
    copy = tmp_path / "firmware"
    shutil.copytree(FIRMWARE, copy)
    (copy / "prebuilt" / "exceptions.qemu.log").unlink()
    make = ["make", "-C", str(copy), "--old-file=prebuilt/exceptions.elf", "log"]
    subprocess.run(make, check=True, capture_output=True, text=True)
    fresh = (copy / "prebuilt" / "exceptions.qemu.log").read_text()
    assert fresh == (PREBUILT / "exceptions.qemu.log").read_text()


def test_exception_log_has_every_kind_of_exception() -> None:
    log = (PREBUILT / "exceptions.qemu.log").read_text()
    records = [line.strip().partition(":")[0] for line in log.splitlines() if ": ipsr " in line]
    assert len(records) >= 200
    kinds = {record.rstrip("0123456789") for record in records}
    assert kinds == {"NMI", "HardFault", "MemManage", "BusFault", "UsageFault", "SVCall", "PendSV", "SysTick", "IRQ"}

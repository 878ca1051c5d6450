"""Equal runs give equal traces, whatever the hash seed, the slices and the way of counting instructions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mp1bench.shipped import prebuilt_image

IMAGES = ("rpmsg_echo", "rpmsg_echo_rtos")


def run(image: str, folder: Path, *options: str, seed: str = "0") -> dict[str, Any]:
    """The summary of one run in a process of its own."""
    summary = folder / "summary.json"
    command = [sys.executable, "-m", "ipcclab", "run", str(prebuilt_image(image)), "--quiet", "--summary", str(summary)]
    exchange = ["--send", "one", "--send", "two", "--expect", "one", "--expect", "two"]
    subprocess.run(
        [*command, *exchange, *options], check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed}
    )
    found: dict[str, Any] = json.loads(summary.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module", params=IMAGES)
def reference(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    return request.param, run(request.param, tmp_path_factory.mktemp("reference"))


def test_hash_seed_changes_nothing(reference: tuple[str, dict[str, Any]], tmp_path: Path) -> None:
    image, summary = reference
    assert run(image, tmp_path, seed="4711") == summary


@pytest.mark.parametrize("instructions", ["10", "1000", "10000"])
def test_slices_change_nothing(instructions: str, reference: tuple[str, dict[str, Any]], tmp_path: Path) -> None:
    image, summary = reference
    assert run(image, tmp_path, "--slice", instructions) == summary


@pytest.mark.parametrize("counter", ["fast", "public"])
def test_counter_changes_nothing(counter: str, reference: tuple[str, dict[str, Any]], tmp_path: Path) -> None:
    image, summary = reference
    assert run(image, tmp_path, "--counter", counter) == summary


def test_a_slice_of_one_instruction_changes_nothing(tmp_path: Path) -> None:
    limits = ("--for", "200us")
    command = [sys.executable, "-m", "ipcclab", "run", str(prebuilt_image("rpmsg_echo")), "--quiet", "--summary"]
    found = []
    for name, options in (("whole.json", ()), ("sliced.json", ("--slice", "1"))):
        subprocess.run([*command, str(tmp_path / name), *limits, *options], check=True, capture_output=True)
        found.append(json.loads((tmp_path / name).read_text(encoding="utf-8"))["trace_sha256"])
    assert found[0] == found[1]


def test_another_exchange_is_another_trace(reference: tuple[str, dict[str, Any]], tmp_path: Path) -> None:
    image, summary = reference
    other = run(image, tmp_path, "--send", "three", "--expect", "three")
    assert other["trace_sha256"] != summary["trace_sha256"]

"""What `tools/inspect.md` shows is run: the terminal, the Robot test, Python. `…` stands for any text."""

from __future__ import annotations

import doctest
import json
import zipfile
from dataclasses import fields
from pathlib import Path

import pytest
import robot
from shown import ROOT, blocks, play, run, sessions
from test_shared_memory_mcapi import exchanged

from ipcclab.sharedmemory import decode
from ipcclab.sharedmemory.mcapi_structure import (
    McapiArea,
    McapiBuffer,
    McapiFrame,
    McapiReturns,
    McapiRing,
    McapiSide,
)
from ipcclab.sharedmemory.structure import Descriptor, EndpointName, Finding, Ring, RpmsgMessage, SharedMemory
from ipcclab.sharedmemory.text import lines

MCAPI = (McapiArea, McapiSide, McapiRing, McapiReturns, McapiBuffer)
PAGE = (ROOT / "tools" / "inspect.md").read_text(encoding="utf-8")


def test_terminal_shows_what_the_page_shows(tmp_path: Path) -> None:
    for session in sessions(PAGE):
        play(session, tmp_path)


def test_robot_test_passes(tmp_path: Path) -> None:
    (suite,) = blocks(PAGE, "robotframework")
    (tmp_path / "page.robot").write_text(suite, encoding="utf-8")
    with (tmp_path / "console.txt").open("w", encoding="utf-8") as console:
        failed = robot.run(tmp_path / "page.robot", outputdir=tmp_path, stdout=console, stderr=console)
    assert failed == 0


def test_python_session_goes_as_the_page_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    sessions = blocks(PAGE, "pycon")
    assert len(sessions) == 2
    for session in sessions:
        test = doctest.DocTestParser().get_doctest(session, {}, "inspect.md", None, None)
        assert doctest.DocTestRunner().run(test).failed == 0


def test_mcapi_is_shown_as_the_page_shows() -> None:
    (shown,) = blocks(PAGE, "text")
    assert shown in "\n".join(lines(decode(exchanged().memory.read, None))) + "\n"


@pytest.mark.parametrize("kind", [SharedMemory, Ring, Descriptor, EndpointName, Finding, *MCAPI])
def test_every_key_is_on_the_page(kind: type) -> None:
    assert [field.name for field in fields(kind) if f"`{field.name}`" not in PAGE] == []


def test_every_key_of_a_message_and_of_a_file_is_on_the_page(tmp_path: Path) -> None:
    keys = [field.name for kind in (RpmsgMessage, McapiFrame) for field in fields(kind) if field.name != "payload"]
    run("ipcclab run rpmsg_echo.elf --quiet --for 1ms --snapshot end.ipcc", tmp_path, 0)
    with zipfile.ZipFile(tmp_path / "end.ipcc") as archive:
        about = json.loads(archive.read("about.json"))
    keys += [*about, *about["m4"], *about["memories"][0]]
    assert [key for key in keys if f"`{key}`" not in PAGE] == []

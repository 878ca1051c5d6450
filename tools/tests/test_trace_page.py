"""What `tools/trace.md` shows is run and written: commands, lines of a trace, kinds of events and their keys."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest
from shown import ROOT, blocks, play, sessions

from ipcclab.trace import WRITERS
from ipcclab.trace.mcapi_words import mcapi_in_words
from ipcclab.trace.schema import SCHEMA, kinds
from mp1bench.trace import Mcapi

PAGE = (ROOT / "tools" / "trace.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands of the page have been run."""
    folder = tmp_path_factory.mktemp("page")
    for session in sessions(PAGE):
        play(session, folder)
    return folder


def test_files_that_the_commands_name_are_written(folder: Path) -> None:
    named = set(re.findall(r"--(?:trace|html) ([\w.]+)", PAGE)) - {"FILE"}
    assert len(named) == 6
    assert all((folder / name).stat().st_size for name in named)


def test_lines_of_ndjson_are_lines_of_the_file(folder: Path) -> None:
    approved = Path(__file__).parent / "approved" / "mcapi.ndjson"
    files = (folder / "echo.ndjson", approved)
    written = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    shown = [line for block in blocks(PAGE, "json") for line in block.splitlines()]
    assert len(shown) == 8
    for line in shown:
        pattern = re.escape(line).replace("…", ".*")
        assert any(re.fullmatch(pattern, one) for one in written), line


def test_python_shows_what_happens(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (example,) = blocks(PAGE, "python")
    test = doctest.DocTestParser().get_doctest(example, {}, "trace.md", None, 0)
    assert doctest.DocTestRunner().run(test).failed == 0
    assert (folder / "echo.svg").exists()


def test_python_session_of_mcapi_goes_as_the_page_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (session,) = blocks(PAGE, "pycon")
    test = doctest.DocTestParser().get_doctest(session, {}, "trace.md", None, None)
    assert doctest.DocTestRunner().run(test).failed == 0


def test_lines_of_mcapi_are_what_the_writer_says() -> None:
    rows = re.findall(r"^\|(?: `(\w+)`)? \| `(.+?)` \|", PAGE.partition("## MCAPI")[2], re.MULTILINE)
    whats = list(kinds()["mcapi"]["properties"]["what"]["enum"])
    assert sorted(what for what, _ in rows if what) == sorted(whats)
    frame = Mcapi(0, "frame", "a7_to_m4", "packet", 1, 20, 2, 3, b"hello")
    scalar = frame._replace(kind="scalar", priority=0, source=4, destination=5, buffer=None, data=b"\x2a\0\0\0")
    get = Mcapi(0, "frame", "m4_to_a7", "control", 0, 65535, 20, detail="GET tag 3")
    steps = [
        *(frame, scalar, get),
        Mcapi(0, "returned", "a7_to_m4", buffer=3),
        Mcapi(0, "returned", "m4_to_a7", buffer=3),
        Mcapi(0, "dropped", "m4_to_a7", detail="kind 9 in slot 3 of ring 0"),
        Mcapi(0, "dropped", "a7_to_m4", detail="1 by its own count"),
        Mcapi(0, "doorbell", "a7_to_m4"),
        Mcapi(0, "deferred", "a7_to_m4"),
        Mcapi(0, "epoch", "m4_to_a7", detail="8 begins"),
    ]
    assert [words for _, words in rows] == [mcapi_in_words(step) for step in steps]


def test_every_kind_of_event_has_its_keys_on_the_page() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (`.*?`) \|", PAGE.partition("## MCAPI")[0], re.MULTILINE))
    shown = {kind: re.findall(r"`(\w+)`", keys) for kind, keys in rows.items()}
    described = {kind: list(shape["properties"]) for kind, shape in kinds().items() if kind != "header"}
    assert shown == {kind: [key for key in keys if key not in ("t", "event")] for kind, keys in described.items()}
    assert f'"schema":"{SCHEMA}"' in PAGE


def test_every_form_is_on_the_page() -> None:
    assert re.findall(r"^\| `(\.\w+)` ", PAGE, re.MULTILINE) == list(WRITERS)

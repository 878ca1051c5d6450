"""What `tools/trace.md` shows is run and written: commands, lines of a trace, kinds of events and their keys."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest
from shown import ROOT, blocks, play, sessions

from ipcclab.trace import WRITERS
from ipcclab.trace.schema import SCHEMA, kinds

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
    written = (folder / "echo.ndjson").read_text(encoding="utf-8").splitlines()
    shown = [line for block in blocks(PAGE, "json") for line in block.splitlines()]
    assert len(shown) == 7
    for line in shown:
        pattern = re.escape(line).replace("…", ".*")
        assert any(re.fullmatch(pattern, one) for one in written), line


def test_python_shows_what_happens(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (example,) = blocks(PAGE, "python")
    test = doctest.DocTestParser().get_doctest(example, {}, "trace.md", None, 0)
    assert doctest.DocTestRunner().run(test).failed == 0
    assert (folder / "echo.svg").exists()


def test_every_kind_of_event_has_its_keys_on_the_page() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (`.*?`) \|", PAGE, re.MULTILINE))
    shown = {kind: re.findall(r"`(\w+)`", keys) for kind, keys in rows.items()}
    described = {kind: list(shape["properties"]) for kind, shape in kinds().items() if kind != "header"}
    assert shown == {kind: [key for key in keys if key not in ("t", "event")] for kind, keys in described.items()}
    assert f'"schema":"{SCHEMA}"' in PAGE


def test_every_form_is_on_the_page() -> None:
    assert re.findall(r"^\| `(\.\w+)` ", PAGE, re.MULTILINE) == list(WRITERS)

"""The pages of the Linux side: every example in platforms/linux/*.md runs, and gives what the page says."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).resolve().parents[2] / "linux").glob("*.md"))
EXAMPLES = doctest.DocTestParser()


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_examples_of_the_page_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # an example may write files
    text = page.read_text(encoding="utf-8").replace("\n```", "\n\n```")  # where a fence ends, output does
    examples = EXAMPLES.get_doctest(text, {}, page.name, str(page), 0)
    said: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False).run(examples, out=said.append)
    assert result.failed == 0, "".join(said)
    assert result.attempted > 0, f"{page.name} has no example"

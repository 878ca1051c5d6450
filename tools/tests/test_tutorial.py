"""The tutorial is done as it is read: its files are written, its commands typed, in order and in one folder."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from shown import ROOT, play, run, sessions

PAGE = ROOT / "robot_tests" / "TUTORIAL.md"
TEXT = PAGE.read_text(encoding="utf-8")
#: (language, name of the file if it is one, what stands there) of each block, in order.
BLOCKS = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
SECTION = re.compile(r"^(?=\*\*\* .* \*\*\*$)", re.MULTILINE)


def sections(suite: str) -> dict[str, str]:
    """The sections of a suite, by their headers."""
    return {part.partition("\n")[0]: part for part in SECTION.split(suite) if part}


def test_tutorial_does_what_it_shows(tmp_path: Path) -> None:
    for language, name, text in BLOCKS:
        if language == "console":
            (session,) = sessions(f"```console\n{text}```\n")
            play(session, tmp_path)
            continue
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if language == "robotframework" and file.exists():
            # What a later block shows of a suite takes the place of the sections that have these names.
            kept = sections(file.read_text(encoding="utf-8"))
            text = "\n".join((kept | sections(text)).values())
        file.write_text(text, encoding="utf-8")
    log = (tmp_path / "before" / "output.xml").read_text(encoding="utf-8")
    for words in ("CH5 lost", "ipcc_questions.html#", "Last 20 accesses", "History of channel 5 from processor 1"):
        assert words in log, words
    assert (tmp_path / "before" / "ipcc_questions.html").exists()
    (workflow,) = tmp_path.glob(".github/workflows/*.yml")
    steps = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]["firmware"]["steps"]
    (suite,) = [step["run"] for step in steps if step.get("run", "").startswith("robot ")]
    assert run(suite, tmp_path, 0).returncode == 0
    (artefact,) = [step["with"]["path"] for step in steps if "upload-artifact" in step.get("uses", "")]
    assert (tmp_path / artefact / "log.html").exists()


def test_picture_is_what_the_first_run_draws_now(tmp_path: Path) -> None:
    suite = next(text for language, _, text in BLOCKS if language == "robotframework")
    (tmp_path / "questions.robot").write_text(suite.replace("questions.txt", "lost_signal.svg"), encoding="utf-8")
    run("robot --outputdir . questions.robot", tmp_path, 0)
    drawn, shown = tmp_path / "lost_signal.svg", PAGE.parent / "lost_signal.svg"
    same = drawn.read_text(encoding="utf-8") == shown.read_text(encoding="utf-8")
    assert same, f"look at it; if it is right: cp {drawn} {shown}"


def test_each_file_has_a_name() -> None:
    assert all(bool(name) == (language != "console") for language, name, _ in BLOCKS)
    assert {name for _, name, _ in BLOCKS if name} == {
        "questions.robot",
        "test_flag.py",
        ".github/workflows/firmware.yml",
    }


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)", TEXT):
        assert (PAGE.parent / link).exists(), link

"""The public workflow that tests with a Renode: it takes the one that the bench tells people to get."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mp1bench.engine.renode.installation import GET_RENODE, RENODE

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def workflow() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/renode.yml").read_text())
    return loaded


def commands(workflow: dict[str, Any], job: str) -> list[str]:
    return [step["run"].strip() for step in workflow["jobs"][job]["steps"] if "run" in step]


def test_workflow_takes_the_renode_that_people_are_told_to_get(workflow: dict[str, Any]) -> None:
    assert workflow["env"]["RENODE"] == RENODE
    assert len(workflow["env"]["RENODE_SHA256"]) == 64
    for job in ("engine", "plain"):
        (install,) = [command for command in commands(workflow, job) if "curl" in command]
        archive = install.splitlines()[0].removeprefix('archive="').removesuffix('"').replace("$RENODE", RENODE)
        assert archive in GET_RENODE
        assert "sha256sum --check" in install


def test_workflow_runs_the_suites_of_the_bench_and_of_plain_renode(workflow: dict[str, Any]) -> None:
    assert "make test-renode" in commands(workflow, "engine")
    plain = commands(workflow, "plain")
    assert plain[-1].endswith('renode-test "$GITHUB_WORKSPACE"/robot_tests/renode/*.robot')
    assert not any("ipcclab" in command or "make" in command for command in plain)


def test_workflow_names_a_commit_of_pyrenode3(workflow: dict[str, Any]) -> None:
    assert len(bytes.fromhex(workflow["env"]["PYRENODE3"])) == 20
    assert any("antmicro/pyrenode3@$PYRENODE3" in command for command in commands(workflow, "engine"))


def test_actions_are_those_of_the_other_workflow(workflow: dict[str, Any]) -> None:
    other = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())

    def used(loaded: dict[str, Any]) -> set[str]:
        return {step["uses"] for job in loaded["jobs"].values() for step in job["steps"] if "uses" in step}

    assert used(workflow) == used(other)

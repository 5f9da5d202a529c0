"""What the workflows may do, and whose code they run; their syntax is for actionlint, in `make lint`."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parent.parent / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
WRITES = {("preview", "preview", "pull-requests")}


def workflow(file: Path) -> dict[Any, Any]:
    return yaml.safe_load(file.read_text())


def triggers(file: Path) -> dict[str, Any]:
    return workflow(file)[True]  # YAML takes `on` for a truth value


def test_workflows_are_those_for_preview_up_and_destroy() -> None:
    assert [file.stem for file in FILES] == ["destroy", "preview", "up"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_actions_are_pinned_to_a_commit(file: Path) -> None:
    used = re.findall(r"uses: (\S+)", file.read_text())
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each) for each in used)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_jobs_have_no_more_permissions_than_they_say(file: Path) -> None:
    given = workflow(file)
    assert given["permissions"] == {}
    for name, job in given["jobs"].items():
        writes = {scope for scope, access in job["permissions"].items() if access == "write"}
        allowed = {scope for stem, job_name, scope in WRITES if (stem, job_name) == (file.stem, name)}
        assert writes - {"id-token"} == allowed


def test_preview_when_the_branch_is_a_forks_has_no_credentials() -> None:
    file = FOLDER / "preview.yml"
    assert set(triggers(file)) == {"pull_request"}
    for job in workflow(file)["jobs"].values():
        if "id-token" in job["permissions"]:
            assert "github.event.pull_request.head.repo.full_name == github.repository" in job["if"]
        else:
            assert "secrets." not in str(job)


def test_up_waits_for_the_approval_of_its_environment() -> None:
    assert set(triggers(FOLDER / "up.yml")) == {"push"}
    assert workflow(FOLDER / "up.yml")["jobs"]["up"]["environment"] == "${{ matrix.environment }}"


def test_destroy_runs_by_hand_alone_and_compares_what_was_typed_first() -> None:
    file = FOLDER / "destroy.yml"
    assert set(triggers(file)) == {"workflow_dispatch"}
    first = workflow(file)["jobs"]["destroy"]["steps"][0]
    assert first["name"] == "Compare what was typed"
    assert "exit 1" in first["run"]

"""What the workflows may do, and whose code they run; their syntax is for actionlint, in `make lint`."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parent.parent / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
WRITES = {("preview", "preview", "pull-requests"), ("template", "template", "contents")}


def workflow(file: Path) -> dict[Any, Any]:
    return yaml.safe_load(file.read_text())


def triggers(file: Path) -> dict[str, Any]:
    return workflow(file)[True]  # YAML takes `on` for a truth value


def test_workflows_are_those_of_the_repository_and_of_a_new_project() -> None:
    assert [file.stem for file in FILES] == ["ci", "destroy", "preview", "template", "up"]


def test_ci_runs_the_tests_of_the_glue_job_on_the_python_of_glue() -> None:
    [ci] = (workflow(file) for file in FILES if file.stem == "ci")
    job = ci["jobs"]["test"]
    [spark] = (step for step in job["steps"] if "make spark" in step.get("run", ""))
    assert spark["if"] == "matrix.python == '3.11'"
    assert "3.11" in job["strategy"]["matrix"]["python"]


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


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_job_installs_the_makefiles_uv_before_pulumi_runs(file: Path) -> None:
    (version,) = re.findall(r"uv==([\d.]+)", (FOLDER.parent.parent / "Makefile").read_text())
    for job in workflow(file)["jobs"].values():
        steps = [f"{step.get('uses', '')} {step.get('run', '')}" for step in job["steps"]]
        installed = [index for index, text in enumerate(steps) if f"pipx install uv=={version} " in text]
        for index, text in enumerate(steps):
            if "pulumi/actions@" in text:
                assert installed
                assert installed[0] < index


def test_preview_when_the_branch_is_a_forks_has_no_credentials() -> None:
    file = FOLDER / "preview.yml"
    assert set(triggers(file)) == {"pull_request"}
    for job in workflow(file)["jobs"].values():
        if "id-token" in job["permissions"]:
            assert "github.event.pull_request.head.repo.full_name == github.repository" in job["if"]
        else:
            assert "secrets." not in str(job)


def test_ci_tests_each_python_that_the_packages_name_and_has_no_credentials() -> None:
    file = FOLDER / "ci.yml"
    assert set(triggers(file)) == {"pull_request"}
    named = set[str]()
    for project in (FOLDER.parent.parent / "packages").glob("*/pyproject.toml"):
        text = project.read_text()
        named.add(",".join(re.findall(r'"Programming Language :: Python :: (3\.\d+)"', text)))
    assert named == {",".join(workflow(file)["jobs"]["test"]["strategy"]["matrix"]["python"])}
    assert "secrets." not in file.read_text()
    assert all(job["permissions"] == {"contents": "read"} for job in workflow(file)["jobs"].values())


def test_dependabot_updates_every_go_module() -> None:
    root = FOLDER.parent.parent
    updates = yaml.safe_load((FOLDER.parent / "dependabot.yml").read_text())["updates"]
    (listed,) = [set(each["directories"]) for each in updates if each["package-ecosystem"] == "gomod"]
    tracked = subprocess.run(
        ["git", "ls-files", "*go.mod"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    assert listed == {f"/{Path(line).parent}" for line in tracked.splitlines()}


def test_up_waits_for_the_approval_of_its_environment() -> None:
    assert set(triggers(FOLDER / "up.yml")) == {"push"}
    assert workflow(FOLDER / "up.yml")["jobs"]["up"]["environment"] == "${{ matrix.environment }}"


def test_destroy_runs_by_hand_alone_and_compares_what_was_typed_first() -> None:
    file = FOLDER / "destroy.yml"
    assert set(triggers(file)) == {"workflow_dispatch"}
    first = workflow(file)["jobs"]["destroy"]["steps"][0]
    assert first["name"] == "Compare what was typed"
    assert "exit 1" in first["run"]


def test_template_pushes_the_tree_that_was_made_to_its_branch(tmp_path: Path) -> None:
    remote = tmp_path / "server" / "o" / "r"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    commands = {"bin/make": 'out="${2#OUT=}" && mkdir -p "$out" && echo new > "$out/file"', "bin/gh": "true"}
    given = {
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_SERVER_URL": f"file://{tmp_path}/server",
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_REF_NAME": "v1",
    }
    assert run_step(step("template", "template", "Write"), tmp_path, commands, **given) == 0
    pushed = ["git", "-C", str(remote), "show", "template:file"]
    assert subprocess.run(pushed, capture_output=True, text=True, check=True).stdout == "new\n"


def step(stem: str, job: str, name: str) -> str:
    """The shell script of a step."""
    (found,) = [
        each["run"]
        for each in workflow(FOLDER / f"{stem}.yml")["jobs"][job]["steps"]
        if each.get("name", "").startswith(name)
    ]
    return found


def run_step(script: str, folder: Path, commands: Mapping[str, str], **environ: str) -> int:
    """As GitHub runs it, `bash -e`, in a folder with commands of these scripts."""
    for name, body in commands.items():
        command = folder / name
        command.parent.mkdir(parents=True, exist_ok=True)
        command.write_text(f"#!/bin/bash\n{body}\n")
        command.chmod(0o755)
    given = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "GITHUB_STEP_SUMMARY": f"{folder}/summary.md"}
    ended = subprocess.run(
        ["bash", "-e", "-c", script], cwd=folder, env={**given, **environ}, capture_output=True, check=False
    )
    return ended.returncode


LISTED = '[{"name": "o/shop/dev"}]'
PULUMI = """case "$*" in
  "stack ls"*) echo '%s' ;;
  "stack init"*) echo "$* in $PULUMI_BACKEND_URL" > begun ;;
  *--policy-pack*) echo "$*" > asked; echo verdict; exit %d ;;
  *--diff*) echo + a table ;;
esac"""


@pytest.mark.parametrize("code", [0, 1])
def test_preview_comments_with_the_verdict_and_fails_when_policies_refuse(tmp_path: Path, code: int) -> None:
    commands = {".venv/bin/python": "true", "bin/pulumi": PULUMI % (LISTED, code)}
    script = step("preview", "preview", "Preview the stack")
    assert run_step(script, tmp_path, commands, STACK="dev", ENVIRONMENT="staging") == code
    comment = (tmp_path / "comment.md").read_text()
    assert comment.startswith("### Preview of dev\n````\nverdict\n````\n")
    assert "+ a table" in comment
    assert (tmp_path / "summary.md").read_text() == comment
    assert "--policy-pack policies --policy-pack-config policies/config/staging.json" in (
        tmp_path / "asked"
    ).read_text().replace("\n", "")
    assert not (tmp_path / "begun").exists()


def test_preview_takes_a_backend_of_its_own_when_the_stack_is_not_deployed(tmp_path: Path) -> None:
    commands = {".venv/bin/python": "true", "bin/pulumi": PULUMI % (LISTED, 0)}
    script = step("preview", "preview", "Preview the stack")
    given = {"STACK": "new", "ENVIRONMENT": "staging", "PULUMI_BACKEND_URL": "s3://states"}
    assert run_step(script, tmp_path, commands, **given) == 0
    assert (tmp_path / "begun").read_text().startswith("stack init new in file://")


@pytest.mark.parametrize("failing", ["python", "pulumi"])
def test_preview_fails_without_a_verdict_when_configuration_or_backend_cannot_be_read(
    tmp_path: Path, failing: str
) -> None:
    commands = {".venv/bin/python": "true", "bin/pulumi": "true"}
    commands |= {name: "exit 2" for name in commands if name.endswith(failing)}
    script = step("preview", "preview", "Preview the stack")
    assert run_step(script, tmp_path, commands, STACK="dev", ENVIRONMENT="staging") == 2


@pytest.mark.parametrize("refused", ["make", "pulumi", ""])
def test_policies_previews_each_stack_and_fails_when_one_is_refused(tmp_path: Path, refused: str) -> None:
    listed = '[{"stack": "dev", "environment": "staging"}, {"stack": "other", "environment": "production"}]'
    commands = {
        "bin/make": f"exit {2 * (refused == 'make')}",
        ".venv/bin/python": f"echo '{listed}'",
        ".venv/bin/bulk": "echo :",
        "bin/pulumi": f'echo "$*" >> asked; [[ "$* {refused}" != "preview --stack dev "*" pulumi" ]]',
    }
    assert (
        run_step(step("preview", "policies", "Preview every"), tmp_path, commands)
        == ({"make": 2, "pulumi": 1, "": 0}[refused])
    )
    pack = "--policy-pack policies --policy-pack-config policies/config"
    assert (tmp_path / "asked").read_text().splitlines() == [
        "stack select --create dev",
        f"preview --stack dev {pack}/staging.json",
        "stack select --create other",
        f"preview --stack other {pack}/production.json",
    ]


@pytest.mark.parametrize(
    ("comments", "method", "path"),
    [
        ([], "", "repos/o/r/issues/7/comments"),
        ([("someone", "### Preview of dev\nx")], "", "repos/o/r/issues/7/comments"),
        ([("github-actions[bot]", "### Preview of dev-2\nx")], "", "repos/o/r/issues/7/comments"),
        (
            [("github-actions[bot]", "hello"), ("github-actions[bot]", "### Preview of dev\nx")],
            "--method PATCH ",
            "repos/o/r/issues/comments/1",
        ),
    ],
)
def test_comment_is_put_over_the_last_one_about_the_same_stack(
    tmp_path: Path, comments: list[tuple[str, str]], method: str, path: str
) -> None:
    (tmp_path / "there.json").write_text(
        json.dumps(
            [{"id": at, "user": {"login": who}, "body": body} for at, (who, body) in enumerate(comments)]
        )
    )
    gh = 'if [ "$2" = --paginate ]; then cat there.json; else echo "$*" > asked; fi'
    script = step("preview", "preview", "Comment")
    told = {"STACK": "dev", "NUMBER": "7", "GITHUB_REPOSITORY": "o/r"}
    assert run_step(script, tmp_path, {"bin/gh": gh}, **told) == 0
    assert (tmp_path / "asked").read_text() == f"api {method}{path} --field body=@comment.md\n"


@pytest.mark.parametrize(
    ("stem", "job", "name", "command", "code", "expected"),
    [
        ("destroy", "destroy", "Say what", ".venv/bin/bulk", 1, 0),
        ("destroy", "destroy", "Say what", ".venv/bin/bulk", 2, 1),
    ],
)
def test_summary_when_the_command_fails_is_closed(
    tmp_path: Path, stem: str, job: str, name: str, command: str, code: int, expected: int
) -> None:
    said = {command: f"echo said; exit {code}"}
    assert run_step(step(stem, job, name), tmp_path, said) == expected
    assert (tmp_path / "summary.md").read_text().endswith("```\nsaid\n```\n")


@pytest.mark.parametrize("stem", ["preview", "up"])
def test_stacks_when_they_cannot_be_read_fail_the_workflow(tmp_path: Path, stem: str) -> None:
    commands = {".venv/bin/python": "echo error: no >&2; exit 2", "bin/make": "true"}
    assert run_step(step(stem, "stacks", "Find"), tmp_path, commands, GITHUB_OUTPUT=f"{tmp_path}/out") == 2


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_scripts_take_what_others_choose_from_the_environment_alone(file: Path) -> None:
    for job in workflow(file)["jobs"].values():
        assert not [each["run"] for each in job["steps"] if "${{" in each.get("run", "")]

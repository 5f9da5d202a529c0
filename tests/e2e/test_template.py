"""Projects that `pulumi new` makes, of `make template` and of the repository, used as their README says."""

import os
import re
import shutil
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.clone import NOT_COPIED, ROOT, Clone, Run, clone_at

pytestmark = pytest.mark.engine

NOT_A_USERS = {"packages", "benchmarks", "examples", "smoke", "template", ".ci", "repository.mk", "dist"}
NOT_DEPLOYED = {"local-aws", "offline-pulumi", "moto", "pytest", "jsonata-python"}


def commands(page: Path, heading: str) -> list[str]:
    """The commands that a page shows under a heading."""
    section = page.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [line.split("  #")[0].strip() for line in re.findall(r"^ *\$ (.+)$", section, re.MULTILINE)]


def make_template(out: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "OUT": str(out)}
    return subprocess.run(
        ["make", "template"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make template` writes."""
    out = tmp_path_factory.mktemp("made") / "template"
    made = make_template(out)
    assert made.returncode == 0, made.stderr
    return out


def new(clone: Clone, folder: Path, template: Path, options: str = "") -> Run:
    """`pulumi new` in a new folder, with the engine and the backend of the clone."""
    folder.mkdir()
    return clone.literal(f"cd '{folder}' && pulumi new '{template}' --yes {options}")


def share_bytecode(project: Path) -> None:
    """Let a new environment have what this one has compiled: uv links the same files, of the same times."""
    (own,), (new,) = ((folder / ".venv").glob("lib/python*/site-packages") for folder in (ROOT, project))
    for compiled in own.rglob("__pycache__"):
        place = new / compiled.relative_to(own)
        if place.parent.is_dir() and not place.exists():
            place.symlink_to(compiled)


def files(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def created(clone: Clone, template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """A project in a folder with a space and capitals, and what `pulumi new` printed."""
    folder = tmp_path_factory.mktemp("mine") / "My Data"
    printed = new(clone, folder, template, "--stack dev")
    assert printed.code == 0, printed.output
    share_bytecode(folder)
    assert clone.literal(f"cd '{folder}' && pulumi stack rm dev --yes --preserve-config").code == 0
    return folder, printed


@pytest.fixture(scope="module")
def project(created: tuple[Path, Run]) -> Iterator[Clone]:
    """The project, with a state and a server of its own."""
    made = clone_at(created[0])
    yield made
    made.run(".venv/bin/bulk", "local", "down")


def test_template_has_what_a_user_needs_and_nothing_else(template: Path) -> None:
    written = files(template)
    assert len(written) <= 130
    assert not [file for file in template.rglob("*") if file.is_symlink()]
    assert not {file.split("/")[0] for file in written} & NOT_A_USERS
    assert not [file for file in written if file.startswith(("tests/e2e", "tests/examples"))]
    assert {file.split("-")[0] for file in written if file.startswith("vendor/")} == {
        "vendor/dynamodb_bulk",
        "vendor/local_aws",
        "vendor/offline_pulumi",
    }
    assert {"LICENSE", "uv.lock", "datasets/cities/dataset.yaml", ".github/workflows/up.yml"} <= written


def test_pages_of_the_template_link_only_to_what_it_has(template: Path) -> None:
    links = {
        (page.name, target)
        for page in template.rglob("*.md")
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    }
    assert links == set()


def test_make_template_refuses_when_its_folder_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = make_template(tmp_path)
    assert refused.returncode != 0
    assert refused.stderr.splitlines()[0] == f"error: {tmp_path}: is not empty; name a new or an empty folder"
    assert files(tmp_path) == {"file"}


def test_production_install_has_no_local_aws_and_no_test_tools(template: Path, project: Clone) -> None:
    assert commands(template / "README.md", "Where the settings are") == ["uv sync --no-dev"]
    planned = project.literal("uv export --locked --no-dev --no-emit-project --no-hashes")
    assert planned.code == 0, planned.output
    names = {re.split(r"[ =@]", line)[0] for line in planned.output.splitlines()}
    assert "pulumi-aws" in names
    assert not names & NOT_DEPLOYED


def test_pulumi_new_names_the_project_after_its_folder_and_says_what_is_next(
    created: tuple[Path, Run],
) -> None:
    folder, printed = created
    assert "Created project 'MyData'" in printed.output
    assert printed.output.rstrip().endswith("README.md says how to load your own files.")
    assert "make up " in printed.output
    assert (folder / "README.md").read_text().startswith("# MyData\n")


def test_new_project_loads_its_starter_and_runs_its_tests(project: Clone) -> None:
    tried = commands(project.folder / "README.md", "Try it")
    assert tried == ["make up", "make test", "make down"]
    up = project.make("up")
    assert up.code == 0, up.output
    assert len(project.items("mydata-local-cities")) == 6
    assert project.client("dynamodb").list_tables()["TableNames"] == ["mydata-local-cities"]
    some = {"PYTEST_ADDOPTS": "-k 'test_settings or test_bucket or test_naming'", "WORKERS": "0"}
    tested = project.run("make", "test", environ=some)
    assert tested.code == 0, tested.output


def test_new_project_loads_a_users_file_when_used_as_its_readme_says(project: Clone) -> None:
    page = project.folder / "README.md"
    for name, text in re.findall(r"`(datasets/\S+)`\n\n +```\w+\n(.*?) +```", page.read_text(), re.DOTALL):
        (project.folder / name).parent.mkdir(exist_ok=True)
        (project.folder / name).write_text(textwrap.dedent(text))
    for stack in ("local", "dev"):
        file = project.folder / f"Pulumi.{stack}.yaml"
        file.write_text(file.read_text().replace("datasets/cities/", "datasets/people/"))
    check, make_up, up, status, destroy = commands(page, "Load your first file")
    assert project.run(*check.split()).code == 0
    made = project.run(*make_up.split())
    assert made.code == 0, made.output
    assert [item["name"] for item in project.items("mydata-local-people")] == [{"S": "Ada"}, {"S": "Linus"}]
    assert project.literal("pulumi stack init dev").code == 0  # `pulumi new` made it in the clone's backend
    for command in (f"{up} --yes", status):
        done = project.literal(command)
        assert done.code == 0, done.output
    assert re.search(r"people +writes +2 +2 .* good", done.output)
    gone = project.literal(f"{destroy} --yes")
    assert gone.code == 0, gone.output
    assert project.client("dynamodb").list_tables()["TableNames"] == ["mydata-local-people"]
    down = project.make("down")
    assert down.code == 0, down.output


def test_new_project_takes_a_newer_template_as_its_readme_says(
    clone: Clone, project: Clone, template: Path
) -> None:
    remove, renew, differences = commands(project.folder / "README.md", "Upgrade")
    git = "git -c user.name=me -c user.email=me@example.com"
    with (project.folder / "Pulumi.local.yaml").open("a") as settings:
        settings.write("# mine\n")
    committed = f"cd '{project.folder}' && git init -q && git add . && {git} commit -qm all"
    assert clone.literal(committed).code == 0
    (template / "docs" / "settings.md").write_text("newer\n")
    renewed = f"{remove} && {renew.replace('TEMPLATE', str(template))} --yes"
    upgraded = clone.literal(f"cd '{project.folder}' && {renewed}")
    assert upgraded.code == 0, upgraded.output
    changed = clone.literal(f"cd '{project.folder}' && {differences} --name-only").output.split()
    assert {"docs/settings.md", "Pulumi.local.yaml"} <= set(changed)
    assert not [file for file in changed if file.endswith((".py", ".whl", "uv.lock", "pyproject.toml"))]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, with no environment yet."""
    folder = tmp_path_factory.mktemp("copy") / "dynamodb-bulk"
    shutil.copytree(ROOT, folder, ignore=NOT_COPIED)
    return folder


def test_project_made_of_the_repository_works_before_and_after_its_environment_is_made(
    clone: Clone, repository: Path, tmp_path: Path
) -> None:
    before = new(clone, tmp_path / "before", repository, "--name my-load --generate-only")
    assert before.code == 0, before.output
    assert files(tmp_path / "before") == files(repository)
    environment = clone_at(repository).run("make", ".venv/locked", environ={"UV_NO_DEV": "1"})
    assert environment.code == 0, environment.output
    after = new(clone, tmp_path / "after", repository, "--name my-load --stack dev")
    assert after.code == 0, after.output
    assert (
        clone.literal(f"cd '{tmp_path / 'after'}' && pulumi stack rm dev --yes --preserve-config").code == 0
    )
    project = clone_at(tmp_path / "after")
    settings = project.settings()
    settings["config"]["bulk:loads"] = [{"dataset": "examples/minimal/dataset.yaml"}]
    (project.folder / "Pulumi.local.yaml").write_text(yaml.safe_dump(settings))
    made = project.make(".venv/locked")
    assert made.code == 0, made.output
    share_bytecode(project.folder)
    up = project.make("up")
    assert up.code == 0, up.output
    assert str(project.folder) in (project.folder / ".venv" / "bin" / "pytest").read_text().splitlines()[0]
    assert project.client("s3").list_buckets()["Buckets"][0]["Name"] == "my-load-local-files-123456789012"
    down = project.make("down")
    assert down.code == 0, down.output
    assert "Nothing is left." in down.output


def test_readme_shows_the_commands_that_these_tests_run() -> None:
    assert commands(ROOT / "README.md", "Start your own project") == [
        "make template OUT=../template",
        "mkdir ../my-load && cd ../my-load",
        "pulumi new ../template --stack dev",
        "make up",
        "pulumi up",
    ]

"""Which stacks there are to preview: those of the project, and its examples in every environment."""

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import yaml

from dynamodb_bulk.preview.run import Target
from dynamodb_bulk.pulumi_project import NO_ENGINE, read_project_file
from dynamodb_bulk.spec.errors import InputError

ENVIRONMENTS = ("development", "staging", "production")
DEFAULT = "development"
EXAMPLES = "examples"
PACK = Path("policies").resolve()


def stacks(
    project: Path, names: Iterable[str], scratch: Path, configuration: Path | None
) -> Iterator[Target]:
    """The stacks named, or all that have settings; one that is not deployed is previewed as a new one.

    Raises InputError when one of them has no settings, or an environment that there is not.
    """
    found = _files(project)
    deployed = _deployed(project)
    for name in tuple(names) or sorted(found):
        if name not in found:
            known = ", ".join(sorted(found)) or "none"
            raise InputError(f"stack {name}", f"no Pulumi.{name}.yaml in {project}", f"there are {known}")
        environment = _environment(found[name])
        settings, backend = found[name], None
        if name not in deployed:
            settings, backend = _apart(project, scratch, name, read_project_file(found[name]))
        yield Target(
            stack=name,
            environment=environment,
            project=project,
            settings=settings,
            pack=PACK,
            configuration=configuration or PACK / "config" / f"{environment}.json",
            backend=backend,
        )


def on_aws(project: Path) -> Iterator[dict[str, str]]:
    """The stacks that are not for this machine, with their environments."""
    for name, file in sorted(_files(project).items()):
        if str(_settings(file).get("bulk:local", False)).lower() != "true":
            yield {"stack": name, "environment": _environment(file)}


def examples(project: Path, scratch: Path) -> Iterator[Target]:
    """Every example in every environment: as in the local stack's settings, and the others as they come."""
    local = _settings(project / "Pulumi.local.yaml")
    loads: list[dict[str, Any]] = list(local["bulk:loads"])
    known = {load["dataset"] for load in loads}
    files = [str(file.relative_to(project)) for file in sorted(project.glob("examples/*/dataset.yaml"))]
    loads += [{"dataset": file} for file in files if file not in known]
    for environment in ENVIRONMENTS:
        config = {**local, "bulk:loads": loads, "bulk:environment": environment}
        settings, backend = _apart(project, scratch / environment, EXAMPLES, {"config": config})
        yield Target(
            stack=EXAMPLES,
            environment=environment,
            project=project,
            settings=settings,
            pack=PACK,
            configuration=PACK / "config" / f"{environment}.json",
            backend=backend,
        )


def _files(project: Path) -> dict[str, Path]:
    files = project.glob("Pulumi.*.yaml")
    return {file.name.removeprefix("Pulumi.").removesuffix(".yaml"): file for file in files}


def _environment(file: Path) -> str:
    environment = _settings(file).get("bulk:environment", DEFAULT)
    if environment not in ENVIRONMENTS:
        raise InputError(
            f"{file}: bulk:environment", f"{environment!r} is not one of {', '.join(ENVIRONMENTS)}"
        )
    return environment


def _settings(file: Path) -> dict[str, Any]:
    config: Any = read_project_file(file).get("config") or {}
    if not isinstance(config, dict):
        raise InputError(f"{file}: config", "not keys and values")
    return cast("dict[str, Any]", config)


def _apart(project: Path, scratch: Path, name: str, settings: dict[str, Any]) -> tuple[Path, Path]:
    """Settings and backend of a stack that leaves no trace."""
    folder = scratch / name
    backend = folder / "backend"
    backend.mkdir(parents=True)
    shutil.copy(project / "Pulumi.yaml", folder)
    file = folder / f"Pulumi.{name}.yaml"
    file.write_text(yaml.safe_dump(settings))
    return file, backend


def _deployed(project: Path) -> set[str]:
    try:
        answer = subprocess.run(
            ["pulumi", "stack", "ls", "--json"],  # noqa: S607 - the one on PATH
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise NO_ENGINE from None
    if answer.returncode:
        raise InputError("pulumi stack ls", answer.stderr.strip().removeprefix("error: "))
    listed: list[dict[str, Any]] = yaml.safe_load(answer.stdout) or []
    return {str(each["name"]).rpartition("/")[2] for each in listed}

"""Fix how moto takes CodeBuild: projects can be changed, and no build is said to have run that did not."""

from typing import Any

from moto.codebuild.models import CodeBuildBackend
from moto.codebuild.responses import CodeBuildResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult

NO_BUILDS = "local AWS runs no builds: run the command in the project's buildspec yourself"
_CHANGED = (
    *("description", "serviceRole", "timeoutInMinutes", "concurrentBuildLimit", "sourceVersion"),
    *("artifacts", "environment", "source", "logsConfig", "tags"),
)
_create = CodeBuildResponse.create_project


def keep_projects() -> None:
    """Let the projects of this process be such as AWS keeps."""
    for name, replacement in (
        ("create_project", _created),
        ("update_project", _updated),
        ("start_build", _refused),
    ):
        setattr(CodeBuildResponse, name, replacement)


def _created(response: CodeBuildResponse) -> ActionResult:
    answer = _create(response)
    _keep(response, _project(response))
    return answer


def _updated(response: CodeBuildResponse) -> ActionResult:
    project = _project(response)
    _keep(response, project)
    return ActionResult({"project": project})


def _refused(_response: CodeBuildResponse) -> ActionResult:
    raise JsonRESTError("InvalidInputException", NO_BUILDS)


def _project(response: CodeBuildResponse) -> dict[str, Any]:
    backend: CodeBuildBackend = response.codebuild_backend
    name = str(response._get_param("name"))  # pyright: ignore[reportPrivateUsage]
    if name not in backend.codebuild_projects:
        raise JsonRESTError("ResourceNotFoundException", f"Project cannot be found: {name}")
    return backend.codebuild_projects[name].project_metadata


def _keep(response: CodeBuildResponse, project: dict[str, Any]) -> None:
    for name in _CHANGED:
        given = response._get_param(name)  # pyright: ignore[reportPrivateUsage]
        if given is not None:
            project[name] = given

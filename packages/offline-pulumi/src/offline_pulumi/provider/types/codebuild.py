"""Projects of CodeBuild, with a buildspec written into them.

Source: hashicorp/terraform-provider-aws, internal/service/codebuild/project.go.
"""

from typing import Any

from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, Tagging, argument
from offline_pulumi.provider.translate import same_json

_LOWEST, _HIGHEST = 5, 2160


def _tags(members: Members) -> dict[str, str]:
    return {each["key"]: each["value"] for each in members.get("tags") or ()}


def _written(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def _put(client: Any, members: Members, tags: dict[str, str]) -> None:
    client.update_project(name=members["name"], tags=_written(tags))


def _remove(client: Any, members: Members, gone: list[str]) -> None:
    kept = {key: value for key, value in _tags(members).items() if key not in gone}
    _put(client, members, kept)


def _check(props: Props) -> dict[str, str]:
    minutes = props.get("buildTimeout")
    if isinstance(minutes, int | float) and not _LOWEST <= minutes <= _HIGHEST:
        said = f"expected build_timeout to be in the range ({_LOWEST} - {_HIGHEST}), got {minutes:g}"
        return {"buildTimeout": said}
    return {}


PROJECT = ResourceType(
    type="aws:codebuild/project:Project",
    title="CodeBuild Project ({id})",
    service="codebuild",
    arguments=(
        argument("name", "name", replaces=True, computed=True),
        argument("description", "description", default=""),
        argument("serviceRole", "serviceRole", required=True),
        argument("buildTimeout", "timeoutInMinutes", kind="number", default=60),
        argument("concurrentBuildLimit", "concurrentBuildLimit", kind="number"),
        argument("sourceVersion", "sourceVersion"),
        argument(
            "artifacts",
            "artifacts",
            kind="object",
            required=True,
            fields=(argument("type", "type", required=True),),
        ),
        argument(
            "environment",
            "environment",
            kind="object",
            required=True,
            fields=(
                argument("computeType", "computeType", required=True),
                argument("image", "image", required=True),
                argument("type", "type", required=True),
                argument(
                    "environmentVariables",
                    "environmentVariables",
                    kind="objects",
                    fields=(
                        argument("name", "name", required=True),
                        argument("value", "value", required=True),
                        argument("type", "type", default="PLAINTEXT"),
                    ),
                ),
            ),
        ),
        argument(
            "source",
            "source",
            kind="object",
            required=True,
            fields=(
                argument("type", "type", required=True),
                argument("location", "location"),
                argument("buildspec", "buildspec", same=same_json),
            ),
        ),
        argument(
            "logsConfig",
            "logsConfig",
            kind="object",
            fields=(
                argument(
                    "cloudwatchLogs",
                    "cloudWatchLogs",
                    kind="object",
                    fields=(
                        argument("groupName", "groupName"),
                        argument("status", "status", default="ENABLED"),
                    ),
                ),
            ),
        ),
    ),
    # The real provider's ID is the project's ARN, of which the name is the last part.
    id=lambda members: members["arn"],
    parse_id=lambda found: {"arn": found, "name": found.rpartition("/")[2]},
    outputs={"arn": "arn"},
    shape=lambda members, _: _with_status({"timeoutInMinutes": 60, **members}),
    create=Call(operation="create_project", answer="project"),
    read=(
        Call(
            operation="batch_get_projects",
            build=lambda members: {"names": [members["name"]]},
            only=True,
            answer="projects.0",
        ),
    ),
    changes=(Change(call=Call(operation="update_project")),),
    delete=Call(operation="delete_project"),
    tagging=Tagging(
        read=lambda _, members: _tags(members),
        put=_put,
        remove=_remove,
        on_create=lambda tags: {"tags": _written(tags)},
    ),
    autoname="name",
    name_limit=255,
    gone=frozenset({"ResourceNotFoundException"}),
    retry={"InvalidInputException": "CodeBuild is not authorized to perform"},
    check=_check,
)


def _with_status(members: Members) -> Members:
    """With what the service wants said, and the provider says by default."""
    logs = members.get("logsConfig", {}).get("cloudWatchLogs")
    if logs is not None:
        logs.setdefault("status", "ENABLED")
    return members

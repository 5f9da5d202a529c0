"""Jobs of Glue and their security configurations.

Source: hashicorp/terraform-provider-aws, internal/service/glue/job.go and security_configuration.go.
"""

from collections.abc import Mapping
from typing import Any

from offline_pulumi.provider.model import (
    Argument,
    Call,
    Change,
    Members,
    Props,
    ResourceType,
    Tagging,
    argument,
)
from offline_pulumi.provider.properties import UNKNOWN
from offline_pulumi.provider.types.dms import ACCOUNT

_GONE = frozenset({"EntityNotFoundException"})
_LIMITS = {"maxRetries": (0, 10), "numberOfWorkers": (1, None), "timeout": (1, None)}
_WORKERS = (
    *("Standard", "Z.2X", "G.025X", "G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X"),
    *("R.1X", "R.2X", "R.4X", "R.8X"),
)
_WORDS = {"executionClass": ("FLEX", "STANDARD"), "workerType": _WORKERS}
_JOB = (
    argument("name", replaces=True, computed=True),
    argument("roleArn", "Role", required=True),
    argument(
        "command",
        kind="object",
        required=True,
        fields=(
            argument("name", default="glueetl"),
            argument("pythonVersion", computed=True),
            argument("runtime", computed=True),
            argument("scriptLocation", required=True),
        ),
    ),
    argument("defaultArguments", kind="map"),
    argument("nonOverridableArguments", kind="map"),
    argument("description"),
    argument("executionClass", computed=True),
    argument(
        "executionProperty",
        kind="object",
        computed=True,
        fields=(argument("maxConcurrentRuns", kind="number", default=1),),
    ),
    argument("glueVersion", computed=True),
    argument("maxCapacity", kind="number", computed=True),
    argument("maxRetries", kind="number", default=0),
    argument("numberOfWorkers", kind="number", computed=True),
    argument("securityConfiguration"),
    argument("timeout", kind="number", computed=True),
    argument("workerType", computed=True),
)
_SENT = frozenset(each.member for each in _JOB)


def _arn(client: Any, members: Members, _props: Props) -> Members:
    """Glue does not report the ARN of a job: the real provider puts it together, too."""
    return {"Arn": f"arn:aws:glue:{client.meta.region_name}:{ACCOUNT}:job/{members['Name']}"}


def _shape(members: Members, _props: Props) -> Members:
    """With the provider's own default, which it sends."""
    command: Members = members.get("Command") or {}
    return members | {"Command": {"Name": "glueetl", **command}}


def _update(client: Any, members: Members, _props: Props) -> None:
    """Send the whole definition: what an update leaves out is unset."""
    update = {name: members[name] for name in _SENT - {"Name"} if members.get(name) not in (None, "", {})}
    client.update_job(JobName=members["Name"], JobUpdate=update)


def _check(props: Props) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, (least, most) in _LIMITS.items():
        value = props.get(name)
        if isinstance(value, int | float) and (value < least or (most is not None and value > most)):
            wanted = f"at least ({least})" if most is None else f"in the range ({least} - {most})"
            found[name] = f"expected {name} to be {wanted}, got {value:g}"
    for name, words in _WORDS.items():
        value = props.get(name)
        if value not in (None, UNKNOWN, *words):
            found[name] = f"expected {name} to be one of {list(words)}, got {value}"
    for name in ("workerType", "numberOfWorkers"):
        if props.get("maxCapacity") is not None and props.get(name) is not None:
            found["maxCapacity"] = f'"maxCapacity": conflicts with {name}'
    return found


JOB = ResourceType(
    type="aws:glue/job:Job",
    title="Glue Job ({id})",
    service="glue",
    arguments=_JOB,
    id=lambda members: members["Name"],
    parse_id=lambda found: {"Name": found, "JobName": found},
    outputs={"arn": "Arn"},
    shape=_shape,
    create=Call(operation="create_job"),
    read=(Call(operation="get_job", answer="Job"), _arn),
    changes=(Change(call=_update),),
    delete=Call(operation="delete_job"),
    tagging=Tagging(
        read=lambda client, members: client.get_tags(ResourceArn=members["Arn"])["Tags"],
        put=lambda client, members, tags: client.tag_resource(ResourceArn=members["Arn"], TagsToAdd=tags),
        remove=lambda client, members, gone: client.untag_resource(
            ResourceArn=members["Arn"], TagsToRemove=gone
        ),
        on_create=lambda tags: {"Tags": tags},
    ),
    autoname="name",
    name_limit=255,
    gone=_GONE,
    check=_check,
)


def _encryption(name: str, member: str, place: str = "") -> Argument:
    """Return one of the three parts of a configuration: how it encrypts, and with which key."""
    return argument(
        name,
        f"{member}{place}",
        kind="object",
        required=True,
        fields=(
            argument(f"{name}Mode", f"{member}Mode", default=_OFF),
            argument("kmsKeyArn"),
        ),
    )


def _modes(props: Props) -> Mapping[str, str]:
    given: Any = props.get("encryptionConfiguration")
    parts: Props = {} if given in (None, UNKNOWN) else given
    found: dict[str, str] = {}
    for part, modes in _MODES.items():
        path = f"encryptionConfiguration.{part}.{part}Mode"
        mode = parts[part].get(f"{part}Mode", _OFF) if isinstance(parts.get(part), dict) else _OFF
        if mode not in (UNKNOWN, *modes):
            found[path] = f"expected {path} to be one of {list(modes)}, got {mode}"
    return found


_OFF = "DISABLED"
_MODES = {
    "cloudwatchEncryption": (_OFF, "SSE-KMS"),
    "jobBookmarksEncryption": (_OFF, "CSE-KMS"),
    "s3Encryption": (_OFF, "SSE-KMS", "SSE-S3"),
}
SECURITY_CONFIGURATION = ResourceType(
    type="aws:glue/securityConfiguration:SecurityConfiguration",
    title="Glue Security Configuration ({id})",
    service="glue",
    arguments=(
        argument("name", replaces=True, computed=True),
        argument(
            "encryptionConfiguration",
            kind="object",
            required=True,
            replaces=True,
            fields=(
                _encryption("cloudwatchEncryption", "CloudWatchEncryption"),
                _encryption("jobBookmarksEncryption", "JobBookmarksEncryption"),
                _encryption("s3Encryption", "S3Encryption", ".0"),
            ),
        ),
    ),
    id=lambda members: members["Name"],
    parse_id=lambda found: {"Name": found},
    create=Call(operation="create_security_configuration"),
    read=(Call(operation="get_security_configuration", answer="SecurityConfiguration"),),
    delete=Call(operation="delete_security_configuration"),
    autoname="name",
    name_limit=255,
    gone=_GONE,
    check=_modes,
)
TYPES = (JOB, SECURITY_CONFIGURATION)

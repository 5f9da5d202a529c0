"""Names and ARNs of DMS resources.

Source: https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateReplicationInstance.html
"""

import re
import secrets
import string
from collections.abc import Mapping
from typing import Any, Literal

from local_aws.account import ACCOUNT
from local_aws.dms.faults import invalid_value

Kind = Literal["rep", "endpoint", "task", "replication-config"]
Request = Mapping[str, Any]

_ALPHABET = string.ascii_uppercase + "234567"
_RESOURCE_ID_LENGTH = 26
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_SUBNET_GROUP = re.compile(r"[A-Za-z0-9._ -]{1,255}")
_RESOURCE_IDENTIFIER_MAXIMUM = 31


def checked_name(request: Request, what: str, *, maximum: int) -> str:
    """The name as DMS stores it: lowercase; raise InvalidParameterValueException for one it refuses."""
    name: str = request[what]
    if _problem(name, maximum):
        raise invalid_value(
            f"The parameter {what} is not a valid identifier. Identifiers must begin with a letter; must "
            "contain only ASCII letters, digits, and hyphens; must not end with a hyphen or contain two "
            f"consecutive hyphens; and have 1 to {maximum} characters: {name}"
        )
    return name.lower()


def checked_subnet_group(name: str) -> str:
    """Return the name of a subnet group as DMS stores it."""
    if not _SUBNET_GROUP.fullmatch(name) or name.lower() == "default":
        raise invalid_value(
            "The parameter ReplicationSubnetGroupIdentifier must be 1 to 255 letters, digits, spaces, "
            f'periods, underscores or hyphens, and not "default": {name}'
        )
    return name.lower()


def arn(kind: Kind, region: str, resource: str | None = None) -> str:
    """Return the ARN of a new resource, ending in the caller's own resource identifier or in a random one."""
    if resource is None:
        resource = "".join(secrets.choice(_ALPHABET) for _ in range(_RESOURCE_ID_LENGTH))
    elif problem := _problem(resource, _RESOURCE_IDENTIFIER_MAXIMUM):
        raise invalid_value(f"The parameter ResourceIdentifier is not valid, {problem}: {resource}")
    return f"arn:aws:dms:{region}:{ACCOUNT}:{kind}:{resource}"


def subnet_group_arn(region: str, name: str) -> str:
    """Return the ARN of a subnet group, which ends in the name."""
    return f"arn:aws:dms:{region}:{ACCOUNT}:subgrp:{name}"


def event_subscription_arn(region: str, name: str) -> str:
    """Return the ARN of an event subscription, which ends in the name, too."""
    return f"arn:aws:dms:{region}:{ACCOUNT}:es:{name}"


def resource_id(resource_arn: str) -> str:
    """Return the last part of an ARN."""
    return resource_arn.rsplit(":", 1)[-1]


def _problem(name: str, maximum: int) -> str:
    if not 1 <= len(name) <= maximum:
        return f"it must have 1 to {maximum} characters"
    if not _NAME.fullmatch(name):
        return "it must begin with a letter and hold only ASCII letters, digits and hyphens"
    if name.endswith("-") or "--" in name:
        return "it must not end with a hyphen or contain two consecutive hyphens"
    return ""

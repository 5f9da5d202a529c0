"""Tagging: what belongs to a stack says so, in the console, on the bill, and when the stack is gone."""

from collections.abc import Mapping
from typing import Any, cast

from policies.resources import UNKNOWN, Resource
from policies.rule import Family, Finding, Findings, Settings, texts
from policies.tokens import (
    ALARM,
    BUCKETS,
    ENDPOINTS,
    EVENT_SUBSCRIPTION,
    GLUE_JOB,
    INSTANCE,
    LOG_GROUP,
    NETWORK,
    OBJECTS,
    PARAMETER,
    PROJECT,
    ROLE,
    RULE,
    SCHEDULE_GROUP,
    SERVERLESS,
    STATE_MACHINE,
    SUBNET_GROUP,
    TABLE,
    TASK,
    TOPIC,
)

TAGGING = Family("tagging", "Resources carry tags that name their stack.")

TAGGED = frozenset(
    {
        *BUCKETS,
        *OBJECTS,
        *ENDPOINTS,
        *NETWORK,
        TABLE,
        INSTANCE,
        SERVERLESS,
        SUBNET_GROUP,
        EVENT_SUBSCRIPTION,
        TASK,
        ROLE,
        GLUE_JOB,
        LOG_GROUP,
        PARAMETER,
        SCHEDULE_GROUP,
        STATE_MACHINE,
        ALARM,
        PROJECT,
        RULE,
        TOPIC,
    }
)
SHARED = "bulk:owner"  # an account role says by this tag who made it


@TAGGING.on(
    TAGGED,
    "owner",
    why="Without tags, the owner of a leftover and the cost of a load cannot be found.",
    remedy="tag it, or set this rule to `remediate`, which adds `project` and `stack`",
    settings={"required": texts(["project", "stack"], "the required tags")},
)
def has_its_tags(resource: Resource, settings: Settings) -> Findings:
    """Check tags by key; a tag whose value is not known yet counts."""
    tags = resource["tags"]
    has = cast("dict[str, Any]", tags) if isinstance(tags, dict) else {}
    if tags is UNKNOWN or SHARED in has:
        return
    missing = [key for key in settings["required"] if key not in has]
    if missing:
        yield Finding(resource, "tags", tags, f"{', '.join(missing)} missing")


@has_its_tags.mends
def add_tags(resource: Resource, settings: Settings) -> Mapping[str, Any] | None:
    """Return the tags that follow from the stack; others cannot be derived."""
    tags = resource.peek("tags")
    if tags is not None and not isinstance(tags, dict):
        return None
    has = cast("dict[str, Any]", tags or {})
    known = {"project": resource.project, "stack": resource.stack}
    added = {f"tags.{key}": known[key] for key in settings["required"] if key in known and key not in has}
    return added if SHARED not in has else None

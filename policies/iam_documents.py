"""JSON texts inside properties: permissions, and the settings of DMS tasks."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, cast

from policies.resources import Resource
from policies.tokens import ROLE, SERVERLESS

ARN_PARTS = 6
NARROWING = ("stringequals", "stringlike", "arnequals", "arnlike", "ipaddress")
WIDEST = {4: 8, 6: 32}  # bits that a network of IP addresses has to fix


def parsed(text: Any) -> Any:
    """Return the value of a JSON text; None for anything else, which AWS refuses."""
    if isinstance(text, dict):
        return cast("dict[str, Any]", text)
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return None


def task_settings(task: Resource) -> tuple[str, Mapping[str, Any]]:
    """Return the path and the value of a task's settings, or a serverless replication's."""
    path = "replicationSettings" if task.type == SERVERLESS else "replicationTaskSettings"
    settings = parsed(task[path])
    return path, cast("Mapping[str, Any]", settings) if isinstance(settings, dict) else {}


def section(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return one section of a task's settings; empty if it is missing."""
    found = settings.get(name)
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Statement:
    """One statement of a policy document; `path` is the property that it stands in."""

    path: str
    sid: str
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    negated: tuple[str, ...]
    principals: Mapping[str, tuple[str, ...]]
    conditions: Mapping[str, Mapping[str, Any]]

    def condition(self, *keys: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Operator and values of each condition on one of the keys, whatever their case."""
        wanted = {key.lower() for key in keys}
        for operator, given in self.conditions.items():
            yield from ((operator, _texts(value)) for key, value in given.items() if key.lower() in wanted)

    def narrowed(self, *keys: str) -> bool:
        """Return whether it requires one of the keys to have one of the given values."""
        return any(
            operator.lower().removeprefix("foranyvalue:").startswith(NARROWING)
            and not operator.lower().endswith("ifexists")
            and bool(values)
            and all(map(_is_chosen, values))
            for operator, values in self.condition(*keys)
        )


def statements(resource: Resource, path: str) -> Iterator[Statement]:
    """Yield the statements of the document at a path; none if it is not known."""
    yield from _in_document(resource.whole(path), path)


def permissions(resource: Resource) -> Iterator[Statement]:
    """Yield what a role, user or group is allowed: a policy's statements, or those written into a role."""
    if resource.type != ROLE:
        yield from statements(resource, "policy")
        return
    for place, inline in enumerate(listed(resource.whole("inlinePolicies"))):
        document = cast("dict[str, Any]", inline).get("policy") if isinstance(inline, dict) else None
        yield from _in_document(document, f"inlinePolicies.{place}.policy")


def _is_chosen(value: str) -> bool:
    """Return whether it names an owner: an account, an organization, a network, a bucket.

    The rest may be open, by S3's definition of public: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    parts = value.split(":", 5)
    whose = (parts[4] or parts[5]) if len(parts) == ARN_PARTS else value
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        return not set("*?") & set(whose.partition("/")[0])
    return network.is_private or network.prefixlen >= WIDEST[network.version]


def _in_document(text: Any, path: str) -> Iterator[Statement]:
    document = parsed(text)
    found = cast("dict[str, Any]", document).get("Statement") if isinstance(document, dict) else None
    for number, each in enumerate(listed(found)):
        if isinstance(each, dict):
            yield _statement(path, number, cast("dict[str, Any]", each))


def _statement(path: str, number: int, given: dict[str, Any]) -> Statement:
    principal = given.get("Principal")
    by_kind = cast("dict[str, Any]", principal) if isinstance(principal, dict) else {"*": principal}
    return Statement(
        path=path,
        sid=str(given.get("Sid") or f"Statement[{number}]"),
        allows=given.get("Effect") == "Allow",
        actions=_texts(given.get("Action")),
        resources=_texts(given.get("Resource")),
        negated=tuple(key for key in ("NotAction", "NotResource", "NotPrincipal") if key in given),
        principals={kind: _texts(who) for kind, who in by_kind.items() if who},
        conditions=_conditions(given.get("Condition")),
    )


def _conditions(given: Any) -> Mapping[str, Mapping[str, Any]]:
    by_operator = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    return {
        operator: cast("dict[str, Any]", keys)
        for operator, keys in by_operator.items()
        if isinstance(keys, dict)
    }


def listed(value: Any) -> list[Any]:
    """Return a value as a list: itself, of itself alone, or empty."""
    if value is None:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, listed(value)))

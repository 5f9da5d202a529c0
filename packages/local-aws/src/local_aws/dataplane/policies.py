"""IAM policy documents: whether their statements allow an action.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, cast

from moto.s3.models import FakeBucket

Statement = Mapping[str, Any]
Context = Mapping[str, frozenset[str]]
Effect = Literal["Allow", "Deny"]


def statements(documents: Iterable[str]) -> list[Statement]:
    """Return the statements of policy documents; a document that is not JSON grants nothing."""
    found: list[Statement] = []
    for document in documents:
        try:
            written: Any = json.loads(document).get("Statement", [])
        except (json.JSONDecodeError, AttributeError):
            continue
        found.extend(cast("list[Statement]", written) if isinstance(written, list) else [written])
    return found


def allows(rules: Iterable[Statement], action: str, resource: str, context: Context) -> bool:
    """Return whether some statement allows the action on the resource and none denies it."""
    found = effects(rules, action, resource, context)
    return "Allow" in found and "Deny" not in found


def effects(rules: Iterable[Statement], action: str, resource: str, context: Context) -> set[str]:
    """Return the effects of the statements that cover the action on the resource.

    Conditions on keys or with operators that are not known here are taken as met.
    """
    covering = (rule for rule in rules if _covers(rule, "Resource", resource))
    return _effects(covering, action, context)


def _effects(rules: Iterable[Statement], action: str, context: Context) -> set[str]:
    return {
        str(rule.get("Effect"))
        for rule in rules
        if _covers(rule, "Action", action, ignore_case=True) and _conditions_met(rule, context)
    }


def bucket_rules(bucket: FakeBucket) -> list[Statement]:
    """Return the statements of a bucket's policy."""
    policy: bytes | None = bucket.policy
    return statements([policy.decode()] if policy else [])


def about(rules: Iterable[Statement], account: str) -> list[Statement]:
    """Return the statements of a resource's policy that are about the users and roles of an account."""
    return [rule for rule in rules if _is_of(rule.get("Principal", "*"), account)]


def _is_of(principal: object, account: str) -> bool:
    return any(text in ("*", account) or f"::{account}:" in text for text in _of_aws(principal))


def of_service(rules: Iterable[Statement], service: str) -> list[Statement]:
    """Return the statements of a resource's policy that are about a service of AWS."""
    return [rule for rule in rules if _names(rule.get("Principal"), service)]


def naming(rules: Iterable[Statement], principals: Iterable[str]) -> list[Statement]:
    """Return the statements of a resource's policy about a principal of AWS that has one of these names."""
    names = set(principals)
    return [rule for rule in rules if names.intersection(_of_aws(rule.get("Principal")))]


def _of_aws(principal: object) -> list[str]:
    return _texts(
        cast("dict[str, object]", principal).get("AWS") if isinstance(principal, dict) else principal
    )


def trusts(rules: Iterable[Statement], service: str, context: Context) -> bool:
    """Return whether a trust policy lets the service assume the role."""
    found = _effects(of_service(rules, service), "sts:AssumeRole", context)
    return "Allow" in found and "Deny" not in found


def _names(principal: object, service: str) -> bool:
    if isinstance(principal, dict):
        services = _texts(principal.get("Service"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        return service in services or "*" in _texts(principal.get("AWS"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return principal == "*"


def _covers(rule: Statement, element: str, value: str, *, ignore_case: bool = False) -> bool:
    if f"Not{element}" in rule:
        return not any(_like(text, value, ignore_case) for text in _texts(rule[f"Not{element}"]))
    return any(_like(text, value, ignore_case) for text in _texts(rule.get(element)))


def _conditions_met(rule: Statement, context: Context) -> bool:
    conditions: Mapping[str, Mapping[str, object]] = rule.get("Condition") or {}
    return all(
        _condition_met(operator, context[key.lower()], _texts(expected))
        for operator, keys in conditions.items()
        for key, expected in keys.items()
        if key.lower() in context
    )


def _condition_met(operator: str, actual: frozenset[str], expected: list[str]) -> bool:
    if operator == "Null":  # the key is known
        return expected == ["false"]
    operator = operator.removesuffix("IfExists")
    test = _OPERATORS.get(operator.replace("Not", ""))
    return test is None or test(actual, expected) is not ("Not" in operator)


def _equal(actual: frozenset[str], expected: list[str]) -> bool:
    return bool(actual.intersection(expected))


def _alike(actual: frozenset[str], expected: list[str]) -> bool:
    return any(_like(pattern, value, ignore_case=False) for pattern in expected for value in actual)


# Each with its opposite, such as StringNotEquals.
_OPERATORS: dict[str, Callable[[frozenset[str], list[str]], bool]] = {
    **dict.fromkeys(("Bool", "StringEquals"), _equal),
    **dict.fromkeys(("StringLike", "ArnEquals", "ArnLike"), _alike),
}


def _like(pattern: str, value: str, ignore_case: bool) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, re.IGNORECASE if ignore_case else 0) is not None


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(text) for text in value] if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]

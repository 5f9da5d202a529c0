"""Serve rules through Pulumi's SDK."""

import json
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any, cast

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ReportViolation,
    ResourceRemediation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from policies.resources import UNKNOWN, Given, Resource, Stack
from policies.rule import Finding, Rule, Settings

LONGEST = 200  # characters of a value that are shown


def policy(rule: Rule) -> Policy:
    """Return the policy that enforces a rule."""
    common: dict[str, Any] = {
        "name": rule.name,
        "description": rule.why,
        "enforcement_level": EnforcementLevel(rule.level),
        "config_schema": PolicyConfigSchema(
            {
                name: {**setting.schema, "default": setting.default, "description": setting.meaning}
                for name, setting in rule.all_settings.items()
            }
        ),
        "remediation_steps": rule.remedy,
    }
    if rule.check_stack:
        return StackValidationPolicy(validate=_validation(rule), **common)
    return ResourceValidationPolicy(
        validate=_validation(rule),
        remediate=cast("ResourceRemediation | None", _remediation(rule) if rule.mend else None),
        **common,
    )


def message(rule: Rule, finding: Finding) -> str:
    """Return the message that follows the rule's name, its reason and the resource."""
    return f"{finding.property} is {_shown(finding.value)}: {finding.wanted}\nTo do: {rule.remedy}"


def _validation(
    rule: Rule,
) -> Callable[[ResourceValidationArgs | StackValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs | StackValidationArgs, report: ReportViolation) -> None:
        settings = rule.configured(args.get_config())
        if isinstance(args, StackValidationArgs):
            stack = Stack(args.resources)
            resources = list(stack.resources.values())
            findings = rule.check_stack(stack, settings) if rule.check_stack else ()
        elif rule.check_resource and rule.is_about(args.resource_type):
            resources = [Resource(cast("Given", args))]
            findings = rule.check_resource(resources[0], settings)
        else:
            return
        for finding in findings:
            report(message(rule, finding), finding.resource.urn if rule.check_stack else None)
        _answer_for_unread(rule, resources, settings, report)

    return validate


def _answer_for_unread(
    rule: Rule, resources: Iterable[Resource], settings: Settings, report: ReportViolation
) -> None:
    """Refuse or report what a rule could not know: an unknown value is never accepted.

    Raising makes the SDK report an advisory whatever the rule's level: the one way for a rule to have both.
    """
    unread = [(resource, path) for resource in resources for path in dict.fromkeys(resource.unread)]
    if settings["unknown"] == "refuse":
        for resource, path in unread:
            report(
                message(rule, Finding(resource, path, UNKNOWN, "the value must be known in a preview")),
                resource.urn if rule.check_stack else None,
            )
    elif unread:
        where = ", ".join(
            f"{resource.name}.{path}" if rule.check_stack else path for resource, path in unread
        )
        raise UnknownValueError(UNKNOWN_STRING_VALUE, [where])


def _remediation(rule: Rule) -> Callable[[ResourceValidationArgs], Mapping[str, Any] | None]:
    mend = rule.mend
    assert mend  # noqa: S101 - its caller asked

    def remediate(args: ResourceValidationArgs) -> Mapping[str, Any] | None:
        if args.resource_type not in rule.types:
            return None
        changes = mend(Resource(cast("Given", args)), rule.configured(args.get_config()))
        if not changes:
            return None
        # The SDK's own mappings: they keep secrets secret and unknowns unknown, as copies of them would not.
        properties = cast("MutableMapping[str, Any]", args.props)
        for path, value in changes.items():
            *steps, last = path.split(".")
            place = properties
            for step in steps:
                if place.get(step) is None:
                    place[step] = {}
                place = place[step]
            place[last] = value
        return properties

    return remediate


def _shown(value: Any) -> str:
    if value is None:
        return "not set"
    if value is UNKNOWN:
        return repr(value)
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    shown = json.dumps(whole, default=repr)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"

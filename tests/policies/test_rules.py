"""Every rule: what breaks it is refused, what does not is not, and what a preview cannot know is said."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

import policies.tokens as tokens
from policies.configuration import HERE, read
from policies.pack import RULES
from tests.policies.factories import BY_NAME, HAPPY, ROLES, UNKNOWN, Node, hear, hear_each, node
from tests.policies.planted import PLANTED, Planted

ENVIRONMENTS = {each: read(HERE / f"{each}.json") for each in ("development", "production")}
SINGLE = [each for each in PLANTED if each.path]
# Rules that are about a property being there, or about so many that each unknown one would be noise.
DECIDED = {"privilege-no-exclusive", "data-no-secret"}
# Properties that a rule cannot judge another one without.
NEEDED: Mapping[str, set[str]] = {
    "cost-on-demand": {"billingMode"},
    "correctness-source-settings": {"endpointType"},
    "cost-load-ends": {"arguments"},
}


def settings(planted: Planted) -> dict[str, Any]:
    return {**ENVIRONMENTS[planted.environment].get(planted.rule, {}), **planted.config}


def ids(planted: Planted) -> str:
    return planted.id


def test_every_rule_has_something_planted() -> None:
    assert {each.rule for each in PLANTED} == {rule.name for rule in RULES}


def test_names_of_rules_are_stable_and_unique() -> None:
    names = [rule.name for rule in RULES]
    assert sorted(set(names)) == sorted(names)
    assert all(re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", name) for name in names)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_has_a_reason_and_a_remedy(rule: Any) -> None:
    assert rule.why.endswith(".")
    assert re.fullmatch(r"[a-z].+[^.]", rule.remedy)


@pytest.mark.parametrize("planted", PLANTED, ids=ids)
def test_rule_when_broken_names_resource_property_value_and_remedy(planted: Planted) -> None:
    rule = BY_NAME[planted.rule]
    heard = hear(rule, planted.nodes, settings(planted))
    said = [message for name, message in heard.refused if name == planted.guilty and planted.says in message]
    assert said, heard
    assert re.match(r"[\w., \[\]]+ is .+: ", said[0])
    assert f"To do: {rule.remedy}" in said[0]


@pytest.mark.parametrize(
    "planted", [each for each in SINGLE if each.environment == "development" and not each.config], ids=ids
)
def test_rule_reports_nothing_when_the_resource_complies(planted: Planted) -> None:
    heard = hear(BY_NAME[planted.rule], [node(planted.nodes[0].type)], settings(planted))
    assert heard.refused == heard.noted == []


@pytest.mark.parametrize("planted", SINGLE, ids=ids)
def test_rule_refuses_when_all_other_properties_are_unknown(planted: Planted) -> None:
    (given,) = planted.nodes
    keep = {planted.path.split(".")[0], *NEEDED.get(planted.rule, ())}
    heard = hear(
        BY_NAME[planted.rule],
        [given.unknown(*(name for name in given.props if name not in keep))],
        settings(planted),
    )
    assert any(planted.says in message for _, message in heard.refused)


@pytest.mark.parametrize("planted", [each for each in SINGLE if each.rule not in DECIDED], ids=ids)
def test_rule_when_its_property_is_unknown_notes_it_and_refuses_it_where_asked(planted: Planted) -> None:
    given = planted.nodes[0].unknown(planted.path)
    noted = hear(BY_NAME[planted.rule], [given], settings(planted) | {"unknown": "note"})
    assert noted.refused == []
    assert planted.path.split(".")[0] in noted.noted[0]
    refused = hear(BY_NAME[planted.rule], [given], settings(planted) | {"unknown": "refuse"})
    assert "is not known before `pulumi up`: the value must be known in a preview" in refused.refused[0][1]
    assert refused.noted == []


def happy_stack(environment: str) -> list[Node]:
    production = environment == "production"
    kept = {"protect": production}
    roles = [
        node(tokens.ROLE, name, changes={"name": name, "tags": {"bulk:owner": "shop/test"}}, parent="roles")
        for name in ROLES
    ]
    attached = [
        node(tokens.ATTACHMENT, f"{name}-attached", changes={"role": name, "policyArn": arn}, parent="roles")
        for name, arn in ROLES.items()
    ]
    files = {"bucket": "shop-test-files", "prefix": "data/"}
    load = {"method": "native", "table": "shop-test-orders", "incarnation": 1}
    step = {**load, "files": files, "limit_minutes": 60}
    return [
        node(tokens.STACK, "root", changes={"environment": environment, "window": "open", "bucket": "b"}),
        node(tokens.BUCKET, "bucket", changes={"forceDestroy": None} if production else {}),
        node(tokens.PUBLIC_ACCESS_BLOCK, "block", taken={"bucket": "bucket"}),
        node(tokens.ENCRYPTION, "encryption"),
        node(tokens.BUCKET_POLICY, "policy"),
        node(tokens.OBJECT, "file", taken={"bucket": "bucket"}),
        Node(type="bulk:components:DmsRoles", name="roles", props={"retained": True}),
        *roles,
        *attached,
        *(node(kind, f"network-{kind}") for kind in sorted(tokens.NETWORK)),
        node(tokens.SUBNET_GROUP, "subnets", depends_on=("dms-vpc-role-attached",)),
        node(tokens.INSTANCE, "instance", depends_on=("subnets",)),
        node(tokens.ROLE, "role"),
        node(tokens.ROLE_POLICY, "permissions"),
        node(tokens.S3_ENDPOINT, "source"),
        node(tokens.ENDPOINT, "target"),
        node(tokens.TASK, "task", taken={"sourceEndpointArn": "source", "targetEndpointArn": "target"}),
        node(tokens.LOG_GROUP, "logs"),
        node(tokens.STEP, "step", changes={"arguments": step}, depends_on=("file", "task")),
        node(
            tokens.TABLE,
            "table",
            changes={"deletionProtectionEnabled": production},
            depends_on=("step",),
            **kept,
        ),
        node(tokens.PARAMETER, "parameter"),
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("environment", ["development", "production"])
def test_rule_reports_nothing_when_the_stack_complies(rule: Any, environment: str) -> None:
    entry = ENVIRONMENTS[environment].get(rule.name, {})
    if entry.get("enforcementLevel", rule.level) == "disabled":
        return
    heard = hear(rule, happy_stack(environment), entry | {"unknown": "note"})
    assert heard.refused == []
    assert heard.noted == []


def test_happy_resources_are_of_every_type_that_rules_are_about() -> None:
    about = {each for rule in RULES for each in rule.types}
    alike = tokens.BUCKETS | tokens.OBJECTS | tokens.ACLS | tokens.POLICIES
    alike |= tokens.EXCLUSIVE | tokens.ATTACHMENTS
    assert about - alike <= set(HAPPY)


ODD: tuple[Any, ...] = (
    UNKNOWN,
    "",
    "x",
    7,
    7.5,
    True,
    [],
    ["x", 1, UNKNOWN],
    {},
    {"x": UNKNOWN},
    [{"x": {}}],
)
PATHS = sorted({(each.type, name) for planted in PLANTED for each in planted.nodes for name in each.props})


@pytest.mark.parametrize(("kind", "name"), PATHS, ids=lambda part: part.rpartition(":")[2])
def test_rule_still_judges_when_a_value_has_a_different_type(kind: str, name: str) -> None:
    of_stacks = [rule for rule in RULES if rule.check_stack]
    of_resources = [rule for rule in RULES if not rule.check_stack and rule.is_about(kind)]
    happy = happy_stack("development")
    for value in ODD:
        odd = node(kind, "odd", changes={name: value})
        hear_each(of_stacks, [*happy, odd], {"tag": "ends"})
        hear_each(of_resources, [odd], {"tag": "ends"})

"""The policy pack in the real engine: what is planted is refused, what ships passes."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dynamodb_bulk.aws.account_roles import ACCOUNT_ROLES
from policies.configuration import HERE, read
from policies.pack import RULES
from tests.e2e.clone import Clone, Run
from tests.policies.planted import PLANTED

pytestmark = pytest.mark.engine

STACK = "shop-test"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration with every rule mandatory, and set as what is planted needs it."""
    rules: dict[str, dict[str, Any]] = {rule.name: {} for rule in RULES}
    for planted in PLANTED:
        rules[planted.rule] |= read(HERE / f"{planted.environment}.json").get(planted.rule, {})
        rules[planted.rule] |= planted.config
    file = tmp_path_factory.mktemp("strict") / "strict.json"
    file.write_text(
        json.dumps({name: {**each, "enforcementLevel": "mandatory"} for name, each in rules.items()})
    )
    return file


@pytest.fixture(scope="module")
def planted(clone: Clone, strict: Path) -> Run:
    """`make preview` of the program that breaks every rule."""
    return clone.run("make", "preview", "IN=tests/e2e/planted", f"CONFIG={strict}")


def test_make_preview_when_every_rule_is_broken_refuses_each_of_them(planted: Run) -> None:
    assert planted.code != 0
    refused = {
        line.rpartition(": ")[2] for line in planted.output.splitlines() if line.startswith("refused in")
    }
    assert refused == {rule.name for rule in RULES}


@pytest.mark.parametrize("number", range(len(PLANTED)), ids=lambda number: PLANTED[number].id)
def test_make_preview_names_the_resource_the_value_and_what_to_do(planted: Run, number: int) -> None:
    plant = PLANTED[number]
    section = planted.output.partition(f"refused in test (development): {plant.rule}\n")[2].partition("\n\n")[
        0
    ]
    (guilty,) = [node for node in plant.nodes if node.name == plant.guilty]
    name = STACK if guilty.type == "pulumi:pulumi:Stack" else f"{number}-{plant.guilty}"
    lines = [line for line in section.splitlines() if f" {name}: " in line and plant.says in line]
    assert lines, section
    assert "  To do: " in section


def test_make_preview_of_what_ships_passes_every_stack_and_every_example_in_every_environment(
    clone: Clone,
) -> None:
    preview = clone.literal("bulk preview --examples --json")
    assert preview.code == 0, preview.output
    previews: list[dict[str, Any]] = json.loads(preview.output[preview.output.index("[") :])
    assert [(each["stack"], each["environment"]) for each in previews] == [
        ("dev", "development"),
        ("local", "development"),
        ("examples", "development"),
        ("examples", "staging"),
        ("examples", "production"),
    ]
    assert all(each["refused"] == each["advised"] == each["errors"] == [] for each in previews)
    assert all(each["rules"] >= 45 for each in previews)


def test_preview_passes_when_the_account_roles_are_of_a_different_stack(clone: Clone) -> None:
    iam = clone.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "dms.amazonaws.com"}, "Action": "sts:AssumeRole"}
    for role in ACCOUNT_ROLES:
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
            iam.create_role(RoleName=role.name, AssumeRolePolicyDocument=document)
            policy = f"arn:aws:iam::aws:policy/service-role/{role.policy}"
            iam.attach_role_policy(RoleName=role.name, PolicyArn=policy)
    preview = clone.literal("bulk preview dev")
    assert preview.code == 0, preview.output


def test_preview_when_the_configuration_has_a_slip_of_the_pen_names_the_nearest(
    clone: Clone, tmp_path: Path
) -> None:
    file = tmp_path / "mine.json"
    file.write_text('{"teardown-windw": "mandatory"}')
    preview = clone.literal(f"bulk preview local --policy-config {file}")
    assert preview.code == 2
    assert f"error: {file}: teardown-windw: unknown rule; did you mean teardown-window?" in preview.output


def test_preview_lists_the_stacks_when_the_stack_is_unknown(clone: Clone) -> None:
    preview = clone.literal("bulk preview prod")
    assert preview.code == 2
    assert "error: stack prod: no Pulumi.prod.yaml in" in preview.output
    assert "there are dev, local" in preview.output


ELSEWHERE = "tests/e2e/elsewhere"
PACK = "--policy-pack ../../../policies --policy-pack-config policies.json"


@pytest.fixture(scope="module")
def elsewhere(clone: Clone) -> Iterator[Clone]:
    """A stack of someone else's program, deployed with the policies and gone at the end."""
    running = clone.run(".venv/bin/bulk", "local", "up")
    assert running.code == 0, running.output
    begun = clone.literal(f"cd {ELSEWHERE} && pulumi stack init acme")
    assert begun.code == 0, begun.output
    yield clone
    gone = clone.literal(f"cd {ELSEWHERE} && pulumi destroy --stack acme --yes --skip-preview")
    assert gone.code == 0, gone.output


def pulumi(clone: Clone, command: str) -> Run:
    return clone.literal(f"cd {ELSEWHERE} && pulumi {command} --stack acme {PACK}")


def test_elsewhere_under_its_own_configuration_passes_and_notes_what_only_up_can_know(
    elsewhere: Clone,
) -> None:
    preview = elsewhere.literal(
        f"bulk preview acme --cwd {ELSEWHERE} --policy-config {ELSEWHERE}/policies.json --json"
    )
    assert preview.code == 0, preview.output
    (found,) = json.loads(preview.output[preview.output.index("[") :])
    assert {each["rule"] for each in found["advised"]} == {
        "data-not-public",
        "data-tls-policy",
        "privilege-actions",
        "privilege-pass-role",
        "privilege-resources",
    }


def test_elsewhere_under_our_configuration_is_refused_for_its_names(elsewhere: Clone) -> None:
    preview = elsewhere.literal(f"bulk preview acme --cwd {ELSEWHERE}")
    assert preview.code == 1
    assert 'aws:s3:Bucket landing: bucket is "acme-landing": it begins with elsewhere-acme-' in preview.output


def test_up_when_the_preview_could_not_know_refuses_before_the_resource_is_made(elsewhere: Clone) -> None:
    up = pulumi(elsewhere, "up --yes --skip-preview -c elsewhere:wide=true")
    assert up.code != 0
    assert "[mandatory]  privilege-actions  (aws:iam:RolePolicy: loader)" in up.output
    assert 'policy, Statement[0], Action is "*": actions are named' in up.output
    iam = elsewhere.client("iam")
    assert iam.get_role(RoleName="acme-loader")
    assert iam.list_role_policies(RoleName="acme-loader")["PolicyNames"] == []


def test_up_remediates_missing_tags_and_retention(elsewhere: Clone) -> None:
    up = pulumi(elsewhere, "up --yes --skip-preview -c elsewhere:wide=false")
    assert up.code == 0, up.output
    (group,) = elsewhere.client("logs").describe_log_groups(logGroupNamePrefix="/aws-dynamodb/imports")[
        "logGroups"
    ]
    assert group["retentionInDays"] == 30
    dynamodb = elsewhere.client("dynamodb")
    table = dynamodb.describe_table(TableName="acme-events")["Table"]["TableArn"]
    tags = {tag["Key"]: tag["Value"] for tag in dynamodb.list_tags_of_resource(ResourceArn=table)["Tags"]}
    assert tags == {"project": "elsewhere", "stack": "acme"}
    assert len(elsewhere.items("acme-events")) == 2


def test_preview_has_no_changes_after_remediation(elsewhere: Clone) -> None:
    preview = pulumi(elsewhere, "preview --expect-no-changes")
    assert preview.code == 0, preview.output

"""The policy pack in the real engine: what is planted is refused, what ships passes."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from dynamodb_bulk.aws.account_roles import ACCOUNT_ROLES
from policies.configuration import HERE, read
from policies.pack import RULES
from tests.e2e.account import IMPORT_LOGS
from tests.e2e.clone import Clone, Run
from tests.e2e.conftest import new_stack
from tests.e2e.stack import Stack
from tests.policies.planted import PLANTED

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


@dataclass(frozen=True)
class Violation:
    """A rule that a resource breaks, as the engine prints it."""

    level: str
    rule: str
    resource: str
    message: str


def violations(preview: Run) -> list[Violation]:
    """What a preview prints under `Policies:`."""
    printed = preview.output.partition("\nPolicies:\n")[2].partition("\n\n")[0]
    found = re.split(r"^ +- \[(\w+)\]  (\S+)  \((.*)\)\n", printed, flags=re.MULTILINE)[1:]
    return [Violation(*found[at : at + 4]) for at in range(0, len(found), 4)]


@pytest.fixture(scope="module")
def planted(clone: Clone, strict: Path) -> Run:
    """A preview of the program that breaks every rule."""
    return clone.literal(
        "cd tests/e2e/planted && pulumi stack init test && pulumi preview --stack test "
        f"--policy-pack ../../../policies --policy-pack-config {strict}"
    )


def test_preview_refuses_by_every_rule_when_each_is_broken(planted: Run) -> None:
    assert planted.code != 0
    refused = {each.rule for each in violations(planted) if each.level == "mandatory"}
    assert refused == {rule.name for rule in RULES}


@pytest.mark.parametrize("number", range(len(PLANTED)), ids=lambda number: PLANTED[number].id)
def test_preview_names_the_resource_the_value_and_what_to_do(planted: Run, number: int) -> None:
    plant = PLANTED[number]
    (guilty,) = [node for node in plant.nodes if node.name == plant.guilty]
    name = STACK if guilty.type == "pulumi:pulumi:Stack" else f"{number}-{plant.guilty}"
    found = [
        each.message
        for each in violations(planted)
        if each.rule == plant.rule and each.resource.endswith(f" {name}") and plant.says in each.message
    ]
    assert found
    assert all("To do: " in message for message in found)


@pytest.fixture(scope="module")
def examples(clone: Clone) -> Stack:
    """A stack to preview, of which nothing is ever deployed."""
    return new_stack(clone)


def make_account_roles(clone: Clone) -> None:
    """Have account roles that are no stack's, unless some are there."""
    iam = clone.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "dms.amazonaws.com"}, "Action": "sts:AssumeRole"}
    for role in ACCOUNT_ROLES:
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
            iam.create_role(RoleName=role.name, AssumeRolePolicyDocument=document)
            policy = f"arn:aws:iam::aws:policy/service-role/{role.policy}"
            iam.attach_role_policy(RoleName=role.name, PolicyArn=policy)


def previewed(stack: Stack, environment: str = "development") -> Run:
    """The preview of the stack with the policies of an environment."""
    configuration = f"--policy-pack-config policies/config/{environment}.json"
    return stack.run(f"pulumi preview --policy-pack policies {configuration}")


# What staging allows beyond development is larger instances and more units.
@pytest.mark.parametrize("environment", ["development", "production"])
def test_preview_passes_every_example_in_an_environment(
    clone: Clone, examples: Stack, environment: str
) -> None:
    if environment == "production":
        make_account_roles(clone)
    settings = yaml.safe_load((clone.folder / "Pulumi.local.yaml").read_text())
    loads = settings["config"]["bulk:loads"]
    known = {load["dataset"] for load in loads}
    files = [str(file.relative_to(clone.folder)) for file in clone.folder.glob("examples/*/dataset.yaml")]
    loads += [{"dataset": file} for file in files if file not in known]
    hourly = {"full": "rate(1 day)", "incremental_minutes": 60}
    exports = [*settings["config"]["bulk:exports"], {"table": "orders", "name": "hourly", "schedule": hourly}]
    examples.settle(*loads, exports=exports, environment=environment)
    preview = previewed(examples, environment)
    assert preview.code == 0, preview.output
    assert violations(preview) == []


def test_make_preview_passes_the_local_stack(clone: Clone) -> None:
    preview = clone.make("preview")
    assert preview.code == 0, preview.output
    assert f"policies/config/development.json: {len(RULES)} rules: " in preview.output
    assert "\nPolicies:\n    ✅ dynamodb-bulk" in preview.output


ELSEWHERE = "tests/e2e/elsewhere"


@pytest.fixture(scope="module")
def elsewhere(clone: Clone) -> Iterator[Clone]:
    """A stack of someone else's program, deployed with the policies and gone at the end.

    It declares the log group of the account's imports.
    """
    logs = clone.client("logs")
    with suppress(logs.exceptions.ResourceNotFoundException):
        logs.delete_log_group(logGroupName=IMPORT_LOGS.removeprefix("log group "))
    begun = clone.literal(f"cd {ELSEWHERE} && pulumi stack init acme")
    assert begun.code == 0, begun.output
    yield clone
    gone = clone.literal(f"cd {ELSEWHERE} && pulumi destroy --stack acme --yes --skip-preview")
    assert gone.code == 0, gone.output


def pulumi(clone: Clone, command: str, configuration: str = "policies.json") -> Run:
    pack = f"--policy-pack ../../../policies --policy-pack-config {configuration}"
    return clone.literal(f"cd {ELSEWHERE} && pulumi {command} --stack acme {pack}")


def test_elsewhere_under_its_own_configuration_passes_and_notes_what_only_up_can_know(
    elsewhere: Clone,
) -> None:
    preview = pulumi(elsewhere, "preview")
    assert preview.code == 0, preview.output
    assert {each.rule for each in violations(preview) if each.level == "advisory"} == {
        "data-not-public",
        "data-tls-policy",
        "privilege-actions",
        "privilege-pass-role",
        "privilege-resources",
    }


def test_elsewhere_under_our_configuration_is_refused_for_its_names(elsewhere: Clone) -> None:
    preview = pulumi(elsewhere, "preview", "../../../policies/config/development.json")
    assert preview.code != 0
    (bucket,) = [each for each in violations(preview) if each.resource == "aws:s3:Bucket: landing"]
    assert 'bucket is "acme-landing": it begins with elsewhere-acme-' in bucket.message


def test_up_refuses_what_a_preview_could_not_know_then_remediates_the_rest(elsewhere: Clone) -> None:
    refused = pulumi(elsewhere, "up --yes --skip-preview -c elsewhere:wide=true")
    assert refused.code != 0
    assert "[mandatory]  privilege-actions  (aws:iam:RolePolicy: loader)" in refused.output
    assert 'policy, Statement[0], Action is "*": actions are named' in refused.output
    iam = elsewhere.client("iam")
    assert iam.get_role(RoleName="acme-loader")
    assert iam.list_role_policies(RoleName="acme-loader")["PolicyNames"] == []

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

    preview = pulumi(elsewhere, "preview --expect-no-changes")
    assert preview.code == 0, preview.output

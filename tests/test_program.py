"""The whole program, with the settings that ship: what it declares and in which order."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from localaws.provider.types import TYPES
from tests.recording import (
    ATTACHMENT,
    BUCKET,
    ENDPOINT,
    INSTANCE,
    LOG_GROUP,
    OBJECT,
    ROLE,
    ROLE_POLICY,
    S3_ENDPOINT,
    STASH,
    SUBNET_GROUP,
    TABLE,
    TASK,
    Engine,
    run_main,
    stack_config,
)

LOADS = {"dev": ["orders"], "local": ["orders", "sensors"]}


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")  # moto answers in this process
    with mock_aws():
        yield


def dev(**changes: Any) -> Engine:
    return run_main(stack_config("dev") | changes)


@pytest.mark.parametrize("stack", ["dev", "local"])
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
def test_program_when_a_shipped_stack_is_deployed_declares_one_task_and_step_per_load(
    stack: str, preview: bool
) -> None:
    engine = run_main(stack_config(stack), preview=preview)
    assert sorted(task.name for task in engine.of_type(TASK)) == LOADS[stack]
    assert sorted(step.name for step in engine.of_type(STASH)) == [f"{load}-load" for load in LOADS[stack]]
    assert len(engine.of_type(INSTANCE)) == 1


def test_stand_in_provider_knows_every_type_that_the_program_declares() -> None:
    declared = {resource.type for resource in run_main(stack_config("local")).declared}
    aws_types = {token for token in declared if token.startswith("aws:")}
    assert len(aws_types) >= 17
    assert aws_types <= set(TYPES)


def test_instance_depends_on_the_attachment_of_the_vpc_roles_policy() -> None:
    engine = dev()
    attachment = engine.one(ATTACHMENT, "dms-vpc-role")
    assert attachment.urn in engine.one(INSTANCE).depends_on
    assert attachment.urn in engine.one(SUBNET_GROUP).depends_on


def test_task_depends_on_the_files_and_the_log_group() -> None:
    engine = dev()
    wanted = {resource.urn for resource in engine.of_type(OBJECT) + engine.of_type(LOG_GROUP)}
    assert wanted <= engine.one(TASK).depends_on


def test_task_is_never_started_by_the_provider() -> None:
    assert dev().one(TASK).inputs["startReplicationTask"] is False


def test_step_runs_before_its_state_is_written_so_that_a_failure_is_repeated() -> None:
    hooks = dev().one(STASH).hooks
    assert hooks["before_create"] == hooks["before_update"] == ["orders-load-run"]
    assert hooks["after_create"] == hooks["before_delete"] == hooks["after_delete"] == []


def test_endpoints_have_their_role_with_its_permissions_first() -> None:
    engine = dev()
    permissions = engine.one(ROLE_POLICY).urn
    assert permissions in engine.one(S3_ENDPOINT).depends_on
    assert permissions in engine.one(ENDPOINT).depends_on


def test_source_endpoint_reads_the_folder_that_the_files_are_put_in() -> None:
    engine = dev()
    source, file = engine.one(S3_ENDPOINT).inputs, engine.one(OBJECT).inputs
    (table,) = json.loads(source["externalTableDefinition"])["Tables"]
    assert file["key"] == f"{source['bucketFolder']}/{table['TablePath']}LOAD00000001.csv"


def test_mappings_aim_at_the_tables_physical_name() -> None:
    engine = dev()
    rules = json.loads(engine.one(TASK).inputs["tableMappings"])["rules"]
    assert rules[1]["target-table-name"] == engine.one(TABLE).inputs["name"] == "shop-test-orders"


def test_access_role_may_write_the_table_but_neither_create_nor_delete_it() -> None:
    engine = dev()
    policy = json.loads(engine.one(ROLE_POLICY).inputs["policy"])
    on_table = [
        action
        for statement in policy["Statement"]
        if str(statement["Resource"]).endswith("shop-test-orders")
        for action in statement["Action"]
    ]
    assert "dynamodb:PutItem" in on_table
    assert not {"dynamodb:CreateTable", "dynamodb:DeleteTable"} & set(on_table)


def test_access_role_names_every_action_and_only_lists_tables_everywhere() -> None:
    statements = json.loads(dev().one(ROLE_POLICY).inputs["policy"])["Statement"]
    actions = [
        action
        for s in statements
        for action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])
    ]
    assert not [action for action in actions if "*" in action]
    assert [s["Action"] for s in statements if s["Resource"] == "*"] == ["dynamodb:ListTables"]


def test_access_role_trusts_dms_in_this_account_and_region_alone() -> None:
    (statement,) = json.loads(dev().one(ROLE, "orders").inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "dms.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:dms:eu-west-1:123456789012:*"},
    }


def test_log_group_is_the_instances_and_ends() -> None:
    engine = dev()
    group = engine.one(LOG_GROUP).inputs
    assert group["name"] == f"dms-tasks-{engine.one(INSTANCE).inputs['replicationInstanceId']}"
    assert group["retentionInDays"] == 14


def test_instance_has_no_public_address() -> None:
    assert dev().one(INSTANCE).inputs["publiclyAccessible"] is False


def test_production_protects_the_table_and_keeps_the_bucket() -> None:
    engine = dev(**{"bulk:environment": "production"})
    assert engine.one(TABLE).protect
    assert engine.one(BUCKET).inputs["forceDestroy"] is False


def test_everything_that_can_be_tagged_carries_project_and_stack() -> None:
    engine = dev()
    tagged = [
        r
        for r in engine.declared
        if "tags" in r.inputs and r.name not in ("dms-vpc-role", "dms-cloudwatch-logs-role")
    ]
    assert len(tagged) >= 9
    assert all({"project", "stack", "team"} <= set(r.inputs["tags"]) for r in tagged)

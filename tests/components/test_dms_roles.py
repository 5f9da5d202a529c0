"""The account's roles: made when missing, adopted when there, never deleted."""

import json

import pulumi
import pytest

from components.dms_roles import DmsRoles, DmsRolesArgs
from tests.components.factories import stack
from tests.recording import ACCOUNT, ATTACHMENT, ROLE, Engine, declare

NAMES = ["dms-vpc-role", "dms-cloudwatch-logs-role"]


def roles(engine: Engine | None = None) -> Engine:
    return declare(lambda: DmsRoles("roles", DmsRolesArgs(stack=stack())), engine)


def test_roles_when_the_account_has_none_are_created_with_their_fixed_names() -> None:
    assert {role.inputs["name"] for role in roles().of_type(ROLE)} == set(NAMES)


def test_roles_when_created_are_retained_on_destroy() -> None:
    engine = roles()
    assert all(resource.retained for resource in engine.of_type(ROLE) + engine.of_type(ATTACHMENT))


def test_roles_when_created_carry_the_service_roles_policies() -> None:
    assert {attachment.inputs["policyArn"] for attachment in roles().of_type(ATTACHMENT)} == {
        "arn:aws:iam::aws:policy/service-role/AmazonDMSVPCManagementRole",
        "arn:aws:iam::aws:policy/service-role/AmazonDMSCloudWatchLogsRole",
    }


def test_vpc_role_when_created_trusts_dms_for_this_account_alone() -> None:
    trust = json.loads(roles().one(ROLE, "dms-vpc-role").inputs["assumeRolePolicy"])
    assert trust["Statement"][0]["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_roles_when_someone_else_made_them_are_read_and_not_changed() -> None:
    engine = roles(Engine(account_roles=dict.fromkeys(NAMES, "")))
    assert set(engine.read) == set(NAMES)
    assert engine.of_type(ROLE) + engine.of_type(ATTACHMENT) == []


def test_roles_when_this_stack_made_them_stay_in_its_state() -> None:
    engine = roles(Engine(account_roles=dict.fromkeys(NAMES, "shop/test")))
    assert {role.imported_as for role in engine.of_type(ROLE)} == set(NAMES)
    assert engine.read == []


def test_roles_are_read_when_a_different_stack_created_them() -> None:
    assert set(roles(Engine(account_roles=dict.fromkeys(NAMES, "shop/other"))).read) == set(NAMES)


@pytest.mark.parametrize("missing", NAMES)
def test_roles_when_one_is_missing_only_that_one_is_created(missing: str) -> None:
    engine = roles(Engine(account_roles={name: "" for name in NAMES if name != missing}))
    assert [role.inputs["name"] for role in engine.of_type(ROLE)] == [missing]


def test_roles_when_adopted_are_still_waited_for() -> None:
    ready: list[pulumi.Resource] = []

    def program() -> None:
        ready.extend(DmsRoles("roles", DmsRolesArgs(stack=stack())).ready)

    declare(program, Engine(account_roles=dict.fromkeys(NAMES, "")))
    assert len(ready) == 2

"""The roles of DMS: the account's, made when missing and never deleted, and that of a load."""

import json
from typing import Any, Literal

import pulumi
import pytest

from components.dms_roles import AccessRole, AccessRoleArgs, DmsRoles, DmsRolesArgs
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.keys import TABLE_KEY_ACTIONS
from dynamodb_bulk.spec.errors import InputError
from local_aws.testing.stage import TRUST
from tests.recording import ACCOUNT, ATTACHMENT, ROLE, ROLE_POLICY, Engine, declare, stack

FILES_KEY = "arn:aws:kms:eu-west-1:999999999999:key/files"
TABLE_KEY = "arn:aws:kms:eu-west-1:123456789012:key/table"
NAMES = ["dms-vpc-role", "dms-cloudwatch-logs-role"]


def roles(account_roles: Literal["adopt", "create"] = "adopt") -> Engine:
    return declare(lambda: DmsRoles("roles", DmsRolesArgs(stack=stack(), account_roles=account_roles)))


def existing(owner: str, *names: str) -> None:
    """Have the account's roles, tagged as those of an owner."""
    for name in names or NAMES:
        Aws(region="eu-west-1").iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [TRUST]}),
            Tags=[{"Key": "bulk:owner", "Value": owner}] if owner else [],
        )


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
    existing("")
    engine = roles()
    assert set(engine.read) == set(NAMES)
    assert engine.of_type(ROLE) + engine.of_type(ATTACHMENT) == []


def test_roles_when_this_stack_made_them_stay_in_its_state() -> None:
    existing("shop/test")
    engine = roles()
    assert {role.imported_as for role in engine.of_type(ROLE)} == set(NAMES)
    assert engine.read == []


def test_roles_are_read_when_a_different_stack_created_them() -> None:
    existing("shop/other")
    assert set(roles().read) == set(NAMES)


@pytest.mark.parametrize("missing", NAMES)
def test_roles_when_one_is_missing_only_that_one_is_created(missing: str) -> None:
    existing("", *(name for name in NAMES if name != missing))
    engine = roles()
    assert [role.inputs["name"] for role in engine.of_type(ROLE)] == [missing]


def test_roles_when_adopted_are_still_waited_for() -> None:
    ready: list[pulumi.Resource] = []

    def program() -> None:
        ready.extend(DmsRoles("roles", DmsRolesArgs(stack=stack())).ready)

    existing("")
    declare(program)
    assert len(ready) == 2


def test_roles_when_they_exist_and_are_to_be_created_are_refused() -> None:
    existing("")
    with pytest.raises(InputError, match=r"role dms-vpc-role: exists already.*account_roles: adopt"):
        roles("create")


def statements(**given: Any) -> dict[str, dict[str, Any]]:
    args = AccessRoleArgs(stack=stack(), bucket="files", prefixes=("in/",), tables=["orders"], **given)
    engine = declare(lambda: AccessRole("orders", args))
    return {each["Sid"]: each for each in json.loads(engine.one(ROLE_POLICY).inputs["policy"])["Statement"]}


def test_role_has_no_permission_of_kms_or_for_versions_when_nothing_asks_for_it() -> None:
    text = json.dumps(statements())
    assert "kms" not in text
    assert "GetObjectVersion" not in text


def test_role_reads_versions_when_the_bucket_has_them() -> None:
    assert statements(versioned=True)["ReadFiles"]["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]


@pytest.mark.parametrize(
    ("given", "sid", "actions", "service"),
    [
        ({"files_keys": [FILES_KEY]}, "DecryptFiles", ["kms:Decrypt"], "s3"),
        ({"table_keys": [TABLE_KEY]}, "EncryptItems", list(TABLE_KEY_ACTIONS), "dynamodb"),
    ],
)
def test_role_uses_a_key_through_the_service_alone_whose_data_it_encrypts(
    given: dict[str, list[str]], sid: str, actions: list[str], service: str
) -> None:
    found = statements(**given)
    assert found[sid] == {
        "Sid": sid,
        "Effect": "Allow",
        "Action": actions,
        "Resource": next(iter(given.values()))[0],
        "Condition": {"StringEquals": {"kms:ViaService": f"{service}.eu-west-1.amazonaws.com"}},
    }
    assert {"DecryptFiles", "EncryptItems"} & found.keys() == {sid}

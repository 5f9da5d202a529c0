"""The account's roles for DMS: what is refused before anything is created, and what is only said."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws
from moto.iam.models import iam_backends

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.account_roles import ACCOUNT_ROLES, check_account_roles
from dynamodb_bulk.spec.errors import InputError

VPC, LOGS = ACCOUNT_ROLES
ACCOUNT = "123456789012"
TRUST = {"Effect": "Allow", "Principal": {"Service": "dms.amazonaws.com"}, "Action": "sts:AssumeRole"}
OF_OTHERS = {"StringEquals": {"aws:SourceAccount": "210987654321"}}
OURS = {"StringEquals": {"aws:SourceAccount": [ACCOUNT, "210987654321"]}}


@pytest.fixture(scope="module")
def account() -> Iterator[Aws]:
    """An account with AWS's own policies, which take long to make."""
    with pytest.MonkeyPatch.context() as patch, mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        patch.delenv("AWS_ENDPOINT_URL")
        yield Aws(region="eu-west-1")


@pytest.fixture(autouse=True)
def aws(account: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    iam: Any = iam_backends[ACCOUNT]["aws"]
    monkeypatch.setattr(iam, "roles", type(iam.roles)())
    monkeypatch.setattr(iam, "managed_policies", iam.managed_policies.copy())
    return account


def made(aws: Aws, name: str, trust: Any = TRUST, *, owner: str = "", **policies: Any) -> None:
    """Have a role; `managed` and `inline` are the statements of such a policy."""
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    tags: Any = [{"Key": "bulk:owner", "Value": owner}] if owner else []
    aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, Tags=tags)
    for kind, statements in policies.items():
        text = json.dumps({"Version": "2012-10-17", "Statement": statements})
        if kind == "inline":
            aws.iam.put_role_policy(RoleName=name, PolicyName="it", PolicyDocument=text)
        else:
            policy = aws.iam.create_policy(PolicyName=f"{name}-it", PolicyDocument=text)["Policy"]
            aws.iam.attach_role_policy(RoleName=name, PolicyArn=policy.get("Arn", ""))


def allow(*actions: str, effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Action": list(actions), "Resource": "*"}


def test_check_says_nothing_when_the_account_has_no_roles(aws: Aws) -> None:
    assert check_account_roles(aws, "shop/dev") == ()


@pytest.mark.parametrize(
    "policy",
    [
        {"inline": [allow(*VPC.rights)]},
        {"managed": [allow("ec2:*")]},
        {"managed": allow("EC2:*Network*", "ec2:Describe*")},
        {"inline": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]},
    ],
)
def test_check_takes_equal_rights_for_the_managed_policy(aws: Aws, policy: dict[str, Any]) -> None:
    made(aws, VPC.name, [TRUST | {"Condition": OURS}], **policy)
    assert check_account_roles(aws, "shop/dev") == ()


def test_check_takes_the_managed_policy(aws: Aws) -> None:
    made(aws, VPC.name)
    aws.iam.attach_role_policy(
        RoleName=VPC.name, PolicyArn=f"arn:aws:iam::aws:policy/service-role/{VPC.policy}"
    )
    assert check_account_roles(aws, "shop/dev") == ()


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({}, "may not ec2:CreateNetworkInterface and 7 more"),
        ({"inline": [allow("ec2:Describe*")]}, "may not ec2:CreateNetworkInterface and 2 more"),
        (
            {"inline": [allow("ec2:*"), allow("ec2:DescribeVpcs", effect="Deny")]},
            "may not ec2:DescribeVpcs; run `aws iam attach-role-policy --role-name dms-vpc-role "
            "--policy-arn arn:aws:iam::aws:policy/service-role/AmazonDMSVPCManagementRole`",
        ),
    ],
)
def test_check_refuses_a_vpc_role_without_its_rights(aws: Aws, policy: dict[str, Any], said: str) -> None:
    made(aws, VPC.name, **policy)
    with pytest.raises(InputError) as caught:
        check_account_roles(aws, "shop/dev")
    assert said in str(caught.value)
    assert caught.value.where == "role dms-vpc-role"


@pytest.mark.parametrize(
    "trust",
    [
        TRUST | {"Principal": {"Service": ["ec2.amazonaws.com"]}},
        TRUST | {"Effect": "Deny"},
        TRUST | {"Action": "sts:TagSession"},
        TRUST | {"Condition": OF_OTHERS},
        TRUST | {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}},
    ],
)
def test_check_refuses_a_role_that_dms_may_not_assume(aws: Aws, trust: dict[str, Any]) -> None:
    made(aws, VPC.name, trust, inline=[allow("ec2:*")])
    with pytest.raises(InputError, match=f"dms.amazonaws.com may not assume it for the account {ACCOUNT}"):
        check_account_roles(aws, "shop/dev")


def test_check_warns_of_a_logs_role_without_its_rights(aws: Aws) -> None:
    made(aws, LOGS.name)
    (warning,) = check_account_roles(aws, "shop/dev")
    assert warning.startswith("role dms-cloudwatch-logs-role: exists, but may not logs:CreateLogGroup")
    assert "rejected rows are counted and not listed" in warning


def test_check_leaves_out_what_the_stack_itself_made(aws: Aws) -> None:
    made(aws, VPC.name, owner="shop/dev")
    assert check_account_roles(aws, "shop/dev") == ()
    with pytest.raises(InputError):
        check_account_roles(aws, "shop/prod")

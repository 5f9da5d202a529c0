import json
from typing import Any

import pytest

from local_aws.dataplane.policies import allows, statements, trusts

CONTEXT = {"aws:sourceaccount": frozenset({"123456789012"})}
OBJECT = "arn:aws:s3:::files/import/orders/LOAD001.csv"


def _allow(action: Any, resource: Any, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def _may(*rules: dict[str, Any], action: str = "s3:GetObject", resource: str = OBJECT) -> bool:
    return allows(statements([json.dumps({"Statement": list(rules)})]), action, resource, CONTEXT)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "*"),
        ("s3:getobject", "arn:aws:s3:::files/*"),
        (
            ["s3:ListBucket", "s3:Get*"],
            ["arn:aws:s3:::others/*", "arn:aws:s3:::files/import/orders/LOAD???.csv"],
        ),
    ],
)
def test_statement_that_covers_action_and_resource_allows(action: Any, resource: Any):
    assert _may(_allow(action, resource))


@pytest.mark.parametrize(
    ("action", "resource"),
    [("s3:PutObject", "*"), ("s3:GetObject", "arn:aws:s3:::Files/*"), ("s3:GetObject", [])],
)
def test_statement_that_covers_something_else_does_not_allow(action: Any, resource: Any):
    assert not _may(_allow(action, resource))


def test_statement_that_denies_wins_over_one_that_allows():
    assert not _may(_allow("s3:*", "*"), _allow("s3:GetObject", "arn:aws:s3:::files/*", "Deny"))


def test_statement_of_excepted_actions_allows_the_others():
    rule = {"Effect": "Allow", "NotAction": "s3:Put*", "Resource": "*"}
    assert _may(rule)
    assert not _may(rule, action="s3:PutObject")


def test_statement_whose_condition_is_not_met_does_not_allow():
    condition = {"StringEquals": {"AWS:SourceAccount": "999999999999"}}
    assert not _may(_allow("s3:*", "*", Condition=condition))


def test_statement_whose_denial_is_conditional_leaves_the_rest_allowed():
    condition = {"StringEquals": {"aws:SourceAccount": "999999999999"}}
    assert _may(_allow("s3:*", "*"), _allow("s3:*", "*", "Deny", Condition=condition))


def test_document_that_is_not_json_allows_nothing():
    assert statements(["{", "[]"]) == []


def test_trust_policy_with_a_list_of_services_trusts_each():
    rule = {
        "Effect": "Allow",
        "Principal": {"Service": ["glue.amazonaws.com", "dms.amazonaws.com"]},
        "Action": "sts:AssumeRole",
    }
    assert trusts([rule], "dms.amazonaws.com", CONTEXT)
    assert not trusts([rule], "ec2.amazonaws.com", CONTEXT)

"""Permissions at their edges: what is narrow enough, and what only looks so."""

from typing import Any

import pytest

import policies.tokens as tokens
from tests.policies.factories import BY_NAME, TLS_ONLY, document, hear, node, statement, trust

BUCKET = "arn:aws:s3:::shop-test-files"


def judge(rule: str, kind: str, path: str, text: str, **settings: Any) -> list[str]:
    return [
        message for _, message in hear(BY_NAME[rule], [node(kind, changes={path: text})], settings).refused
    ]


@pytest.mark.parametrize(
    ("arn", "narrow"),
    [
        ("*", False),
        ("arn:aws:dynamodb:*:*:*", False),
        ("arn:aws:dynamodb:eu-west-1:1:table/*", False),
        ("arn:aws:logs:eu-west-1:1:log-group:*", False),
        ("arn:aws:s3:::*", False),
        ("arn:aws:s3:::*/*", False),
        ("arn:aws:dynamodb:eu-west-1:1:t*", False),
        ("arn:aws:dynamodb:eu-west-1:1:table/*/index/*", False),
        ("arn:aws:logs:*:*:log-group:*:log-stream:*", False),
        ("arn:aws:sqs:eu-west-1:1:*", False),
        ("arn:aws:sqs:eu-west-1:1:shop-test-*", True),
        ("arn:aws:logs:eu-west-1:1:log-group:/aws-dynamodb/imports:log-stream:*", True),
        ("arn:aws:dynamodb:eu-west-1:1:table/shop-test-*", True),
        ("arn:aws:dynamodb:eu-west-1:1:table/orders/index/*", True),
        ("arn:aws:logs:eu-west-1:1:log-group:/aws-dynamodb/*", True),
        (f"{BUCKET}/*", True),
        (BUCKET, True),
    ],
)
def test_resource_when_it_is_all_of_a_kind_is_refused(arn: str, narrow: bool) -> None:
    text = document(statement(Resource=arn))
    assert (not judge("privilege-resources", tokens.ROLE_POLICY, "policy", text)) is narrow


@pytest.mark.parametrize(
    "action",
    [
        "dynamodb:ListTables",
        ["logs:DescribeLogGroups", "dynamodb:ListImports"],
        ["dms:DescribeReplicationTasks", "dms:DescribeConnections"],
        ["xray:PutTraceSegments", "logs:CreateLogDelivery"],
    ],
)
def test_all_resources_are_allowed_for_actions_without_resources(action: Any) -> None:
    text = document(statement(Action=action, Resource="*"))
    assert judge("privilege-resources", tokens.ROLE_POLICY, "policy", text) == []


@pytest.mark.parametrize(
    "action", ["dms:DescribeTableStatistics", "dms:StartReplicationTask", "s3:GetObject"]
)
def test_resource_when_the_action_knows_one_may_not_be_everything(action: str) -> None:
    text = document(statement(Action=action, Resource="*"))
    assert judge("privilege-resources", tokens.ROLE_POLICY, "policy", text)


def test_all_resources_are_refused_when_only_one_action_has_none() -> None:
    text = document(statement(Action=["dynamodb:ListTables", "dynamodb:PutItem"], Resource="*"))
    (said,) = judge("privilege-resources", tokens.ROLE_POLICY, "policy", text)
    assert (
        'policy, Statement[0], Resource is "*": dynamodb:ListTables, dynamodb:PutItem can be narrowed' in said
    )


def test_statement_when_it_denies_may_be_broad() -> None:
    text = document(statement(Effect="Deny", Action="*", Resource="*"))
    for rule in ("privilege-actions", "privilege-resources", "privilege-pass-role"):
        assert judge(rule, tokens.ROLE_POLICY, "policy", text) == []


@pytest.mark.parametrize("action", ["*", "iam:*", "iam:Pass*", "IAM:PassRole"])
def test_pass_role_when_it_hides_in_a_wildcard_is_found(action: str) -> None:
    text = document(statement(Action=action, Resource="arn:aws:iam::1:role/loader"))
    assert judge("privilege-pass-role", tokens.ROLE_POLICY, "policy", text)


@pytest.mark.parametrize(
    ("condition", "narrow"),
    [
        ({"StringEquals": {"aws:SourceAccount": "1"}}, True),
        ({"StringEquals": {"AWS:sourceaccount": ["1"]}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:dms:eu-west-1:1:*"}}, True),
        ({"ForAnyValue:StringLike": {"aws:SourceOrgPaths": ["o-1/r-1/ou-1/*"]}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::shop-test-files"}}, True),
        ({"StringLike": {"aws:SourceAccount": "*"}}, False),
        ({"StringLike": {"aws:SourceAccount": "1*"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:dms:*:*:*"}}, False),
        ({"ArnLike": {"aws:SourceArn": ["arn:aws:dms:*:1:*", "arn:aws:dms:*"]}}, False),
        ({"ForAllValues:StringEquals": {"aws:SourceAccount": "1"}}, False),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "1"}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": "1"}}, False),
        ({"StringEquals": {"aws:PrincipalTag/team": "data"}}, False),
        ({}, False),
    ],
)
def test_trust_when_the_condition_narrows_nothing_is_refused(condition: dict[str, Any], narrow: bool) -> None:
    text = trust(Condition=condition)
    assert (not judge("privilege-trust", tokens.ROLE, "assumeRolePolicy", text)) is narrow


def test_trust_of_the_logs_role_may_be_without_condition_since_dms_sends_none() -> None:
    role = node(
        tokens.ROLE,
        changes={"name": "dms-cloudwatch-logs-role", "assumeRolePolicy": trust(Condition=None)},
    )
    assert hear(BY_NAME["privilege-trust"], [role]).refused == []


def test_trust_when_another_service_is_allowed_by_the_configuration_holds() -> None:
    text = trust(Principal={"Service": "glue.amazonaws.com"})
    services = ["dms.amazonaws.com", "glue.amazonaws.com"]
    assert judge("privilege-trust", tokens.ROLE, "assumeRolePolicy", text, services=services) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"Resource": [f"{BUCKET}/*"]},
        {"Resource": [BUCKET]},
        {"Action": "s3:GetObject"},
        {"Principal": {"AWS": "arn:aws:iam::1:root"}},
        {"Resource": [BUCKET, f"{BUCKET}/data/*"]},
        {"Resource": ["arn:aws:s3:::another", f"{BUCKET}/*"]},
        {"Condition": {"BoolIfExists": {"aws:SecureTransport": "true"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "true"}}},
        {"Effect": "Allow"},
    ],
)
def test_tls_when_the_statement_leaves_a_way_open_is_refused(changes: dict[str, Any]) -> None:
    assert judge("data-tls-policy", tokens.BUCKET_POLICY, "policy", document({**TLS_ONLY, **changes}))


@pytest.mark.parametrize(
    ("changes", "private"),
    [
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, True),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, True),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.7"}}}, True),
        ({"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}, True),
        ({"Condition": {"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:1:accesspoint/*"}}}, True),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}, False),
        ({"Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "::/0"]}}}, False),
        ({"Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}}, False),
        ({"Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/reader"}}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
        ({"Principal": {"AWS": "*"}}, False),
        ({"Principal": None, "NotPrincipal": {"AWS": "arn:aws:iam::1:root"}}, False),
        ({"Principal": {"AWS": "arn:aws:iam::1:root"}}, True),
    ],
)
def test_bucket_when_everyone_may_read_it_is_refused(changes: dict[str, Any], private: bool) -> None:
    allows = statement(**({"Action": "s3:GetObject", "Principal": "*", "Resource": f"{BUCKET}/*"} | changes))
    text = document(TLS_ONLY, allows)
    assert (not judge("data-not-public", tokens.BUCKET_POLICY, "policy", text)) is private


@pytest.mark.parametrize(
    "changes",
    [
        {"Action": "S3:*"},
        {"Resource": f"{BUCKET}*"},
        {"Condition": {"BoolIfExists": {"aws:SecureTransport": False}}},
    ],
)
def test_tls_when_the_statement_is_spelled_otherwise_holds(changes: dict[str, Any]) -> None:
    text = document({**TLS_ONLY, **changes})
    assert judge("data-tls-policy", tokens.BUCKET_POLICY, "policy", text) == []


def test_bucket_with_an_inline_policy_is_judged_by_it() -> None:
    closed = node(tokens.BUCKET, changes={"policy": document(TLS_ONLY)})
    everyone = statement(Action="s3:GetObject", Principal="*", Resource=f"{BUCKET}/*")
    public = node(tokens.BUCKET, changes={"policy": document(everyone)})
    for rule in ("data-tls-only", "data-tls-policy", "data-not-public"):
        assert hear(BY_NAME[rule], [closed]).refused == []
    for rule in ("data-tls-policy", "data-not-public"):
        assert hear(BY_NAME[rule], [public]).refused


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (tokens.BUCKET, "grants"),
        ("aws:s3/bucketAcl:BucketAcl", "accessControlPolicy.grants"),
    ],
)
@pytest.mark.parametrize(
    ("group", "private"),
    [("global/AllUsers", False), ("global/AuthenticatedUsers", False), ("s3/LogDelivery", True)],
)
def test_acl_when_it_grants_to_everyone_is_refused(kind: str, path: str, group: str, private: bool) -> None:
    uri = f"http://acs.amazonaws.com/groups/{group}"
    grant = {"uri": uri} if path == "grants" else {"grantee": {"uri": uri}}
    heard = hear(BY_NAME["data-not-public"], [node(kind, changes={path: [grant]})])
    assert (not heard.refused) is private


@pytest.mark.parametrize(
    ("policy", "narrow"),
    [
        ("AmazonDynamoDBFullAccesswithDataPipeline", False),
        ("AmazonDynamoDBFullAccess_v2", False),
        ("job-function/DatabaseAdministrator", False),
        ("AmazonDynamoDBReadOnlyAccess", True),
        ("service-role/AmazonDMSVPCManagementRole", True),
    ],
)
@pytest.mark.parametrize("who", ["Role", "User", "Group"])
def test_attachment_is_refused_when_its_policy_grants_an_entire_service(
    who: str, policy: str, narrow: bool
) -> None:
    kind = f"aws:iam/{who.lower()}PolicyAttachment:{who}PolicyAttachment"
    heard = judge("privilege-no-full-access", kind, "policyArn", f"arn:aws:iam::aws:policy/{policy}")
    assert (not heard) is narrow


def test_role_with_empty_lists_removes_what_others_attach() -> None:
    role = node(tokens.ROLE, changes={"managedPolicyArns": []})
    assert hear(BY_NAME["privilege-no-exclusive"], [role]).refused


def test_pass_role_when_it_is_to_any_service_is_refused() -> None:
    to = {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}
    text = document(
        statement(Action="iam:PassRole", Resource="arn:aws:iam::1:role/loader", Condition=to),
    )
    assert judge("privilege-pass-role", tokens.ROLE_POLICY, "policy", text)


def test_trust_when_it_leaves_out_whom_it_does_not_trust_is_refused() -> None:
    text = trust(Principal=None, NotPrincipal={"AWS": "arn:aws:iam::1:root"})
    (said,) = judge("privilege-trust", tokens.ROLE, "assumeRolePolicy", text)
    assert 'Statement[0], NotPrincipal is "NotPrincipal": it names whom it trusts' in said


def test_trust_of_dms_by_its_name_in_a_region_holds() -> None:
    text = trust(Principal={"Service": "dms.eu-west-1.amazonaws.com"})
    assert judge("privilege-trust", tokens.ROLE, "assumeRolePolicy", text) == []


def test_action_that_may_be_granted_is_known_in_any_case() -> None:
    text = document(statement(Action="kms:generatedatakey*"))
    excepted = {"except": ["kms:GenerateDataKey*"]}
    assert judge("privilege-actions", tokens.ROLE_POLICY, "policy", text, **excepted) == []


@pytest.mark.parametrize("text", ["not json", "[]", '{"Statement": "x"}', '{"Statement": [1, null]}', "{}"])
def test_invalid_document_is_left_to_aws(text: str) -> None:
    assert judge("privilege-actions", tokens.ROLE_POLICY, "policy", text) == []

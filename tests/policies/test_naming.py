"""Names at their limits, and whose they are."""

import pytest

import policies.tokens as tokens
from tests.policies.factories import BY_NAME, Heard, hear, node


def judge(rule: str, kind: str, path: str, name: str, **settings: object) -> Heard:
    return hear(BY_NAME[rule], [node(kind, changes={path: name})], settings)


@pytest.mark.parametrize(
    ("kind", "path", "name"),
    [
        (tokens.ROLE, "name", "dms-vpc-role"),
        (tokens.ROLE, "name", "dms-cloudwatch-logs-role"),
        (tokens.LOG_GROUP, "name", "/aws-dynamodb/imports"),
        (tokens.LOG_GROUP, "name", "dms-serverless-replication-shop-test-orders"),
        (tokens.LOG_GROUP, "name", "/aws/shop-test-orders"),
    ],
)
def test_prefix_when_aws_fixes_the_name_or_its_beginning_holds(kind: str, path: str, name: str) -> None:
    assert judge("naming-prefix", kind, path, name).refused == []


def test_prefix_when_excepted_or_set_otherwise_is_as_configured() -> None:
    assert judge("naming-prefix", tokens.TABLE, "name", "events", **{"except": ["ev*"]}).refused == []
    assert judge("naming-prefix", tokens.TABLE, "name", "acme-orders", prefix="acme-").refused == []
    assert judge("naming-prefix", tokens.TABLE, "name", "acme-orders", prefix="").refused == []


def test_prefix_when_the_name_was_shortened_is_what_is_left_of_it() -> None:
    prefix = f"{'x' * 70}-"
    long = "x" * 54 + "-12345678"
    assert judge("naming-prefix", tokens.INSTANCE, "replicationInstanceId", long, prefix=prefix).refused == []


@pytest.mark.parametrize(
    ("kind", "path", "names"),
    [
        (tokens.BUCKET, "bucket", ["abc", "a" * 63, "a.b-c.d", "a--b", "192.168.5"]),
        (tokens.TABLE, "name", ["abc", "A_b.c-d", "a" * 255]),
        (tokens.INSTANCE, "replicationInstanceId", ["a", "a-b-1", "A" * 63]),
        (tokens.TASK, "replicationTaskId", ["a" * 255]),
        (tokens.ROLE, "name", ["a+=,.@-_", "a" * 64]),
        (tokens.LOG_GROUP, "name", ["/a/b#c.d_e-f", "a" * 512]),
    ],
)
def test_valid_when_at_the_limits_holds(kind: str, path: str, names: list[str]) -> None:
    assert [judge("naming-valid", kind, path, name).refused for name in names] == [[]] * len(names)


@pytest.mark.parametrize(
    ("kind", "path", "name"),
    [
        (tokens.BUCKET, "bucket", "ab"),
        (tokens.BUCKET, "bucket", "a" * 64),
        (tokens.BUCKET, "bucket", "-abc"),
        (tokens.BUCKET, "bucket", "abc-"),
        (tokens.BUCKET, "bucket", "192.168.5.4"),
        (tokens.BUCKET, "bucket", "xn--abc"),
        (tokens.BUCKET, "bucket", "a_b"),
        (tokens.TABLE, "name", "ab"),
        (tokens.TABLE, "name", "a" * 256),
        (tokens.INSTANCE, "replicationInstanceId", "1abc"),
        (tokens.INSTANCE, "replicationInstanceId", "a--b"),
        (tokens.INSTANCE, "replicationInstanceId", "ab-"),
        (tokens.SUBNET_GROUP, "replicationSubnetGroupId", "Upper"),
        (tokens.ROLE, "name", "a b"),
        (tokens.LOG_GROUP, "name", "a b"),
    ],
)
def test_valid_when_aws_would_refuse_the_name_is_refused(kind: str, path: str, name: str) -> None:
    assert judge("naming-valid", kind, path, name).refused


def test_bucket_name_with_many_hyphens_and_a_wrong_letter_is_refused_at_once() -> None:
    name = "shop-test" + "-a" * 26 + "_"
    assert hear(BY_NAME["naming-valid"], [node(tokens.BUCKET, changes={"bucket": name})]).refused


def test_prefix_with_other_braces_is_used_unchanged() -> None:
    (_, said), *_ = hear(BY_NAME["naming-prefix"], [node(tokens.BUCKET)], {"prefix": "{team}-{stack"}).refused
    assert 'bucket is "shop-test-files": it begins with {team}-{stack' in said

"""Messages of failed connection tests, in words."""

import pytest

from dynamodb_bulk.loads.dms.connection_failures import Side, in_words

FAILED = "Test Endpoint failed: Application-Status: 1020912, Application-Message: "


@pytest.mark.parametrize(
    ("message", "side", "cause"),
    [
        (
            "dms.amazonaws.com cannot assume the IAM role arn:aws:iam::1:role/r, Access denied",
            "source",
            "DMS cannot assume the role of the load; ",
        ),
        (
            "arn:aws:iam::1:role/r is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:k",
            "source",
            "the role of the load may not use the key; ",
        ),
        ("Failed to list bucket b: AccessDenied", "source", "the role of the load is denied access to S3; "),
        (
            "r is not authorized to perform: dynamodb:ListTables on resource: *",
            "target",
            "the role of the load is denied access to DynamoDB; ",
        ),
        ("The bucket b does not exist", "source", "the bucket does not exist; "),
        ("NoSuchBucket", "source", "the bucket does not exist; "),
        (
            "The bucket b is in us-east-1 and the replication instance in eu-west-1; "
            "both have to be in one region",
            "source",
            "the bucket is in a different Region than the replication instance; ",
        ),
        (
            "Failed to connect Network error has occurred, Application-Detailed-Message: timeout expired",
            "source",
            "the replication instance has no route to S3; ",
        ),
        ("Cannot connect", "target", "the replication instance has no route to DynamoDB; "),
    ],
)
def test_failure_is_told_with_its_cause(message: str, side: Side, cause: str) -> None:
    told = in_words(FAILED + message, side)
    assert told.startswith(cause)
    assert told.endswith(f". DMS: {message}")


def test_failure_of_an_unknown_kind_is_what_dms_says() -> None:
    assert in_words(f"{FAILED}something\n  else", "source") == "something else"
    assert in_words("", "source") == ""

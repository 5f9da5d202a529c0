"""How long things take locally."""

import time

import pytest

from dynamodb_bulk.spec.errors import InputError
from local_aws.latency import read_latency
from local_aws.testing.stage import Stage


def test_latency_of_aws_is_divided_by_how_many_times_as_fast_local_aws_is() -> None:
    assert read_latency("aws")["instance.creating"] == 480
    assert read_latency("aws/10")["instance.creating"] == 48
    assert read_latency("fast")["instance.creating"] < 1


@pytest.mark.parametrize(
    ("operation", "seconds"),
    [
        ("CreateTable", 10),
        ("AttachRolePolicy", 1),
        ("DescribeTable", 0.1),
        ("PutObject", 0.1),
        ("PutItem", 0.1),
    ],
)
def test_latency_of_a_call_is_longer_when_it_changes_resources(operation: str, seconds: float) -> None:
    assert read_latency("aws").of_call(operation) == seconds
    assert read_latency("fast").of_call(operation) == 0


@pytest.mark.parametrize("text", ["slow", "aws/0", "aws/", "aws/1.5", "fast/2"])
def test_latency_is_refused_when_it_is_no_such_word(text: str) -> None:
    with pytest.raises(InputError, match="aws/N"):
        read_latency(text)


def test_call_takes_its_time_before_its_answer(slow_stage: Stage) -> None:
    began = time.monotonic()
    slow_stage.iam.create_role(RoleName=slow_stage.named("role"), AssumeRolePolicyDocument="{}")
    assert time.monotonic() - began >= 0.2

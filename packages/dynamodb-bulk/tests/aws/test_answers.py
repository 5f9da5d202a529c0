"""Answers that are cut off are asked for again, whatever the protocol."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws, read_object
from dynamodb_bulk.aws.refusals import passes
from dynamodb_bulk.aws.scan import Pace, scan_pages
from local_aws.testing.fault_proxy import FaultProxy, fault_proxy
from local_aws.testing.stage import Stage

# The call, and what it is asked for: JSON, Query's XML, EC2's XML, S3's XML.
CALLS: dict[str, Callable[[Aws], Any]] = {
    "ListTables": lambda aws: aws.dynamodb.list_tables()["TableNames"],
    "DescribeReplicationInstances": lambda aws: aws.dms.describe_replication_instances()[
        "ReplicationInstances"
    ],
    "GetCallerIdentity": lambda aws: aws.sts.get_caller_identity()["Account"],
    "DescribeVpcs": lambda aws: len(aws.ec2.describe_vpcs()["Vpcs"]),
    "GET /": lambda aws: len(aws.s3.list_buckets()["Buckets"]),
}


@pytest.fixture
def failing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    config = {"retries": {"total_max_attempts": 2}}
    monkeypatch.setattr("dynamodb_bulk.aws.clients._CONFIG", config)
    with fault_proxy(stage.url) as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
        yield made


@pytest.mark.parametrize("fault", ["cut", "broken"])
@pytest.mark.parametrize("call", CALLS)
def test_client_asks_again_when_an_answer_is_cut_off(failing: FaultProxy, call: str, fault: Any) -> None:
    whole = CALLS[call](Aws(region="eu-west-1"))
    asked = len(failing.calls)
    failing.fail(call, fault, times=1)
    assert CALLS[call](Aws(region="eu-west-1")) == whole
    assert len(failing.calls) == asked + 2


@pytest.mark.parametrize("call", CALLS)
def test_client_raises_what_passes_when_every_answer_is_cut_off(failing: FaultProxy, call: str) -> None:
    failing.fail(call, "cut")
    with pytest.raises(ClientError) as caught:
        CALLS[call](Aws(region="eu-west-1"))
    assert passes(caught.value)


def test_client_takes_an_empty_answer_when_the_call_answers_nothing(
    stage: Stage, failing: FaultProxy
) -> None:
    Aws(region="eu-west-1").logs.create_log_group(logGroupName=stage.named("empty"))
    assert failing.calls == ["CreateLogGroup"]


def test_scan_reads_a_page_again_when_it_is_cut_off(stage: Stage, failing: FaultProxy) -> None:
    table = stage.table()
    for number in range(20):
        stage.dynamodb.put_item(TableName=table, Item={"id": {"S": f"k{number}"}, "v": {"S": "}" * number}})
    failing.fail("Scan", "cut", times=1)
    found: list[str] = []
    for page in scan_pages(table, Aws(region="eu-west-1"), pace=Pace(None), segments=1):
        found += [json.loads(text)["id"]["S"] for text in page]
    assert sorted(found) == sorted(f"k{number}" for number in range(20))


def test_scan_raises_what_passes_when_every_page_is_cut_off(stage: Stage, failing: FaultProxy) -> None:
    table = stage.table()
    stage.dynamodb.put_item(TableName=table, Item={"id": {"S": "k"}})
    failing.fail("Scan", "cut")
    with pytest.raises(ClientError, match="cut off") as caught:
        list(scan_pages(table, Aws(region="eu-west-1"), pace=Pace(None), segments=1))
    assert passes(caught.value)


def test_object_is_read_again_when_it_breaks_off(stage: Stage, failing: FaultProxy) -> None:
    aws = Aws(region="eu-west-1")
    stage.make_bucket()
    bucket = stage.bucket
    aws.s3.put_object(Bucket=bucket, Key="runs/x.json", Body=b'{"digest": "one"}')
    failing.fail(f"GET /{bucket}/runs/x.json", "broken", times=2)
    assert read_object(bucket, "runs/x.json", aws) == b'{"digest": "one"}'

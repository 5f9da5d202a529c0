"""A clock that is wrong is one line that says so, and times are counted by AWS's."""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import ValidationError

from bulk_testing.writes_stage import WritesStage
from dynamodb_bulk.aws import Aws, clock
from dynamodb_bulk.aws.refusals import expired, passes
from dynamodb_bulk.export.request import ExportOrder
from dynamodb_bulk.export.start import check_order
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.dms.start import start_request
from dynamodb_bulk.loads.dms.task import TaskState
from dynamodb_bulk.loads.raised_capacity import raised_now, with_raised_capacity
from dynamodb_bulk.loads.started import OperationState
from dynamodb_bulk.loads.writes.capacity import most_units
from dynamodb_bulk.one_line import in_one_line
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from local_aws.testing.export_stage import ExportStage
from local_aws.testing.fault_proxy import FaultProxy, fault_proxy
from local_aws.testing.stage import Stage


def put_units(stage: Stage, table: str, at: datetime, units: float) -> None:
    consumed = {
        "MetricName": "ConsumedWriteCapacityUnits",
        "Dimensions": [{"Name": "TableName", "Value": table}],
        "Timestamp": at,
        "Value": units,
    }
    stage.client("cloudwatch").put_metric_data(Namespace="AWS/DynamoDB", MetricData=[consumed])


@pytest.fixture
def proxy(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    with fault_proxy(stage.url) as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
        yield made
    monkeypatch.setattr(clock, "_ahead", timedelta())


@pytest.mark.parametrize("hours", [-1, 1])
def test_elapsed_time_is_by_the_clock_of_aws_when_this_machines_is_wrong(
    stage: Stage, proxy: FaultProxy, hours: int
) -> None:
    proxy.ahead = timedelta(hours=hours)
    Aws(region=stage.region).dynamodb.list_tables()
    began = datetime.now(UTC) + timedelta(hours=hours, minutes=-2)
    assert OperationState(status="IN_PROGRESS", ended=False, start=began).seconds == pytest.approx(120, abs=9)


def test_elapsed_time_is_by_this_machine_when_the_clocks_agree(stage: Stage, proxy: FaultProxy) -> None:
    Aws(region=stage.region).dynamodb.list_tables()
    assert abs(clock.aws_now() - datetime.now(UTC)) < timedelta(seconds=1)


@pytest.mark.parametrize(("ahead", "refused"), [(-1, False), (0, False), (1, True)])
def test_end_of_changes_is_over_by_the_clock_of_aws(
    ahead: int, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_ahead", timedelta(hours=ahead))
    stop = datetime.now(UTC) + timedelta(minutes=30)
    load = TaskLoad(
        name="orders",
        dataset=Path(),
        table="orders",
        records_bucket="kept",
        task_arn="arn:aws:dms:eu-west-1:123456789012:task:T",
        source_endpoint_arn="s",
        target_endpoint_arn="t",
        log_group="l",
        cdc_stop_position=f"server_time:{stop:%Y-%m-%dT%H:%M:%S}",
    )
    with pytest.raises(LoadFailed) if refused else nullcontext():
        start_request(load, TaskState(status="ready"))


@pytest.mark.parametrize("ahead", [-3, 3])
def test_window_of_an_export_ends_now_by_the_clock_of_aws(
    ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_ahead", timedelta(hours=ahead))
    now = datetime.now(UTC) + timedelta(hours=ahead)
    wanted: dict[str, Any] = {"table": "orders", "bucket": "kept", "type": "incremental"}
    order = ExportOrder(**wanted, since=now - timedelta(hours=23))
    assert order.since
    with pytest.raises(ValidationError, match="covers 15 minutes to 24 hours"):
        ExportOrder(**wanted, since=now - timedelta(hours=25))


def test_time_of_an_export_is_in_the_future_by_the_clock_of_aws(stage: Stage, proxy: FaultProxy) -> None:
    table, aws = ExportStage(stage).table("a"), Aws(region=stage.region)
    soon = datetime.now(UTC) + timedelta(minutes=30)
    order = ExportOrder(table=table, bucket=stage.bucket, at=soon)
    with pytest.raises(InputError, match="is in the future"):
        check_order(order, aws)
    proxy.ahead = timedelta(hours=1)
    check_order(order, aws)


@pytest.mark.parametrize("hours", [-1, 1])
def test_load_by_writes_begins_and_looks_at_live_traffic_by_the_clock_of_aws(
    stage: Stage, proxy: FaultProxy, tmp_path: Path, hours: int
) -> None:
    writes = WritesStage(stage, tmp_path)
    stage.table(writes.table)
    writes.count(3)
    proxy.ahead = timedelta(hours=hours)
    writes.up()
    began = writes.journal().journal.began
    assert abs(began - datetime.now(UTC) - proxy.ahead) < timedelta(minutes=5)
    put_units(stage, writes.table, began - timedelta(minutes=2), 60_000)
    assert most_units(writes.load(), began, writes.aws) == 4_000 - 1_250


@pytest.mark.parametrize("hours", [-1, 1])
def test_capacity_is_raised_at_a_time_of_the_clock_of_aws(
    stage: Stage, proxy: FaultProxy, tmp_path: Path, hours: int
) -> None:
    writes = WritesStage(stage, tmp_path)
    units = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 5}
    stage.table(writes.table, BillingMode="PROVISIONED", ProvisionedThroughput=units)
    proxy.ahead = timedelta(hours=hours)
    load, found = writes.load(write_units=50), []
    with_raised_capacity(load, lambda: found.append(raised_now(load, writes.aws)) or "", writes.aws, print)
    (record,) = found
    assert abs(record.at - datetime.now(UTC) - proxy.ahead) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("RequestTimeTooSkewed", "The difference between the request time and the current time is large"),
        ("InvalidSignatureException", "Signature expired: 20261128T090000Z is now earlier than 2026…"),
        ("SignatureDoesNotMatch", "Signature not yet current: 20261128T093000Z is still later than …"),
    ],
)
def test_error_names_both_clocks_when_they_are_too_far_apart(code: str, message: str) -> None:
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {
            "HTTPStatusCode": 403,
            "HTTPHeaders": {"date": "Sat, 28 Nov 2026 09:15:00 GMT"},
        },
    }
    error = ClientError(answer, "DescribeImport")
    line = in_one_line(error)
    assert line
    assert "AWS's 2026-11-28 09:15:00" in line
    assert "; set this machine's clock right" in line
    assert not expired(error)
    assert not passes(error)

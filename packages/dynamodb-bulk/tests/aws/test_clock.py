"""A clock that is wrong is one line that says so, and times are counted by AWS's."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws, clock
from dynamodb_bulk.aws.refusals import expired, passes
from dynamodb_bulk.loads.started import OperationState
from dynamodb_bulk.one_line import in_one_line
from local_aws.testing.fault_proxy import FaultProxy, fault_proxy
from local_aws.testing.stage import Stage


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

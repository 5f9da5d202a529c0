"""The event of a load's end: when there is one, and what it says."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.end_event import DETAIL_TYPE, SOURCE, announced_end
from dynamodb_bulk.loads.run_record import Outcome, RunRecord
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.loads.unstarted import with_reason
from dynamodb_bulk.loads.verdict import NOT_COUNTED
from dynamodb_bulk.loads.writes.load import WritesLoad
from dynamodb_bulk.spec.errors import LoadFailed

GOOD = Outcome(good=True, verdict="good", written=3, seconds=2.0)
BAD = Outcome(good=False, verdict="1 of 3 rows rejected", written=2, rejected=1)
UNCOUNTED = Outcome(good=False, not_counted=True, verdict=NOT_COUNTED, written=3)
RUN = RunRecord(digest="d", rows_in_files=3, table="shop-dev-orders")


class Place:
    """A bucket of records, and a queue that gets every event of loads."""

    def __init__(self) -> None:
        self.aws = Aws(region="eu-west-1")
        self.warnings: list[str] = []
        self.aws.s3.create_bucket(
            Bucket="files", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        self._sqs = self.aws.client("sqs")
        self._queue = self._sqs.create_queue(QueueName="events")["QueueUrl"]
        pattern = {"source": [SOURCE], "detail-type": [DETAIL_TYPE]}
        self.aws.events.put_rule(Name="all", EventPattern=json.dumps(pattern))
        arn = "arn:aws:sqs:eu-west-1:123456789012:events"
        self.aws.events.put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": arn}])

    def run(
        self, outcome: Outcome | None, error: Exception | None = None, owner: str = "shop/dev", **options: Any
    ) -> None:
        """Run a load that ends so: None leaves its record as it is."""
        with announced_end("orders", owner, "files", self.aws, self.warnings.append, **options):
            if outcome:
                last = RunRecord.read("files", "orders", self.aws)
                run = RunRecord.following(last, "d", rows_in_files=3, table="shop-dev-orders")
                run.ended(outcome).write("files", "orders", self.aws)
            if error:
                raise error

    def fail(self, outcome: Outcome | None, text: str, **options: Any) -> None:
        """Run one that fails with this text."""
        with pytest.raises(LoadFailed):
            self.run(outcome, LoadFailed(text), **options)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The details of the events since it was asked last."""
        found = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
        details: list[dict[str, Any]] = []
        for one in found.get("Messages", []):
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=one["ReceiptHandle"])
            details.append(json.loads(one["Body"])["detail"])
        return details


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield Place()


def test_event_has_the_verdict_and_the_numbers_of_a_good_load(place: Place) -> None:
    place.run(GOOD)
    assert place.events == [
        {
            "version": 1,
            "project": "shop",
            "stack": "dev",
            "load": "orders",
            "table": "shop-dev-orders",
            "verdict": "good",
            "reason": "good",
            "rows_in_files": 3,
            "written": 3,
            "condition_failed": 0,
            "rejected": 0,
            "seconds": 2.0,
            "attempt": 1,
            "summary": "shop/dev: load orders is good: 3 items loaded in 2 s",
        }
    ]


def test_event_is_put_once_when_the_same_data_was_loaded_before(place: Place) -> None:
    place.run(GOOD)
    place.run(None)
    assert [one["attempt"] for one in place.events] == [1]


def test_event_says_failed_with_the_verdict_and_without_the_rows(place: Place) -> None:
    place.fail(BAD, "load orders is not good\n  orders.csv, line 3: secret of row three")
    (event,) = place.events
    assert (event["verdict"], event["reason"]) == ("failed", "1 of 3 rows rejected")
    assert "secret" not in json.dumps(event)


def test_event_leaves_out_what_the_reason_of_a_refusal_quotes(place: Place) -> None:
    place.run(GOOD)
    assert place.events
    place.fail(None, "orders.csv, line 3: age is 'born \"1980\"', the load's check says")
    (event,) = place.events
    assert event["verdict"] == "failed"
    assert event["reason"] == "orders.csv, line 3: age is (…), the load's check says"
    assert event["written"] == 0, "the numbers are not of the run before"


def test_event_is_not_counted_when_nobody_counted_the_rows(place: Place) -> None:
    place.run(UNCOUNTED)
    assert [one["verdict"] for one in place.events] == ["not_counted"]


def test_event_is_not_put_when_nothing_ended_or_nobody_asked_for_it(place: Place) -> None:
    place.run(None)
    place.run(GOOD, owner="")
    place.fail(None, "not started", follows=True)
    assert place.events == []


def test_verdict_stands_when_the_event_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: Any) -> dict[str, Any]:
        return {"Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}]}

    monkeypatch.setattr(place.aws.events, "put_events", refused)
    place.run(GOOD)
    assert place.warnings == [
        "load orders: the event of its end was not sent: ThrottlingException: Rate exceeded"
    ]


def status(place: Place, before: LoadStatus) -> LoadStatus:
    """The row of the load, of which its method says `before`."""
    load = WritesLoad(
        name="orders", dataset=Path("d"), table="t", records_bucket="files", limit_minutes=1, method="writes"
    )
    return with_reason(before, load, place.aws)


NEVER = LoadStatus(load="orders", method="writes", table="t")
LOADED = replace(NEVER, good=True, verdict="good")


@pytest.mark.parametrize("owner", ["", "shop/dev"])
def test_load_that_was_refused_before_it_began_is_not_good(place: Place, owner: str) -> None:
    place.fail(None, "load orders: orders.csv, line 3: a byte order mark\n  and more", owner=owner)
    row = status(place, NEVER)
    assert (row.good, row.rows_in_files, row.verdict) == (
        False,
        None,
        "not loaded: orders.csv, line 3: a byte order mark",
    )


def test_load_whose_changed_data_was_refused_is_not_good(place: Place) -> None:
    place.run(GOOD)
    place.fail(None, "load orders: orders.csv changed")
    assert status(place, LOADED).good is False


@pytest.mark.parametrize("told", [{"good": False, "verdict": "1 of 3"}, {"verdict": "COMPLETED, not judged"}])
def test_load_with_a_verdict_or_a_run_of_its_own_keeps_it(place: Place, told: dict[str, Any]) -> None:
    place.fail(None, "load orders: still running")
    row = replace(NEVER, **told)
    assert status(place, row) == row


def test_reason_of_a_refusal_goes_with_the_next_run(place: Place) -> None:
    place.fail(None, "load orders: orders.csv changed")
    place.run(GOOD)
    assert status(place, LOADED) == LOADED


def test_reason_of_a_refusal_is_over_when_another_command_ran_the_load(place: Place) -> None:
    place.run(GOOD)
    place.fail(None, "load orders: orders.csv changed")
    RUN.ended(GOOD).write("files", "orders", place.aws)
    assert status(place, LOADED) == LOADED


def test_reason_of_a_command_that_only_follows_is_not_kept(place: Place) -> None:
    place.fail(None, "load orders: not started", follows=True)
    assert status(place, NEVER) == NEVER

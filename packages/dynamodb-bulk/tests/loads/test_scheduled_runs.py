"""How runs by the clock and on arrival stand, by what AWS has of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.scheduled_runs import AT, StackRuns, require_events, runs_status
from dynamodb_bulk.spec.errors import InputError
from local_aws.testing.stage import Stage

NAME = "shop-dev-runs"
DAILY = StackRuns(project=NAME, group=NAME, at="cron(0 2 * * ? *)", timezone="Europe/Lisbon")
HOURLY = StackRuns(project=NAME, group=NAME, at="rate(1 hour)")
ARRIVING = StackRuns(project=NAME, group=NAME, bucket="inbox", key="orders/done")
DAY = timedelta(days=1)


class Place:
    """An account with the project, its schedule, and the bucket."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.aws, self._monkeypatch = Aws(region="eu-west-1"), monkeypatch
        self.aws.codebuild.create_project(
            name=NAME,
            serviceRole="arn:aws:iam::123456789012:role/deploy",
            artifacts={"type": "NO_ARTIFACTS"},
            environment={"computeType": "BUILD_GENERAL1_SMALL", "image": "i", "type": "LINUX_CONTAINER"},
            source={"type": "S3", "location": "bucket/project.zip"},
        )
        self.aws.scheduler.create_schedule_group(Name=NAME)
        self.schedule("ENABLED", self.aws.scheduler.create_schedule)
        self.aws.s3.create_bucket(
            Bucket="inbox", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )

    def schedule(self, state: str, call: Any) -> None:
        """Create or update the schedule."""
        call(
            Name=AT,
            GroupName=NAME,
            State=state,
            ScheduleExpression="rate(1 day)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": "arn:aws:scheduler:::aws-sdk:codebuild:startBuild", "RoleArn": "arn:aws:iam::1:r"},
        )

    def build(self, status: str, ago: timedelta = timedelta()) -> None:
        """Have a build that began so long ago; moto's always succeed, and begin now."""
        build = {
            "buildStatus": status,
            "startTime": datetime.now(UTC) - ago,
            "logs": {"deepLink": "https://log"},
        }
        client = self.aws.codebuild
        self._monkeypatch.setattr(client, "list_builds_for_project", lambda **_: {"ids": ["a:b"]})
        self._monkeypatch.setattr(client, "batch_get_builds", lambda **_: {"builds": [build]})

    def status(self, runs: StackRuns, later: timedelta = timedelta()) -> tuple[str, bool | None]:
        """The verdict when someone looks then."""
        found = runs_status(runs, self.aws, datetime.now(UTC) + later)
        return found.verdict, found.good


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield Place(monkeypatch)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("SUCCEEDED", ("good", True)),
        ("IN_PROGRESS", ("running", None)),
        *((failed, ("FAILED", False)) for failed in ("FAILED", "FAULT", "TIMED_OUT", "STOPPED")),
    ],
)
def test_runs_are_as_their_last_build_when_none_is_missing(
    place: Place, status: str, said: tuple[str, bool | None]
) -> None:
    place.build(status)
    assert place.status(DAILY) == said
    if status == "TIMED_OUT":
        assert "TIMED_OUT; its log: https://log" in runs_status(DAILY, place.aws).detail


@pytest.mark.parametrize("runs", [DAILY, HOURLY, ARRIVING])
def test_runs_are_none_yet_when_nothing_was_due(place: Place, runs: StackRuns) -> None:
    assert place.status(runs) == ("none yet", None)


@pytest.mark.parametrize("runs", [DAILY, HOURLY])
def test_runs_are_not_run_when_one_was_due_and_none_began(place: Place, runs: StackRuns) -> None:
    assert place.status(runs, 2 * DAY) == ("not run", False)
    place.build("SUCCEEDED")
    assert place.status(runs, 2 * DAY) == ("not run", False), "the one of before is no excuse"
    place.build("SUCCEEDED", ago=-2 * DAY)
    assert place.status(runs, 2 * DAY) == ("good", True)


def test_runs_are_not_run_when_the_object_arrived_after_the_last(place: Place) -> None:
    place.build("SUCCEEDED", ago=timedelta(minutes=5))
    place.aws.s3.put_object(Bucket="inbox", Key="orders/done", Body=b"")
    assert place.status(ARRIVING) == ("good", True), "its start may still be tried again"
    assert place.status(ARRIVING, timedelta(hours=1)) == ("not run", False)
    place.build("SUCCEEDED", ago=timedelta(minutes=-1))
    assert place.status(ARRIVING, timedelta(hours=1)) == ("good", True)


def test_runs_are_disabled_or_gone_as_their_schedule_is(place: Place) -> None:
    place.schedule("DISABLED", place.aws.scheduler.update_schedule)
    assert place.status(DAILY) == ("disabled", False)
    place.aws.scheduler.delete_schedule(Name=AT, GroupName=NAME)
    assert place.status(DAILY) == ("gone", False)


def test_bucket_is_refused_when_it_tells_eventbridge_nothing_or_does_not_exist(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    aws = Aws(region=stage.region)
    stage.make_bucket()
    for bucket in (stage.bucket, stage.named("nowhere")):
        with pytest.raises(InputError, match=bucket):
            require_events(bucket, aws, "bulk:schedule.on_arrival")
    turned_on: dict[str, Any] = {"EventBridgeConfiguration": {}}
    stage.s3.put_bucket_notification_configuration(Bucket=stage.bucket, NotificationConfiguration=turned_on)
    require_events(stage.bucket, aws, "bulk:schedule.on_arrival")

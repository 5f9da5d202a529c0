"""What schedules have exported: the chain that is read, and how it is judged."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bulk_testing.made import change, make_changes, make_export, person
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.export.export_chain import Chain
from dynamodb_bulk.export.location import places_below
from dynamodb_bulk.export.schedule import StackSchedule
from dynamodb_bulk.export.schedule_status import ScheduledStatus, schedule_status
from dynamodb_bulk.export.scheduled import newest_chain
from dynamodb_bulk.spec.errors import InputError
from local_aws.testing.export_stage import ExportStage
from local_aws.testing.stage import Stage

PREFIX = "exports/people/scheduled/"
DAY = "2026-11-24"


class Night:
    """A table with a schedule of full exports and of changes, on local AWS; time passes at will."""

    def __init__(self, stage: Stage) -> None:
        self.exports = ExportStage(stage)
        self.stage = stage
        self.table = self.exports.table("a")
        self.made = self.exports.pass_time(0)
        self.schedule = StackSchedule(
            name="people",
            group=stage.named("group"),
            table_arn=self.exports.arn(self.table),
            bucket=stage.bucket,
            prefix=PREFIX,
            full="cron(0 2 * * ? *)",
            incremental_minutes=60,
        )
        scheduler = stage.client("scheduler")
        scheduler.create_schedule_group(Name=self.schedule.group)
        for name in ("full", "changes"):
            scheduler.create_schedule(**self._wanted(name))

    def _wanted(self, name: str, **more: Any) -> dict[str, Any]:
        call = "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime"
        return {
            "Name": name,
            "GroupName": self.schedule.group,
            "ScheduleExpression": "rate(1 day)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": call, "RoleArn": "arn:r"},
            **more,
        }

    def disable(self, name: str) -> None:
        self.stage.client("scheduler").update_schedule(**self._wanted(name, State="DISABLED"))

    def full(self) -> int:
        """Export all; the second after the time that it is of."""
        self.exports.ended(self.exports.ask(self.table, S3Prefix=PREFIX.strip("/")))
        return self.exports.pass_time(0) + 1

    def changes(self, since: int, until: int) -> None:
        self.exports.ended(self.exports.changes(self.table, since, until, S3Prefix=PREFIX.strip("/")))

    def rows(self, *, later: timedelta = timedelta()) -> tuple[ScheduledStatus, ScheduledStatus]:
        """The rows of full exports and of changes."""
        now = datetime.now(UTC) + later  # the schedules' own clock, which is not set forward
        full, changes = schedule_status(self.schedule, (), Aws(region=self.stage.region), now)
        return full, changes

    def chain(self) -> Chain:
        places = places_below(self.schedule.place, Aws(region=self.stage.region))
        return newest_chain(places, self.schedule.place, "bulk export people")


@pytest.fixture
def night(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Night:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return Night(stage)


def iso(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def test_status_when_nothing_has_run_yet_has_no_verdict(night: Night) -> None:
    full, changes = night.rows()
    assert [(row.good, row.verdict) for row in (full, changes)] == [(None, "none yet")] * 2
    assert (full.type, changes.type) == ("scheduled full", "scheduled changes")
    with pytest.raises(InputError, match="no complete export; make a full one first: bulk export people"):
        night.chain()


def test_status_is_good_and_reports_its_end_when_changes_follow_the_full_export(night: Night) -> None:
    night.exports.pass_time(20)
    first = night.full()
    night.exports.put(night.table, "b")
    night.exports.pass_time(125)
    night.changes(first - 600, first + 3000)
    night.changes(first + 3000, first + 6600)
    full, changes = night.rows()
    assert (full.good, full.kept, full.items) == (True, 1, 1)
    assert full.detail.startswith("1 kept, the newest as of ")
    assert (changes.good, changes.kept, changes.items) == (True, 2, 1)
    assert changes.detail == f"2 after the newest full one, up to {iso(first + 6600)}"
    assert changes.place == f"s3://{night.stage.bucket}/{PREFIX}"
    chain = night.chain()
    assert len(chain.changes) == 2
    assert chain.at == datetime.fromtimestamp(first + 6600, UTC)


def test_chain_begins_with_the_newest_full_one_and_leaves_out_what_that_has(night: Night) -> None:
    night.exports.pass_time(20)
    first = night.full()
    night.exports.pass_time(60)
    night.changes(first - 600, first + 3000)
    newest = night.full()
    night.exports.pass_time(60)
    night.changes(first + 3000, first + 6600)
    chain = night.chain()
    assert len(chain.changes) == 1
    assert chain.full.summary.export_time is not None
    assert abs(chain.full.summary.export_time.timestamp() - newest) < 5


def test_gap_is_reported_with_the_command_that_fills_it(night: Night) -> None:
    night.exports.pass_time(20)
    first = night.full()
    night.exports.pass_time(200)
    night.changes(first + 1200, first + 4800)
    _, changes = night.rows()
    assert (changes.good, changes.verdict) == (False, "hole")
    assert "a hole in the chain: nothing covers" in changes.detail
    command = f"bulk export people --prefix {PREFIX} --type incremental --since "
    assert command in changes.detail
    with pytest.raises(InputError, match="a hole in the chain"):
        night.chain()
    since, _, until = changes.detail.partition("--since ")[2].partition(" --until ")
    night.changes(*(int(datetime.fromisoformat(moment.strip()).timestamp()) for moment in (since, until)))
    assert night.rows()[1].good is True
    assert len(night.chain().changes) == 2


def test_remedy_for_a_gap_of_a_minute_is_a_window_that_dynamodb_accepts(tmp_path: Path) -> None:
    make_export(tmp_path / "AWSDynamoDB/01", [[]], exportTime=f"{DAY}T10:00:00.250Z")
    make_changes(tmp_path / "AWSDynamoDB/02", [], f"{DAY}T10:01:00Z", f"{DAY}T11:00:00Z")
    with pytest.raises(InputError, match=f"--since {DAY}T10:00:00Z --until {DAY}T10:15:00Z"):
        newest_chain(places_below(str(tmp_path), None), "here")


def test_failed_export_is_reported_with_its_reason_until_one_is_complete(night: Night) -> None:
    night.exports.pass_time(20)
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{night.stage.bucket}/*",
    }
    night.stage.s3.put_bucket_policy(
        Bucket=night.stage.bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    )
    night.full()
    full, changes = night.rows()
    assert (full.good, full.verdict, full.failed) == (False, "FAILED", 1)
    assert "S3AccessDenied: not authorized to perform: s3:PutObject" in full.detail
    assert changes.good is None  # it is about the other kind
    night.stage.s3.delete_bucket_policy(Bucket=night.stage.bucket)
    night.full()
    full, _ = night.rows()
    assert (full.good, full.failed, full.kept) == (True, 1, 1)


def test_other_exports_of_the_table_are_not_the_schedules(night: Night) -> None:
    night.exports.ended(night.exports.ask(night.table, S3Bucket="nowhere-at-all"))
    night.exports.ended(night.exports.ask(night.table, S3Prefix="exports/people"))
    assert [row.verdict for row in night.rows()] == ["none yet", "none yet"]


def test_schedule_that_was_due_and_made_nothing_is_reported(night: Night) -> None:
    assert all(row.good is None for row in night.rows(later=timedelta(minutes=80)))
    full, changes = night.rows(later=timedelta(hours=27))
    for row in (full, changes):
        assert (row.good, row.verdict) == (False, "not run")
        assert row.detail.startswith("no export at ")
        assert f"when schedule {night.schedule.group}/" in row.detail


def test_rate_is_judged_when_nothing_came_for_two_periods(night: Night) -> None:
    night.schedule = night.schedule.model_copy(update={"full": "rate(12 hours)"})
    early, _ = night.rows(later=timedelta(hours=23))
    assert (early.good, early.verdict) == (None, "none yet")
    # A chain's full exports are of an end of a window: here of up to 70 minutes before they are asked for.
    late, _ = night.rows(later=timedelta(hours=26))
    assert (late.good, late.verdict) == (False, "not run")
    assert late.detail.startswith("no export since ")
    assert f"by schedule {night.schedule.group}/full, rate(12 hours): see " in late.detail
    ahead = datetime.fromtimestamp(night.full(), UTC) - datetime.now(UTC)
    assert [night.rows(later=ahead + timedelta(hours=hours))[0].verdict for hours in (25, 26)] == [
        "good",
        "not run",
    ]


def test_disabled_or_missing_schedule_is_reported(night: Night) -> None:
    night.disable("full")
    night.stage.client("scheduler").delete_schedule(Name="changes", GroupName=night.schedule.group)
    full, changes = night.rows()
    assert (full.good, full.verdict) == (False, "disabled")
    assert (changes.good, changes.verdict) == (False, "gone")
    assert changes.detail == "the schedule does not exist: run `pulumi up --refresh`"


def test_damaged_manifest_is_reported(night: Night) -> None:
    night.exports.pass_time(20)
    night.full()
    (key,) = [key for key in night.exports.objects(PREFIX) if key.endswith("manifest-summary.json")]
    night.stage.s3.put_object(Bucket=night.stage.bucket, Key=key, Body=b"{}")
    full, _ = night.rows()
    assert (full.good, full.verdict) == (False, "damaged")
    assert "manifest-summary.json does not have the checksum of manifest-summary.md5" in full.detail


def test_chain_in_a_folder_passes_over_what_is_not_complete(tmp_path: Path) -> None:
    above = tmp_path / "AWSDynamoDB"
    make_export(above / "01-full", [[person("a", 1)]], exportTime=f"{DAY}T09:00:00Z")
    make_export(above / "03-full", [[person("a", 1)]], exportTime=f"{DAY}T10:00:00Z")
    make_changes(above / "02-changes", [], f"{DAY}T08:50:00Z", f"{DAY}T09:50:00Z")
    make_changes(above / "04-changes", [change(person("a", 2), 0)], f"{DAY}T09:50:00Z", f"{DAY}T10:50:00Z")
    (above / "05-unfinished").mkdir()
    assert ids(newest_chain(places_below(str(tmp_path), None), "here")) == ["03-full", "04-changes"]
    assert ids(newest_chain(places_below(str(above), None), "here")) == ["03-full", "04-changes"]


def test_changes_before_the_first_full_one_have_no_verdict(night: Night) -> None:
    first = night.exports.pass_time(120)
    night.changes(first - 3600, first)
    full, changes = night.rows()
    assert full.verdict == "none yet"
    assert (changes.good, changes.verdict) == (None, "no full one yet")


def test_changes_alone_are_no_chain(tmp_path: Path) -> None:
    make_changes(tmp_path / "AWSDynamoDB/02", [], f"{DAY}T08:50:00Z", f"{DAY}T09:50:00Z")
    with pytest.raises(InputError, match="here: changes alone, in 1 export; make a full one first"):
        newest_chain(places_below(str(tmp_path), None), "here")


def ids(chain: Chain) -> Sequence[str]:
    return [export.place.id for export in (chain.full, *chain.changes)]

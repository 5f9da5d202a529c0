"""Loads that run unattended: what starts them, and how they went, judged when someone looks.

A run is a build of the stack's project in AWS CodeBuild, which keeps its builds for a year.
https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.clock import aws_now
from dynamodb_bulk.export.request import iso
from dynamodb_bulk.export.schedule import last_due, period
from dynamodb_bulk.spec.errors import InputError

AT = "up"
"""What the schedule is called in its group."""
_PATIENCE = timedelta(minutes=30)  # so long may a build be queued, or its start be tried again
_LOOKED_AT = 20  # builds, newest first


class StackRuns(BaseModel):
    """What starts the runs of a stack: an expression of EventBridge Scheduler, or an object that arrives.

    `project` is that of CodeBuild; `group` that of the schedule.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: str
    group: str
    at: str | None = None
    timezone: str = "UTC"
    bucket: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class RunStatus:
    """How the runs stand; `good` is None where nothing can be said yet."""

    runs: str
    verdict: str
    detail: str
    good: bool | None
    last: str = ""


def runs_status(runs: StackRuns, aws: Aws, now: datetime | None = None) -> RunStatus:
    """Judge the runs: what was due and did not run comes before how the last one ended."""
    now = now or aws_now()
    builds = _builds(runs, aws)
    last = builds[0] if builds else None
    started: datetime | None = last["startTime"] if last else None
    for verdict, detail in _findings(runs, aws, started, now):
        return _row(runs, verdict, detail, started, good=False)
    if last is None:
        return _row(runs, "none yet", "nothing was due so far", started, good=None)
    begun, status = iso(last["startTime"]), last["buildStatus"]
    if status == "IN_PROGRESS":
        return _row(runs, "running", f"since {begun}", started, good=None)
    if status == "SUCCEEDED":
        return _row(runs, "good", f"the last one began {begun}", started, good=True)
    log = last.get("logs", {}).get("deepLink", "")
    return _row(runs, "FAILED", f"the one of {begun}: {status}; its log: {log}", started, good=False)


def require_events(bucket: str, aws: Aws, where: str) -> None:
    """Raise InputError unless the bucket tells EventBridge of the objects that arrive."""
    try:
        found = aws.s3.get_bucket_notification_configuration(Bucket=bucket)
    except aws.s3.exceptions.NoSuchBucket:
        raise InputError(where, f"there is no bucket {bucket}", "name one that exists") from None
    if "EventBridgeConfiguration" not in found:
        what = f"the bucket {bucket} tells EventBridge nothing"
        raise InputError(where, what, "turn on Amazon EventBridge in the properties of the bucket")


def _row(
    runs: StackRuns, verdict: str, detail: str, started: datetime | None, *, good: bool | None
) -> RunStatus:
    last = iso(started) if started else ""
    return RunStatus(runs=runs.project, verdict=verdict, detail=detail, good=good, last=last)


def _builds(runs: StackRuns, aws: Aws) -> list[dict[str, Any]]:
    """Return the newest builds, newest first; none where the project does not exist."""
    try:
        found = aws.codebuild.list_builds_for_project(projectName=runs.project, sortOrder="DESCENDING")
    except aws.codebuild.exceptions.ResourceNotFoundException:
        return []
    ids = found["ids"][:_LOOKED_AT]
    builds: list[dict[str, Any]] = aws.codebuild.batch_get_builds(ids=ids)["builds"] if ids else []
    return sorted(builds, key=lambda build: build["startTime"], reverse=True)


def _findings(
    runs: StackRuns, aws: Aws, started: datetime | None, now: datetime
) -> Iterator[tuple[str, str]]:
    if runs.at:
        yield from _of_the_clock(runs, runs.at, aws, started, now)
    if runs.key:
        yield from _of_arrivals(runs, aws, started, now)


def _of_the_clock(
    runs: StackRuns, at: str, aws: Aws, started: datetime | None, now: datetime
) -> Iterator[tuple[str, str]]:
    try:
        schedule = aws.scheduler.get_schedule(GroupName=runs.group, Name=AT)
    except aws.scheduler.exceptions.ResourceNotFoundException:
        yield "gone", f"there is no schedule {runs.group}/{AT}; run `pulumi up`"
        return
    if schedule["State"] == "DISABLED":
        yield "disabled", f"the schedule {runs.group}/{AT} is disabled in EventBridge"
        return
    made: datetime = schedule["CreationDate"]
    if between := period(at):
        since = max(made, started) if started else made
        if now >= since + 2 * between + _PATIENCE:
            yield "not run", f"no run since {iso(since)} by {at}; {_remedy(runs)}"
        return
    due = last_due(at, runs.timezone, now - _PATIENCE)
    if due and due >= made and (started is None or started < due):
        yield "not run", f"no run at {iso(due)}, when {at} was due; {_remedy(runs)}"


def _of_arrivals(
    runs: StackRuns, aws: Aws, started: datetime | None, now: datetime
) -> Iterator[tuple[str, str]]:
    try:
        arrived: datetime = aws.s3.head_object(Bucket=runs.bucket, Key=runs.key)["LastModified"]
        made: datetime = aws.codebuild.batch_get_projects(names=[runs.project])["projects"][0]["created"]
    except (aws.s3.exceptions.ClientError, IndexError):
        return
    # S3 tells whole seconds.
    if (
        arrived >= made.replace(microsecond=0)
        and now >= arrived + _PATIENCE
        and (started is None or started < arrived)
    ):
        place = f"s3://{runs.bucket}/{runs.key}"
        yield "not run", f"no run since {place} arrived at {iso(arrived)}; {_remedy(runs)}"


def _remedy(runs: StackRuns) -> str:
    return f"start one: aws codebuild start-build --project-name {runs.project}, or run `pulumi up`"

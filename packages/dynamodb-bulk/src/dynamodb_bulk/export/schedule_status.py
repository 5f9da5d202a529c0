"""The status of scheduled exports: they run unattended, so they are judged when someone looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.clock import aws_now
from dynamodb_bulk.export.export_chain import chain_of
from dynamodb_bulk.export.listing import listed_exports
from dynamodb_bulk.export.manifest import Export
from dynamodb_bulk.export.record import ExportStatus, StackExport
from dynamodb_bulk.export.request import iso
from dynamodb_bulk.export.schedule import (
    BEHIND_MINUTES,
    CHANGES,
    FULL,
    StackSchedule,
    ends_of_windows,
    last_due,
    last_end,
    period,
)
from dynamodb_bulk.export.scheduled import newest, scheduled_places
from dynamodb_bulk.spec.errors import InputError

_TYPES = {FULL: "FULL_EXPORT", CHANGES: "INCREMENTAL_EXPORT"}
# What was due is missing when nothing has come for so long: one of changes is asked for again for 72 minutes.
_PATIENCE = timedelta(minutes=90)
_DESCRIBED = 25  # of those that are not complete, newest first


@dataclass(frozen=True, kw_only=True)
class ScheduledStatus(ExportStatus):
    """A row for one kind; `detail` explains the verdict, and says what to do.

    `kept` is how many exist; `failed` is how many of the newest that AWS lists FAILED.
    """

    detail: str = ""
    kept: int = 0
    failed: int = 0


def schedule_status(
    schedule: StackSchedule, exports: Sequence[StackExport], aws: Aws, now: datetime | None = None
) -> list[ScheduledStatus]:
    """Return a row for each kind that is scheduled; `exports` are those of the stack."""
    full, changes, damage = None, [], None
    places = scheduled_places(schedule, exports, aws)
    try:
        full, changes = newest(places)
    except InputError as error:
        damage = _Finding("damaged", str(error))
    hole = damage or (_hole(schedule, full, changes) if full else None)
    behind = sorted(changes, key=_end)
    judge = _Judge(schedule, frozenset(place.id for place in places), aws, now or aws_now())
    rows: list[ScheduledStatus] = []
    if schedule.full:
        rows.append(judge.row(FULL, [full] if full else [], damage))
    if schedule.incremental_minutes:
        rows.append(judge.row(CHANGES, behind, hole, alone=full is None))
    return rows


@dataclass(frozen=True)
class _Finding:
    word: str
    detail: str


class _Judge:
    """Judge one kind after the other."""

    def __init__(self, schedule: StackSchedule, there: frozenset[str], aws: Aws, now: datetime) -> None:
        self._schedule, self._there, self._aws, self._now = schedule, there, aws, now
        self._known = _exports_of(schedule.table_arn, aws)

    def row(
        self, kind: str, found: Sequence[Export], wrong: _Finding | None, *, alone: bool = False
    ) -> ScheduledStatus:
        """`found` are complete, the last of them newest; `wrong` is what is known to be wrong with them."""
        known = [one for one in self._known if one["ExportType"] == _TYPES[kind]]
        kept = sum(one["ExportArn"].rpartition("/")[2] in self._there for one in known)
        failed = self._of_the_schedule(known, "FAILED")
        running = self._of_the_schedule(known, "IN_PROGRESS")
        last = found[-1] if found else None
        findings = [
            finding
            for finding in (
                wrong,
                _failure(failed, last),
                None if running else self._missing(kind, last),
            )
            if finding
        ] or [_said(kind, found, kept, alone=alone)]
        good = {"good": True, "none yet": None, "no full one yet": None}.get(findings[0].word, False)
        return ScheduledStatus(
            export=self._schedule.name,
            table=self._schedule.table,
            type=f"scheduled {kind}",
            format=last.summary.format if last else "-",
            items=sum(one.summary.item_count for one in found),
            seconds=last.summary.seconds if last else 0.0,
            at=iso(_end(last)) if last else "",
            place=self._schedule.place,
            good=good,
            verdict=", ".join([one.word for one in findings] + ["one running"] * bool(running)),
            detail="; ".join(one.detail for one in findings),
            kept=kept,
            failed=len(failed),
        )

    def _of_the_schedule(self, known: Sequence[dict[str, Any]], status: str) -> list[dict[str, Any]]:
        """Descriptions of those under the schedule's prefix, newest first."""
        arns = [one["ExportArn"] for one in known if one["ExportStatus"] == status][:_DESCRIBED]
        found = [self._aws.bulk.describe_export(ExportArn=arn)["ExportDescription"] for arn in arns]
        where = self._schedule.bucket, self._schedule.prefix.strip("/")
        return [one for one in found if (one["S3Bucket"], one.get("S3Prefix", "")) == where]

    def _missing(self, kind: str, last: Export | None) -> _Finding | None:
        """Return a finding if the schedule does not run, or made no export when it was last due."""
        schedule = self._schedule
        try:
            there = self._aws.scheduler.get_schedule(Name=kind, GroupName=schedule.group)
        except self._aws.scheduler.exceptions.ResourceNotFoundException:
            return _Finding("gone", "the schedule does not exist: run `pulumi up --refresh`")
        except ClientError:  # the permissions may allow exports and not schedules
            return None
        group = f"schedule {schedule.group}/{kind}"
        if there["State"] != "ENABLED":
            return _Finding(str(there["State"]).lower(), f"{group} is {there['State']}, and does not run")
        made: datetime = there["LastModificationDate"]
        what = "see the metrics of its group, and what its role may do"
        minutes = schedule.incremental_minutes
        # A chain's exports are of up to so long before they are due: the first ones may be from before
        # recovery was on, and then are refused.
        behind = timedelta(minutes=BEHIND_MINUTES + minutes) if minutes else timedelta()
        between = period(schedule.full or "") if kind == FULL else None
        if between:  # nothing tells when it begins
            since = max(made, _end(last)) if last else made
            if self._now < since + 2 * between + behind:
                return None
            return _Finding("not run", f"no export since {iso(since)} by {group}, {schedule.full}: {what}")
        expression, timezone = schedule.full or "", schedule.timezone
        if kind == CHANGES and minutes:
            expression, timezone = ends_of_windows(minutes), "UTC"
        due = last_due(expression, timezone, self._now - _PATIENCE)
        if due is None or due < made + behind:
            return None
        if last and _end(last) >= (last_end(due, minutes) if minutes else due):
            return None
        return _Finding("not run", f"no export at {iso(due)}, when {group} was due: {what}")


def _exports_of(table_arn: str, aws: Aws) -> list[dict[str, Any]]:
    """Return the exports of a table in the last 90 days, newest first; none if it no longer exists."""
    try:
        found = [{"ExportType": "FULL_EXPORT", **one} for one in listed_exports(aws, TableArn=table_arn)]
    except aws.dynamodb.exceptions.ResourceNotFoundException:
        return []
    return sorted(found, key=lambda one: one["ExportArn"].rpartition("/")[2], reverse=True)


def _failure(failed: Sequence[dict[str, Any]], last: Export | None) -> _Finding | None:
    """Return what the newest FAILED export says, unless a complete one came after it."""
    if not failed or (last and last.place.id > failed[0]["ExportArn"].rpartition("/")[2]):
        return None
    one = failed[0]
    reason = f"{one.get('FailureCode', '')}: {one.get('FailureMessage', '')}"
    return _Finding("FAILED", f"the one of {iso(one['StartTime'])}: {reason}")


def _hole(schedule: StackSchedule, full: Export, changes: Sequence[Export]) -> _Finding | None:
    try:
        chain_of([full, *changes], f"bulk export {schedule.name} --prefix {schedule.prefix}")
    except InputError as error:
        return _Finding("hole", f"{error.what}; {error.remedy}")
    return None


def _said(kind: str, found: Sequence[Export], kept: int, *, alone: bool) -> _Finding:
    if not found:
        return _Finding("none yet", "no export exists")
    end = iso(_end(found[-1]))
    if kind == FULL:
        return _Finding("good", f"{kept:,} kept, the newest as of {end}")
    if alone:
        return _Finding("no full one yet", f"{len(found):,} up to {end}, without a full export before them")
    return _Finding("good", f"{len(found):,} after the newest full one, up to {end}")


def _end(export: Export) -> datetime:
    summary = export.summary
    return summary.to_time or summary.export_time or datetime.min.replace(tzinfo=UTC)

"""How the exports of a schedule stand: nobody is there when they run, so they are judged when one looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from dataset.errors import InputError
from operations.aws import Aws
from operations.export.chain import chain_of
from operations.export.manifest import Export
from operations.export.record import StackExport
from operations.export.schedule import BEHIND_MINUTES, CHANGES, FULL, StackSchedule, ends_of_windows, last_due
from operations.export.scheduled import newest, scheduled_places
from operations.export.status import ExportStatus

_TYPES = {FULL: "FULL_EXPORT", CHANGES: "INCREMENTAL_EXPORT"}
# What was due is missing when nothing has come for so long: one of changes is asked for again for 72 minutes.
_PATIENCE = timedelta(minutes=90)
_DESCRIBED = 25  # of those that are not complete, newest first


@dataclass(frozen=True, kw_only=True)
class ScheduledStatus(ExportStatus):
    """A row for one kind: how many are kept, and how many of the newest that AWS knows of FAILED."""

    kept: int = 0
    failed: int = 0


def schedule_status(
    schedule: StackSchedule, exports: Sequence[StackExport], aws: Aws, now: datetime | None = None
) -> list[ScheduledStatus]:
    """A row for each kind that is scheduled; `exports` are those of the stack."""
    full, changes, damage = None, [], ""
    places = scheduled_places(schedule, exports, aws)
    try:
        full, changes = newest(places)
    except InputError as error:
        damage = str(error)
    hole = damage or (_hole(schedule, full, changes) if full else "")
    behind = sorted(changes, key=_end)
    judge = _Judge(schedule, frozenset(place.id for place in places), aws, now or datetime.now(UTC))
    rows: list[ScheduledStatus] = []
    if schedule.full:
        rows.append(judge.row(FULL, [full] if full else [], damage))
    if schedule.incremental_minutes:
        rows.append(judge.row(CHANGES, behind, hole, alone=full is None))
    return rows


class _Judge:
    """Looks at one kind after the other."""

    def __init__(self, schedule: StackSchedule, there: frozenset[str], aws: Aws, now: datetime) -> None:
        self._schedule, self._there, self._aws, self._now = schedule, there, aws, now
        self._known = _exports_of(schedule.table_arn, aws)

    def row(self, kind: str, found: Sequence[Export], wrong: str, *, alone: bool = False) -> ScheduledStatus:
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
                "" if running else self._missing(kind, last),
            )
            if finding
        ]
        verdict = "; ".join(findings) or _said(kind, found, kept, alone=alone)
        return ScheduledStatus(
            export=self._schedule.name,
            table=self._schedule.table,
            type=f"scheduled {kind}",
            format=last.summary.format if last else "-",
            items=sum(one.summary.item_count for one in found),
            seconds=last.summary.seconds if last else 0.0,
            at=_iso(_end(last)) if last else "",
            place=self._schedule.place,
            good=False if findings else True if last and not alone else None,
            verdict=verdict + (", one under way" if running else ""),
            kept=kept,
            failed=len(failed),
        )

    def _of_the_schedule(self, known: Sequence[dict[str, Any]], status: str) -> list[dict[str, Any]]:
        """Descriptions of those under the schedule's prefix, newest first."""
        arns = [one["ExportArn"] for one in known if one["ExportStatus"] == status][:_DESCRIBED]
        found = [self._aws.bulk.describe_export(ExportArn=arn)["ExportDescription"] for arn in arns]
        where = self._schedule.bucket, self._schedule.prefix.strip("/")
        return [one for one in found if (one["S3Bucket"], one.get("S3Prefix", "")) == where]

    def _missing(self, kind: str, last: Export | None) -> str:
        """That the schedule does not run, or that nothing came of the last time that it was due."""
        schedule = self._schedule
        try:
            there = self._aws.scheduler.get_schedule(Name=kind, GroupName=schedule.group)
        except self._aws.scheduler.exceptions.ResourceNotFoundException:
            return "its schedule is gone: run `pulumi up --refresh`"
        except ClientError:  # one may look at exports without being allowed to look at schedules
            return ""
        if there["State"] != "ENABLED":
            return f"its schedule is {there['State']}"
        made: datetime = there["LastModificationDate"]
        minutes = schedule.incremental_minutes
        reach = timedelta()
        if kind == CHANGES and minutes:
            due = last_due(ends_of_windows(minutes), "UTC", self._now - _PATIENCE)
            reach = timedelta(minutes=BEHIND_MINUTES)
            # A window from before that may be from before recovery was on, and then is refused.
            made += reach + timedelta(minutes=minutes)
        else:
            due = last_due(schedule.full or "", schedule.timezone, self._now - _PATIENCE)
        if due is None or due < made or (last and _end(last) >= due - reach):
            return ""
        group = f"schedule {schedule.group}/{kind}"
        return f"nothing came of {_iso(due)}: see the metrics of {group}, and what its role may do"


def _exports_of(table_arn: str, aws: Aws) -> list[dict[str, Any]]:
    """What AWS knows of the exports of a table for 90 days, newest first; nothing of a table that is gone."""
    found: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:  # boto3 has no paginator for it
        try:
            page: dict[str, Any] = aws.bulk.list_exports(TableArn=table_arn, **token)
        except aws.dynamodb.exceptions.ResourceNotFoundException:
            return []
        found += [{"ExportType": "FULL_EXPORT", **one} for one in page.get("ExportSummaries", [])]
        if not page.get("NextToken"):
            break
        token = {"NextToken": page["NextToken"]}
    return sorted(found, key=lambda one: one["ExportArn"].rpartition("/")[2], reverse=True)


def _failure(failed: Sequence[dict[str, Any]], last: Export | None) -> str:
    """Of the newest that FAILED, unless one that is complete came after it."""
    if not failed or (last and last.place.id > failed[0]["ExportArn"].rpartition("/")[2]):
        return ""
    one = failed[0]
    return (
        f"FAILED at {_iso(one['StartTime'])}: {one.get('FailureCode', '')}: {one.get('FailureMessage', '')}"
    )


def _hole(schedule: StackSchedule, full: Export, changes: Sequence[Export]) -> str:
    try:
        chain_of([full, *changes], f"bulk export {schedule.name} --prefix {schedule.prefix}")
    except InputError as error:
        return f"{error.what}; {error.remedy}"
    return ""


def _said(kind: str, found: Sequence[Export], kept: int, *, alone: bool) -> str:
    if not found:
        return "none yet"
    end = _iso(_end(found[-1]))
    if kind == FULL:
        return f"good: {kept:,} kept, newest as of {end}"
    count = f"{len(found):,} up to {end}"
    return f"{count}, and no full one before them" if alone else f"good: {count}, behind the full one"


def _end(export: Export) -> datetime:
    summary = export.summary
    return summary.to_time or summary.export_time or datetime.min.replace(tzinfo=UTC)


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

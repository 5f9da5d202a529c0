"""Begins a run of a load by DMS, or of all loads that share a task: it starts once. Safe to repeat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report, poll
from dynamodb_bulk.aws.records import Superseded
from dynamodb_bulk.cleanup.objects import remove_objects
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.dms.start import reach_endpoints, set_data_format, start_task
from dynamodb_bulk.loads.dms.task import TaskState, describe_task, stop_task
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.verdict import Counted
from dynamodb_bulk.spec.errors import InputError, LoadFailed

if TYPE_CHECKING:
    from dynamodb_bulk.loads.source_check import SourceCheck, Together

_SETTLING_SECONDS = 7200  # a serverless replication takes most of an hour to start


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """What a load begins with: the check and the counts of its files, and the record of its last run."""

    check: "SourceCheck"
    counted: Counted
    last: RunRecord | None

    @classmethod
    def of(
        cls, load: TaskLoad, check: "SourceCheck", last: RunRecord | None, aws: Aws, report: Report
    ) -> "Beginning":
        """See that the files are those of the digest, and count their rows."""
        check.settle(report)
        with check.unchanged():
            return cls(check=check, counted=_count_rows(load, check, aws, report), last=last)


def loads_files(load: TaskLoad) -> bool:
    """Return whether the task has a full load."""
    return load.migration_type != "cdc"


def begin_run(
    load: TaskLoad, digest: str, beginnings: Mapping[str, Beginning], aws: Aws, report: Report
) -> RunRecord:
    """The record of the run for this digest that is in progress or over; else of one that is started now.

    `beginnings`: of the load, and of others that share its task and begin with it, by their names.
    """
    while True:
        try:
            return _begun(load, digest, beginnings, aws, report)
        except Superseded:  # someone else was faster: its run is followed where it is of the same data
            beginnings = {
                name: replace(one, last=RunRecord.read(load.records_bucket, name, aws))
                for name, one in beginnings.items()
            }


def begin_together(
    load: TaskLoad, digest: str, together: "Together", aws: Aws, report: Report
) -> tuple[RunRecord, Counted]:
    """Begin a run as `begin_run` does, for all loads of the task that are not loaded well; count its rows.

    Nothing is loaded where one of them is refused. What is begun for one of them is followed by the others.
    """
    report(f"waiting for the other loads of task {load.task}")
    with together.lock:
        record = RunRecord.read(load.records_bucket, load.name, aws)
        if record is None or not _is_this_run(record, digest, load, settled(load, aws)):
            beginnings = _beginnings(load, digest, together, aws, report)
            if again := together.checks.keys() - beginnings.keys():
                report(f"loading {', '.join(sorted(again))} again, too")
            record = begin_run(load, digest, beginnings, aws, report)
    if load.name not in together.counted:  # an earlier process has begun it
        beginning = Beginning.of(load, together.checks[load.name], record, aws, report)
        together.counted[load.name] = beginning.counted
    return record, together.counted[load.name]


def _beginnings(
    load: TaskLoad, digest: str, together: "Together", aws: Aws, report: Report
) -> dict[str, Beginning]:
    begun: dict[str, Beginning] = {}
    for name, check in together.checks.items():
        last = RunRecord.read(load.records_bucket, name, aws)
        if name != load.name and last and last.digest == digest and last.outcome and last.outcome.accepted:
            continue
        try:
            begun[name] = Beginning.of(load, check, last, aws, report)
        except (InputError, LoadFailed) as error:
            if name == load.name:
                raise
            raise LoadFailed(
                f"load {load.name}: not started, since load {name} of its task is not: {error}"
            ) from None
        together.counted[name] = begun[name].counted
    return begun


def _count_rows(load: TaskLoad, check: "SourceCheck", aws: Aws, report: Report) -> Counted:
    """Count the rows that the task loads: all of the files, or none where it applies changes alone."""
    if not loads_files(load):
        return Counted(rows=0)
    from dynamodb_bulk.loads.row_counts import count_dataset

    return count_dataset(check.dataset, aws, report, method=load.method, refuse=check.refuse)


def _begun(
    load: TaskLoad, digest: str, beginnings: Mapping[str, Beginning], aws: Aws, report: Report
) -> RunRecord:
    last, task = beginnings[load.name].last, settled(load, aws)
    if last and _is_this_run(last, digest, load, task):
        return last
    if task.status == "running":
        report("stopping another run")
        stop_task(aws, task_arn=load.task_arn)
    _remove_others(load.records_bucket, load.prefix, load.objects, aws)
    for name, one in beginnings.items():
        if name != load.name and (place := one.check.place):
            _remove_others(place.bucket, place.prefix, place.keys, aws)
    set_data_format(load, aws, report)
    reach_endpoints(load, aws, report)
    task = describe_task(load, aws)
    if last and _is_this_run(last, digest, load, task):  # whoever wrote the record has started it since
        return last
    begun = {
        name: RunRecord(
            digest=digest,
            task=load.task_arn,
            started_before=task.started,
            failed_runs=one.last.failed_runs_before(digest) if one.last else 0,
            listing=one.check.listing,
        ).recounted(one.counted)
        for name, one in beginnings.items()
    }
    for name, record in begun.items():
        record.write_after(beginnings[name].last, load.records_bucket, name, aws)
    start_task(load, task, aws, report)
    return begun[load.name]


def _remove_others(bucket: str, prefix: str, keys: Sequence[str], aws: Aws) -> None:
    """Delete what is below the prefix and is not a file that the stack put there."""
    if keys:
        objects = frozenset(keys)
        remove_objects(aws, bucket=bucket, prefix=prefix, which=lambda key: key not in objects)


def _is_this_run(record: RunRecord, digest: str, load: TaskLoad, task: TaskState) -> bool:
    """Return whether the record is of the run that is under way, or is over and not judged."""
    same = record.digest == digest and record.is_run(load.task_arn, task.started)
    return same and (task.status in ("starting", "running") or (task.finished and record.outcome is None))


def settled(load: TaskLoad, aws: Aws) -> TaskState:
    """Wait until the task is at work, or at rest, and return its state."""
    return poll(
        lambda: describe_task(load, aws),
        lambda task: not task.settling,
        limit_seconds=_SETTLING_SECONDS,
        what=f"the task of load {load.name}",
    )

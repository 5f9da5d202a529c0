"""`dms`: files through AWS DMS, with ongoing changes where the dataset has them.

A task on an instance runs them, or a serverless replication.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.account_roles import check_account_roles
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.conversion.options import Format
from dynamodb_bulk.estimate.basis import Basis
from dynamodb_bulk.loads.base import Abilities, Loader, LoadFacts, MethodEstimate
from dynamodb_bulk.loads.dms.applied import applied_changes, files_of
from dynamodb_bulk.loads.dms.begin import Beginning, begin_run, begin_together, loads_files
from dynamodb_bulk.loads.dms.exceptions_tables import errors_of
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.dms.run import APPLYING, conclude, go_on, progress, shown_progress
from dynamodb_bulk.loads.dms.runner import runner_of
from dynamodb_bulk.loads.dms.start import start_of_changes
from dynamodb_bulk.loads.dms.task import (
    TaskState,
    describe_task,
    last_lines,
    stop_task,
    task_by_arn,
    task_log,
)
from dynamodb_bulk.loads.last_run import LastRun, ShownMetric, table_metrics
from dynamodb_bulk.loads.log import LogLine
from dynamodb_bulk.loads.progress import Progress
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.status import NOT_STARTED, LoadStatus, recorded
from dynamodb_bulk.monitoring.metrics import of_task
from dynamodb_bulk.one_line import unless_denied
from dynamodb_bulk.permissions.grants import EVERYTHING, OF_STACK, Permissions, called
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.spec.text import number_of

if TYPE_CHECKING:
    from dynamodb_bulk.dataset import Dataset
    from dynamodb_bulk.estimate.prices import Prices
    from dynamodb_bulk.estimate.size import DatasetSize
    from dynamodb_bulk.loads.changes import ChangeFiles
    from dynamodb_bulk.loads.source_check import SourceCheck

PARQUET_NAME = re.compile(r"LOAD[0-9A-Fa-f]+\.parquet")
"""Of files of a full load: DMS counts them in hexadecimal, as its page on S3 as a target says."""


class DmsLoader(Loader[TaskLoad]):
    """A DMS task as a method of loading. The stack's task is a resource, with a removal that stops it."""

    name = "dms"
    engine = "DMS"
    load_type = TaskLoad
    abilities = Abilities(
        options=frozenset({"wait", "into", "wait_for", "write_units", "task"}),
        existing_table=True,
        condition=True,
        ongoing_changes=True,
        global_table=True,
    )
    permissions = Permissions(
        declares=(
            "aws:iam/role:Role",
            "aws:iam/rolePolicy:RolePolicy",
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "aws:cloudwatch/logGroup:LogGroup",
            "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup",
            "aws:dms/replicationInstance:ReplicationInstance",
            "aws:dms/s3Endpoint:S3Endpoint",
            "aws:dms/endpoint:Endpoint",
            "aws:dms/replicationTask:ReplicationTask",
        ),
        calls=(
            called(EVERYTHING, "dms:DescribeReplicationTasks", "deploy", "operate"),
            called(EVERYTHING, "dms:DescribeReplicationInstances", "deploy", "operate"),
            called(
                EVERYTHING,
                "dms:DescribeConnections DescribeReplicationConfigs ec2:DescribeNetworkInterfaces",
                "deploy",
            ),
            # An adopted role is checked for what DMS needs.
            called(
                "account roles",
                "iam:GetRole ListAttachedRolePolicies ListRolePolicies GetRolePolicy",
                "deploy",
                "preview",
            ),
            called(EVERYTHING, "dms:DescribeOrderableReplicationInstances", "deploy", "preview"),
            called("managed policies", "iam:GetPolicy GetPolicyVersion", "deploy", "preview"),
            called("DMS", "dms:DescribeTableStatistics", "deploy", "operate"),
            called("DMS", "dms:TestConnection", "deploy"),
            called("source buckets", "s3:GetBucketVersioning", "deploy", "preview"),
            called("DMS", "dms:StopReplicationTask", "deploy", "operate", only=OF_STACK),
            called("DMS", "dms:StartReplicationTask", "deploy", only=OF_STACK),
            called("task logs", "logs:GetLogEvents", "deploy", "operate"),
            called("exceptions tables", "dynamodb:Scan", "operate"),
        ),
    )

    def preferred(self, facts: LoadFacts) -> str | None:
        """Documents for DMS say what is wanted."""
        if facts.ongoing_changes or not facts.dms_documents:
            return None
        return "the dataset comes with DMS documents"

    def reason(self, facts: LoadFacts) -> str:
        """The last resort."""
        if facts.ongoing_changes:
            return "only DMS supports ongoing changes"
        why = "each item has a condition" if facts.condition else "the table exists already"
        return f"{why}, and bulk put is not available here"

    def obstacle(self, facts: LoadFacts) -> str | None:
        """What DMS cannot carry."""
        return facts.dms_obstacle

    def check_dataset(self, dataset: "Dataset") -> None:
        """Raise InputError at the place in the dataset file that DMS cannot carry."""
        dataset.refuse_dms()

    def check_files(self, dataset: "Dataset", aws: Aws) -> None:
        """DMS leaves Parquet files of other names out.

        Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html#CHAP_Source.S3.Parquet
        """
        from dynamodb_bulk.sources.locating import source_files

        if dataset.source.format != "parquet" or dataset.location is None:
            return
        for file in source_files(dataset, aws):
            if not PARQUET_NAME.fullmatch(file.name.rpartition("/")[2]):
                raise InputError(
                    file.name,
                    "DMS would leave it out: it reads Parquet files of names such as LOAD00000001.parquet",
                    "rename it, or use another prefix in source.location",
                )

    def warnings(self, dataset: "Dataset") -> tuple[str, ...]:
        """Those on its DMS documents, and on files that are too few to be loaded at once."""
        files, wanted = len(dataset.files), dataset.parallel
        if files >= wanted or dataset.location:
            return dataset.warnings
        what = f"{dataset.name}: `dms.parallel` is {wanted}, but {number_of(files, 'file')}"
        tables = f"{'makes' if files == 1 else 'make'} {number_of(files, 'table')}"
        return (*dataset.warnings, f"{what} {tables}: split the files to load more at once")

    def check_account(self, aws: Aws, owner: str) -> tuple[str, ...]:
        """Check the roles that DMS looks for by name."""
        return check_account_roles(aws, owner)

    def estimate(
        self,
        dataset: "Dataset",
        size: "DatasetSize",
        prices: "Prices",
        convert_to: Format = "dynamodb_json",  # noqa: ARG002
    ) -> MethodEstimate:
        """By the writes; how long DMS takes, and so how many hours of an instance, is not known."""
        from dynamodb_bulk.estimate.size import write_units_with_indexes

        writes = prices.usd("write_request_million", write_units_with_indexes(dataset, size) / 1e6)
        hour = prices.usd("dms_instance_hour", 1)
        instance = "" if hour is None else f", {hour:,.2f} USD an hour for the smallest that is usual"
        obstacle = next(iter(dataset.dms_obstacles), None)
        not_so = f"not with this dataset: {obstacle.what}; else " if obstacle else ""
        return MethodEstimate(
            method=self.name,
            shortest=None,
            longest=None,
            usd=None if writes is None else (writes, writes),
            basis=f"{not_so}the writes alone; {Basis.UNKNOWN}: the rate for files in S3; the replication "
            f"instance costs extra while it exists{instance}",
            how=_at_once(dataset),
        )

    def start(
        self,
        load: TaskLoad,
        digest: str,
        aws: Aws,
        report: Report,
        *,
        wait: bool = True,
        check: "SourceCheck | None" = None,
    ) -> str:
        """Bring the task to the end of a run for this digest, and judge it.

        What was loaded well for the digest is not loaded again, by another task neither. The run of the
        record is resumed while it is under way, and only judged when it has finished; for anything else the
        task is started or reloaded. A task that applies changes has no end: it is left running once its full
        load, if it has one, is over; one that was stopped after that goes on with the changes.
        """
        last = RunRecord.read(load.records_bucket, load.name, aws)
        loaded = last and last.digest == digest and last.outcome and last.outcome.accepted
        if last and last.outcome and loaded and load.migration_type == "full-load":
            return f"{number_of(last.outcome.written, 'row')} loaded before; nothing has changed since"
        if last and loaded and (told := go_on(load, last, aws, report, wait=wait)):
            return told
        from dynamodb_bulk.loads.source_check import unchecked

        check = check or unchecked(load.dataset, aws)
        if check.together:
            record, counted = begin_together(load, digest, check.together, aws, report)
        else:
            beginning = Beginning.of(load, check, last, aws, report)
            record, counted = begin_run(load, digest, {load.name: beginning}, aws, report), beginning.counted
        if not wait:
            return f"started; follow it with `bulk watch {load.name}`"
        return conclude(load, record, counted, aws, report)

    def resume(self, load: TaskLoad, aws: Aws, report: Report) -> str:
        """Follow the run until it is over, or does nothing but apply changes, and judge it.

        One that was judged before is not judged again.
        """
        record, task = RunRecord.read(load.records_bucket, load.name, aws), describe_task(load, aws)
        if record and record.outcome:
            return record.outcome.verdict
        if record is None or not (task.busy or record.is_run(load.task_arn, task.started)):
            raise LoadFailed(f"load {load.name}: not started; run `pulumi up`")
        return conclude(load, record, record.counted, aws, report)

    def status(self, load: TaskLoad, aws: Aws) -> LoadStatus:
        """The verdict on the last run, or what DMS counted so far of one that is not judged."""
        record = RunRecord.read(load.records_bucket, load.name, aws)
        row = LoadStatus(load=load.name, method=self.name, table=load.table)
        if record and record.outcome:
            row = recorded(row, record.rows_in_files, record.outcome)
            if load.migration_type == "full-load":
                return row
        task = describe_task(load, aws)
        if record is None:
            return row
        if record.outcome:
            return _with_changes(row, load, task, aws) if task.applies and row.good else row
        row = replace(row, rows_in_files=record.rows_in_files)
        if not record.is_run(load.task_arn, task.started):
            begins = Progress(state=task.shown) if task.busy else None
            return replace(row, verdict=_not_begun(task, record), progress=begins)
        ended = f"the {task.noun} is {task.status}, not judged yet: run `bulk watch {load.name}`"
        return replace(
            row,
            items_written=task.loaded,
            condition_failed=task.condition_failed,
            rejected=task.errors,
            seconds=round(task.seconds, 1),
            verdict=progress(task, record.rows_in_files) if task.busy and not task.applying else ended,
            progress=shown_progress(task, record.rows_in_files, _last_line(load, task, aws)),
        )

    def arn_status(self, arn: str, aws: Aws) -> LoadStatus | None:
        """What DMS says of the task, or of the serverless replication."""
        if ":dms:" not in arn or not any(kind in arn for kind in (":task:", ":replication-config:")):
            return None
        load = task_by_arn(arn, aws)
        task = describe_task(load, aws)
        ended = f"the {task.noun} is {task.status}{f': {task.stop_reason}' if task.stop_reason else ''}"
        return LoadStatus(
            load=load.name,
            method=self.name,
            table=", ".join(one.table for one in task.tables),
            rows_in_files=None,
            items_written=task.loaded,
            condition_failed=task.condition_failed,
            rejected=task.errors,
            seconds=round(task.seconds, 1),
            good=False if task.failure or task.status == "failed" else None,
            verdict=task.failure or (progress(task, None) if task.busy else ended),
            progress=shown_progress(task, None, ""),
        )

    def change_files(self, load: TaskLoad, aws: Aws) -> "ChangeFiles | None":
        """Those that DMS does not skip; raise InputError where they cannot be known."""
        if load.changes is None:
            return None
        task = describe_task(load, aws)
        if (files := files_of(load, task, aws)) is None:
            raise InputError(
                f"load {load.name}",
                "its changes begin at a checkpoint, and AWS does not document which files are before it",
                "compare the table with an export",
            )
        return files

    def log(self, load: TaskLoad, aws: Aws, since: datetime | None = None) -> Iterator[LogLine]:
        """The task's log, of all its runs."""
        return task_log(load, aws, since)

    def rejected_unnamed(self, load: TaskLoad, aws: Aws) -> Mapping[str, int]:
        """Read what DMS keeps of the task in the tables of the Region."""
        task = runner_of(load.task_arn).described(load.task_arn, aws)
        return errors_of(task.name, aws) if task else {}

    def last_run(self, load: TaskLoad, aws: Aws) -> LastRun:
        """When the task began, and the end of its full load."""
        task = describe_task(load, aws)
        began = datetime.fromisoformat(task.started) if task.started else None
        over = began is not None and (task.full_load_over or not task.busy)
        return LastRun(
            began=began,
            ended=began + timedelta(seconds=task.seconds) if began and over else None,
            metrics=(*_rows_metrics(load), *table_metrics(load.table)),
        )

    def stop(self, load: TaskLoad, aws: Aws, report: Report) -> str:
        """Stop the task and wait until it has; what it loaded stays."""
        before = describe_task(load, aws)
        if not before.busy:
            return "nothing is running"
        report(f"stopping the {before.noun}")
        stop_task(aws, task_arn=load.task_arn)
        task = describe_task(load, aws)
        counted = applied_changes(load, task, aws, report) if task.applies else None
        also = f" with {', '.join(load.shares)}, which share its task" if load.shares else ""
        return f"stopped{also}; {counted.words if counted else 'items already written are kept'}"

    def loaded_with(self, load: TaskLoad) -> tuple[str, ...]:
        """The loads of its task: DMS reloads no single table of an S3 source."""
        return load.shares

    def check_repeat(self, load: TaskLoad, last: RunRecord) -> None:
        """Changes alone are applied again only since a time, or behind a checkpoint."""
        if last.outcome and last.outcome.accepted and not start_of_changes(load) and not loads_files(load):
            raise InputError(
                f"load {load.name}",
                "it loads no files that could be loaded again",
                f"`bulk resume {load.name}` goes on with the changes, and cdc_start_time in its dataset "
                "applies those since a time once more",
            )


DMS = DmsLoader()


def _at_once(dataset: "Dataset") -> str:
    """Return how many tables and threads load at once, where it is more than one; "" else."""
    from dynamodb_bulk.dms.task_settings import load_threads

    tables, threads = len(dataset.parts), load_threads(dataset.task_settings)
    as_tables = f" as {tables} tables at once" if tables > 1 else ""
    return f"{as_tables} with {threads} threads{' each' if as_tables else ''}" if threads > 1 else as_tables


def _rows_metrics(load: TaskLoad) -> tuple[ShownMetric, ...]:
    """Return the metric of a full load's rows. The log group of a task is named after its instance."""
    instance = load.log_group.removeprefix("dms-tasks-")
    metric = of_task("FullLoadThroughputRowsTarget", instance, load.task_arn)
    return (ShownMetric(title="Rows that DMS loaded", unit="rows per second", metric=metric),)


def _last_line(load: TaskLoad, task: TaskState, aws: Aws) -> str:
    """Return the last message that DMS logged of the run, or why it cannot be read."""
    began = datetime.fromisoformat(task.started) if task.started else None
    return unless_denied(lambda: next(iter(last_lines(load, aws, 1, began)), ""), str)


def _with_changes(row: LoadStatus, load: TaskLoad, task: TaskState, aws: Aws) -> LoadStatus:
    """The row of a load that is good, with what became of the changes that its files hold now."""
    if not (task.busy or task.stopped):
        why = task.failure or task.stop_reason or "DMS gave no reason"
        return replace(
            row, good=False, verdict=f"changes are not applied: the {task.noun} is {task.status}: {why}"
        )
    if task.ended_without_changes:
        return replace(
            row, verdict=f"{row.verdict}; the {task.noun} ended after its full load, as its settings say"
        )
    goes_on = APPLYING if task.busy else f"the {task.noun} is stopped"
    found = applied_changes(load, task, aws)
    if found is None:
        return replace(row, verdict=f"{row.verdict}; {goes_on}")
    good = found.good if found.good is not None or task.busy else False
    return replace(
        row, good=good, verdict=f"{found.words if not good else f'good; {found.words}'}; {goes_on}"
    )


def _not_begun(task: TaskState, record: RunRecord) -> str:
    if task.busy:
        return f"{task.noun} {task.shown}"
    return NOT_STARTED if record.task else "unknown: an earlier version of this program started it"

"""The `Loader` of a method that is one asynchronous operation of DynamoDB."""

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.loads.base import Loader
from dynamodb_bulk.loads.conversion_record import ConversionRecord
from dynamodb_bulk.loads.last_run import LastRun, Used, table_metrics
from dynamodb_bulk.loads.load import StagedT
from dynamodb_bulk.loads.progress import Progress
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.started import OperationState, Started
from dynamodb_bulk.loads.status import LoadStatus, recorded
from dynamodb_bulk.spec.errors import InputError, LoadFailed

if TYPE_CHECKING:
    from dynamodb_bulk.loads.operation import LoadOperation
    from dynamodb_bulk.loads.source_check import SourceCheck

_CANCEL_SECONDS = 1800
_END_SECONDS = 24 * 3600  # an import cannot be cancelled, and a table that it fills cannot be deleted


class OperationLoader(Loader[StagedT]):
    """Starts, resumes, describes and ends one operation per load."""

    started_type: ClassVar[type[Started]]

    @property
    @abstractmethod
    def operation_type(self) -> "type[LoadOperation[StagedT]]":
        """Return what runs a load, which is imported only then."""

    def start(
        self,
        load: StagedT,
        digest: str,
        aws: Aws,
        report: Report,
        *,
        wait: bool = True,
        check: "SourceCheck | None" = None,
    ) -> str:
        """See `run_operation`."""
        from dynamodb_bulk.loads.operation_runner import run_operation

        return run_operation(self.operation_type(load, aws, report, check), digest, wait=wait)

    def resume(self, load: StagedT, aws: Aws, report: Report) -> str:
        """See `resume_operation`; a run of its Glue job ends before."""
        from dynamodb_bulk.loads.operation_runner import resume_operation

        if load.by:
            from dynamodb_bulk.glue.run import follow_runs  # few loads need it

            follow_runs(load.by, load.name, aws, report)
        return resume_operation(self.operation_type(load, aws, report))

    def status(self, load: StagedT, aws: Aws) -> LoadStatus:
        """The verdict on the last run, or what AWS says of one that is not judged."""
        record = RunRecord.read(load.records_bucket, load.name, aws)
        row = LoadStatus(load=load.name, method=load.method, table=load.table)
        if load.by:
            from dynamodb_bulk.glue.run import run_told  # few loads need it

            if told := run_told(load.by, load.name, aws):
                return replace(row, verdict=told)
        if conversion := ConversionRecord.current(load, aws):
            return conversion.shown(row)
        if record is None:
            return row
        if record.outcome:
            return recorded(row, record.rows_in_files, record.outcome)
        state = _state(self._started(aws, load.records_bucket, load.name), record)
        if state is None:
            return row
        row = _shown(replace(row, rows_in_files=record.rows_in_files), state)
        return (
            replace(row, verdict=f"{row.verdict}, not judged yet: run `bulk watch {load.name}`")
            if state.ended
            else row
        )

    def last_run(self, load: StagedT, aws: Aws) -> LastRun:
        """When the operation began and ended, and what it used."""
        metrics = table_metrics(load.table)
        record = RunRecord.read(load.records_bucket, load.name, aws)
        state = _state(self._started(aws, load.records_bucket, load.name), record) if record else None
        if state is None:
            return LastRun(metrics=metrics)
        return LastRun(began=state.start, ended=state.end, used=self.used(state), metrics=metrics)

    def used(self, state: OperationState) -> tuple[Used, ...]:  # noqa: ARG002
        """Return what AWS charges for an operation; nothing where it does not say what it counts."""
        return ()

    def arn_status(self, arn: str, aws: Aws) -> LoadStatus | None:
        """What AWS says of the operation."""
        noun, started = self.started_type.noun, self._started(aws, "", "")
        if self.started_type.arn_kind not in arn:
            return None
        state = started.describe(arn)
        if state is None:
            raise InputError(arn, f"AWS knows no such {noun}", "check the ARN and its account")
        table = arn.partition(":table/")[2].partition("/")[0]
        row = _shown(LoadStatus(load=arn.rpartition("/")[2], method=self.name, table=table), state)
        return replace(row, good=False) if state.status in ("FAILED", "CANCELLED") else row

    def stop(self, load: StagedT, aws: Aws, report: Report) -> str:
        """Stop the run of its Glue job, or cancel the operation; items already written are kept."""
        if load.by:
            from dynamodb_bulk.glue.run import stop_runs  # few loads need it

            if stop_runs(load.by, aws, load.name):
                return "its run on Glue is stopped; nothing was loaded"
        started = self._started(aws, load.records_bucket, load.name)
        record = RunRecord.read(load.records_bucket, load.name, aws)
        record = record and started.recovered(record)
        state = record and _state(started, record)
        if record is None or state is None or state.ended:
            return "nothing is running"
        if not started.cancels:
            raise LoadFailed(
                f"load {load.name}: AWS has no call to cancel an operation of this kind; it runs to its end"
            )
        state = started.end(record.operation, report, limit_seconds=_CANCEL_SECONDS)
        written = f": {state.written:,} items were written and are kept" if state else ""
        return f"{state.status.lower() if state else 'gone'}{written}"

    def end(self, aws: Aws, *, bucket: str, load: str) -> None:
        """Cancel what AWS can cancel, and wait for its end.

        An operation that an `up` started and could not record is found by its client token, and recorded.
        """
        last = RunRecord.read(bucket, load, aws)
        if last is None:
            return
        started = self._started(aws, bucket, load)
        record = started.recovered(last)
        if record != last:
            record.write(bucket, load, aws)
        started.end_all(started.unended(record), lambda _: None, limit_seconds=_END_SECONDS)

    def _started(self, aws: Aws, bucket: str, load: str) -> Started:
        return self.started_type(aws, bucket=bucket, load=load)


def _state(started: Started, record: RunRecord) -> OperationState | None:
    operation = started.recovered(record).operation
    return started.describe(operation) if operation else None


def _shown(row: LoadStatus, state: OperationState) -> LoadStatus:
    """Return the row with what AWS says of the operation."""
    now = state.failure if state.ended else f"{state.seconds:,.0f} s so far"
    done = state.processed or state.written or None
    progress = Progress(
        state=state.status,
        seconds=state.seconds,
        rows=done,
        total_rows=row.rows_in_files,
        bytes=state.read_bytes or None,
        total_bytes=state.total_bytes,
    )
    return replace(
        row,
        items_written=state.written,
        rejected=state.errors,
        seconds=round(state.seconds, 1),
        verdict=f"{state.status}: {now}" if now else state.status,
        progress=None if state.ended else progress,
    )

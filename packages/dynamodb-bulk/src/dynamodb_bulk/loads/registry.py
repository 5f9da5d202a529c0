"""The operations of the commands on a load of any method."""

from dataclasses import replace

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.bulk_put.run import BulkPut
from dynamodb_bulk.loads.bulk_put.started import StartedBulkPuts
from dynamodb_bulk.loads.dms.status import dms_status, stop_dms, watch_dms
from dynamodb_bulk.loads.load import BulkPutLoad, ClosedLoad, DmsLoad, Load, LoadFailed, NativeLoad, Report
from dynamodb_bulk.loads.native.run import NativeImport
from dynamodb_bulk.loads.native.started import StartedImports
from dynamodb_bulk.loads.operation_runner import join_operation
from dynamodb_bulk.loads.operation_state import OperationState
from dynamodb_bulk.loads.run_record import RunRecord, read_record
from dynamodb_bulk.loads.started import Started
from dynamodb_bulk.loads.status import LoadStatus, recorded
from dynamodb_bulk.spec.errors import InputError

_CANCEL_SECONDS = 1800


def load_status(load: Load, aws: Aws) -> LoadStatus:
    """Return the load now."""
    if isinstance(load, DmsLoad):
        return dms_status(load, aws)
    record = read_record(load.records_bucket, load.name, aws)
    method = load.by if isinstance(load, ClosedLoad) else load.method
    row = LoadStatus(load=load.name, method=method, table=load.table)
    if record is None:
        return row
    if record.outcome is None:
        if isinstance(load, ClosedLoad):
            return replace(row, verdict="its window closed before it ended")
        return _under_way(row, record, _state(_started(load, aws), record))
    return recorded(row, record.rows_in_files, record.outcome)


def watch_load(load: Load, aws: Aws, report: Report) -> None:
    """Follow the load to its end; raise LoadFailed when it is not good, where that was not judged before."""
    if isinstance(load, ClosedLoad):
        raise _closed(load)
    if isinstance(load, DmsLoad):
        watch_dms(load, aws, report)
    else:
        join_operation(
            NativeImport(load, aws, report) if isinstance(load, NativeLoad) else BulkPut(load, aws, report)
        )


def stop_load(load: Load, aws: Aws, report: Report) -> str:
    """End the load before its time, and say what became of it; raise LoadFailed if AWS cannot."""
    if isinstance(load, ClosedLoad):
        raise _closed(load)
    if isinstance(load, DmsLoad):
        return stop_dms(load, aws, report)
    started = _started(load, aws)
    record = read_record(load.records_bucket, load.name, aws)
    record = started.recovered(record) if record else None
    state = _state(started, record) if record else None
    if record is None or state is None or state.ended:
        return "nothing is running"
    if isinstance(load, NativeLoad):
        raise LoadFailed(f"load {load.name}: AWS has no call to cancel an import; it runs to its end")
    state = started.end(record.operation, report, limit_seconds=_CANCEL_SECONDS)
    written = f": {state.written:,} items were written and are kept" if state else ""
    return f"{state.status.lower() if state else 'gone'}{written}"


def _closed(load: ClosedLoad) -> InputError:
    return InputError(
        f"load {load.name}", "its window is closed", "set `bulk:window` to open and run `pulumi up`"
    )


def _started(load: NativeLoad | BulkPutLoad, aws: Aws) -> Started:
    started = StartedImports if isinstance(load, NativeLoad) else StartedBulkPuts
    return started(aws, bucket=load.records_bucket, load=load.name)


def _state(started: Started, record: RunRecord) -> OperationState | None:
    operation = started.recovered(record).operation
    return started.describe(operation) if operation else None


def _under_way(row: LoadStatus, record: RunRecord, state: OperationState | None) -> LoadStatus:
    if state is None:
        return row
    ended = f"{state.status}, not judged yet: run `bulk watch {row.load}`"
    return LoadStatus(
        load=row.load,
        method=row.method,
        table=row.table,
        rows_in_files=record.rows_in_files,
        items_written=state.written,
        rejected=state.errors,
        seconds=round(state.seconds, 1),
        verdict=ended if state.ended else f"{state.status}: {state.seconds:,.0f} s so far",
    )

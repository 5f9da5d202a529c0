"""The methods of loading by their names. `auto` considers them in this order."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.base import Loader
from dynamodb_bulk.loads.bulk_put.loader import BULK_PUT
from dynamodb_bulk.loads.dms.loader import DMS
from dynamodb_bulk.loads.load import CLOSED, DescribedLoad, DormantLoad
from dynamodb_bulk.loads.native.loader import NATIVE
from dynamodb_bulk.loads.raised_capacity import raised_now
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.status import LoadStatus, recorded
from dynamodb_bulk.loads.unstarted import with_reason
from dynamodb_bulk.loads.writes.loader import WRITES
from dynamodb_bulk.spec.errors import InputError

LOADERS: dict[str, Loader[Any]] = {loader.name: loader for loader in (NATIVE, BULK_PUT, DMS, WRITES)}


def load_of(described: Mapping[str, Any]) -> DescribedLoad:
    """The load that a stack's output, or a step's arguments, describe.

    Raises ValidationError or KeyError where another version of this program wrote them.
    """
    method = described["method"]
    kind = DormantLoad if method == CLOSED else LOADERS[method].load_type
    return kind.model_validate(described)


def load_status(load: DescribedLoad, aws: Aws) -> LoadStatus:
    """The load now."""
    if not isinstance(load, DormantLoad):
        row = LOADERS[load.method].status(load, aws)
        return _with_capacity(with_reason(row, load, aws), load, aws)
    row = LoadStatus(load=load.name, method=load.by, table=load.table)
    record = RunRecord.read(load.records_bucket, load.name, aws)
    if record is None:
        return with_reason(row, load, aws)
    if record.outcome is None:
        return replace(row, verdict="its window closed before it ended")
    return with_reason(recorded(row, record.rows_in_files, record.outcome), load, aws)


def _with_capacity(row: LoadStatus, load: DescribedLoad, aws: Aws) -> LoadStatus:
    """Return the row, saying so where the write capacity of the load's table is raised."""
    raised = raised_now(load, aws)
    if raised is None:
        return row
    return replace(row, verdict=f"{row.verdict}; write capacity raised to {raised.units:,} units")


def loader_of(load: DescribedLoad) -> Loader[Any]:
    """Return what follows and stops the load; raise InputError while its window is closed."""
    if isinstance(load, DormantLoad):
        what = "its window is closed"
        raise InputError(f"load {load.name}", what, "set `bulk:window` to open and run `pulumi up`")
    return LOADERS[load.method]

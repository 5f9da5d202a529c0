"""Why the last try to start a load ended before AWS or a writer began: `bulk status` shows it."""

from typing import Self

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.records import StoredRecord
from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.status import NOT_STARTED, LoadStatus


class Unstarted(StoredRecord):
    """The `reason` in words; `run`: the entity tag of the record of the last run then, if there was one."""

    stored_at = "unstarted/{}.json"

    reason: str
    run: str | None = None

    @classmethod
    def current(cls, load: DescribedLoad, aws: Aws) -> Self | None:
        """Return the record, unless there was a run since."""
        bucket, name = load.records_bucket, load.name
        record = cls.read(bucket, name, aws)
        return record if record and record.run == RunRecord.tag(bucket, name, aws) else None


def with_reason(row: LoadStatus, load: DescribedLoad, aws: Aws) -> LoadStatus:
    """Return the row, saying so where the last try to start the load was refused."""
    if row.good is False or row.progress or (row.good is None and row.verdict != NOT_STARTED):
        return row
    refused = Unstarted.current(load, aws)
    if refused is None:
        return row
    return LoadStatus(
        load=row.load,
        method=row.method,
        table=row.table,
        rows_in_files=None,
        good=False,
        verdict=refused.reason,
    )

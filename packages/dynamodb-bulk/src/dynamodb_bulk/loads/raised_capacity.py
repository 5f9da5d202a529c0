"""The write capacity of a provisioned table and of its indexes, raised for a load and put back after it.

What it was is recorded in the stack's bucket before it is raised, so that whoever comes next puts it back
after a kill. AWS lets it be lowered four times in a day (UTC), and beyond that once in an hour, 27 times in
all; it may be raised as often as one likes.
Sources: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html and
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.clock import aws_now
from dynamodb_bulk.aws.polling import Report, poll
from dynamodb_bulk.aws.records import StoredRecord
from dynamodb_bulk.aws.refusals import at_limit, passes, reason
from dynamodb_bulk.aws.table_identity import described_table, is_active
from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.spec.table import Table

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import TableDescriptionTypeDef

MOST_DECREASES = 27
_TABLE = ""  # its own capacity, next to that of its indexes by their names
_ACTIVE_SECONDS = 1800


class Units(BaseModel):
    """Capacity units of a table or an index."""

    model_config = ConfigDict(frozen=True)

    read: int
    write: int


Capacity = Mapping[str, Units]


class CapacityRecord(StoredRecord):
    """What a load raised: from which units to which, who did it, and whether they are put back."""

    stored_at = "capacity/{}.json"

    table: str
    table_id: str
    before: Capacity
    raised: Capacity
    by: str
    at: datetime
    put_back: bool = False

    @property
    def units(self) -> int:
        """The write units that the table itself has been raised to."""
        return self.raised[_TABLE].write

    @property
    def units_before(self) -> int:
        """The write units that the table itself had before."""
        return self.before[_TABLE].write


def with_raised_capacity(load: DescribedLoad, work: Callable[[], str], aws: Aws, report: Report) -> str:
    """Return what the work of a load says, done while its table has the capacity that the load asks for.

    It is put back whatever becomes of the work, but not while AWS does not answer, since then the work is
    repeated. Raise LoadFailed where that is not possible, even after a good load.
    """
    if load.write_units is None:
        return work()
    _raise(load, load.write_units, aws, report)
    try:
        done = work()
    except Exception as error:
        if not passes(error):
            _put_back_after(error, load, aws, report)
        raise
    told = put_back(load.name, load.records_bucket, aws, report)
    return type(done)(f"{done}; {told}") if told else done


def raised_now(load: DescribedLoad, aws: Aws) -> CapacityRecord | None:
    """Return the record of what is raised for the load; None where nothing is."""
    if load.write_units is None:
        return None
    record = CapacityRecord.read(load.records_bucket, load.name, aws)
    return record if record and not record.put_back else None


def put_back(load: str, bucket: str, aws: Aws, report: Report) -> str:
    """Lower what was raised for a load; return what was done, "" for nothing.

    What someone else has changed since is left. Raise LoadFailed where AWS does not lower it.
    """
    record = CapacityRecord.read(bucket, load, aws)
    if record is None or record.put_back:
        return ""
    now = _now(record, _when_active(record.table, aws, report))
    theirs = [name for name in now if _given(now, name) not in _of_ours(record, name)]
    wanted = {
        name: Units(read=units.read, write=record.before[name].write)
        for name, units in now.items()
        if name in record.before and name not in theirs
    }
    try:
        _update(record.table, now, wanted, aws, report)
    except ClientError as error:
        if not at_limit(error):
            raise
        raise LoadFailed(
            f"load {load}: the write capacity of table {record.table} stays at {record.units:,} units: "
            f"{reason(error)}; `bulk stop {load}` puts it back once AWS allows it, and so does `pulumi up`"
        ) from error
    record.model_copy(update={"put_back": True}).write(bucket, load, aws)
    if theirs:
        what = " and ".join(f"index {name}" if name else "the table" for name in theirs)
        return f"the write capacity of {what} was changed by someone else and stays as it is"
    return f"write capacity put back to {wanted[_TABLE].write:,} units" if wanted else ""


def still_raised(record: CapacityRecord, aws: Aws) -> bool:
    """Return whether the table, or an index of it, has the capacity that the load gave it."""
    if record.put_back:
        return False
    now, raised = _now(record, described_table(record.table, aws)), record.raised
    return any(_given(now, name) == _given(raised, name) != _given(record.before, name) for name in now)


def check_raising(table: Table, where: str, aws: Aws) -> str | None:
    """Return what to say of a table that has none to raise; raise InputError where it must not be raised."""
    if not table.existing:
        on_demand = table.billing == "on_demand"
        return "its table is billed on demand: there is no capacity to raise" if on_demand else None
    described = described_table(table.name or "", aws)
    if described is None:
        return None  # the stack says so where it reads the table
    now = _capacity(described)
    if not now:
        return f"table {table.name} is billed on demand: there is no capacity to raise"
    if _is_scaled(table.name or "", now, aws):
        raise InputError(
            where,
            f"Application Auto Scaling sets the write capacity of table {table.name}, and would lower it",
            "remove it, and raise the minimum capacity there for the load",
        )
    return None


def _raise(load: DescribedLoad, units: int, aws: Aws, report: Report) -> None:
    """Raise what is below; what an earlier run raised and did not put back counts as it was before that."""
    described = _when_active(load.table, aws, report)
    now = _capacity(described) if described else {}
    last = raised_now(load, aws)
    before = last.before if last and described and last.table_id == described.get("TableId") else now
    wanted = {
        name: Units(read=current.read, write=max(before.get(name, current).write, units))
        for name, current in now.items()
    }
    if described is None or wanted == now:
        return
    if _is_scaled(load.table, now, aws):
        raise LoadFailed(
            f"load {load.name}: Application Auto Scaling sets the write capacity of table {load.table}: "
            "remove `write_units` of the load, and raise the minimum capacity there"
        )
    decreases = described.get("ProvisionedThroughput", {}).get("NumberOfDecreasesToday", 0)
    if last is None and decreases >= MOST_DECREASES:
        raise LoadFailed(
            f"load {load.name}: the capacity of table {load.table} was lowered {decreases} times today, and "
            "AWS lowers it no more before midnight UTC: load it tomorrow, or remove `write_units`"
        )
    record = CapacityRecord(
        table=load.table,
        table_id=described.get("TableId", ""),
        before=before,
        raised=wanted,
        by=aws.sts.get_caller_identity()["Arn"],
        at=aws_now(),
    )
    record.write(load.records_bucket, load.name, aws)
    report(f"raising the write capacity of table {load.table} to {record.units:,} units")
    try:
        _update(load.table, now, wanted, aws, report)
    except ClientError as error:
        if passes(error):
            raise
        raise LoadFailed(
            f"load {load.name}: AWS does not raise the write capacity of table {load.table}: {reason(error)}"
        ) from error


def _put_back_after(error: Exception, load: DescribedLoad, aws: Aws, report: Report) -> None:
    """Put it back after a failure, which is raised by the caller; raise both where that fails, too."""
    try:
        put_back(load.name, load.records_bucket, aws, report)
    except (ClientError, LoadFailed) as also:
        if passes(also):
            return  # the record stays, and the next run has it
        raise LoadFailed(f"{error}\n  {also}") from error


def _now(record: CapacityRecord, described: "TableDescriptionTypeDef | None") -> Capacity:
    """Return the capacity of the table that was raised; nothing where another has its name."""
    return _capacity(described) if described and described.get("TableId") == record.table_id else {}


def _of_ours(record: CapacityRecord, name: str) -> tuple[int | None, ...]:
    return _given(record.raised, name), _given(record.before, name)


def _given(capacity: Capacity, name: str) -> int | None:
    return capacity[name].write if name in capacity else None


def _capacity(described: "TableDescriptionTypeDef") -> dict[str, Units]:
    """Return the units of a table and of its indexes; nothing where they are not provisioned."""
    if described.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST":
        return {}
    each: dict[str, Any] = {
        index.get("IndexName", ""): index for index in described.get("GlobalSecondaryIndexes", [])
    }
    throughput = {
        name: one.get("ProvisionedThroughput", {}) for name, one in {_TABLE: described, **each}.items()
    }
    return {
        name: Units(read=units.get("ReadCapacityUnits", 0), write=write)
        for name, units in throughput.items()
        if (write := units.get("WriteCapacityUnits"))
    }


def _when_active(table: str, aws: Aws, report: Report) -> "TableDescriptionTypeDef | None":
    """Return the table once nobody changes it; None where there is none."""
    return poll(
        lambda: described_table(table, aws),
        lambda described: described is None or is_active(described),
        limit_seconds=_ACTIVE_SECONDS,
        what=f"table {table}, until it is active",
        report=report,
    )


def _update(table: str, now: Capacity, wanted: Capacity, aws: Aws, report: Report) -> None:
    """Change the capacity where it differs, and wait until it is so; raise what AWS says."""
    different = {name: units for name, units in wanted.items() if units != now[name]}
    if not different:
        return
    throughput = {
        name: {"ReadCapacityUnits": units.read, "WriteCapacityUnits": units.write}
        for name, units in different.items()
    }
    request: dict[str, Any] = {"TableName": table}
    if own := throughput.pop(_TABLE, None):
        request["ProvisionedThroughput"] = own
    if throughput:
        request["GlobalSecondaryIndexUpdates"] = [
            {"Update": {"IndexName": name, "ProvisionedThroughput": units}}
            for name, units in throughput.items()
        ]

    def changed() -> bool:
        try:
            aws.dynamodb.update_table(**request)
        except aws.dynamodb.exceptions.ResourceInUseException:  # someone else's change came first
            return False
        return True

    poll(changed, bool, limit_seconds=_ACTIVE_SECONDS, what=f"a change of table {table}", report=report)
    _when_active(table, aws, report)


def _is_scaled(table: str, capacity: Capacity, aws: Aws) -> bool:
    """Return whether Application Auto Scaling sets the write capacity of the table, or of an index."""
    resources = [f"table/{table}/index/{name}" if name else f"table/{table}" for name in capacity]
    found = aws.autoscaling.describe_scalable_targets(ServiceNamespace="dynamodb", ResourceIds=resources)
    return any(each["ScalableDimension"].endswith("WriteCapacityUnits") for each in found["ScalableTargets"])

"""How many write units per second a table can take now, beside its live traffic."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.table_identity import described_table
from dynamodb_bulk.loads.writes.load import WritesLoad
from dynamodb_bulk.spec.errors import LoadFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a new table takes on demand, where DynamoDB does not say: initial throughput in
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
NEW_TABLE_UNITS = 4_000
_MINUTES = 5
_HEADROOM = 1.25  # of the live traffic: it is the mean of a minute, and has peaks
_LEAST_SHARE = 0.05  # of the table's capacity, however much traffic it has
_LEAST = 1.0  # units per second


def most_units(load: WritesLoad, began: datetime, aws: Aws) -> float:
    """Return the units per second that a load may consume, of its table and the indexes together.

    Where it does not say, it is what is left by live traffic: by what the table consumed in the minutes
    before the load began. Raise LoadFailed if there is no table.
    """
    if load.max_write_units is not None:
        return load.max_write_units
    described = described_table(load.table, aws)
    if described is None:
        raise LoadFailed(f"load {load.name}: table {load.table} does not exist; run `pulumi up` again")
    indexes = described.get("GlobalSecondaryIndexes", [])
    on_demand = described.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"
    least = min(_units(one, on_demand=on_demand) for one in (described, *indexes))
    left = max(least - _live_units(load.table, began, aws) * _HEADROOM, least * _LEAST_SHARE, _LEAST)
    return left * (1 + len(indexes))  # each index holds every item, as far as known


def _units(described: "Mapping[str, Any]", *, on_demand: bool) -> float:
    """Return the capacity of a table or an index."""
    if not on_demand:
        return float(described.get("ProvisionedThroughput", {}).get("WriteCapacityUnits", 0))
    warm = described.get("WarmThroughput", {}).get("WriteUnitsPerSecond") or NEW_TABLE_UNITS
    most = described.get("OnDemandThroughput", {}).get("MaxWriteRequestUnits", -1)
    return float(min(warm, most) if most > 0 else warm)


def _live_units(table: str, before: datetime, aws: Aws) -> float:
    """Return the units per second of the busiest minute, as CloudWatch has them."""
    points = aws.cloudwatch.get_metric_statistics(
        Namespace="AWS/DynamoDB",
        MetricName="ConsumedWriteCapacityUnits",
        Dimensions=[{"Name": "TableName", "Value": table}],
        StartTime=before - timedelta(minutes=_MINUTES),
        EndTime=before,
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return max((point.get("Sum", 0.0) for point in points), default=0.0) / 60

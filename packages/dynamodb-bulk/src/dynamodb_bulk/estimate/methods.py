"""Time and cost of a load by each method, with what they rest on.

Rates: AWS's DynamoDB workshop (https://catalog.workshops.aws/dynamodb-labs) for DMS at default settings;
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html for writes.
"""

from dataclasses import dataclass
from typing import Any, Literal

from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.estimate.prices import Prices
from dynamodb_bulk.estimate.size import DatasetSize
from dynamodb_bulk.spec.table import Provisioned

EstimatedMethod = Literal["native", "bulk_put", "dms", "plain_writes"]
GB = 1024**3
DMS_ROWS_PER_SECOND = (70, 130)
DMS_TABLES_AT_ONCE = 8  # MaxFullLoadSubTasks
NEW_TABLE_UNITS = 4_000
TABLE_QUOTA_UNITS = 40_000
BULK_PUT_LEAST_CEILING = 1_024  # the smallest MaxWriteRequestUnits
# One import of 10 GB: https://github.com/hashicorp/terraform-provider-aws/issues/27250
IMPORT_SECONDS_PER_GB = 2 * 3600 / 10


@dataclass(frozen=True, kw_only=True)
class MethodEstimate:
    """`seconds` from the shortest to the longest and `usd` likewise; None: unknown."""

    method: EstimatedMethod
    shortest: float | None
    longest: float | None
    usd: tuple[float, float] | None
    basis: str

    def as_json(self) -> dict[str, Any]:
        """Return the estimate in plain values."""
        usd = [round(one, 4) for one in self.usd] if self.usd else None
        return {
            "method": self.method,
            "seconds": [self.shortest, self.longest],
            "usd": usd,
            "basis": self.basis,
        }


def estimate_methods(
    dataset: Dataset, size: DatasetSize, prices: Prices, *, converted: bool
) -> tuple[MethodEstimate, ...]:
    """Return an estimate for each method, even if it does not fit; `converted`: native needs a conversion."""
    copies = 1 + len(dataset.table.global_secondary_indexes)
    units = size.write_units * copies
    return (
        _native(size, prices, converted=converted),
        _bulk_put(units),
        _dms(dataset, size, units, prices),
        _plain(dataset, units, prices),
    )


def dms_seconds_together(rows: list[int]) -> float:
    """Return the longest time that tables of these row counts take in parallel in one task."""
    slowest = [count / DMS_ROWS_PER_SECOND[0] for count in rows]
    return max([*slowest, sum(slowest) / DMS_TABLES_AT_ONCE], default=0)


def _native(size: DatasetSize, prices: Prices, *, converted: bool) -> MethodEstimate:
    read = size.json_bytes if converted else size.source_bytes
    cost = prices.usd("import_gb", read / GB)
    how = "converted to DynamoDB JSON first" if converted else "the files unconverted"
    return MethodEstimate(
        method="native",
        shortest=None,
        longest=IMPORT_SECONDS_PER_GB * read / GB if read >= GB else None,
        usd=None if cost is None else (cost, cost),
        basis=f"{how}, {read / GB:,.3f} GB read; AWS guarantees no time; an import of 10 GB is known to have "
        "taken 2 hours",
    )


def _bulk_put(units: int) -> MethodEstimate:
    least = units / BULK_PUT_LEAST_CEILING
    return MethodEstimate(
        method="bulk_put",
        shortest=None,
        longest=None,
        usd=None,
        basis=f"AWS publishes neither a rate nor a price; with the lowest MaxWriteRequestUnits, "
        f"{BULK_PUT_LEAST_CEILING:,}, it takes at least {least:,.0f} s",
    )


def _dms(dataset: Dataset, size: DatasetSize, units: int, prices: Prices) -> MethodEstimate:
    slow, fast = DMS_ROWS_PER_SECOND
    times = size.rows / fast, size.rows / slow
    writes = prices.usd("write_request_million", units / 1e6)
    hours = [prices.usd("dms_instance_hour", time / 3600) for time in times]
    usd = None
    if writes is not None and hours[0] is not None and hours[1] is not None:
        usd = (writes + hours[0], writes + hours[1])
    not_so = (
        f"not with this dataset: {dataset.dms_obstacles[0].what}; otherwise " if dataset.dms_obstacles else ""
    )
    return MethodEstimate(
        method="dms",
        shortest=times[0],
        longest=times[1],
        usd=usd,
        basis=f"{not_so}{slow} to {fast} rows/s per table, as published for default settings; "
        f"{DMS_TABLES_AT_ONCE} tables load in parallel, each at this rate; splitting a file into several "
        "tables is faster",
    )


def _plain(dataset: Dataset, units: int, prices: Prices) -> MethodEstimate:
    billing = dataset.table.billing
    if isinstance(billing, Provisioned):
        time = units / billing.write
        return MethodEstimate(
            method="plain_writes",
            shortest=time,
            longest=time,
            usd=None,
            basis=f"{units:,} write units at the {billing.write:,} per second of the table",
        )
    cost = prices.usd("write_request_million", units / 1e6)
    return MethodEstimate(
        method="plain_writes",
        shortest=units / TABLE_QUOTA_UNITS,
        longest=units / NEW_TABLE_UNITS,
        usd=None if cost is None else (cost, cost),
        basis=f"{units:,} write units, {len(dataset.table.global_secondary_indexes)} indexes included; "
        f"a new table accepts {NEW_TABLE_UNITS:,} a second, the quota is {TABLE_QUOTA_UNITS:,}",
    )

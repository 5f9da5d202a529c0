"""Time and cost of a load by each method, and by plain writes, with what they rest on.

Rates: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
"""

from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.estimate.prices import Prices
from dynamodb_bulk.estimate.size import DatasetSize, write_units_with_indexes
from dynamodb_bulk.loads.base import MethodEstimate
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.spec.table import Provisioned

PLAIN_WRITES = "plain_writes"  # no method of loading: what every other one is compared with
_NEW_TABLE_UNITS = 4_000
_TABLE_QUOTA_UNITS = 40_000


def estimate_methods(dataset: Dataset, size: DatasetSize, prices: Prices) -> tuple[MethodEstimate, ...]:
    """An estimate for every method, whether it fits or not."""
    methods = [loader.estimate(dataset, size, prices) for loader in LOADERS.values()]
    return (*methods, _plain(dataset, write_units_with_indexes(dataset, size), prices))


def _plain(dataset: Dataset, units: int, prices: Prices) -> MethodEstimate:
    billing = dataset.table.billing
    if isinstance(billing, Provisioned):
        time = units / billing.write
        return MethodEstimate(
            method=PLAIN_WRITES,
            shortest=time,
            longest=time,
            usd=None,
            basis=f"{units:,} write units at the {billing.write:,} per second of the table",
        )
    cost = prices.usd("write_request_million", units / 1e6)
    return MethodEstimate(
        method=PLAIN_WRITES,
        shortest=units / _TABLE_QUOTA_UNITS,
        longest=units / _NEW_TABLE_UNITS,
        usd=None if cost is None else (cost, cost),
        basis=f"{units:,} write units, {len(dataset.table.global_secondary_indexes)} indexes included; "
        f"a new table takes {_NEW_TABLE_UNITS:,} a second, the quota is {_TABLE_QUOTA_UNITS:,}",
    )

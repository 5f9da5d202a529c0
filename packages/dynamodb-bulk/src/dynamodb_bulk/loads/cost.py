"""What the loads of a stack are likely to cost, in a line each, before anything is created."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.conversion.options import Format
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.estimate.basis import Basis
from dynamodb_bulk.estimate.prices import Prices, known_prices
from dynamodb_bulk.estimate.size import sample
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.text import duration, number_of

PRICED_INSTANCE = "dms.t3.medium"
_DMS_PRICES = "https://aws.amazon.com/dms/pricing/"


def cost_lines(
    loads: Iterable[tuple[Dataset, str, Format]], aws: Aws, rates: Mapping[str, float] = MappingProxyType({})
) -> Iterator[str]:
    """Yield what a run of each load by its method costs, from a sample of its files.

    A load: its dataset, its method, and the format that files are converted to. `rates`: the rows per second
    that were measured of methods for which AWS documents no rate.

    Nothing is said of a load whose files cannot be read: the load itself reports that.
    """
    prices = known_prices()
    for dataset, method, convert_to in loads:
        try:
            size = sample(dataset, source_files(dataset, aws))
        except InputError:
            continue
        estimate = LOADERS[method].estimate(dataset, size, prices, convert_to)
        cost = estimate.cost
        rows = f"{dataset.name}: a load of about {size.rows:,} rows by {method}{estimate.how} costs"
        if cost == Basis.UNKNOWN:
            yield f"{rows} what AWS does not publish"
            continue
        time = "" if estimate.longest is not None else f"; {_time(size.rows, rates.get(method))}"
        gain = f"; what several tables or threads gain: {Basis.UNKNOWN}" if estimate.how else ""
        yield f"{rows} {_priced(cost, prices, aws)}{time}{gain}"


def _time(rows: int, rate: float | None) -> str:
    if rate is None:
        return f"its time: {Basis.UNKNOWN}, since AWS documents no rate"
    return f"its time: about {duration(max(rows / rate, 1))} at {rate:,g} rows/s ({Basis.MEASURED})"


def instance_cost(instance_class: str, *, multi_az: bool, aws: Aws) -> str:
    """Return what the replication instance costs as long as it exists."""
    what = f"the replication instance, {instance_class}{' in two zones' if multi_az else ''}, costs"
    until = "an hour until `bulk:window` is closed or the stack destroyed"
    prices = known_prices()
    hour = prices.usd("dms_instance_hour", 2 if multi_az else 1)
    if instance_class != PRICED_INSTANCE or hour is None:
        return f"{what} money by the hour {until.removeprefix('an hour ')}: {_DMS_PRICES}"
    return f"{what} {_priced(f'{hour:,.2f}', prices, aws)} {until}"


def serverless_cost(replications: int, least: int, most: int, *, multi_az: bool, aws: Aws) -> str:
    """Return what serverless replications cost as long as they have capacity."""
    zones = " in two zones" if multi_az else ""
    each = number_of(replications, "serverless replication")
    what = f"{each} of {least} to {most} capacity units{zones}"
    until = "from a start until up to 48 hours after its stop"
    prices = known_prices()
    hour = prices.usd("dms_capacity_unit_hour", replications * most * (2 if multi_az else 1))
    if hour is None:
        return f"{what}: by unit and hour, {until}: {_DMS_PRICES}"
    of_region = _of_region(prices, aws) or " at prices"
    return f"{what}: at most {hour:,.2f} USD an hour{of_region} that third parties report, {until}"


def _priced(cost: str, prices: Prices, aws: Aws) -> str:
    return f"{'' if cost.startswith('under') else 'about '}{cost} USD{_of_region(prices, aws)}"


def _of_region(prices: Prices, aws: Aws) -> str:
    return "" if prices.region == aws.region else f" at prices of {prices.region}"

"""What a terabyte takes: time, DPU-hours and USD, by engine and method. Run it to print the table.

The terabyte is of CSV whose rows are those of the benchmarks: 19 mixed columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from dynamodb_bulk.estimate.basis import Basis
from dynamodb_bulk.estimate.prices import PriceName, Prices, known_prices
from dynamodb_bulk.glue.choice import CHECKED, CONVERTED, Workers
from dynamodb_bulk.spec.text import duration

_BYTES = 1e12
# Measured 2026-11-28 on rows of benchmarks/mixed.py, with the start of the command: the slowest.
_ROW_BYTES = 117
_ITEM_BYTES = {"DynamoDB JSON": 387, "Ion": 266}  # of a converted row
# Bytes of text per CPU second: `bulk count` and the job's check, which counts; `bulk convert --shuffle` and
# the job's conversion, to zstd.
_RATES = (("count", 43e6, CHECKED), ("convert", 7.8e6, CONVERTED))
_CORES_HERE = 2
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
_TABLE_UNITS = 40_000
_CLUSTERS = (
    Workers(worker_type="G.1X", number=10),
    Workers(worker_type="G.1X", number=50),
    Workers(worker_type="G.1X", number=50, flex=True),
)


@dataclass(frozen=True, kw_only=True)
class Takes:
    """One way of doing one thing; seconds and USD are None where nobody publishes what they follow from.

    `cost_is` is None for what AWS does not bill.
    """

    what: str
    by: str
    seconds: float | None
    time_is: Basis
    dpu_hours: float | None = None
    usd: float | None = None
    cost_is: Basis | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        time = "-" if self.seconds is None else duration(self.seconds)
        dpu = "-" if self.dpu_hours is None else f"{self.dpu_hours:,.1f}"
        usd = "-" if self.usd is None else f"{self.usd:,.2f}"
        cost = f"{usd} ({self.cost_is})" if self.cost_is else usd
        return self.what, self.by, f"{time} ({self.time_is})", dpu, cost


def takes(prices: Prices) -> Iterator[Takes]:
    """Yield all ways, with the prices."""
    for what, here, of_job in _RATES:
        yield Takes(what=f"{what} 1 GB", by="1 core", seconds=1e9 / here, time_is=Basis.MEASURED)
        yield Takes(what=f"{what} 1 GB", by="1 core, job", seconds=1e9 / of_job, time_is=Basis.MEASURED)
        yield Takes(what=what, by="2 cores", seconds=_BYTES / here / _CORES_HERE, time_is=Basis.INFERRED)
        for workers in _CLUSTERS:
            there = _BYTES / of_job / workers.cores
            yield Takes(
                what=what,
                by=_named(workers),
                seconds=there,
                time_is=Basis.INFERRED,
                dpu_hours=workers.dpus * there / 3600,
                usd=workers.usd(there, prices),
                cost_is=Basis.INFERRED,
            )
    rows = _BYTES / _ROW_BYTES
    for form, size in {"CSV": _ROW_BYTES, **_ITEM_BYTES}.items():
        yield _load(f"native, {form}", "import_gb", rows * size / 1e9, prices)
    yield _load("bulk put, DynamoDB JSON", "bulk_put_gb", rows * _ITEM_BYTES["DynamoDB JSON"] / 1e9, prices)
    yield Takes(
        what="load",
        by=f"writes at {_TABLE_UNITS:,} units/s",
        seconds=rows / _TABLE_UNITS,
        time_is=Basis.INFERRED,
        usd=prices.usd("write_request_million", rows / 1e6),
        cost_is=Basis.DOCUMENTED,
    )
    for workers in _CLUSTERS:
        seconds, here = rows / _TABLE_UNITS, prices.usd("write_request_million", rows / 1e6)
        there = workers.usd(seconds, prices)
        yield Takes(
            what="load",
            by=f"the same from {_named(workers)}",
            seconds=seconds,
            time_is=Basis.INFERRED,
            dpu_hours=workers.dpus * seconds / 3600,
            usd=None if here is None or there is None else here + there,
            cost_is=Basis.INFERRED,
        )


def markdown(prices: Prices) -> str:
    """Return the table."""
    heads = ("what", "by", "time", "DPU-hours", "USD")
    rows = [heads, ("---", "---", "--:", "--:", "--:"), *(one.cells for one in takes(prices))]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _named(workers: Workers) -> str:
    return f"{workers.number} x {workers.worker_type}{', Flex' if workers.flex else ''}"


def _load(method: str, price: PriceName, gigabytes: float, prices: Prices) -> Takes:
    usd = prices.usd(price, gigabytes)
    return Takes(
        what="load",
        by=method,
        seconds=None,
        time_is=Basis.UNKNOWN,
        usd=usd,
        cost_is=Basis.UNKNOWN if usd is None else Basis.DOCUMENTED,
    )


if __name__ == "__main__":
    print(markdown(known_prices()))  # noqa: T201 - for docs/scale.md

"""Which engine reads the rows of a load: this machine, or the workers of a Glue job; with the figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.filesize import decimal

from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.estimate.prices import Prices
from dynamodb_bulk.glue.definition import WorkerType
from dynamodb_bulk.loads.row_counts import COUNTED_ON_CORES, counting_seconds
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.text import duration

CORES_OF_DPU = 4  # https://docs.aws.amazon.com/glue/latest/dg/worker-types.html
LEAST_BILLED_SECONDS = 60  # https://aws.amazon.com/glue/pricing/


@dataclass(frozen=True, kw_only=True)
class Workers:
    """The workers of a run, one of which is Spark's driver."""

    worker_type: WorkerType
    number: int
    flex: bool = False

    @property
    def dpus(self) -> int:
        """The DPUs of all; those with more memory are M-DPUs, which have another price."""
        return self.number * self._size

    @property
    def cores(self) -> int:
        """The vCPUs of those that read."""
        return (self.number - 1) * self._size * CORES_OF_DPU

    def usd(self, seconds: float, prices: Prices) -> float | None:
        """Return what they cost for a while; None where the price is not known."""
        if self.worker_type.startswith("R"):
            return None
        hours = self.dpus * max(seconds, LEAST_BILLED_SECONDS) / 3600
        return prices.usd("glue_flex_dpu_hour" if self.flex else "glue_dpu_hour", hours)

    @property
    def _size(self) -> int:
        return int(self.worker_type[2:-1])


@dataclass(frozen=True)
class EngineChoice:
    """Whether Glue reads the rows, and why."""

    by_glue: bool
    why: str


def choose_engine(
    dataset: Dataset,
    files: Sequence[SourceFile],
    up_to: int,
    workers: Workers,
    prices: Prices,
    writing: Callable[[], float] = lambda: 0.0,
) -> EngineChoice:
    """Choose Glue for files in S3 that have more bytes than may be read here to count their rows.

    `writing`: the seconds in which the workers write the items as well, at what the table takes. The rate
    of this machine is measured, that of the workers inferred from it: the same per vCPU, without the time in
    which Glue starts them, for which AWS gives no figure.
    """
    if dataset.location is None:
        return EngineChoice(by_glue=False, why="its files are not in S3, where Glue reads")
    size = sum(file.size for file in files)
    if size <= up_to:
        why = f"its files have {decimal(size)}, which is not more than `count_up_to` ({decimal(up_to)})"
        return EngineChoice(by_glue=False, why=why)
    here = counting_seconds(dataset, files)
    there = here * COUNTED_ON_CORES / workers.cores
    usd = workers.usd(there, prices)
    seconds = writing()
    if usd is not None and seconds:
        usd += workers.usd(seconds, prices) or 0.0
    wrote = f", and written in about {duration(max(seconds, 1))}, as the table takes it" if seconds else ""
    cost = "" if usd is None else f", for at least {usd:,.2f} USD at prices of {prices.region}"
    return EngineChoice(
        by_glue=True,
        why=f"its files have {decimal(size)}, more than `count_up_to` ({decimal(up_to)}): read once here in "
        f"about {duration(max(here, 1))} (measured), by {workers.number} workers {workers.worker_type} in "
        f"about {duration(max(there, 1))} after their start (inferred){wrote}{cost}",
    )

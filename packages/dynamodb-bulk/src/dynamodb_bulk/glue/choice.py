"""Which engine reads the rows of a load: this machine, or the workers of a Glue job; with the figures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from rich.filesize import decimal

from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.estimate.prices import Prices
from dynamodb_bulk.glue.definition import MOST_WORKERS, WorkerType
from dynamodb_bulk.loads.row_counts import CSV_RATE, counting_seconds
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.text import duration

CORES_OF_DPU = 4  # https://docs.aws.amazon.com/glue/latest/dg/worker-types.html
# Bytes of CSV text per CPU second of a core, by the job on PySpark, without its start: docs/figures.md. The
# slowest of what was measured.
CHECKED = 14.5e6
CONVERTED = 18.9e6
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


def choose_engine(dataset: Dataset, files: Sequence[SourceFile], up_to: int) -> EngineChoice:
    """Choose Glue for files in S3 that have more bytes than may be read here to count their rows."""
    if dataset.location is None:
        return EngineChoice(by_glue=False, why="its files are not in S3, where Glue reads")
    size = sum(file.size for file in files)
    if size <= up_to:
        why = f"its files have {decimal(size)}, which is not more than `count_up_to` ({decimal(up_to)})"
        return EngineChoice(by_glue=False, why=why)
    here = duration(max(counting_seconds(dataset, files), 1))
    return EngineChoice(
        by_glue=True,
        why=f"its files have {decimal(size)}, more than `count_up_to` ({decimal(up_to)}): "
        f"read once here in about {here} (measured)",
    )


def core_seconds(dataset: Dataset, files: Sequence[SourceFile]) -> float:
    """Return about how long one vCPU takes to check the files and to convert them."""
    text = counting_seconds(dataset, files) * CSV_RATE
    return text / CHECKED + text / CONVERTED


def enough_workers(
    work: float, minutes: float, worker_type: WorkerType, *, flex: bool, where: str
) -> Workers:
    """Return the fewest that do so many core seconds in that time; raise InputError for more than AWS allows.

    Their start is not counted, for which AWS gives no figure.
    """
    two = Workers(worker_type=worker_type, number=2, flex=flex)
    number = 1 + max(1, ceil(work / (60 * minutes * two.cores)))
    if number > MOST_WORKERS:
        least = ceil(work / (60 * two.cores * (MOST_WORKERS - 1)))
        raise InputError(
            where,
            f"{number:,} workers {worker_type} are needed for that; a job has at most {MOST_WORKERS}",
            f"allow at least {least:,} minutes, or name a larger worker_type",
        )
    return replace(two, number=number)


def writing_told(seconds: float, workers: Workers, prices: Prices) -> str:
    """Return how long workers write items, which the table decides, and for how much."""
    usd = workers.usd(seconds, prices)
    cost = "" if usd is None else f", for at least {usd:,.2f} USD of workers"
    return f"they then write for about {duration(max(seconds, 1))}, as the table takes it{cost} (inferred)"


def workers_told(dataset: Dataset, files: Sequence[SourceFile], workers: Workers, prices: Prices) -> str:
    """Return how long workers take for the files, and for how much, with what that follows from."""
    size, work = sum(file.size for file in files), core_seconds(dataset, files)
    seconds = work / workers.cores
    usd = workers.usd(seconds, prices)
    cost = "" if usd is None else f", for at least {usd:,.2f} USD at prices of {prices.region}"
    return (
        f"{workers.number} workers {workers.worker_type} take about {duration(max(seconds, 1))} after their "
        f"start{cost}: inferred from {decimal(size)}, which take {duration(max(work, 1))} of a vCPU at "
        f"{decimal(int(CHECKED))}/s to check and {decimal(int(CONVERTED))}/s to convert (measured on CSV)"
    )

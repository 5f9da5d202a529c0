"""All that is known of a load, for its page: what cannot be known is a sentence that says why."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, Generic, TypeVar

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.clock import aws_now
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.conversion.options import Format
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.estimate.prices import Prices, known_prices
from dynamodb_bulk.estimate.size import sample
from dynamodb_bulk.loads.base import Loader, MethodEstimate
from dynamodb_bulk.loads.last_run import LastRun
from dynamodb_bulk.loads.load import DescribedLoad, DormantLoad, StagedLoad
from dynamodb_bulk.loads.registry import LOADERS, load_status
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.stack_loads import StackLoads
from dynamodb_bulk.loads.status import NOT_STARTED, LoadStatus
from dynamodb_bulk.one_line import in_one_line
from dynamodb_bulk.report.contents import Contents, read_contents
from dynamodb_bulk.report.metrics import Series, read_series
from dynamodb_bulk.report.tree import Branch, load_tree
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.verify.record import VerifyRecord

MOST_NAMED = 100_000  # items that AWS names as rejected
_MARGIN = timedelta(minutes=1)
Value = TypeVar("Value")


class NotRun(InputError):
    """A load that has never run."""


@dataclass(frozen=True, kw_only=True)
class Known(Generic[Value]):
    """A value, or why there is none, in a line and as it was raised."""

    value: Value | None = None
    missing: str = ""
    error: Exception | None = None


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What AWS counted, in words, and its price in USD; None where the price is not known."""

    words: str
    usd: float | None


@dataclass(frozen=True, kw_only=True)
class Story:
    """A load at one moment; `named` counts the reasons of items that AWS names as rejected.

    `unfixed`: the verdict before rejected rows were fixed and loaded by themselves. `trouble`: why AWS could
    not be asked how it stands.
    """

    status: LoadStatus
    trouble: Exception | None = None
    load: DescribedLoad
    region: str
    prices: Prices
    engine: str
    verified: str
    unfixed: str
    source: str
    dataset_text: Known[str]
    run: Known[LastRun]
    series: Known[tuple[Series, ...]]
    contents: Known[Contents]
    estimate: Known[MethodEstimate]
    costs: tuple[Cost, ...]
    named: Known[Counter[str]]
    tree: tuple[Branch, ...]

    @property
    def verdict(self) -> str:
        """«good», «not good», «no verdict yet» or «not known»."""
        if self.trouble:
            return "not known"
        return {True: "good", False: "not good", None: "no verdict yet"}[self.status.good]


def read_story(load: DescribedLoad, stack: StackLoads, report: Report) -> Story:
    """Ask AWS and read the files; raise NotRun where there was no run."""
    aws = stack.aws
    report("asking AWS")
    told = _known(lambda: load_status(load, aws))
    status = told.value or LoadStatus(
        load=load.name,
        method=load.method,
        table=load.table,
        rows_in_files=None,
        verdict=f"unknown: {told.missing}",
    )
    if status.verdict == NOT_STARTED:
        raise NotRun(f"load {load.name}", "has not run", "run `pulumi up` first")
    record = _known(lambda: RunRecord.read(load.records_bucket, load.name, aws)).value
    verification = _known(lambda: VerifyRecord.read(load.records_bucket, load.name, aws)).value
    dataset = _known(lambda: open_dataset(load.dataset))
    loader: Loader[Any] = LOADERS[load.by if isinstance(load, DormantLoad) else load.method]
    run = _known(lambda: _last_run(loader, load, aws))
    series = _known(lambda: _series(run, aws))
    prices = known_prices()
    return Story(
        status=status,
        trouble=told.error,
        load=load,
        region=aws.region,
        prices=prices,
        engine=stack.engine,
        verified=verification.verdict if verification else "",
        unfixed=record.unfixed.verdict if record and record.unfixed else "",
        source=_source(dataset.value) if dataset.value else dataset.missing,
        dataset_text=_known(lambda: load.dataset.read_text(encoding="utf-8")),
        run=run,
        series=series,
        contents=_of(dataset, lambda found: read_contents(found, source_files(found, aws), report)),
        estimate=_of(dataset, lambda found: _estimate(loader, load, found, prices, aws)),
        costs=_costs(run.value, prices),
        named=_known(lambda: _named(loader, load, aws)),
        tree=load_tree(stack.resources, load.name),
    )


def _known(make: Callable[[], Value]) -> Known[Value]:
    """Return what is made, or the line that a user reads of an error; a bug is raised."""
    try:
        return Known(value=make())
    except Exception as error:
        line = in_one_line(error)
        if line is None:
            raise
        return Known(missing=line, error=error)


Given = TypeVar("Given")


def _of(given: Known[Given], make: Callable[[Given], Value]) -> Known[Value]:
    found = given.value
    return Known(missing=given.missing) if found is None else _known(lambda: make(found))


def _last_run(loader: Loader[Any], load: DescribedLoad, aws: Aws) -> LastRun:
    if isinstance(load, DormantLoad):
        raise InputError(
            f"load {load.name}", "its window is closed, so that AWS is not asked for its last run"
        )
    return loader.last_run(load, aws)


def _series(run: Known[LastRun], aws: Aws) -> tuple[Series, ...]:
    if run.value is None or run.value.began is None:
        raise InputError("CloudWatch", run.missing or "AWS does not tell when the load began")
    found = read_series(run.value.metrics, run.value.began, run.value.ended or aws_now() + _MARGIN, aws)
    if not found:
        raise InputError("CloudWatch", "it has no figures of this time for the load and its table")
    return found


def _source(dataset: Dataset) -> str:
    return dataset.source.location or display_path(dataset.path.parent)


def _estimate(
    loader: Loader[Any], load: DescribedLoad, dataset: Dataset, prices: Prices, aws: Aws
) -> MethodEstimate:
    form: Format = load.files.format if isinstance(load, StagedLoad) else "dynamodb_json"
    return loader.estimate(dataset, sample(dataset, source_files(dataset, aws)), prices, form)


def _costs(run: LastRun | None, prices: Prices) -> tuple[Cost, ...]:
    used = run.used if run else ()
    return tuple(Cost(words=one.words, usd=prices.usd(one.price, one.units)) for one in used)


def _named(loader: Loader[Any], load: DescribedLoad, aws: Aws) -> Counter[str]:
    if isinstance(load, DormantLoad):
        return Counter()
    return Counter(reason for _, reason in islice(loader.rejected_items(load, aws), MOST_NAMED))

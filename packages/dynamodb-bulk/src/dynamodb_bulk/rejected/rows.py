"""The rows of a load that did not arrive, whatever its method, and why.

AWS's own lists of them are undocumented in part, end early, or differ by method. So rows that cannot be
items are found by reading the files, and the others by comparing the table with the files.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.aws.scan import Pace
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.loads.conversion_record import ConversionRecord
from dynamodb_bulk.loads.load import DescribedLoad, DormantLoad
from dynamodb_bulk.loads.registry import LOADERS, load_status
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.stack_loads import StackLoads
from dynamodb_bulk.loads.status import NOT_STARTED
from dynamodb_bulk.loads.unstarted import Unstarted
from dynamodb_bulk.one_line import unless_denied
from dynamodb_bulk.preflight.registry import checks
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.sources.reading import open_items
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.text import Unit, number_of
from dynamodb_bulk.verify.item_source import FileItems
from dynamodb_bulk.verify.reread import Key, canonical_key
from dynamodb_bulk.verify.run import verify
from dynamodb_bulk.verify.sources import held_by, of_load
from dynamodb_bulk.verify.verification import Kind

NOT_IN_TABLE = "not in the table"
_ABSENT = "the table does not hold its item"
_NO_REASON = f"{_ABSENT}, and AWS reported no reason"
_UNREAD = f"{_ABSENT}; AWS's reasons could not be read"
_REASONS = 3
_ENDED = f"{_ABSENT}: AWS does not read a file beyond a record that it cannot read"
_ENDING = frozenset({"broken-record", "not-an-item", "not-a-record", "not-utf8", "record-too-long"})


@dataclass(frozen=True, kw_only=True)
class RejectedRow:
    """A row that did not arrive: the name of its file, its line from 1, what is wrong with it, and why."""

    file: str
    line: int
    what: str
    reason: str
    column: str | None = None
    value: str | None = None
    unit: Unit = "line"


def rejected_rows(
    load: DescribedLoad, stack: StackLoads, report: Report, pace: Pace, warn: Report
) -> Iterator[RejectedRow]:
    """Yield every row of the load's files that did not arrive: those that cannot be items first.

    The table is read by a scan, unless the conversion of the files rejected more rows than tolerated, after
    which nothing was loaded. `warn` is called with what is denied of AWS's reasons. Raise InputError for a
    load that did not run, or is running.
    """
    row = load_status(load, stack.aws)
    if row.good is None:
        state = "has not run" if row.verdict == NOT_STARTED else f"has not ended: {row.verdict}"
        raise InputError(f"load {load.name}", state, "wait for its verdict: bulk status")
    record = RunRecord.read(load.records_bucket, load.name, stack.aws)
    if row.good and record and record.unfixed:
        return  # each has a fixed row in its place
    dataset = open_dataset(load.dataset)
    ended: dict[str, int] = {}  # the first record of a file after which AWS reads nothing
    for found in _not_items(dataset, stack.aws, report):
        if found.what in _ENDING:
            ended.setdefault(found.file, found.line)
        yield found
    if ConversionRecord.current(load, stack.aws) is None and Unstarted.current(load, stack.aws) is None:
        unchanged = getattr(getattr(load, "files", None), "converted", True) is False
        yield from _not_in_table(load, dataset, stack, report, pace, ended if unchanged else {}, warn)


def _not_items(dataset: Dataset, aws: Aws, report: Report) -> Iterator[RejectedRow]:
    rows = 0
    for file in source_files(dataset, aws):
        for batch in open_items(dataset, file):
            rows += len(batch.items) + len(batch.rejected)
            report(f"reading the files: {rows:,} rows")
            for one in batch.rejected:
                yield RejectedRow(
                    file=one.file,
                    line=one.line,
                    what=one.kind,
                    reason=one.reason,
                    column=one.column,
                    value=one.value,
                    unit=one.unit,
                )


def _not_in_table(
    load: DescribedLoad,
    dataset: Dataset,
    stack: StackLoads,
    report: Report,
    pace: Pace,
    ended: dict[str, int],
    warn: Report,
) -> Iterator[RejectedRow]:
    keys = _absent(load, stack, report, pace)
    if not keys:
        return

    def denied(why: str) -> None:
        warn(f"load {load.name}: AWS's reasons could not be read: {why}")

    reasons = unless_denied(lambda: _reasons(load, dataset, stack.aws), denied)
    unnamed = unless_denied(lambda: _unnamed(load, stack.aws), denied)
    otherwise = unnamed or (_UNREAD if None in (reasons, unnamed) else _NO_REASON)
    report(f"reading the files: the rows of {len(keys):,} keys")
    for key, found in FileItems(dataset, stack.aws).places(keys):
        beyond = found.line > ended.get(found.file, found.line)
        reason = (reasons or {}).get(key) or (_ENDED if beyond else otherwise)
        yield RejectedRow(file=found.file, line=found.line, what=NOT_IN_TABLE, reason=reason, unit=found.unit)


def _absent(load: DescribedLoad, stack: StackLoads, report: Report, pace: Pace) -> list[Key]:
    """Return the keys of items that the table lacks, or has otherwise than any of its loads."""
    verified = of_load(load, stack.loads, stack.aws)
    # Of an item that differs, beyond those that are read again, a condition may have kept the earlier one.
    conditional = any(one.dataset.condition for one in verified.loads)
    wanted: tuple[Kind, ...] = ("missing",) if conditional else ("missing", "different")
    beyond: list[Key] = []

    def keep(kind: Kind, keys: Iterable[Key]) -> None:
        if kind in wanted:
            beyond.extend(keys)

    found = verify(
        verified.loads,
        held_by("scan", verified, stack.aws, pace, report),
        verified.keys,
        stack.aws,
        report,
        table=verified.table,
        pace=pace,
        extra_allowed=True,
        unlisted=keep,
    )
    stays = (one for one in found.differences if one.state == "stays" and one.kind != "extra")
    return [canonical_key(one.key, verified.keys) for one in stays if not one.conditional] + beyond


def _reasons(load: DescribedLoad, dataset: Dataset, aws: Aws) -> dict[Key, str]:
    if isinstance(load, DormantLoad):
        return {}
    reported = LOADERS[load.method].rejected_items(load, aws)
    return {canonical_key(item, dataset.keys): f"AWS says: {reason}" for item, reason in reported}


def _unnamed(load: DescribedLoad, aws: Aws) -> str:
    """Return the reasons that AWS has for items which it does not name, the most frequent first."""
    if isinstance(load, DormantLoad):
        return ""
    found = Counter(LOADERS[load.method].rejected_unnamed(load, aws)).most_common(_REASONS)
    said = "; ".join(f"{reason} ({number_of(times, 'time')})" for reason, times in found)
    return said and f"{_ABSENT}; AWS rejected rows, now or in an earlier run, and does not say which: {said}"


def sentence(what: str) -> str:
    """Return what is wrong with rows, for users."""
    return what if what == NOT_IN_TABLE else checks()[what].sentence

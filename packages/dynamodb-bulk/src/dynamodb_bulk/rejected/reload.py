"""Loads the fixed rows of a load by themselves, and judges the load with them again."""

from pathlib import Path

import polars as pl

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.loads.conversion_record import ConversionRecord
from dynamodb_bulk.loads.declared_run import DeclaredRun
from dynamodb_bulk.loads.fixed_rows import fixed_dataset, fixed_here, fixed_name, fixed_prefix
from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.loads.row_counts import count_dataset
from dynamodb_bulk.loads.run_record import Outcome, RunRecord
from dynamodb_bulk.loads.source_check import SourceCheck
from dynamodb_bulk.loads.source_digest import data_digest, source_contents
from dynamodb_bulk.loads.stack_loads import StackLoads
from dynamodb_bulk.loads.stored_object import store
from dynamodb_bulk.loads.verdict import Fates, account
from dynamodb_bulk.loads.writes.load import WritesLoad
from dynamodb_bulk.loads.writes.loader import WRITES
from dynamodb_bulk.loads.writes.run import WritesRun
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.files import read_content
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.text import number_of
from dynamodb_bulk.verify.comparable import comparable_rows


def reload_fixed(load: DescribedLoad, stack: StackLoads, file: Path, report: Report) -> Outcome:
    """Put the rows of a file of the dataset's format into the load's table; other items stay.

    Where nothing was loaded since too many rows do not become items, all the others are loaded first.
    Return how the load stands with them. Raise InputError for a load without rejected rows, and for rows that
    do not become items or are more than did not arrive; LoadFailed where rows were not written.
    """
    aws, dataset = stack.aws, open_dataset(load.dataset)
    if conversion := ConversionRecord.current(load, aws):
        _check(fixed_here(dataset, file), file, load, conversion.rejected, aws, report)
        _load_others(load, stack.run_of(load), conversion, aws, report)
    record, missing = _unfinished(load, aws)
    kept = fixed_dataset(dataset, load.name, record, load.records_bucket)
    _check(fixed_here(dataset, file), file, load, missing, aws, report)
    digest = read_content(file).digest
    key = f"{fixed_prefix(load.name, record)}{digest[:16]}"
    store(file, digest, load.records_bucket, key, "", aws)
    contents = source_contents(kept, aws)
    writes = WritesLoad(
        name=fixed_name(load.name),
        dataset=load.dataset,
        table=load.table,
        records_bucket=load.records_bucket,
        limit_minutes=load.limit_minutes,
    )
    WritesRun(writes, aws, report, SourceCheck(contents, aws)).start(data_digest(contents))
    return _judged(load, record, kept, missing, aws)


def _load_others(
    load: DescribedLoad, run: DeclaredRun, conversion: ConversionRecord, aws: Aws, report: Report
) -> None:
    """Load all rows that become items, as if so many rejected ones were tolerated."""
    check = run.check(load, aws, conversion.rejected)
    separately = conversion.model_copy(update={"separately": check.data})
    separately.write(load.records_bucket, load.name, aws)
    run.bring(load, check, aws, report, tolerate=conversion.rejected)


def _unfinished(load: DescribedLoad, aws: Aws) -> tuple[RunRecord, int]:
    """Return the record of the last run, and how many rows did not arrive by it alone."""
    where = f"load {load.name}"
    record = RunRecord.read(load.records_bucket, load.name, aws)
    if record is None or record.outcome is None:
        raise InputError(where, "has no verdict yet", "wait for its end: bulk status")
    if record.rows_in_files is None:
        raise InputError(where, "its rows were not counted", "raise its `count_up_to` and run `pulumi up`")
    outcome = record.unfixed or record.outcome
    missing = record.rows_in_files - outcome.written - outcome.condition_failed
    if missing <= 0:
        raise InputError(where, "every row of its files arrived", "there is nothing to fix")
    return record, missing


def _check(dataset: Dataset, file: Path, load: DescribedLoad, missing: int, aws: Aws, report: Report) -> None:
    shown = display_path(file)
    counted = count_dataset(dataset, aws, report, method=WRITES.name)
    if counted.rejected or counted.duplicates:
        wrong = "; ".join(counted.examples[:1]) or f"{counted.rejected:,} rows are rejected"
        raise InputError(shown, f"not every row becomes an item: {wrong}", "fix it and run the command again")
    rows = counted.rows or 0
    if rows > missing:
        what = f"holds {number_of(rows, 'row')}, but only {missing:,} of load {load.name} did not arrive"
        raise InputError(shown, what, "leave only those in the file")


def _judged(load: DescribedLoad, record: RunRecord, fixed: Dataset, missing: int, aws: Aws) -> Outcome:
    """Keep and return the outcome: a fixed row takes the place of one that did not arrive."""
    before = record.unfixed or record.outcome or Outcome(good=False, verdict="")
    put = RunRecord.read(load.records_bucket, fixed_name(load.name), aws)
    failed = put.outcome.condition_failed if put and put.outcome else 0
    rows = min(_distinct_keys(fixed, aws), missing)
    fates = Fates(
        written=before.written + rows - failed,
        condition_failed=before.condition_failed + failed,
        rejected=missing - rows,
    )
    verdict = account(record.counted, fates, tolerate=getattr(load, "tolerate", 0))
    outcome = Outcome.of(verdict, fates, before.seconds, permanent=not verdict.good)
    changed = record.model_copy(update={"outcome": outcome, "unfixed": before})
    changed.write(load.records_bucket, load.name, aws)
    return outcome


def _distinct_keys(dataset: Dataset, aws: Aws) -> int:
    frames = [items.keys for file in source_files(dataset, aws) for items in comparable_rows(dataset, file)]
    return pl.concat(frames).unique().height if frames else 0

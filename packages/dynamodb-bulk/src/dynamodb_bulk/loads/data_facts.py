"""What one pass over a dataset's data finds, remembered by the digest of the data; rows are not."""

import hashlib
import json
import os
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.csv.batches import RejectionKind, RowBatch
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.loads.source_digest import Contents, data_digest, source_contents
from dynamodb_bulk.machine import cache_folder, on_a_core
from dynamodb_bulk.preflight.registry import checks
from dynamodb_bulk.preflight.report import CheckReport
from dynamodb_bulk.preflight.run import check_dataset
from dynamodb_bulk.requests.unchanged_csv import row_difference
from dynamodb_bulk.sources.ahead import opened_ahead
from dynamodb_bulk.sources.locating import objects_beside, source_files
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.text import located, number_of

# Files that have no more bytes in all are read whole to choose between conversion and none: in a second or
# so. Of others samples are read, unless more is known of them. The count before the load sees the rest.
CHOICE_BYTES = 64 * 1024**2
EXAMPLES = 3
_REMEMBERED = 500


class DataFacts(BaseModel):
    """How many rows were read and how many of them became items, and the faults reported, by check.

    `difference`: the first thing that ImportTable would read otherwise in files of CSV, in a sentence.
    `partial`: not all of the data was read.
    """

    model_config = ConfigDict(frozen=True)

    rows: int
    items: int
    duplicates: int
    faults: dict[str, int]
    difference: str | None
    partial: bool


def known_facts(contents: Contents, whole: int | None) -> DataFacts | None:
    """Return what was found in the same data: in all of it or, if that is not known, in such a part."""
    for extent in ("", whole):
        with suppress(OSError, ValidationError):
            return DataFacts.model_validate_json(_kept(contents, extent).read_bytes())
    return None


def read_facts(contents: Contents, aws: Aws | None, whole: int | None) -> tuple[DataFacts, CheckReport]:
    """Read the data, samples only if it has more bytes than `whole`; remember what was found.

    Raise InputError where files cannot be found.
    """
    dataset, differences = contents.dataset, list[str]()
    names = [column.name for column in dataset.columns]
    files = source_files(dataset, aws)
    all_are_read = whole is None or sum(file.size for file in files) <= whole

    def watch(batch: RowBatch) -> None:
        if not differences and (found := row_difference(batch, names)):
            differences.append(found)

    with on_a_core(), opened_ahead(files if dataset.location and all_are_read else ()) as ahead:
        report = check_dataset(
            dataset,
            ahead or files,
            beside=objects_beside(dataset, aws),
            examples=EXAMPLES,
            watch=watch,
            whole=whole,
        )
    facts = facts_of(report, *differences)
    _remember(_kept(contents, whole if report.partial else ""), facts)
    return facts, report


def facts_of(report: CheckReport, difference: str | None = None) -> DataFacts:
    """Return what a check found, and the rows' first difference or else the first rejected row."""
    return DataFacts(
        rows=report.rows,
        items=report.items,
        duplicates=report.findings["duplicate-key"].count,
        faults={kind: found.count for kind, found in report.findings},
        difference=difference or _rejection(report),
        partial=report.partial,
    )


def file_difference(dataset: Dataset, aws: Aws | None = None) -> str | None:
    """Return what ImportTable would read otherwise in the files of CSV as they are now, in a sentence.

    Files in S3 are looked at with `aws`. What cannot be read is no difference: the load reports it.
    """
    if dataset.location and aws is None:
        return None
    try:
        contents = source_contents(dataset, aws)
        known = known_facts(contents, CHOICE_BYTES)
        return (known or read_facts(contents, aws, CHOICE_BYTES)[0]).difference
    except InputError:
        return None


def _rejection(report: CheckReport) -> str | None:
    if report.rows == report.items:
        return None
    examples = [one for kind in get_args(RejectionKind) for one in report.findings[kind].examples]
    if not examples:
        return f"it would not reject {number_of(report.rows - report.items, 'row')}"
    first = min(examples, key=lambda one: (one.file, one.line or 0))
    what = first.what.removeprefix(f"{first.column}: ")
    return located(f"it would not reject the row: {what}", first.file, first.line, first.column)


def _kept(contents: Contents, extent: int | str | None) -> Path:
    """Return the file by the SHA-256 of all that decides what is found in such a part; "": in all."""
    dataset = contents.dataset
    parts = (
        version("dynamodb-bulk"),
        list(checks()),
        str(extent),
        data_digest(contents),
        dataset.path.read_text(errors="replace"),
        dataset.mappings_text,
        json.dumps(dataset.task_settings, sort_keys=True),
    )
    return cache_folder("checks") / f"{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}.json"


def _remember(file: Path, facts: DataFacts) -> None:
    """Keep what was found, and no more than the newest; where that cannot be done it is found again."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}")
        part.write_text(facts.model_dump_json())
        part.replace(file)
        kept = sorted(file.parent.iterdir(), key=lambda one: one.stat().st_mtime)
        for old in kept[:-_REMEMBERED]:
            old.unlink(missing_ok=True)

"""The check of loads' data before anything is declared: what it found is remembered, rows are not."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.loads.row_counts import Refuse
from dynamodb_bulk.loads.source_digest import Contents, data_digest, source_contents
from dynamodb_bulk.machine import CORES, cache_folder, on_a_core
from dynamodb_bulk.preflight.check import OF_ROWS, Family, Severity
from dynamodb_bulk.preflight.registry import checks
from dynamodb_bulk.preflight.report import CheckReport
from dynamodb_bulk.preflight.run import check_dataset
from dynamodb_bulk.sources.locating import objects_beside, source_files
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.text import number_of, place

Extent = Literal["full", "sample", "off"]

# What is checked whole where the load does not say: at 210 MB/s (docs/check.md) about 5 seconds; and from
# S3 about 8 seconds through a line of 100 Mbit/s.
LOCAL_BYTES = 1_000_000_000
S3_BYTES = 100_000_000
_EXAMPLES = 3
_LINES = 8
_REMEMBERED = 500


class DataFaults(BaseModel):
    """How many rows were read and how many of them became items, and the faults reported, by check."""

    model_config = ConfigDict(frozen=True)

    rows: int
    items: int
    duplicates: int
    faults: dict[str, int]
    partial: bool

    @classmethod
    def of(cls, report: CheckReport) -> Self:
        """Return what a check found."""
        return cls(
            rows=report.rows,
            items=report.items,
            duplicates=report.findings["duplicate-key"].count,
            faults={kind: found.count for kind, found in report.findings},
            partial=report.partial,
        )

    def kinds(self, severity: Severity, method: str, tolerate: int) -> list[str]:
        """Return the checks that say something of a load that tolerates so many rows."""
        of_methods = frozenset[str]().union(*(loader.abilities.checks for loader in LOADERS.values()))
        ignored = of_methods - LOADERS[method].abilities.checks
        tolerated = OF_ROWS if self.rows - self.items + self.duplicates <= tolerate else frozenset[Family]()
        found = (checks()[kind] for kind in self.faults if kind not in ignored)
        return [
            one.name
            for one in found
            if (
                severity == "error" and method in one.fatal_for
                if one.fatal_for
                else severity == one.severity and (severity == "warning" or one.family not in tolerated)
            )
        ]


@dataclass(frozen=True, kw_only=True)
class DataCheck:
    """The data of one load, and how much of it is checked: `extent` None is as much as takes seconds."""

    dataset: Dataset
    method: str
    extent: Extent | None = None
    tolerate: int = 0


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What was found, a line each; `partial`: not all of the data was read."""

    errors: tuple[InputError, ...] = ()
    warning: str = ""
    partial: bool = False


def check_data(wanted: Sequence[DataCheck], aws: Aws) -> list[Checked]:
    """Check the data of loads, on each core that of one; raise InputError where files cannot be found."""
    with ThreadPoolExecutor(max(1, min(CORES, len(wanted)))) as pool:
        return list(pool.map(partial(_checked, aws=aws), wanted))


def error_lines(report: CheckReport, dataset: Dataset, method: str, tolerate: int) -> Iterator[InputError]:
    """Yield an error for the first examples of all that stands against the load, and one for the whole."""
    found = DataFaults.of(report)
    kinds, left = found.kinds("error", method, tolerate), _LINES
    for kind in kinds:
        for example in report.findings[kind].examples[: min(_EXAMPLES, left)]:
            left -= 1
            where = place(example.file, example.line, example.unit)
            yield InputError(where, example.what, checks()[kind].remedy)
    if kinds:
        count = number_of(sum(found.faults[kind] for kind in kinds), "error")
        where = "in the part of the data that was read" if found.partial else "in the data"
        shown = display_path(dataset.path)
        command = f"bulk check {shown} --method {method}"
        remedy = f"`{command}` lists them all; `check: off` in the load leaves this check out"
        yield InputError(shown, f"{count} {where}; nothing was loaded", remedy)


def _checked(wanted: DataCheck, aws: Aws) -> Checked:
    dataset = wanted.dataset
    contents = source_contents(dataset, aws)
    whole = _whole(wanted)
    kept = cache_folder("checks") / f"{_digest(contents, whole)}.json"
    faults = _remembered(kept)
    if faults is None or faults.kinds("error", wanted.method, wanted.tolerate):
        with on_a_core():
            report = check_dataset(
                dataset,
                source_files(dataset, aws),
                beside=objects_beside(dataset, aws),
                examples=_EXAMPLES,
                whole=whole,
            )
        errors = tuple(error_lines(report, dataset, wanted.method, wanted.tolerate))
        faults = DataFaults.of(report)
        _remember(kept, faults)
    else:
        errors = ()
    return Checked(errors=errors, warning=_warning(faults, wanted), partial=faults.partial)


def _warning(faults: DataFaults, wanted: DataCheck) -> str:
    """Return what to know of the data in one line; of the dataset file the method itself warns."""
    found = [checks()[kind] for kind in faults.kinds("warning", wanted.method, wanted.tolerate)]
    sentences = [check.sentence for check in found if check.family != "documents"]
    shown = display_path(wanted.dataset.path)
    return f"{shown}: {'; '.join(sentences)}; see `bulk check {shown}`" if sentences else ""


def _whole(wanted: DataCheck) -> int | None:
    if wanted.extent == "full":
        return None
    if wanted.extent == "sample":
        return 0
    return S3_BYTES if wanted.dataset.location else LOCAL_BYTES


def _digest(contents: Contents, whole: int | None) -> str:
    """SHA-256 of all that decides what a check finds: data, dataset file, documents, this version."""
    dataset = contents.dataset
    parts = (
        version("dynamodb-bulk"),
        list(checks()),
        str(whole),
        data_digest(contents),
        dataset.path.read_text(errors="replace"),
        dataset.mappings_text,
        json.dumps(dataset.task_settings, sort_keys=True),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _remembered(file: Path) -> DataFaults | None:
    try:
        return DataFaults.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def _remember(file: Path, faults: DataFaults) -> None:
    """Keep what was found, and no more than the newest; where that cannot be done it is found again."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}")
        part.write_text(faults.model_dump_json())
        part.replace(file)
        kept = sorted(file.parent.iterdir(), key=lambda one: one.stat().st_mtime)
        for old in kept[:-_REMEMBERED]:
            old.unlink(missing_ok=True)


def refusal(dataset: Dataset, method: str, tolerate: int) -> Refuse:
    """Return what raises LoadFailed, before anything is loaded, for what a whole check would refuse."""

    def refuse(report: CheckReport) -> None:
        if errors := list(error_lines(report, dataset, method, tolerate)):
            raise LoadFailed("\n  ".join(map(str, errors)))

    return refuse

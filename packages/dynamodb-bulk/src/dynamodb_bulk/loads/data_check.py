"""The check of loads' data before anything is declared."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Literal

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.loads.data_facts import EXAMPLES, DataFacts, facts_of, known_facts, read_facts
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.loads.row_counts import Refuse
from dynamodb_bulk.loads.source_digest import source_contents
from dynamodb_bulk.machine import CORES
from dynamodb_bulk.preflight.check import OF_ROWS, Family, Severity
from dynamodb_bulk.preflight.registry import checks
from dynamodb_bulk.preflight.report import CheckReport
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.text import number_of, place

Extent = Literal["full", "sample", "off"]

# What is checked whole where the load does not say: at 210 MB/s (docs/check.md) about 5 seconds; and from
# S3 about 8 seconds through a line of 100 Mbit/s.
LOCAL_BYTES = 1_000_000_000
S3_BYTES = 100_000_000
_LINES = 8


@dataclass(frozen=True, kw_only=True)
class DataCheck:
    """The data of one load, and how much of it is checked: `extent` None is as much as takes seconds.

    `converted`: AWS reads other files than these, which its limits are not about.
    """

    dataset: Dataset
    method: str
    extent: Extent | None = None
    tolerate: int = 0
    converted: bool = False


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


def error_lines(
    report: CheckReport, dataset: Dataset, method: str, tolerate: int, *, converted: bool = False
) -> Iterator[InputError]:
    """Yield an error for the first examples of all that stands against the load, and one for the whole."""
    found = facts_of(report)
    kinds, left = _kinds(found, "error", method, tolerate, converted=converted), _LINES
    for kind in kinds:
        for example in report.findings[kind].examples[: min(EXAMPLES, left)]:
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


def _kinds(found: DataFacts, severity: Severity, method: str, tolerate: int, *, converted: bool) -> list[str]:
    """Return the checks that say something of a load that tolerates so many rows."""
    of_methods = frozenset[str]().union(*(loader.abilities.checks for loader in LOADERS.values()))
    ignored = of_methods - (frozenset() if converted else LOADERS[method].abilities.checks)
    tolerated = OF_ROWS if found.rows - found.items + found.duplicates <= tolerate else frozenset[Family]()
    minded = (checks()[kind] for kind in found.faults if kind not in ignored)
    return [
        one.name
        for one in minded
        if (
            severity == "error" and method in one.fatal_for
            if one.fatal_for
            else severity == one.severity and (severity == "warning" or one.family not in tolerated)
        )
    ]


def _checked(wanted: DataCheck, aws: Aws) -> Checked:
    dataset, errors = wanted.dataset, tuple[InputError, ...]()
    method, tolerate, converted = wanted.method, wanted.tolerate, wanted.converted
    contents, whole = source_contents(dataset, aws), _whole(wanted)
    facts = known_facts(contents, whole)
    if facts is None or _kinds(facts, "error", method, tolerate, converted=converted):
        facts, report = read_facts(contents, aws, whole)
        errors = tuple(error_lines(report, dataset, method, tolerate, converted=converted))
    warnings = _kinds(facts, "warning", method, tolerate, converted=converted)
    return Checked(errors=errors, warning=_warning(warnings, dataset), partial=facts.partial)


def _warning(kinds: Sequence[str], dataset: Dataset) -> str:
    """Return what to know of the data in one line; of the dataset file the method itself warns."""
    sentences = [checks()[kind].sentence for kind in kinds if checks()[kind].family != "documents"]
    shown = display_path(dataset.path)
    return f"{shown}: {'; '.join(sentences)}; see `bulk check {shown}`" if sentences else ""


def _whole(wanted: DataCheck) -> int | None:
    if wanted.extent == "full":
        return None
    if wanted.extent == "sample":
        return 0
    return S3_BYTES if wanted.dataset.location else LOCAL_BYTES


def refusal(dataset: Dataset, method: str, tolerate: int, *, converted: bool = False) -> Refuse:
    """Return what raises LoadFailed, before anything is loaded, for what a whole check would refuse."""

    def refuse(report: CheckReport) -> None:
        if errors := list(error_lines(report, dataset, method, tolerate, converted=converted)):
            raise LoadFailed("\n  ".join(map(str, errors)))

    return refuse

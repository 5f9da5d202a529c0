"""A dataset of CSV files: how they are written, and what every row of them holds."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from dynamodb_bulk.csv.batches import frame_name
from dynamodb_bulk.csv.reader import BLOCK_BYTES
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.init.check_ahead import CheckAhead
from dynamodb_bulk.init.column_choice import Choice, Notation, choose, notation_of, null_texts
from dynamodb_bulk.init.csv_survey import CsvFiles, Survey, survey
from dynamodb_bulk.init.dialect import dialects
from dynamodb_bulk.init.key_search import SORT_BYTES, KeySearch, pairs_of
from dynamodb_bulk.init.opening import DataFile
from dynamodb_bulk.init.proposal import OWN_TEXT, KeyCandidate, Proposal, ranked
from dynamodb_bulk.init.questions import named_key
from dynamodb_bulk.init.rendering import dataset_text
from dynamodb_bulk.init.text_facts import TextFacts, text_facts
from dynamodb_bulk.init.values import ColumnFacts
from dynamodb_bulk.machine import read_ahead
from dynamodb_bulk.spec.errors import InputError

_DIALECTS = 3
_NAMED = 5
_WHOLE = re.compile("-?9+")
_OFFSET = re.compile(r"\d[+-]\d\d:?\d\d$")  # one moment has several
_TYPES = {"STRING": "S", "DATE": "S", "DATETIME": "S", "TIME": "S", "BOOLEAN": ""}


def propose_csv(
    files: Sequence[DataFile],
    name: str,
    folder: Path,
    report: Callable[[str], None],
    encoding: str | None = None,
    *,
    key: str | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Proposal:
    """Read every row of the files, `block_bytes` at once, and check it as a row of what is proposed.

    `folder` takes what has no room in memory. `key`: as `--key` names it. Raise InputError.
    """
    report("reading the text")
    facts = text_facts(files, encoding)
    if facts.returns and not facts.newlines:
        raise InputError(
            files[0].shown, "its lines end with \\r", "write it again, for example with mac2unix"
        )
    given = CsvFiles(files=files, facts=facts, report=report, block_bytes=block_bytes)

    def begin(read: Survey) -> CheckAhead | None:
        return _check_ahead(_described(given, name, read), read, key, folder)

    tried: list[Survey] = []
    for number, dialect in enumerate(dialects(files[0], given.facts)[:_DIALECTS]):
        if tried and dialect.share <= 0:
            break
        tried.append(survey(given, dialect, folder / f"read-{number}", begin))
        if not tried[-1].rejected:
            break
    read = min(tried, key=lambda one: (one.rejected / max(1, one.rows + one.rejected), -len(one.names)))
    if read.header and not read.rows and not read.rejected:
        named = ", ".join(read.names[:_NAMED]) + (", …" if len(read.names) > _NAMED else "")
        raise InputError(files[0].shown, f"a header ({named}) and no rows", "name a file with rows")
    if not read.rows:
        first = read.first
        raise InputError(
            f"{first.file}:{first.line}" if first else files[0].shown,
            f"no row could be read{': ' + first.reason if first else ''}",
            "fix the rows, or see `bulk check` with a dataset of your own",
        )
    proposal = _described(given, name, read)
    proposal.keys = _keys(given, proposal, read, folder)
    proposal.ahead = read.ahead
    return proposal


def _check_ahead(proposal: Proposal, read: Survey, key: str | None, folder: Path) -> CheckAhead | None:
    """Return the check of the dataset that the first rows show, if it is one and takes all of them."""
    proposal.keys = ranked(read.search.unique_so_far(_fit(proposal, read)), proposal.types, read.names)
    try:
        chosen = named_key(proposal, key) if key else proposal.keys[0] if proposal.keys else None
        if chosen is None or read.rejected:
            return None
        place = folder / "first-rows"
        place.mkdir(exist_ok=True)
        (place / "rows").touch()
        proposal.source = {"files": ["rows"], **proposal.source}
        (place / "dataset.yaml").write_text(dataset_text(proposal, chosen), encoding="utf-8")
        dataset = open_dataset(place / "dataset.yaml")
    except InputError:
        return None
    # The survey reads texts for NULL as texts, to count them.
    return CheckAhead(dataset) if dataset.csv == read.dialect.csv else None


def _described(given: CsvFiles, name: str, read: Survey) -> Proposal:
    """Return the dataset that the rows show, without keys."""
    notation = notation_of(read.facts, read.dialect.csv.delimiter)
    choices = [choose(one, notation) for one in read.facts]
    nulls, null_doubts = null_texts(read.facts, choices)
    numbers = any(one.keys["type"] in ("NUMERIC", "REAL8") for one in choices)
    proposal = Proposal(
        name=name,
        source=_source(given.files[0], given.facts, read, nulls, notation if numbers else Notation()),
        rows=read.rows,
        columns={one.name: choice for one, choice in zip(read.facts, choices, strict=True)},
        types={
            one.name: _TYPES.get(choice.keys["type"], "N")
            for one, choice in zip(read.facts, choices, strict=True)
        },
        nulls=tuple(nulls),
    )
    for one, choice in zip(read.facts, choices, strict=True):
        missing = sum(one.nulls[text] for text in nulls)
        if missing and one.values:
            choice.note += f"{', ' if choice.note else ''}{missing:,} NULL"
    _add_notes(proposal, given.facts, read, null_doubts, notation.doubt if numbers else "")
    return proposal


def _source(
    file: DataFile, facts: TextFacts, read: Survey, nulls: list[str], notation: Notation
) -> dict[str, Any]:
    source: dict[str, Any] = {"format": "csv"}
    if file.compression != "none":
        source["compression"] = file.compression
    if facts.encoding != "utf-8":
        source["encoding"] = facts.encoding
    source["delimiter"] = read.dialect.csv.delimiter
    source["header"] = read.header
    if not read.dialect.csv.quotes:
        source["quoting"] = "none"
    csv = read.dialect.csv
    said = {
        "escape": csv.escape,
        "comment": csv.comment,
        "skip_rows": csv.skip_rows,
        "skip_footer": csv.skip_footer,
    }
    source |= {key: value for key, value in said.items() if value}
    if nulls != [""]:
        source["null_value"] = nulls[0] if len(nulls) == 1 else nulls
    if notation.decimal != ".":
        source["decimal"] = notation.decimal
    if notation.thousands:
        source["thousands"] = notation.thousands
    return source


def _add_notes(
    proposal: Proposal, facts: TextFacts, read: Survey, null_doubts: Sequence[str], number_doubt: str
) -> None:
    for doubt in facts.doubts:
        proposal.note("encoding", doubt)
    proposal.note("header", read.doubt)
    if not read.header:
        proposal.note("header", "the files name no columns: give them names below")
    for doubt in null_doubts:
        proposal.note("null_value" if "null_value" in proposal.source else "header", doubt)
    if number_doubt:
        proposal.note("decimal" if "decimal" in proposal.source else "header", number_doubt)
    if read.dialect.skip_rows:
        proposal.note("skip_rows", "lines before the first row that are no rows, such as a title")
    if read.dialect.csv.skip_footer:
        proposal.note("skip_footer", "lines at the end that look like a total or a number of rows")
    if read.rejected and read.first:
        first = f"the first in line {read.first.line:,}: {read.first.reason}"
        proposal.note("delimiter", f"{read.rejected:,} rows cannot be read, {first}")


def _keys(given: CsvFiles, proposal: Proposal, read: Survey, folder: Path) -> list[KeyCandidate]:
    fit = _fit(proposal, read)
    found = read.search.unique(fit)
    if not found and read.rows > 1:
        places = {name: place for place, name in enumerate(read.names) if name in fit}
        sample = read.sample.rename({frame_name(one): one for one in read.names if frame_name(one) != one})
        search = KeySearch(pairs_of(sample, places), folder / "pairs")
        rows = (batch for file in given.files for batch in read.batches(given, file))
        for batch in read_ahead(rows) if search.left else ():
            search.add(batch.frame.select(pl.all().name.map(lambda one: one.removeprefix("\0"))))
            given.report("looking for a key of two columns")
            if not search.left:
                break
        found = search.unique(fit)
    return ranked(found, proposal.types, read.names)


def _fit(proposal: Proposal, read: Survey) -> list[str]:
    """The columns that may be keys by their types, sizes and values for NULL."""
    return [
        one.name
        for one in read.facts
        if proposal.types[one.name]
        and _differ(one, proposal.columns[one.name])
        and one.longest_bytes <= SORT_BYTES
        and not sum(one.nulls[text] for text in {"", *proposal.nulls})
    ]


def _differ(facts: ColumnFacts, choice: Choice) -> bool:
    """Whether different texts of a column are different values: not 1.0 and 1.00, or 1 May and 01 May."""
    if choice.keys["type"] in OWN_TEXT or all(map(_WHOLE.fullmatch, facts.forms)):
        return True
    return (
        len(facts.forms) == 1
        and not facts.whole
        and choice.keys["type"] != "REAL8"
        and not any(map(_OFFSET.search, facts.forms))
    )

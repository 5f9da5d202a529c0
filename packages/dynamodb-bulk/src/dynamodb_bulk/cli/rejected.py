"""`bulk rejected`: the rows of a load that did not arrive, to be fixed and loaded."""

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.scan import Pace
from dynamodb_bulk.cli.console import Console, check_writable, warn
from dynamodb_bulk.conversion.output import write_whole
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.loads.stack_loads import read_stack_loads
from dynamodb_bulk.rejected.rows import RejectedRow, rejected_rows, sentence
from dynamodb_bulk.rejected.texts import check_texts, write_rows
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.text import located, number_of

_EXAMPLES = 5
_REASONS = ".reasons.jsonl"


def rejected(
    load: Annotated[str, Parameter(help="A load of the stack, by the name of its dataset.")],
    /,
    *,
    out: Annotated[
        Path | None,
        Parameter(help="Write the text of the rows to this file, and beside it the reason for each."),
    ] = None,
    stack: Annotated[str | None, Parameter(help="The stack; default: the selected one.")] = None,
    read_units: Annotated[
        float | None, Parameter(help="The maximum of read units per second.", validator=Number(gt=0))
    ] = None,
    as_json: Annotated[
        bool, Parameter(name="--json", negative="", help="Print a JSON object per row.")
    ] = False,
) -> int:
    """List every row of a load that did not arrive, with the reason.

    Reads the files again, and the table by a scan. Rows whose condition failed are not among them. With --out
    the rows are written as they are in the files, below the header, to be fixed; FILE.reasons.jsonl holds
    file, line and reason of each. Exit code 0: every row arrived; 1: some did not.
    """
    found = read_stack_loads(stack)
    named = found.named(load)
    check_writable(out)
    if out:
        check_texts(open_dataset(named.dataset))
    seen = _Seen()
    with Console(stderr=True).status(f"load {load}") as line:
        kept = seen.through(rejected_rows(named, found, line.update, Pace(read_units), warn))
        if out:
            _write(out, named, kept, seen, found.aws)
        for row in kept:  # where they were not written
            if as_json:
                print(_json(row))  # noqa: T201 - a line for programs
    if not as_json:
        _print(load, seen, out)
    return 1 if seen.count else 0


class _Seen:
    """What is kept of the rows: counts, the first of each kind, and the lines of all by file."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.examples: dict[str, list[RejectedRow]] = {}
        self.lines: dict[str, array[int]] = {}

    @property
    def count(self) -> int:
        return self.kinds.total()

    def through(self, rows: Iterable[RejectedRow]) -> Iterator[RejectedRow]:
        for row in rows:
            self.kinds[row.what] += 1
            examples = self.examples.setdefault(row.what, [])
            if len(examples) < _EXAMPLES:
                examples.append(row)
            self.lines.setdefault(row.file, array("Q")).append(row.line)
            yield row


def _write(out: Path, load: DescribedLoad, rows: Iterator[RejectedRow], seen: _Seen, aws: Aws) -> None:
    def reasons(stream: IO[bytes]) -> None:
        for row in rows:
            stream.write(f"{_json(row)}\n".encode("utf-8", "backslashreplace"))

    def texts(stream: IO[bytes]) -> None:
        dataset = open_dataset(load.dataset)
        lines = {name: sorted(set(found)) for name, found in seen.lines.items()}
        write_rows(dataset, source_files(dataset, aws), lines, stream)

    try:
        write_whole(out.with_name(out.name + _REASONS), reasons)
        write_whole(out, texts)
    except OSError as error:
        raise InputError(display_path(out), error.strerror or str(error)) from None


def _json(row: RejectedRow) -> str:
    return json.dumps({name: value for name, value in asdict(row).items() if value is not None})


def _print(load: str, seen: _Seen, out: Path | None) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if not seen.count:
        console.print(f"load {load}: every row of the files arrived")
        return
    console.print(f"load {load}: {number_of(seen.count, 'row')} did not arrive", style="bold")
    for what, count in seen.kinds.most_common():
        console.print(f"{count:,} x {sentence(what)}")
        for row in seen.examples[what]:
            console.print("  " + located(row.reason, row.file, row.line, row.column, row.unit))
    if out:
        shown = display_path(out)
        console.print(f"the rows: {shown}; the reason for each: {shown}{_REASONS}")
    else:
        console.print("--out FILE writes all of them, with the reasons beside it")

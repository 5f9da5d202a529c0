"""`bulk count`: how many rows files hold, which do not become items, and which have the same key."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated

from cyclopts import Parameter
from rich.table import Table

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.cli.console import Console, check_writable
from dynamodb_bulk.cli.glue import EngineName, Glue, GlueJobName
from dynamodb_bulk.conversion.output import reject_line
from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.dataset import Dataset, open_dataset, open_datasets
from dynamodb_bulk.loads.load import CountedLoad
from dynamodb_bulk.machine import on_a_core
from dynamodb_bulk.preflight.count import RowCount, count_rows
from dynamodb_bulk.sources.ahead import opened_ahead
from dynamodb_bulk.sources.locating import aws_of, source_files
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.text import located, number_of

_EXAMPLES = 5
_KEY_SHOWN = 200


def command(
    *names: Annotated[
        str, Parameter(help="Dataset files, folders that contain them, or a load of the stack.")
    ],
    rejects: Annotated[
        Path | None, Parameter(help="Write every rejected row to this file, one JSON object per line.")
    ] = None,
    engine: EngineName | None = None,
    glue_job: GlueJobName = None,
    stack: Annotated[
        str | None, Parameter(help="The stack of a load or of the Glue job; default: the selected one.")
    ] = None,
    region: Annotated[str | None, Parameter(help="The Region of files in S3.")] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")] = False,
) -> int:
    """Count the rows of files, the rejected rows and the duplicate keys.

    A load with `engine: glue` is counted by Glue. Exit code 0: every row becomes an item with a key of its
    own; 1: some do not, or there are no rows; 2: a file cannot be read.
    """
    if not names:
        raise InputError("bulk count", "nothing given", "name a dataset file, a folder of them, or a load")
    check_writable(rejects)
    found: list[tuple[Dataset, RowCount, _Rejects]] = []
    with ExitStack() as opened:
        stream = opened.enter_context(rejects.open("wb")) if rejects else None
        for one in _counted(names, stack, region, engine, glue_job):
            seen = _Rejects(stream)
            found.append((one.dataset, _count(one, seen), seen))
    if as_json:
        documents = [count.as_json(display_path(dataset.path)) for dataset, count, _ in found]
        Console(soft_wrap=True).print_json(json.dumps(documents))
    else:
        _print(found, rejects)
    return 0 if all(count.good for _, count, _ in found) else 1


@dataclass(frozen=True)
class _Counted:
    """A dataset, the client of its files in S3, and what counts them; None: this machine."""

    dataset: Dataset
    aws: Aws | None
    glue: Glue | None


class _Rejects:
    """The first rejected rows; all of them go to the stream as well."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        self.stream = stream
        self.first: list[Rejected] = []

    def add(self, row: Rejected) -> None:
        if len(self.first) < _EXAMPLES:
            self.first.append(row)
        if self.stream:
            self.stream.write(reject_line(row))


def _counted(
    names: tuple[str, ...], stack: str | None, region: str | None, engine: str | None, job: str | None
) -> Iterator[_Counted]:
    glue = Glue(job, stack) if job or engine == "glue" else None
    for name in names:
        if Path(name).exists() or Path(name).suffix:
            for dataset in open_datasets([Path(name)]):
                yield _Counted(dataset, aws_of(dataset, region), glue)
            continue
        from dynamodb_bulk.loads.stack_loads import read_stack_loads  # a count of files needs none of it

        loads = read_stack_loads(stack)
        load = loads.named(name)
        own = Glue(load.glue_job, stack) if isinstance(load, CountedLoad) and load.glue_job else None
        by = glue or (own if engine is None else None)
        yield _Counted(open_dataset(load.dataset), loads.aws, by)


def _count(one: _Counted, seen: _Rejects) -> RowCount:
    files = source_files(one.dataset, one.aws)
    if one.glue:
        with one.glue.engine(one.dataset, one.aws) as engine:
            return engine.count(files, seen.add, _EXAMPLES)
    name = one.dataset.name
    with Console(stderr=True, highlight=False).status(name) as line:

        def report(rows: int) -> None:
            line.update(f"{name}: {rows:,} rows")

        with on_a_core(line.update), opened_ahead(files if one.dataset.location else ()) as ahead:
            return count_rows(one.dataset, ahead or files, reject=seen.add, examples=_EXAMPLES, report=report)


def _print(found: list[tuple[Dataset, RowCount, _Rejects]], rejects: Path | None) -> None:
    table = Table("dataset", box=None, header_style="bold", pad_edge=False)
    for heading in ("rows", "items", "left out", "rejected", "duplicate keys"):
        table.add_column(heading, justify="right")
    for dataset, count, _ in found:
        numbers = (count.rows, count.items, count.filtered, count.rejected, count.duplicates)
        table.add_row(dataset.name, *(f"{number:,}" for number in numbers))
    Console(highlight=False).print(table)
    console = Console(highlight=False, soft_wrap=True)
    for _, count, seen in found:
        for row in seen.first:
            console.print("  " + located(row.reason, row.file, row.line, row.column, row.unit), markup=False)
        if count.rejected > len(seen.first) or (rejects and count.rejected):
            where = f": {display_path(rejects)}" if rejects else "; --rejects FILE lists them"
            console.print(f"  {number_of(count.rejected, 'rejected row')} in all{where}", markup=False)
        for one in count.duplicate_rows:
            unit, key = count.units.get(one.file, "line"), ", ".join(one.key)[:_KEY_SHOWN]
            what = f"the same key as {unit} {one.first_line} of {one.first_file}: {key}"
            console.print("  " + located(what, one.file, one.line, unit=unit), markup=False)

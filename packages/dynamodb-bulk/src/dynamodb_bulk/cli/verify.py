"""`bulk verify`: compare a table with the files it was loaded from."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from dynamodb_bulk.aws import aws_in
from dynamodb_bulk.aws.scan import Pace
from dynamodb_bulk.cli.console import Console, check_writable
from dynamodb_bulk.conversion.output import write_whole
from dynamodb_bulk.loads.stack_loads import read_stack_loads
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.verify.report import lines, record, summary
from dynamodb_bulk.verify.reread import Key, key_of
from dynamodb_bulk.verify.run import verify
from dynamodb_bulk.verify.sources import Verified, held_by, of_datasets, of_load
from dynamodb_bulk.verify.verification import Kind, Verification

Text = str | None


def command(
    *names: Annotated[str, Parameter(help="A load of the stack; with --table, dataset files.")],
    table: Annotated[Text, Parameter(help="A table that belongs to no stack.")] = None,
    by: Annotated[
        str,
        Parameter(help="scan, export (a new one), or the location of an export or a dataset."),
    ] = "scan",
    read_units: Annotated[
        float | None, Parameter(help="The maximum of read units per second.", validator=Number(gt=0))
    ] = None,
    allow_extra: Annotated[bool, Parameter(negative="", help="Report extra items without failing.")] = False,
    out: Annotated[
        Path | None, Parameter(help="Write every difference to this file, one JSON object per line.")
    ] = None,
    stack: Annotated[Text, Parameter(help="The stack; default: the selected one.")] = None,
    region: Annotated[Text, Parameter(help="The Region, if no stack sets it.")] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")] = False,
) -> int:
    """Compare every item of a table with the files it was loaded from.

    Exit code 0: no difference; 1: they differ, or the table is changing; 2: something cannot be read.
    """
    if not names:
        raise InputError("bulk verify", "no load given", "name a load of the stack, or datasets and --table")
    check_writable(out)
    aws = aws_in(region)
    if table:
        verified = of_datasets([Path(name) for name in names], table)
    elif len(names) == 1:
        loads = read_stack_loads(stack)
        aws = loads.aws
        verified = of_load(loads.named(names[0]), loads.loads, loads.aws)
    else:
        raise InputError("bulk verify", f"{len(names)} loads", "name one of them")
    with Console(stderr=True).status(verified.name) as line:
        pace = Pace(read_units)
        held = held_by(by, verified, aws, pace, line.update)
        beyond: list[tuple[Kind, Key]] = []

        def keep(kind: Kind, keys: Iterator[Key]) -> None:
            if out:
                beyond.extend((kind, key) for key in keys)

        found = verify(
            verified.loads,
            held,
            verified.keys,
            aws,
            line.update,
            table=verified.table,
            pace=pace,
            extra_allowed=allow_extra or verified.existing,
            unlisted=keep,
        )
    if out:
        _write(out, found, verified, beyond)
    if as_json:
        Console(soft_wrap=True).print_json(json.dumps(summary(found)))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for text in lines(found, verified.name):
            console.print(text, markup=True)
        if out and found.differences:
            console.print(f"  all differences: {display_path(out)}")
    return 0 if found.good else 1


def _write(path: Path, found: Verification, verified: Verified, beyond: list[tuple[Kind, Key]]) -> None:
    def write(stream: IO[bytes]) -> None:
        for one in found.differences:
            stream.write((json.dumps(record(one), ensure_ascii=False) + "\n").encode())
        for kind, key in beyond:
            entry = {"kind": kind, "key": key_of(key, verified.keys), "state": "unread"}
            stream.write((json.dumps(entry, ensure_ascii=False) + "\n").encode())

    try:
        write_whole(path, write)
    except OSError as error:
        raise InputError(display_path(path), error.strerror or str(error)) from None

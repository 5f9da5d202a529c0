"""`bulk convert`: write typed, reshaped files for ImportTable and bulk put."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.table import Table

from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.cli.glue import EngineName, Glue, GlueJobName, GlueStack
from dynamodb_bulk.conversion.convert import convert
from dynamodb_bulk.conversion.options import Compression, Format, Options
from dynamodb_bulk.conversion.output import REJECTS, Manifest, rejects_key
from dynamodb_bulk.dataset import open_datasets
from dynamodb_bulk.item_files.bulk_put_lines import ASSUMED_LINE
from dynamodb_bulk.sources.locating import aws_of, source_files
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.text import size_of

_LEFT_OUT = "the files do not include its condition; for bulk put, add --conditions"


def command(
    *datasets: Annotated[Path, Parameter(help="Dataset files, or folders that contain them.")],
    out: Annotated[
        str,
        Parameter(
            help="The output folder, in which each dataset gets one; with --engine glue, s3://bucket/prefix/."
        ),
    ],
    format: Annotated[Format, Parameter(help="The format of the files.")] = "dynamodb_json",  # noqa: A002
    compression: Annotated[Compression, Parameter(help="The compression of the files.")] = "zstd",
    part_size: Annotated[str, Parameter(help="The maximum size of a file before compression.")] = "256MB",
    shuffle: Annotated[bool, Parameter(negative="", help="Put the items in random order.")] = False,
    seed: Annotated[int, Parameter(help="The seed of the random order.")] = 0,
    conditions: Annotated[
        bool, Parameter(negative="", help="For bulk put: write the dataset's condition into each line.")
    ] = False,
    overwrite: Annotated[bool, Parameter(negative="", help="Replace an earlier conversion.")] = False,
    engine: EngineName = "local",
    glue_job: GlueJobName = None,
    stack: GlueStack = None,
    region: Annotated[str | None, Parameter(help="The Region of files in S3.")] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")] = False,
) -> int:
    """Write the items of datasets as DynamoDB JSON or Ion, for ImportTable and bulk put.

    A run that was killed is continued.
    Rejected rows go to rejects.jsonl with the reason, and the exit code is 1.
    """
    if not datasets:
        raise InputError("bulk convert", "no dataset given", "name a dataset file or a folder of them")
    options = Options(
        format=format,
        compression=compression,
        part_bytes=_bytes(part_size),
        shuffle=shuffle,
        seed=seed,
        conditions=conditions,
    )
    console = Console(stderr=True, highlight=False)
    done: list[Manifest] = []
    for dataset in open_datasets(datasets):
        aws = aws_of(dataset, region)
        files = source_files(dataset, aws)
        if dataset.condition:
            note = ASSUMED_LINE if conditions else _LEFT_OUT
            console.print(f"{dataset.name}: {note}", style="yellow", soft_wrap=True)
        if engine == "glue" or glue_job:
            with Glue(glue_job, stack).engine(dataset, aws) as glue:
                done.append(glue.convert(files, options, out))
            continue
        with console.status(dataset.name) as line:
            report = _reporter(dataset.name, line.update)
            folder = Path(out, dataset.name)
            done.append(convert(dataset, files, folder, options, overwrite=overwrite, report=report))
    if as_json:
        Console(soft_wrap=True).print_json(json.dumps([asdict(manifest) for manifest in done]))
    else:
        Console(highlight=False).print(_table(done, out))
    return 1 if any(manifest.rejected for manifest in done) else 0


def _bytes(text: str) -> int:
    try:
        size = size_of(text)
    except ValueError:
        size = 0
    if not size:
        raise InputError("--part-size", f"{text!r} is not a size", "use a form like 256MB")
    return size


def _reporter(name: str, show: Callable[[str], None]) -> Callable[[int], None]:
    start = time.monotonic()

    def report(rows: int) -> None:
        rate = rows / max(time.monotonic() - start, 0.001)
        show(f"{name}: {rows:,} rows, {rate:,.0f} rows/s")

    return report


def _table(done: Sequence[Manifest], out: str) -> Table:
    table = Table("dataset", "rows", "items", "rejected", "files", "MB", "folder", box=None)
    for manifest in done:
        folder, rejects = _places(out, manifest.dataset)
        rejected = f"{manifest.rejected:,} in {rejects}" if manifest.rejected else "0"
        table.add_row(
            manifest.dataset,
            f"{manifest.rows:,}",
            f"{manifest.items:,}",
            rejected,
            str(len(manifest.parts)),
            f"{manifest.stored_bytes / 1e6:,.1f}",
            folder,
        )
    return table


def _places(out: str, dataset: str) -> tuple[str, str]:
    """Where the files and the rejected rows are."""
    if out.startswith("s3://"):
        folder = f"{out.rstrip('/')}/{dataset}/"
        return folder, rejects_key(folder)
    return display_path(Path(out, dataset)), display_path(Path(out, dataset, REJECTS))

"""`bulk show` and `bulk schema`: print the documents that are derived from a dataset file."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from dynamodb_bulk.cli.console import Console, write_file
from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.dataset import Dataset, dataset_files, open_dataset
from dynamodb_bulk.requests.import_table import conversion_reasons, import_arguments
from dynamodb_bulk.requests.source_endpoint import source_endpoint
from dynamodb_bulk.sources.locating import aws_of, source_files
from dynamodb_bulk.sources.reading import open_items
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.model import schema_text
from dynamodb_bulk.spec.text import place, visible_lines

Document = Literal["table-definition", "mappings", "settings", "endpoint", "items", "import"]
BUCKET = "bucket-of-the-stack"
Region = Annotated[str | None, Parameter(help="The Region of files in S3; default: AWS_REGION.")]


def show(
    dataset: Annotated[Path, Parameter(help="A dataset file, or a folder that contains one.")],
    document: Annotated[Document, Parameter(help="The document to print.")],
    /,
    *,
    count: Annotated[int, Parameter(help="The number of items.")] = 5,
    table: Annotated[str | None, Parameter(help="The table's name in DynamoDB.")] = None,
    bucket: Annotated[str, Parameter(help="The bucket that local files are uploaded to.")] = BUCKET,
    region: Region = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Print only JSON.")] = False,
) -> int:
    """Print what would be sent to AWS: DMS documents, items, import arguments."""
    path, *others = dataset_files([dataset])
    if others:
        raise InputError(
            str(dataset), f"contains {len(others) + 1} datasets", f"name one of them, like {path}"
        )
    found = open_dataset(path)
    name = table or found.table.name or found.name
    if document == "items":
        return _show_items(found, count, region, as_json=as_json)
    makers: dict[str, Callable[[], object]] = {
        "table-definition": lambda: _for_dms(found, found.external_table_definition()),
        "mappings": lambda: _for_dms(found, found.table_mappings(name)),
        "settings": lambda: _for_dms(found, json.dumps(found.task_settings)),
        "endpoint": lambda: _for_dms(found, json.dumps(endpoint_document(found, bucket))),
        "import": lambda: import_document(found, table=name, bucket=bucket),
    }
    _print(makers[document]())
    if not as_json:
        _note(import_notes(found) if document == "import" else found.warnings)
    return 0


def schema(
    *, out: Annotated[Path | None, Parameter(help="The file to write to; default: standard output.")] = None
) -> int:
    """Print the JSON Schema of dataset files, for editors."""
    if out is None:
        sys.stdout.write(schema_text())
    else:
        write_file(out, schema_text())
    return 0


def endpoint_document(dataset: Dataset, bucket: str) -> dict[str, Any]:
    """Return the settings of the source endpoint for the files in S3, or where the stack uploads them."""
    location = dataset.location
    folder = dataset.folder_in_bucket if location else dataset.name
    return source_endpoint(dataset, folder).as_api(location.bucket if location else bucket)


def import_document(dataset: Dataset, *, table: str, bucket: str) -> dict[str, Any]:
    """Return ImportTable's arguments for the files in S3, or where the stack uploads them."""
    location = dataset.location
    if location is None or conversion_reasons(dataset):
        return import_arguments(dataset, table=table, bucket=bucket, prefix=f"{dataset.name}/data/")
    return import_arguments(dataset, table=table, bucket=location.bucket, prefix=location.prefix)


def import_notes(dataset: Dataset) -> Iterator[str]:
    """Yield what ImportTable's arguments do not show."""
    yield from (f"converted first: {reason}" for reason in conversion_reasons(dataset))
    if dataset.condition:
        yield "ImportTable does not support the condition: use bulk put"


def first_items(dataset: Dataset, count: int, region: str | None) -> tuple[list[str], list[Rejected]]:
    """Return the first items in DynamoDB JSON, and the rejected rows before the last of them."""
    items: list[str] = []
    rejected: list[Rejected] = []
    for file in source_files(dataset, aws_of(dataset, region)):
        for batch in open_items(dataset, file):
            taken = batch.lines.head(count - len(items))
            items += batch.items.head(len(taken)).to_list()
            if len(items) >= count:
                last = taken[-1] if len(taken) else 0
                return items, [*rejected, *(one for one in batch.rejected if one.line < last)]
            rejected += batch.rejected
    return items, rejected


def _show_items(dataset: Dataset, count: int, region: str | None, *, as_json: bool) -> int:
    items, rejected = first_items(dataset, count, region)
    if as_json:
        _print([{"Item": json.loads(item)} for item in items])
    else:
        sys.stdout.writelines(visible_lines(f'{{"Item":{item}}}\n') for item in items)
        shown = islice(rejected, 5)
        _note(
            f"rejected: {place(one.file, one.line, one.unit)}: {one.column or 'row'}: {one.reason}"
            for one in shown
        )
    return 1 if rejected else 0


def _for_dms(dataset: Dataset, text: str) -> object:
    dataset.refuse_dms()
    return json.loads(text)


def _print(document: object) -> None:
    Console(soft_wrap=True).print_json(json.dumps(document), ensure_ascii=False)


def _note(lines: Iterable[str]) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for line in lines:
        console.print(line, style="yellow")

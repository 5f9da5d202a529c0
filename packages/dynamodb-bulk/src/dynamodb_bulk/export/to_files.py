"""Write the items of a table to files: rows with a dataset's columns, or the items unchanged."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import polars as pl
import yaml

from dynamodb_bulk.conversion.output import DATA
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.export.contents import Block, TableContents
from dynamodb_bulk.export.output import Folder, Kind, Written, former_files
from dynamodb_bulk.items.validation import Problems
from dynamodb_bulk.items_to_rows.rows import ItemToRow
from dynamodb_bulk.items_to_rows.writers import csv_rows, csv_text, json_rows, typed_rows
from dynamodb_bulk.machine import in_order, read_ahead
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path, read_dataset_file

Report = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """A converted block of items: text or typed rows, and the items that are not rows."""

    file: str
    rows: int
    content: bytes | pl.DataFrame
    rejected: tuple[tuple[str, bytes], ...] = ()


def check_files(
    folder: Path, kind: Kind, dataset: Dataset | None, *, as_items: bool = False, overwrite: bool = False
) -> None:
    """Raise InputError if `export_to_files` would, before there is an export."""
    _back(dataset, kind, as_items=as_items)
    former_files(folder, overwrite=overwrite)


def export_to_files(
    contents: TableContents,
    folder: Path,
    kind: Kind,
    dataset: Dataset | None,
    *,
    as_items: bool = False,
    overwrite: bool = False,
    report: Report = lambda _: None,
) -> Written:
    """Write the files; items = rows + rejected. Memory does not grow with the table.

    `as_items`: lines of ndjson hold complete items, although the dataset has columns. `report` gets how many
    items were read so far.

    Raise InputError for what cannot be read, written or expressed; then the folder is not complete.
    """
    back = _back(dataset, kind, as_items=as_items)
    convert = partial(_convert, back, dataset, kind) if back and dataset else _as_they_are
    out = Folder(folder, kind, _header(dataset) if kind == "csv" else b"")
    items = rejected = 0
    try:
        out.begin(overwrite=overwrite)
        with out.writing():
            for piece in in_order(convert, read_ahead(contents.blocks())):
                out.add(piece.content, piece.rows)
                for reason, line in piece.rejected:
                    out.reject(piece.file, reason, line)
                items += piece.rows + len(piece.rejected)
                rejected += len(piece.rejected)
                report(items)
            if not out.files:
                empty = convert((contents.place, []))
                out.add(empty.content, 0)
        written = Written(
            table=contents.table,
            at=contents.at.isoformat() if contents.at else "",
            kind=kind,
            items=items,
            rows=items - rejected,
            rejected=rejected,
            files=out.files,
            lost={one.column: one.reason for one in back.lost} if back else {},
        )
        out.complete(written, _described(dataset, kind, back) if dataset else None)
    except OSError as error:
        where = display_path(Path(str(error.filename))) if error.filename else display_path(folder)
        raise InputError(where, error.strerror or str(error), "the folder is not complete") from None
    return written


def _back(dataset: Dataset | None, kind: Kind, *, as_items: bool) -> ItemToRow | None:
    """Return the way from items to rows; None if the items are written."""
    if as_items and kind != "ndjson":
        raise InputError("--items", f"are not written to {kind}", "use --to ndjson")
    if as_items:
        return None
    if dataset is not None and dataset.source.format == "csv":
        return ItemToRow(
            dataset.columns,
            dataset.object_mapping,
            dataset.keys,
            dataset.attributes,
            dataset.csv.null_values[0] if kind == "csv" else "",
        )
    if kind == "ndjson":
        return None
    if dataset is None:
        raise InputError(
            f"--to {kind}",
            "no dataset says which columns there are",
            "name one with --dataset, or use ndjson",
        )
    raise InputError(
        f"--to {kind}",
        f"{display_path(dataset.path)} has no columns: its files hold items",
        "use --to ndjson, or name a dataset of format csv with --dataset",
    )


def _as_they_are(block: Block) -> _Piece:
    file, lines = block
    return _Piece(file=file, rows=len(lines), content=b"\n".join([*lines, b""]))


def _convert(back: ItemToRow, dataset: Dataset, kind: Kind, block: Block) -> _Piece:
    file, lines = block
    rows = back(lines)
    problems = Problems()
    columns = dataset.columns
    if kind == "parquet":
        frame = typed_rows(rows.frame, columns, problems)
    elif kind == "csv":
        frame = csv_rows(rows.frame, columns, dataset.csv, problems)
    else:
        frame = rows.frame
    rejected = [(one.reason, lines[one.place]) for one in rows.others]
    if problems.by_row:
        rejected += [
            (f"column {problem.column}: {problem.reason}", lines[rows.places[row]])
            for row, problem in problems.by_row.items()
        ]
        good = [row not in problems.by_row for row in range(frame.height)]
        frame = frame.filter(pl.Series(good, dtype=pl.Boolean))
    if kind == "parquet":
        frame.columns = [column.name for column in columns]
    content = frame if kind == "parquet" else _text(frame, dataset, kind)
    return _Piece(file=file, rows=frame.height, content=content, rejected=tuple(rejected))


def _text(frame: pl.DataFrame, dataset: Dataset, kind: Kind) -> bytes:
    text = io.BytesIO()
    if kind == "ndjson":
        json_rows(frame, dataset.columns).to_frame().write_csv(
            text, include_header=False, quote_style="never"
        )
        return text.getvalue()
    return csv_text(frame, dataset.csv)


def _header(dataset: Dataset | None) -> bytes:
    if dataset is None or not dataset.csv.header_rows:
        return b""
    names = [column.name for column in dataset.columns]
    return csv_text(pl.DataFrame([names], orient="row"), replace(dataset.csv, quoting="rfc4180"))


def _described(dataset: Dataset, kind: Kind, back: ItemToRow | None) -> str | None:
    """Return the dataset file of the files that are written, where they can be read as one."""
    files = [f"{DATA}/part-*"]
    if back is None:
        table = dataset.table.model_dump(mode="json", by_alias=True, exclude_unset=True)
        source = {"format": "dynamodb_json", "files": files}
        return _yaml({"name": dataset.name, "source": source, "table": table})
    model = read_dataset_file(dataset.path).model
    document = model.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if kind != "csv":
        if model.dms.table_mappings:
            return None  # only a load by DMS has mappings, which does not read these files
        columns = [
            column.in_items.model_dump(exclude_unset=True, exclude_none=True) for column in dataset.columns
        ]
        source = {"format": "json" if kind == "ndjson" else kind, "files": files}
        same = {
            key: document[key] for key in ("table", "attributes", "exclude", "condition") if key in document
        }
        return _yaml({"name": dataset.name, "source": source, "columns": columns, **same})
    form = ("delimiter", "header", "quoting", "null_value", "decimal", "thousands", "booleans")
    document["source"] = {
        "files": files,
        **{key: document["source"][key] for key in form if key in document["source"]},
    }
    # What was exported has no changes to come.
    documents = ("external_table_definition", "table_mappings", "task_settings")
    paths = {key: path for key, path in document.pop("dms", {}).items() if key in documents and path}
    if paths:
        document["dms"] = {key: str((dataset.path.parent / path).resolve()) for key, path in paths.items()}
    return _yaml(document)


def _yaml(document: dict[str, object]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)

"""Rows in the forms that files hold: the dataset's own CSV, typed columns, lines of JSON."""

import io
from collections.abc import Sequence
from typing import cast

import polars as pl

from dynamodb_bulk.csv.batches import frame_name
from dynamodb_bulk.csv.format import CsvFormat
from dynamodb_bulk.items.numbers import canonical_number
from dynamodb_bulk.items.templates import Json, escape, named, object_json
from dynamodb_bulk.items.validation import Problem, Problems
from dynamodb_bulk.spec.columns import Column

_JSON_NUMBER = r"\A-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\z"


def csv_rows(
    rows: pl.DataFrame, columns: Sequence[Column], csv: CsvFormat, problems: Problems
) -> pl.DataFrame:
    """Return the texts as the dataset reads them: dates in the columns' own format, decimal commas.

    A text that would be read as NULL, or as two fields, is a problem of its row.
    """
    frame = rows.with_columns(
        in_file(column, pl.col(name := frame_name(column.name))).alias(name)
        for column in columns
        if column.own_form and (in_file := column.column_type.in_file)
    )
    for column in columns:
        name = frame_name(column.name)
        texts = frame[name]
        unwritten = Problem(reason="the dataset's format cannot say this value", column=column.name)
        problems.add_where(texts.is_null() & rows[name].is_not_null(), unwritten)
        for null in csv.null_values:
            shown = repr(null) if null else "an empty text"
            reason = f"{shown} cannot be distinguished from NULL in this dataset's CSV"
            problems.add_where(
                (texts == null).fill_null(value=False), Problem(reason=reason, column=column.name)
            )
        if not csv.quotes:
            # A text that ends with a part of the delimiter would move it.
            parts = texts.str.contains_any([*csv.delimiter, csv.row_delimiter]).fill_null(value=False)
            reason = "the text holds a delimiter or a line end, and the dataset's CSV has no quotes"
            problems.add_where(parts, Problem(reason=reason, column=column.name))
    return frame


def csv_text(rows: pl.DataFrame, csv: CsvFormat) -> bytes:
    """Write rows, NULL as the first text for it; without a header."""
    if len(csv.delimiter.encode()) > 1:
        special = [*csv.delimiter, '"', "\n", "\r"]
        texts = [
            pl.when(pl.lit(csv.quotes) & ((pl.col(name) == "") | pl.col(name).str.contains_any(special)))
            .then(pl.concat_str(pl.lit('"'), pl.col(name).str.replace_all('"', '""'), pl.lit('"')))
            .otherwise(name)
            .fill_null(csv.null_values[0])
            for name in rows.columns
        ]
        lines = rows.select(pl.concat_str(texts, separator=csv.delimiter)).to_series().to_list()
        return "".join(f"{line}{csv.row_delimiter}" for line in cast("list[str]", lines)).encode()
    text = io.BytesIO()
    rows.write_csv(
        text,
        include_header=False,
        separator=csv.delimiter,
        null_value=csv.null_values[0],
        quote_style="necessary" if csv.quotes else "never",
    )
    return text.getvalue()


def typed_rows(rows: pl.DataFrame, columns: Sequence[Column], problems: Problems) -> pl.DataFrame:
    """Each column as its type says, exact."""
    frame = rows.select(
        column.column_type.typed(column, pl.col(name := frame_name(column.name))).alias(name)
        for column in columns
    )
    for column in columns:
        name = frame_name(column.name)
        lost = frame[name].is_null() & rows[name].is_not_null()
        reason = f"the value does not fit {frame.schema[name]}"
        problems.add_where(lost, Problem(reason=reason, column=column.name))
    return frame


def json_rows(rows: pl.DataFrame, columns: Sequence[Column]) -> pl.Series:
    """A JSON object of each row: numbers with all their digits, texts, true and false; no member for NULL."""
    texts = [frame_name(column.name) for column in columns if _json_quote(column)]
    frame = rows.with_columns(escape(rows.select(texts))) if texts else rows
    real = [frame_name(column.name) for column in columns if column.column_type.exponents]
    frame = frame.with_columns(_json_number(frame[name]) for name in real)
    entries = [
        named(column.name, Json(_json_quote(column), pl.col(frame_name(column.name)), _json_quote(column)))
        for column in columns
    ]
    certain = [not frame[frame_name(column.name)].null_count() for column in columns]
    line = frame.select(object_json(entries, certain).alias("line"))["line"]
    if len(line) < frame.height:
        return pl.repeat("{}", frame.height, dtype=pl.String, eager=True).alias("line")
    return line


def _json_quote(column: Column) -> str:
    return "" if column.column_type.becomes in ("N", "BOOL") else '"'


def _json_number(texts: pl.Series) -> pl.Series:
    plain = texts.is_null() | texts.str.contains(_JSON_NUMBER)
    if plain.all():
        return texts
    return texts.zip_with(plain, texts.map_elements(canonical_number, return_dtype=pl.String))

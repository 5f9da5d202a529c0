"""Rows in the forms that files hold: the dataset's own CSV, typed columns, lines of JSON."""

from collections.abc import Sequence

import polars as pl

from dynamodb_bulk.csv.format import CsvFormat
from dynamodb_bulk.csv.frame_names import frame_name
from dynamodb_bulk.items.numbers import canonical_number
from dynamodb_bulk.items.templates import Json, escape, named, object_json
from dynamodb_bulk.items.validation import Problem, Problems
from dynamodb_bulk.spec.columns import Column

_INTEGERS: dict[str, type[pl.DataType]] = {
    "INT1": pl.Int8, "INT2": pl.Int16, "INT4": pl.Int32, "INT8": pl.Int64,
    "UINT1": pl.UInt8, "UINT2": pl.UInt16, "UINT4": pl.UInt32, "UINT8": pl.UInt64,
}  # fmt: skip
_NANOSECOND_SCALE = 7
_MOMENT = "%Y-%m-%d %H:%M:%S%.f"
_JSON_NUMBER = r"\A-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\z"


def csv_rows(
    rows: pl.DataFrame, columns: Sequence[Column], csv: CsvFormat, problems: Problems
) -> pl.DataFrame:
    """Return the texts as the dataset reads them: dates in the columns' own format.

    A text that would be read as NULL, or as two fields, is a problem of its row.
    """
    frame = rows.with_columns(
        _in_format(column).alias(frame_name(column.name)) for column in columns if column.date_format
    )
    shown = repr(csv.null_value) if csv.null_value else "an empty text"
    for column in columns:
        texts = frame[frame_name(column.name)]
        reason = f"{shown} cannot be distinguished from NULL in this dataset's CSV"
        problems.add_where(
            (texts == csv.null_value).fill_null(value=False), Problem(reason=reason, column=column.name)
        )
        if not csv.quotes:
            parts = texts.str.contains_any([csv.delimiter, csv.row_delimiter]).fill_null(value=False)
            reason = "the text holds a delimiter or a line end, and the dataset's CSV has no quotes"
            problems.add_where(parts, Problem(reason=reason, column=column.name))
    return frame


def typed_rows(rows: pl.DataFrame, columns: Sequence[Column], problems: Problems) -> pl.DataFrame:
    """Each column as its type says, exact; REAL4 and REAL8 stay texts, as no binary number holds them all."""
    frame = rows.select(_typed(column).alias(frame_name(column.name)) for column in columns)
    for column in columns:
        name = frame_name(column.name)
        lost = frame[name].is_null() & rows[name].is_not_null()
        reason = f"the value does not fit {frame.schema[name]}"
        problems.add_where(lost, Problem(reason=reason, column=column.name))
    return frame


def json_rows(rows: pl.DataFrame, columns: Sequence[Column]) -> pl.Series:
    """A JSON object of each row: numbers with all their digits, texts, true and false; no member for NULL."""
    texts = [frame_name(column.name) for column in columns if _json_kind(column) == '"']
    frame = rows.with_columns(escape(rows.select(texts))) if texts else rows
    real = [frame_name(column.name) for column in columns if column.type in ("REAL4", "REAL8")]
    frame = frame.with_columns(_json_number(frame[name]) for name in real)
    entries = [
        named(column.name, Json(_json_kind(column), pl.col(frame_name(column.name)), _json_kind(column)))
        for column in columns
    ]
    certain = [not frame[frame_name(column.name)].null_count() for column in columns]
    line = frame.select(object_json(entries, certain).alias("line"))["line"]
    if len(line) < frame.height:
        return pl.repeat("{}", frame.height, dtype=pl.String, eager=True).alias("line")
    return line


def _in_format(column: Column) -> pl.Expr:
    text = pl.col(frame_name(column.name))
    layout, _, clock = (column.date_format or "").partition(" ")
    if column.type == "TIME":
        return text
    year, month, day = (text.str.slice(at, size) for at, size in ((0, 4), (5, 2), (8, 2)))
    parts = {"YYYY": year, "MM": month, "dd": day}
    pieces: list[pl.Expr] = []
    rest = layout
    while rest:
        token = next((name for name in parts if rest.startswith(name)), None)
        pieces.append(parts[token] if token else pl.lit(rest[0]))
        rest = rest[len(token) if token else 1 :]
    if column.type == "DATETIME" and clock:
        pieces.append(text.str.slice(10))
    return pl.concat_str(pieces)


def _typed(column: Column) -> pl.Expr:
    text = pl.col(frame_name(column.name))
    if column.type in _INTEGERS:
        return text.cast(_INTEGERS[column.type], strict=False)
    match column.type:
        case "NUMERIC":
            return text.cast(pl.Decimal(column.precision, column.scale or 0), strict=False)
        case "BOOLEAN":
            return text.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
        case "DATE":
            return text.str.to_date("%Y-%m-%d", strict=False)
        case "TIME":
            return text.str.to_time("%H:%M:%S%.f", strict=False)
        case "DATETIME":
            if (column.scale or 0) < _NANOSECOND_SCALE:
                return text.str.to_datetime(_MOMENT, time_unit="us", strict=False)
            held = pl.when(text.is_between(pl.lit("1678"), pl.lit("2262"), closed="left")).then(text)
            return held.str.to_datetime(_MOMENT, time_unit="ns", strict=False)
        case "BYTE" | "BLOB":
            return text.str.decode("hex", strict=False)
        case _:
            return text


def _json_kind(column: Column) -> str:
    return "" if column.type in _INTEGERS or column.type in ("NUMERIC", "REAL4", "REAL8", "BOOLEAN") else '"'


def _json_number(texts: pl.Series) -> pl.Series:
    plain = texts.is_null() | texts.str.contains(_JSON_NUMBER)
    if plain.all():
        return texts
    return texts.zip_with(plain, texts.map_elements(canonical_number, return_dtype=pl.String))

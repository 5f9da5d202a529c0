"""Any value comes back exactly, whatever the file; any bytes are rows and rejected records, or one error."""

import io
import json
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_testing.record_files import read_items, record_dataset
from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.item_files.canonical import canonical_item
from dynamodb_bulk.records.fields import Fields, fields_of
from dynamodb_bulk.records.json_reader import read_json_rows
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.errors import InputError

COLUMNS = [
    Column(name="id", type="CLOB"),
    Column(name="deep", path="m.a", type="CLOB"),
    Column(name="place", path="l[0].x", type="JSON"),
    Column(name="m", type="JSON"),
]
FIELDS = [fields_of(COLUMNS[:1], but={"id"}), fields_of(COLUMNS, but=None)]


class Written(str):
    """A number as it is written."""

    __slots__ = ()


WHOLE = st.integers(-(10**37), 10**37).map(str)
NUMBERS = (WHOLE | st.sampled_from(["1.50", "-0.0", "1E-130", "9.9e+125", "0.10", "123.456e-7"])).map(Written)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=5) | st.sampled_from(
    ['","', '{"id":"x"}', "\\", '\\"', "null", "1", "a, b", "ü\n", "\U0001f600"]
)
SCALARS = TEXTS | NUMBERS | st.booleans() | st.none()
NAMES = st.sampled_from(["a", "x", "id", "<text>", 'q"', "é", "$1", ".*"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.fixed_dictionaries(
    {"id": st.text(st.characters(codec="utf-8"), min_size=1, max_size=5)},
    optional={"m": VALUES, "l": VALUES, "s": TEXTS, "n": NUMBERS, "b": st.booleans(), "é": SCALARS},
)


def written(value: Any, separators: tuple[str, str], *, ascii_only: bool) -> str:
    """The value as JSON, its numbers as they are written."""
    match value:
        case Written():
            return str(value)
        case dict():
            members = [
                f"{json.dumps(name, ensure_ascii=ascii_only)}{separators[1]}"
                f"{written(inner, separators, ascii_only=ascii_only)}"
                for name, inner in value.items()
            ]
            return "{" + separators[0].join(members) + "}"
        case list():
            inner = [written(one, separators, ascii_only=ascii_only) for one in value]
            return "[" + separators[0].join(inner) + "]"
        case _:
            return json.dumps(value, ensure_ascii=ascii_only)


def typed(value: Any) -> dict[str, Any]:
    """The value in DynamoDB JSON."""
    match value:
        case Written():
            return {"N": str(value)}
        case bool():
            return {"BOOL": value}
        case None:
            return {"NULL": True}
        case str():
            return {"S": value}
        case list():
            return {"L": list(map(typed, value))}
        case _:
            return {"M": {name: typed(inner) for name, inner in value.items()}}


STYLES = st.tuples(st.sampled_from([(",", ":"), (", ", ": ")]), st.booleans())
LAYOUTS = ["lines", "array", "row"]


@given(records=st.lists(RECORDS, min_size=1, max_size=4), style=STYLES, layout=st.sampled_from(LAYOUTS))
@pytest.mark.parametrize("times", [1, 40])
def test_records_of_json_come_back_exactly(
    records: list[dict[str, Any]], style: tuple[tuple[str, str], bool], layout: str, times: int
) -> None:
    separators, ascii_only = style
    texts = [written(record, separators, ascii_only=ascii_only) for record in records] * times
    text = f"[{', '.join(texts)}]" if layout == "array" else ("\n" if layout == "lines" else " ").join(texts)
    expected = [
        {name: typed(value) for name, value in record.items() if value is not None} for record in records
    ] * times
    with tempfile.TemporaryDirectory() as folder:
        items, rejected = read_items(record_dataset(Path(folder), text))
    assert (items, rejected) == (expected, [])


def rows_of(content: bytes, fields: Fields, block_bytes: int) -> list[tuple[Any, ...]]:
    """Rows and rejected records by their places, and the error that ends them."""
    found: list[tuple[Any, ...]] = []
    batches: list[RowBatch] = []
    try:
        batches += read_json_rows(io.BytesIO(content), "f", fields, block_bytes=block_bytes)
    except InputError as error:
        found.append((str(error),))
    for batch in batches:
        parsed = [
            json.loads(f"{{{text}}}") if text and column.startswith("\0") else text
            for row in batch.frame.iter_rows()
            for column, text in zip(batch.frame.columns, row, strict=True)
        ]
        width = batch.frame.width
        rows = [tuple(parsed[at : at + width]) for at in range(0, len(parsed), width)]
        found += [(line, *map(canonical, row)) for line, row in zip(batch.lines, rows, strict=True)]
        found += [(one.line, one.reason, one.column) for one in batch.rejected]
    return sorted(found, key=repr)


def canonical(value: Any) -> Any:
    """Texts of JSON in one form: blanks and escapes may differ."""
    if isinstance(value, str) and value.startswith('{"'):
        try:
            return json.dumps(json.loads(value))
        except ValueError:
            return value
    return value


LINES = st.sampled_from([
    b'{"id":"a","n":1,"m":{"a":"x"},"l":[{"x":1}]}',
    b'{"id":"b","n":2,"m":{"a":"y"},"l":[{"x":"z"}]}',
    b'{"id":"\\u00e9\\n","n":2.50,"m":{"a":"\\ud83d\\ude00"},"l":[]}',
    b'{"id": "c", "m": {"a": null}, "n": null}',
    b'{"id":"d","n":1,"m":{"a":[1]},"l":["p","q, r"]}',
    b'{"id":"d","n":1,"m":7,"l":[1,2]}', b'{"id":1}', b"", b"  ", b"{", b"}", b"oops", b"[", b"]",
    b'{"id":"a","n":1,"n":1}', b'{"id":"\xff"}', b'{"id":"a"} {"id":"b"}', b'{"id":"a","n":NaN}',
    b'{"id":"a"', b'"m":{"a":1}}', b'{"id":"\\ud800"}', b'{"l":[1 2],"id":"a"}',
])  # fmt: skip


@given(lines=st.lists(LINES, max_size=6), good=st.lists(LINES, min_size=1, max_size=2), at=st.integers(0, 3))
@pytest.mark.parametrize("fields", FIELDS)
def test_fast_path_gives_what_the_scanner_gives(
    lines: list[bytes], good: list[bytes], at: int, fields: Fields
) -> None:
    many = good * 70
    content = b"\n".join([*many[:at], *lines, *many[at:]]) + b"\n"
    first = rows_of(content, fields, 1 << 20)
    # A block that does not start with a brace is read by the scanner.
    assert first == rows_of(b" " + content, fields, 1 << 20)


@given(st.binary(max_size=60) | st.lists(LINES, max_size=6).map(b"\n".join), st.integers(1, 40))
def test_any_bytes_are_rows_and_rejected_records_or_one_error(content: bytes, block_bytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = record_dataset(Path(folder), content)
        try:
            items, rejected = read_items(path)
        except InputError:
            return
    assert all(item["id"]["S"] for item in items)
    assert [one for one in rejected if not one.reason] == []


PARQUET = pl.DataFrame(
    {
        "id": [f"i{number}" for number in range(50)],
        "n": [Decimal(number) / 4 for number in range(50)],
        "m": [{"a": [number], "b": None if number % 2 else "x"} for number in range(50)],
    }
)


@given(st.data())
def test_damaged_parquet_is_one_error_or_rows(data: st.DataObject) -> None:
    whole = io.BytesIO()
    PARQUET.write_parquet(whole)
    content = bytearray(whole.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)) | st.just(len(content)))
    with tempfile.TemporaryDirectory() as folder:
        path = record_dataset(Path(folder), PARQUET)
        Path(folder, "a.parquet").write_bytes(content[:cut])
        try:
            items, rejected = read_items(path)
        except InputError:
            return
    assert all(item["id"]["S"] for item in items)
    assert all(one.line for one in rejected)


FRAMES = st.lists(
    st.fixed_dictionaries(
        {
            "t": st.none() | TEXTS,
            "i": st.none() | st.integers(-(2**63), 2**63 - 1),
            "d": st.none() | st.integers(-(10**37), 10**37).map(lambda number: Decimal(number) / 1000),
            "b": st.none() | st.binary(max_size=4),
            "l": st.none() | st.lists(st.none() | TEXTS, max_size=3),
            "s": st.none() | st.fixed_dictionaries({"x": st.none() | st.integers(0, 9), "y": st.just("q")}),
        }
    ),
    min_size=1,
    max_size=5,
)
SCHEMA = {
    "id": pl.String, "t": pl.String, "i": pl.Int64, "d": pl.Decimal(38, 3), "b": pl.Binary,
    "l": pl.List(pl.String), "s": pl.Struct({"x": pl.Int64, "y": pl.String}),
}  # fmt: skip


def expected(value: Any) -> Any:
    match value:
        case bytes():
            import base64

            return {"B": base64.b64encode(value).decode()}
        case int() | Decimal():
            return {"N": str(value)}
        case list():
            return {"L": list(map(expected, value))}
        case dict():
            return {"M": {name: expected(inner) for name, inner in value.items()}}
        case None:
            return {"NULL": True}
        case _:
            return {"S": value}


@given(FRAMES)
def test_rows_of_parquet_come_back_exactly(rows: list[dict[str, Any]]) -> None:
    numbered = [{"id": str(number), **row} for number, row in enumerate(rows)]
    wanted = [{name: expected(value) for name, value in row.items() if value is not None} for row in numbered]
    with tempfile.TemporaryDirectory() as folder:
        frame = pl.DataFrame(numbered, schema=SCHEMA, orient="row")
        items, rejected = read_items(record_dataset(Path(folder), frame))
    assert rejected == []
    assert list(map(canonical_item, items)) == list(map(canonical_item, wanted))

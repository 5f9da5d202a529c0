"""Files of Parquet as rows and items: every type, exact, and what is refused."""

import base64
import zlib
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from bulk_testing.record_files import read_items, record_dataset
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.records.parquet_reader import damaged
from dynamodb_bulk.sources import parquet_file
from dynamodb_bulk.sources.reading import local_files, open_rows
from dynamodb_bulk.spec.errors import InputError

BIG = "12345678901234567890123456789012345678"
MOMENT = datetime(2026, 11, 4, 10, 15, 0, 250_000)
VALUES: dict[str, tuple[pl.Series, Any]] = {
    "text": (pl.Series(['é"\\\n\x00']), {"S": 'é"\\\n\x00'}),
    "empty text": (pl.Series([""]), {"S": ""}),
    "category": (pl.Series(['q"'], dtype=pl.Categorical), {"S": 'q"'}),
    "enum": (pl.Series(["a"], dtype=pl.Enum(["a"])), {"S": "a"}),
    **{
        f"zero of {kind}": (pl.Series([0], dtype=kind), {"N": "0"})
        for kind in (pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32)
    },
    "int": (pl.Series([-(2**63)], dtype=pl.Int64), {"N": str(-(2**63))}),
    "unsigned": (pl.Series([2**64 - 1], dtype=pl.UInt64), {"N": str(2**64 - 1)}),
    "decimal": (pl.Series([Decimal(BIG)], dtype=pl.Decimal(38, 0)), {"N": BIG}),
    "fraction": (pl.Series([Decimal("-0.010")], dtype=pl.Decimal(38, 3)), {"N": "-0.010"}),
    "double": (pl.Series([0.1]), {"N": "0.1"}),
    "small double": (pl.Series([1e-100]), {"N": "1e-100"}),
    "float": (pl.Series([0.1], dtype=pl.Float32), {"N": "0.1"}),
    "boolean": (pl.Series([False]), {"BOOL": False}),
    "binary": (pl.Series([b"\x00\xff"]), {"B": "AP8="}),
    "date": (pl.Series([date(2026, 11, 4)]), {"S": "2026-11-04"}),
    "moment": (pl.Series([MOMENT]), {"S": "2026-11-04T10:15:00.250"}),
    "nanoseconds": (pl.Series([1], dtype=pl.Datetime("ns")), {"S": "1970-01-01T00:00:00.000000001"}),
    "moment in UTC": (pl.Series([MOMENT.replace(tzinfo=UTC)]), {"S": "2026-11-04T10:15:00.250Z"}),
    "moment in a zone": (
        pl.Series([MOMENT.replace(tzinfo=ZoneInfo("Europe/Berlin"))]).dt.convert_time_zone("Europe/Berlin"),
        {"S": "2026-11-04T09:15:00.250Z"},
    ),
    "time": (pl.Series([time(1, 2, 3, 4)]), {"S": "01:02:03.000004"}),
    "duration": (pl.Series([timedelta(hours=1)]), {"S": "PT1H"}),
    "list": (
        pl.Series([[Decimal("1.50"), None]], dtype=pl.List(pl.Decimal(10, 2))),
        {"L": [{"N": "1.50"}, {"NULL": True}]},
    ),
    "empty list": (pl.Series([[]], dtype=pl.List(pl.String)), {"L": []}),
    "array": (pl.Series([[1, 2]], dtype=pl.Array(pl.Int8, 2)), {"L": [{"N": "1"}, {"N": "2"}]}),
    "lists of lists": (
        pl.Series([[['a"'], [], None]], dtype=pl.List(pl.List(pl.String))),
        {"L": [{"L": [{"S": 'a"'}]}, {"L": []}, {"NULL": True}]},
    ),
    "struct": (
        pl.Series([{"a": {'q"': b"\x00"}, "b": None}]),
        {"M": {"a": {"M": {'q"': {"B": "AA=="}}}, "b": {"NULL": True}}},
    ),
    "structs": (pl.Series([[{"at": date(2026, 1, 2)}]]), {"L": [{"M": {"at": {"S": "2026-01-02"}}}]}),
    "map": (
        pl.Series([{'k"': [1]}], dtype=pl.Map(pl.String, pl.List(pl.Int64))),
        {"M": {'k"': {"L": [{"N": "1"}]}}},
    ),
    "empty map": (pl.Series([{}], dtype=pl.Map(pl.String, pl.Int64)), {"M": {}}),
    "map of numbers": (pl.Series([{1: "x"}], dtype=pl.Map(pl.Int64, pl.String)), {"M": {"1": {"S": "x"}}}),
}


# Written by pyarrow 26 as Hive and older Spark write: timestamps in INT96, no Arrow schema; compressed.
OLD = (
    "eNqtlD9oE1Ecx3/38nJN4pGG4DvvSrBZ8jRwCbaQ0opDdZCCNxQHW4rYu9wlWJqk8Zq0uDmKhqrFoYObiLVIhw5OWVykSCdHDSgI"
    "Dg4VCtIsBd/LJY2SNErwOO7P737fz+8vN335+gjBJEBGdYIIhAGGH/qAH8hj2YYxhcF6dPjWywwESJhc1JhbiIhEjMAfvmnDMNK2"
    "nQbYgNUJP/fHRCGTndjFxweF7zO2Mfvx5XuAuWtrX6X+6KfJuM5unUnvZnF4AsL14TMBl3yWXNGY50nkbBqta3plT4f5odrMoEsP"
    "kWS3ltwDOPx8/5XPBUf/Bhaf1KSKLkHwZyEfcsFiV7CxIYL1I/HN018vMNG6QOuD4Bx9yqH/OD1rdyq+fzw9abI21Of0Tly5TYDn"
    "55696G/l1GoKFHHZup3JmyQIRIohBS3YMdC5mIj81SxBCilCnmGRrjFzCiv+xczd+RUzV84QzFWgeJilJcNM5m18BRJkmTC1HQvw"
    "IrSb/Mp9guyB2bNuEKHsxhasJkNGakStUIgQSU2BGFJ5WgTLSL4lbwv0BvXF+SYBQbzqELtdYhJRpcCnx3ViS2eWGrqcXBXoOqJv"
    "hA5l/HddM964kG8XyYtjECyXOOSdhx6gzvBYpQipYwC4ScJdSN5m0xjLkXcEWsd0G3cmxElX2dRaSQWbxQhuD+bkLYFuifSLt3ct"
    "x7JsQzYrbwr0wwB9MNBb1mqdUG53bs1Pd3z/1Dk2xPagqgG67+81Kvm1KCPqk5+egvPRouncKWdKCatYTJiOs7QaXck4ywtLhejo"
    "WPJCckStsN3oesIeg02zv/Mvd7jZQA=="
)


def frame(**columns: Any) -> pl.DataFrame:
    return pl.DataFrame({"id": ["a"], **columns})


@pytest.mark.parametrize("kind", VALUES)
def test_field_becomes_an_attribute_of_its_own_type(kind: str, tmp_path: Path) -> None:
    series, value = VALUES[kind]
    nulls = pl.Series([None], dtype=series.dtype)
    content = frame(value=series, no=nulls, never=pl.Series([None], dtype=pl.Null))
    items, rejected = read_items(record_dataset(tmp_path, content))
    assert (items, rejected) == ([{"id": {"S": "a"}, "value": value}], [])


@pytest.mark.parametrize("kind", VALUES)
def test_column_of_type_json_is_the_value_itself(kind: str, tmp_path: Path) -> None:
    series, value = VALUES[kind]
    columns = [{"name": "id", "type": "CLOB"}, {"name": "renamed", "path": "of.it", "type": "JSON"}]
    content = frame(of=pl.DataFrame({"it": series}).to_struct())
    items, rejected = read_items(record_dataset(tmp_path, content, columns=columns))
    assert (items, rejected) == ([{"id": {"S": "a"}, "renamed": value}], [])


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 1e200, 1e-200])
@pytest.mark.parametrize("nested", [False, True])
def test_row_is_rejected_when_dynamodb_cannot_hold_its_number(
    number: float, nested: bool, tmp_path: Path
) -> None:
    value = [[{"x": number}], [{"x": 1.0}]] if nested else [number, 1.0]
    items, [one] = read_items(record_dataset(tmp_path, pl.DataFrame({"id": ["a", "b"], "value": value})))
    assert ([item["id"]["S"] for item in items], one.line, one.column) == (["b"], 1, None)
    assert one.reason.startswith("field value: ")


def test_columns_name_select_check_and_rename(tmp_path: Path) -> None:
    content = pl.DataFrame(
        {
            "id": [1, 2, 3],
            "address": [{"city": "Köln"}, None, {"city": "Köln am Rhein"}],
            "lines": [[{"sku": 7}], [], None],
            "names": pl.Series([{"de": "x"}, {}, None], dtype=pl.Map(pl.String, pl.String)),
            "at": [MOMENT.replace(microsecond=0)] * 3,
            "bytes": [b"\x00\xff", b"", None],
            "more": [1, 2, 3],
        }
    )
    columns = [
        {"name": "id", "type": "CLOB"},
        {"name": "city", "path": "address.city", "type": "STRING", "length": 8},
        {"name": "sku", "path": "lines[0].sku", "type": "INT1"},
        {"name": "name", "path": "names.de", "type": "CLOB"},
        {"name": "at", "type": "DATETIME"},
        {"name": "bytes", "type": "BLOB"},
    ]
    items, [one] = read_items(record_dataset(tmp_path, content, columns=columns))
    assert items == [
        {"id": {"S": "1"}, "city": {"S": "Köln"}, "sku": {"N": "7"}, "name": {"S": "x"},
         "at": {"S": "2026-11-04 10:15:00"}, "bytes": {"B": "AP8="}},
        {"id": {"S": "2"}, "at": {"S": "2026-11-04 10:15:00"}, "bytes": {"B": ""}},
    ]  # fmt: skip
    assert (one.line, one.column) == (3, "city")


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "no such column": (
        {},
        {"columns": [{"name": "id", "type": "CLOB"}, {"name": "idd", "type": "CLOB"}]},
        "idd",
    ),
    "no key": ({}, {"table": {"partition_key": {"name": "key"}}}, "key"),
    "key of another type": ({}, {"table": {"partition_key": {"name": "id", "type": "N"}}}, "id"),
    "list for a text": (
        {"tags": [["x"]]},
        {"columns": [{"name": "id", "type": "CLOB"}, {"name": "tags", "type": "CLOB"}]},
        "tags",
    ),
    "times in a zone without one": (
        {"at": [MOMENT.replace(tzinfo=UTC)]},
        {"columns": [{"name": "id", "type": "CLOB"}, {"name": "at", "type": "DATETIME", "scale": 3}]},
        "timezone: UTC",
    ),
    "path into a text": (
        {},
        {"columns": [{"name": "id", "type": "CLOB"}, {"name": "x", "path": "id.x", "type": "CLOB"}]},
        "x",
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_file_is_refused_when_its_columns_do_not_fit(why: str, tmp_path: Path) -> None:
    more, changes, named = REFUSED[why]
    with pytest.raises(InputError, match=named) as refused:
        read_items(record_dataset(tmp_path, frame(**more), **changes))
    assert refused.value.where.endswith("a.parquet")


def test_file_of_another_writer_is_read_with_its_timestamps_in_int96(tmp_path: Path) -> None:
    path = record_dataset(tmp_path, frame())
    (tmp_path / "a.parquet").write_bytes(zlib.decompress(base64.b64decode(OLD)))
    assert read_items(path) == (
        [
            {
                "id": {"S": "a"},
                "at": {"S": "2026-11-04T10:15:00.250"},
                "m": {"M": {"k": {"N": "1"}, "l": {"NULL": True}}},
                "d": {"N": "1.50"},
                "f": {"B": "AP8="},
                "u": {"S": "2026-11-04T10:15:00"},
                "c": {"S": "x"},
            }
        ],
        [],
    )


def test_times_in_a_zone_are_written_in_utc(tmp_path: Path) -> None:
    columns = [
        {"name": "id", "type": "CLOB"},
        {"name": "at", "type": "DATETIME", "scale": 3, "timezone": "UTC"},
    ]
    content = frame(at=[MOMENT.replace(tzinfo=ZoneInfo("Europe/Berlin"))])
    [item], _ = read_items(record_dataset(tmp_path, content, columns=columns))
    assert item["at"] == {"S": "2026-11-04T09:15:00.250Z"}


def test_names_of_columns_are_no_patterns(tmp_path: Path) -> None:
    content = pl.DataFrame({"id": ["a"], "*": [1], "^.*$": ["x"], 'q"': [True]})
    columns = [{"name": "id", "type": "CLOB"}, {"name": "^.*$", "type": "CLOB"}]
    assert read_items(record_dataset(tmp_path, content))[0] == [
        {"id": {"S": "a"}, "*": {"N": "1"}, "^.*$": {"S": "x"}, 'q"': {"BOOL": True}}
    ]
    assert read_items(record_dataset(tmp_path, content, columns=columns))[0] == [
        {"id": {"S": "a"}, "^.*$": {"S": "x"}}
    ]


def test_rows_are_numbered_across_row_groups_and_batches(tmp_path: Path) -> None:
    path = record_dataset(tmp_path, pl.DataFrame())
    content = pl.DataFrame({"id": [str(number) for number in range(120_000)]})
    content.write_parquet(tmp_path / "a.parquet", row_group_size=7_000)
    dataset = open_dataset(path)
    [file] = local_files(dataset)
    numbers = [number for batch in open_rows(dataset, file) for number in batch.lines]
    assert numbers == list(range(1, 120_001))


def test_file_without_rows_has_none(tmp_path: Path) -> None:
    path = record_dataset(tmp_path, frame().clear())
    assert read_items(path) == ([], [])


def test_compression_of_the_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="compress"):
        open_dataset(record_dataset(tmp_path, frame(), source={"compression": "gzip"}))


@pytest.mark.parametrize("row_group_size", [7, 100, 1000])
@pytest.mark.parametrize("slice_bytes", [1, 500, 10**9])
def test_rows_are_the_same_in_slices_of_any_size(
    row_group_size: int, slice_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_file, "SLICE_BYTES", slice_bytes)
    monkeypatch.setattr(parquet_file, "PIECE_BYTES", slice_bytes)
    path = record_dataset(tmp_path, pl.DataFrame())
    content = pl.DataFrame({"id": [str(number) for number in range(100)], "n": range(100)})
    content.write_parquet(tmp_path / "a.parquet", row_group_size=row_group_size)
    items, _ = read_items(path)
    assert [(item["id"]["S"], item["n"]["N"]) for item in items] == [(str(n), str(n)) for n in range(100)]


LARGE = "x" * 450_000
DOUBTFUL: dict[str, list[Any]] = {
    "not a number": [1.5, float("nan"), None],
    "infinite in a list": [[1.5], [float("inf"), 1.0], []],
    "too large in a map": [{"x": 1.5}, {"x": 1e126}, None],
    "too small": [0.0, 1e-131, -1e-130],
    "large": ["x", LARGE, None],
    "large bytes": [b"x", LARGE.encode(), None],
    "large list": [["x"], ["x" * 100] * 4_500, None],
    "large map of texts": [{"a": "x", "b": "y"}, {"a": LARGE[:225_000], "b": LARGE[:225_000]}, None],
    "large lists in maps": [{"a": [b"x"]}, {"a": [b"x" * 4_000] * 110}, None],
    "nothing": ["é" * 200_000, "é" * 204_000, None],
}


@pytest.mark.parametrize("why", DOUBTFUL)
def test_check_rejects_the_rows_that_are_no_items(why: str, tmp_path: Path) -> None:
    content = pl.DataFrame({"id": ["a", "b", "c"], "value": DOUBTFUL[why], "more": [1.5, 2.5, None]})
    dataset = open_dataset(record_dataset(tmp_path, content))
    [file] = local_files(dataset)
    checked = [dataset.row_to_item().check(batch) for batch in open_rows(dataset, file)]
    _, rejected = read_items(dataset)
    assert [one for batch in checked for one in batch.rejected] == rejected
    assert [one.line for one in rejected] == ([2] if why != "nothing" else [])


def test_check_rejects_an_attribute_without_a_name(tmp_path: Path) -> None:
    dataset = open_dataset(record_dataset(tmp_path, pl.DataFrame({"id": ["a", "b"], "": [1, None]})))
    [file] = local_files(dataset)
    checked = [dataset.row_to_item().check(batch) for batch in open_rows(dataset, file)]
    assert [one.line for batch in checked for one in batch.rejected] == [1]


def _spoilt(content: bytes, what: str) -> bytes:
    footer = b"\x1c" * 100_000  # structs in structs
    return {
        "empty": b"",
        "short": b"PAR1",
        "magic alone": b"PAR1" * 2,
        "another end": content[:-4] + b"PARX",
        "encrypted": content[:-4] + b"PARE",
        "cut": content[: len(content) // 2],
        "a footer longer than the file": content[:-8] + b"\xff\xff\xff\x7fPAR1",
        "an empty footer": content[:-8] + b"\0\0\0\0PAR1",
        "pages of zeros": content[:4] + b"\0" * 60 + content[64:],
        "a deep footer": b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1",
        "an endless list": b"PAR1\x49\xfc\xff\xff\xff\xff\x0f\x07\0\0\0PAR1",
        "text": b"id,n\na,1\n" * 9,
        "gzip": b"\x1f\x8b" + content,
    }[what]


@pytest.mark.parametrize(
    "what",
    ["empty", "short", "magic alone", "another end", "encrypted", "cut", "a footer longer than the file",
     "an empty footer", "pages of zeros", "a deep footer", "an endless list", "text", "gzip"],
)  # fmt: skip
def test_what_is_no_parquet_is_one_error(what: str, tmp_path: Path) -> None:
    path = record_dataset(tmp_path, frame(n=[1]))
    file = tmp_path / "a.parquet"
    file.write_bytes(_spoilt(file.read_bytes(), what))
    with pytest.raises(InputError) as refused:
        read_items(path)
    assert refused.value.where.endswith("a.parquet")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("start", "named"), [(b"PK\x03\x04" + b"\0" * 60, "zip"), (b"Obj\x01" * 20, "Avro")])
def test_file_of_another_format_is_named(start: bytes, named: str, tmp_path: Path) -> None:
    path = record_dataset(tmp_path, frame())
    (tmp_path / "a.parquet").write_bytes(start)
    with pytest.raises(InputError, match=named):
        read_items(path)


def test_field_of_nulls_alone_is_in_no_item(tmp_path: Path) -> None:
    content = pl.DataFrame({"id": ["a", "b"], "never": pl.Series([None, None], dtype=pl.Null)})
    assert read_items(record_dataset(tmp_path, content)) == ([{"id": {"S": "a"}}, {"id": {"S": "b"}}], [])


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("parquet: Encryption error: Column 'v' is encrypted", "the file is encrypted"),
        ("column with name 'v' has more than one occurrence", "two of its columns have one name"),
        ("precision must be between 1 and 38, got 76", "more than 38 digits"),
        ("parquet: String data contained invalid UTF-8", "not UTF-8"),
        ("anything else", "not a Parquet file, or a damaged one: anything else"),
    ],
)
def test_file_that_is_not_read_says_why(said: str, meant: str) -> None:
    assert meant in str(damaged("f", said))

"""Files of JSON as rows and items: every layout, exact values, what is rejected and where."""

import io
import json
import tracemalloc
from pathlib import Path
from typing import Any, BinaryIO, cast

import polars as pl
import pytest
from backports import zstd

from bulk_testing.plant import checked
from bulk_testing.record_files import read_items, record_dataset
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.preflight.run import check_dataset
from dynamodb_bulk.records.fields import Fields, fields_of
from dynamodb_bulk.records.json_reader import read_json_rows
from dynamodb_bulk.sources.reading import local_files
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.errors import InputError

ID = fields_of([Column(name="id", type="CLOB")], but={"id"})
THREE = [{"id": "a", "n": 1}, {"id": "b", "n": [{"x": None}]}, {"id": "c"}]
LONG = "12345678901234567890123456789012345678"


def read(text: str | bytes, fields: Fields = ID, block_bytes: int = 1 << 20) -> tuple[list[Any], list[Any]]:
    """The rows with their numbers, and the numbers and kinds of those rejected."""
    content = text.encode() if isinstance(text, str) else text
    rows: list[Any] = []
    rejected: list[Any] = []
    for batch in read_json_rows(io.BytesIO(content), "f", fields, block_bytes=block_bytes):
        rows += zip(batch.lines, batch.frame.iter_rows(), strict=True)
        rejected += [(one.line, one.kind) for one in batch.rejected]
    return [(number, row[0]) for number, row in rows], rejected


LAYOUTS = {
    "lines": ("\n".join(map(json.dumps, THREE)), [1, 2, 3]),
    "lines with a mark": ("\ufeff" + "\n".join(map(json.dumps, THREE)) + "\n", [1, 2, 3]),
    "windows lines": ("\r\n".join(map(json.dumps, THREE)), [1, 2, 3]),
    "blank lines": ("\n \n".join(map(json.dumps, THREE)), [1, 3, 5]),
    "array": (json.dumps(THREE), [1, 2, 3]),
    "compact array": (json.dumps(THREE, separators=(",", ":")), [1, 2, 3]),
    "pretty array": (json.dumps(THREE, indent=2), [1, 2, 3]),
    "array without indent": (json.dumps(THREE, indent=0), [1, 2, 3]),
    "pretty values": ("\n".join(json.dumps(one, indent=4) for one in THREE), [1, 5, 13]),
    "values on a line": (" ".join(map(json.dumps, THREE)), [1, 2, 3]),
    "values without blanks": ("".join(map(json.dumps, THREE)), [1, 2, 3]),
    "two arrays": (json.dumps(THREE[:1]) + "\n" + json.dumps(THREE[1:]), [1, 2, 3]),
}


@pytest.mark.parametrize("block_bytes", [1, 2, 7, 64, 1 << 20])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_rows_are_the_records_in_every_layout_and_block(layout: str, block_bytes: int) -> None:
    text, numbers = LAYOUTS[layout]
    rows = list(zip(numbers, ("a", "b", "c"), strict=True))
    assert read(text, block_bytes=block_bytes) == (rows, [])


def test_numbers_ascend_when_a_line_holds_several_values() -> None:
    text = '{"id":"a"} ' * 50 + "\n" + '{"id":"b"}\n' * 300
    rows, _ = read(text, block_bytes=700)
    numbers = [number for number, _ in rows]
    assert numbers == sorted(set(numbers))
    assert (len(numbers), numbers[-1]) == (350, 350)


BROKEN = {
    "cut": ('{"id":"a"}\n{"id":"b"\n{"id":"c"}\n', [2]),
    "cut in a text": ('{"id":"a"}\n{"id":"b\n{"id":"c"}\n', [2]),
    "cut in a name": ('{"id":"a"}\n{"i\n{"id":"c"}\n', [2]),
    "cut after a colon": ('{"id":"a"}\n{"id":\n{"id":"c"}', [2]),
    "no JSON": ('{"id":"a"}\nid=b\n{"id":"c"}\n', [2]),
    "a comma at the end": ('{"id":"a"},\n{"id":"c"}\n', [1]),
    "a broken value of many lines": (
        '{"id":"a"}\n{\n  "of": [\n    {"id": "x"},\n    {"id": "y"}\n  ],\n  "z": oops\n}\n{"id":"c"}\n',
        [2],
    ),
    "twice": ('{"id":"a"}\n{"id":"b","n":1,"n":1}\n{"id":"c"}\n', [2]),
    "twice inside": ('{"id":"a"}\n{"id":"b","n":{"x":1,"x":2}}\n{"id":"c"}\n', [2]),
    "NaN": ('{"id":"a"}\n{"id":"b","n":NaN}\n{"id":"c"}\n', [2]),
    "Infinity": ('{"id":"a"}\n{"id":"b","n":[-Infinity]}\n{"id":"c"}\n', [2]),
    "a list": ('{"id":"a"}\n7\n{"id":"c"}\n', [2]),
    "nested too deeply": ('{"id":"a"}\n{"id":"b","n":%s}\n{"id":"c"}\n' % ("[" * 40 + "]" * 40), [2]),
    "nested beyond reason": (
        '{"id":"a"}\n{"id":"b","n":%s}\n{"id":"c"}\n' % ("[" * 10**5 + "]" * 10**5),
        [2],
    ),
}


@pytest.mark.parametrize("block_bytes", [1, 16, 1 << 20])
@pytest.mark.parametrize("fault", BROKEN)
def test_record_is_rejected_with_its_line_and_the_others_are_read(fault: str, block_bytes: int) -> None:
    text, lines = BROKEN[fault]
    if len(text) > 1000:
        block_bytes = 1 << 20
    rows, rejected = read(text, block_bytes=block_bytes)
    assert [row for _, row in rows] == ["a", "c"]
    assert rejected == [(line, "not-a-record") for line in lines]


@pytest.mark.parametrize("text", [b'{"id":"\xff"}', rb'{"id":"\ud800"}', b'{"id":"a","x":"\xc3"}'])
def test_record_is_rejected_when_it_is_not_unicode(text: bytes) -> None:
    assert read(b'{"id":"a"}\n' + text + b'\n{"id":"c"}') == ([(1, "a"), (3, "c")], [(2, "not-utf8")])


@pytest.mark.parametrize(
    "text",
    [
        '[{"id":"a"},oops]',
        '[{"id":"a"}',
        '[{"id":"a"} {"id":"b"}]',
        '[{"id":"a"},',
        '[{"id":"a"},]',
        '[\n{"id":"a"},\n]\n',
        '[{"id":"a"},,{"id":"b"}]',
    ],
)
def test_array_is_read_until_it_is_broken_and_refused_there(text: str) -> None:
    batches = read_json_rows(io.BytesIO(text.encode()), "f", ID)
    assert next(batches).frame.rows() == [("a", None)]
    with pytest.raises(InputError, match="after record 1"):
        next(batches)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('"\\u00e9\\n\\"\\/"', {"S": 'é\n"/'}),
        ('""', {"S": ""}),
        (LONG, {"N": LONG}),
        ("1.50", {"N": "1.50"}),
        ("-0.1e-7", {"N": "-0.1e-7"}),
        ("0.1000000000000000055511151231257827", {"N": "0.1000000000000000055511151231257827"}),
        ("true", {"BOOL": True}),
        ("[]", {"L": []}),
        ("{}", {"M": {}}),
        ('{"a":[1,"x",null,false,{"b":[]}]}', {"M": {"a": {"L": [
            {"N": "1"}, {"S": "x"}, {"NULL": True}, {"BOOL": False}, {"M": {"b": {"L": []}}},
        ]}}}),
    ],
)  # fmt: skip
def test_field_becomes_an_attribute_of_its_own_type(written: str, value: Any, tmp_path: Path) -> None:
    items, rejected = read_items(record_dataset(tmp_path, f'{{"id":"a","value":{written},"no":null}}'))
    assert (items, rejected) == ([{"id": {"S": "a"}, "value": value}], [])


@pytest.mark.parametrize("number", [LONG + "9", "1e126", "1e-131", "1e999999999", "0." + LONG + "1"])
@pytest.mark.parametrize("place", ["{}", "[[{}]]", '{{"a":{}}}'])
def test_number_is_rejected_when_dynamodb_cannot_hold_it(number: str, place: str, tmp_path: Path) -> None:
    items, [one] = read_items(record_dataset(tmp_path, f'{{"id":"a","value":{place.format(number)}}}'))
    assert (items, one.line, "value" in one.reason) == ([], 1, True)


@pytest.mark.parametrize(("value", "kind"), [("1", "key-type"), ("null", "key-missing"), ('""', "key-empty"),
                                             ("{}", "key-type"), ("true", "key-type")])  # fmt: skip
def test_key_is_rejected_when_it_is_of_another_type(value: str, kind: str, tmp_path: Path) -> None:
    items, [one] = read_items(record_dataset(tmp_path, f'{{"id":{value}}}'))
    assert (items, one.kind) == ([], kind)


def test_attributes_and_exclude_work_without_columns(tmp_path: Path) -> None:
    path = record_dataset(
        tmp_path,
        '{"id": 5, "city": "Köln", "junk": 1, "PK": "replaced", "n": 2}',
        table={"partition_key": {"name": "PK"}, "sort_key": {"name": "n", "type": "N"}},
        attributes={"PK": "P#${id}", "address": {"map": {"city": "${city}"}}},
        exclude=["junk", "city"],
    )
    assert read_items(path) == (
        [{"PK": {"S": "P#5"}, "address": {"M": {"city": {"S": "Köln"}}}, "n": {"N": "2"}, "id": {"N": "5"}}],
        [],
    )


COLUMNS = [
    {"name": "id", "type": "CLOB"},
    {"name": "city", "path": "address.city", "type": "STRING", "length": 8},
    {"name": "sku", "path": "lines[1].sku", "type": "INT4"},
    {"name": "lines", "type": "JSON"},
]


def test_columns_name_select_check_and_rename(tmp_path: Path) -> None:
    text = (
        '{"id":1,"address":{"city":"Köln"},"lines":[{"sku":"x"},{"sku":"7"}],"more":1}\n'
        '{"id":"2","address":null,"lines":[]}\n'
        '{"id":"3","address":"none"}\n'
        '{"id":"4","address":{"city":["Köln"]}}\n'
        '{"id":"5","lines":[0,{"sku":"seven"}]}\n'
        '{"id":"6","address":{"city":"Köln am Rhein"}}\n'
    )
    items, rejected = read_items(record_dataset(tmp_path, text, columns=COLUMNS))
    lines = {"L": [{"M": {"sku": {"S": "x"}}}, {"M": {"sku": {"S": "7"}}}]}
    assert items == [
        {"id": {"S": "1"}, "city": {"S": "Köln"}, "sku": {"N": "7"}, "lines": lines},
        {"id": {"S": "2"}, "lines": {"L": []}},
    ]
    assert [(one.line, one.column) for one in rejected] == [(3, "city"), (4, "city"), (5, "sku"), (6, "city")]


@pytest.mark.parametrize("count", [1, 200])
def test_objects_without_members_are_read(count: int, tmp_path: Path) -> None:
    text = '{"id":"a","m":{},"l":{"x":{}}}\n' * count
    items, rejected = read_items(record_dataset(tmp_path, text))
    assert items == [{"id": {"S": "a"}, "m": {"M": {}}, "l": {"M": {"x": {"M": {}}}}}] * count
    assert rejected == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_file_is_read_by_its_byte_order_mark(encoding: str, tmp_path: Path) -> None:
    path = record_dataset(tmp_path, '{"id":"é"}\n{"id":"b"}'.encode(encoding))
    assert read_items(path) == ([{"id": {"S": "é"}}, {"id": {"S": "b"}}], [])


def test_file_is_read_in_the_encoding_of_the_source(tmp_path: Path) -> None:
    path = record_dataset(tmp_path, '{"id":"é€"}'.encode("cp1252"), source={"encoding": "cp1252"})
    assert read_items(path) == ([{"id": {"S": "é€"}}], [])


def test_column_is_reported_when_no_record_has_it(tmp_path: Path) -> None:
    text = '{"id":"1","address":{"city":"Köln"}}\n{"id":"2"}\n'
    columns = [*COLUMNS[:2], {"name": "zip", "path": "adress.zip", "type": "CLOB"}]
    report = checked(record_dataset(tmp_path, text, columns=columns))
    assert report.good
    [example] = report.findings["empty-column"].examples
    assert "zip" in example.what


def test_condition_compares_a_field_of_its_own_type(tmp_path: Path) -> None:
    path = record_dataset(
        tmp_path,
        '{"id":"a","price":1.5}\n{"id":"b"}',
        condition="price > ${price} OR attribute_not_exists(id)",
    )
    items, [one] = read_items(path)
    assert (items, one.kind) == ([{"id": {"S": "a"}, "price": {"N": "1.5"}}], "value-missing")


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_file_is_read_when_it_is_compressed(compression: str, tmp_path: Path) -> None:
    import gzip

    pack = gzip.compress if compression == "gzip" else zstd.compress
    path = record_dataset(tmp_path, pack(b'{"id":"a"}\n'), source={"compression": compression})
    assert read_items(path) == ([{"id": {"S": "a"}}], [])


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"dms": {"table_mappings": "x.json"}}, "dms"),
        ({"source": {"delimiter": ";"}}, "delimiter"),
        ({"columns": [{"name": "id", "path": "a..b", "type": "CLOB"}]}, "columns[0].path"),
        ({"columns": [{"name": "id", "path": "a[b]", "type": "CLOB"}]}, "columns[0].path"),
        ({"columns": [{"name": "id", "type": "JSON"}]}, "partition_key"),
        ({"columns": COLUMNS, "attributes": {"text": "${lines}"}}, "attribute text"),
        ({"attributes": {"PK": "${id"}}, "attributes.PK"),
        ({"exclude": ["id"]}, "exclude"),
    ],
)
def test_dataset_is_refused_with_the_key(changes: dict[str, Any], where: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        open_dataset(record_dataset(tmp_path, "{}", **changes))
    assert where in refused.value.where


def test_dms_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="DMS reads CSV"):
        open_dataset(record_dataset(tmp_path, "{}")).refuse_dms()


class _Endless(io.RawIOBase):
    """Text that begins, goes on for a while, and ends."""

    def __init__(self, start: bytes, more: bytes, times: int) -> None:
        self._left = times
        self._block = more
        self._start = start

    def read(self, size: int = -1, /) -> bytes:
        if self._start:
            start, self._start = self._start, b""
            return start
        self._left -= 1
        return self._block if self._left >= 0 else b""


ENDLESS = {
    "zeros": (b"\0", b"\0" * 2**20),
    "blanks": (b" ", b" \n" * 2**19),
    "a text": (b'{"id":"', b"x" * 2**20),
    "a list": (b'{"id":[', b"1234567890," * 2**16),
    "lists": (b'{"id":', b"[" * 2**20),
    "objects": (b'{"id":', b'{"a":' * 2**18),
    "no records": (b"", b"7\n" * 2**9),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_memory_is_bounded_whatever_is_read(what: str) -> None:
    start, more = ENDLESS[what]
    tracemalloc.start()
    try:
        stream = cast("BinaryIO", _Endless(start, more, 6))
        batches = read_json_rows(stream, "f", ID, block_bytes=1 << 20)
        assert sum(batch.frame.height for batch in batches) == 0
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200 * 2**20


def test_array_on_one_line_is_read_in_blocks() -> None:
    element = b'{"id":"a","n":[1,2,3]},'
    tracemalloc.start()
    try:
        stream = cast("BinaryIO", _Endless(b"[", element * 500, 30))
        batches = read_json_rows(stream, "f", ID, block_bytes=1 << 14)
        found = [next(batches) for _ in range(29)]
        assert found[-1].lines[-1] == 14_500
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * 2**20


@pytest.mark.parametrize(
    ("content", "unit", "number"),
    [
        ('{"id": "a"}\n\n{"id": 1}\n', "line", 3),
        ('[{"id": "a"},\n\n{"id": 1}]', "record", 2),
        (pl.DataFrame({"id": ["a", ""]}), "record", 2),
    ],
)
def test_messages_count_lines_of_lines_and_records_of_arrays(
    content: str | pl.DataFrame, unit: str, number: int, tmp_path: Path
) -> None:
    dataset = open_dataset(record_dataset(tmp_path, content))
    report = check_dataset(dataset, local_files(dataset))
    [example] = [one for kind, found in report.findings for one in found.examples if "key" in kind]
    assert (example.unit, example.line) == (unit, number)
    _, [rejected] = read_items(dataset)
    assert (rejected.unit, rejected.line) == (unit, number)


@pytest.mark.parametrize(
    ("content", "unit"), [('{"id": "a"}\n' * 2, "line"), ('[{"id":"a"},{"id":"a"}]', "record")]
)
def test_duplicate_key_names_the_earlier_row_by_what_is_counted(
    content: str, unit: str, tmp_path: Path
) -> None:
    dataset = open_dataset(record_dataset(tmp_path, content))
    report = check_dataset(dataset, local_files(dataset))
    [example] = report.findings["duplicate-key"].examples
    assert f"the same key as {unit} 1 of " in example.what


DEEP = 10_000
HOSTILE = {
    "deep lists": b'{"id":"a","x":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep maps": b'{"id":"a","x":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    "deep, and never closed": b'{"a":' * DEEP,
    "large exponent": b'{"id":"a","n":1e999999}',
    "small exponent": b'{"id":"a","n":-1e-999999}',
    "endless exponent": b'{"id":"a","n":1e99999999999999999999}',
    "many digits": b'{"id":"a","n":' + b"9" * 100_000 + b"}",
    "many zeros": b'{"id":"a","n":0.' + b"0" * 5_000 + b"1}",
    "NaN": b'{"id":"a","x":[NaN]}',
    "minus infinity": b'{"id":"a","x":-Infinity}',
    "bytes": b'{"id":"a\xff\xfe"}',
    "a name of bytes": b'{"id":"a","\xff":1}',
    "half of a pair": b'{"id":"\\ud800"}',
    "a name twice": b'{"id":"a","x":{"y":1,"y":2}}',
    "a bare NUL": b'{"id":"a\x00"}',
    "NULs": b"\x00" * 100,
    "an empty name": b'{"id":"a","":1}',
    "a long name": b'{"id":"a","' + b"n" * 70_000 + b'":1}',
}


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_record_is_rejected_and_the_others_are_read(what: str, many: bool, tmp_path: Path) -> None:
    others = [f'{{"id":"{number}"}}'.encode() for number in range(200 if many else 1)]
    dataset = open_dataset(record_dataset(tmp_path, b"\n".join([HOSTILE[what], *others])))
    items, [rejected] = read_items(dataset)
    assert (len(items), rejected.line) == (len(others), 1)
    report = check_dataset(dataset, local_files(dataset))
    assert (report.rows, report.items, report.good) == (len(others) + 1, len(others), False)

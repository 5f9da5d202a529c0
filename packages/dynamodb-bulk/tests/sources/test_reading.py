"""Files of every format and compression, whole and broken."""

import gzip
import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.item_files.ion import ion_lines
from dynamodb_bulk.sources.reading import local_files, open_items, open_rows
from dynamodb_bulk.spec.errors import InputError

DATASET = """\
name: orders
source: {{files: ["rows.*"], format: {format}, compression: {compression}}}
table:
  partition_key: {{name: id}}
"""
COLUMNS = "columns: [{name: id, type: STRING, length: 10}, {name: n, type: INT4}]\n"
COMPRESS: dict[str, Callable[[bytes], bytes]] = {"none": bytes, "gzip": gzip.compress, "zstd": zstd.compress}
LINES = b'{"Item":{"id":{"S":"a"},"n":{"N":"1.50"}}}\n{"Item": {"id": {"S": "b"}}}\n'


def opened(folder: Path, content: bytes, format_: str = "csv", compression: str = "none") -> Dataset:
    (folder / "rows.data").write_bytes(content)
    path = folder / "dataset.yaml"
    text = DATASET.format(format=format_, compression=compression)
    path.write_text(text + (COLUMNS if format_ == "csv" else ""))
    return open_dataset(path)


def items(dataset: Dataset) -> tuple[list[Any], list[tuple[int, str]]]:
    made: list[Any] = []
    rejected: list[tuple[int, str]] = []
    for file in local_files(dataset):
        for batch in open_items(dataset, file):
            made += [json.loads(item) for item in batch.items]
            rejected += [(one.line, one.reason) for one in batch.rejected]
    return made, rejected


def broken(dataset: Dataset) -> str:
    with pytest.raises(InputError) as caught:
        items(dataset)
    return str(caught.value)


@pytest.mark.parametrize("compression", COMPRESS)
def test_rows_when_compressed_are_those_of_the_file(tmp_path: Path, compression: str) -> None:
    dataset = opened(tmp_path, COMPRESS[compression](b"a,1\nb,2\n"), compression=compression)
    (batch,) = open_rows(dataset, local_files(dataset)[0])
    assert batch.frame.rows() == [("a", "1"), ("b", "2")]


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_rows_when_a_file_is_of_several_members_are_all_read(tmp_path: Path, compression: str) -> None:
    compress = COMPRESS[compression]
    dataset = opened(tmp_path, compress(b"a,1\nb") + compress(b",2\n"), compression=compression)
    assert len(items(dataset)[0]) == 2


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_rows_reports_a_truncated_file(tmp_path: Path, compression: str) -> None:
    whole = COMPRESS[compression](b"".join(b"%d,%d\n" % (n, n * 7919 % 10007) for n in range(9999)))
    message = broken(opened(tmp_path, whole[: len(whole) // 2], compression=compression))
    assert f"the {compression} data ends before its end" in message
    assert message.split(":")[0].endswith("rows.data")


@pytest.mark.parametrize(
    ("written", "declared", "message"),
    [
        ("gzip", "none", "is compressed with gzip; set source.compression: gzip"),
        ("zstd", "gzip", "is compressed with zstd; set source.compression: zstd"),
        ("none", "zstd", "is not zstd; set source.compression: none"),
    ],
)
def test_rows_reports_a_different_compression(
    tmp_path: Path, written: str, declared: str, message: str
) -> None:
    assert message in broken(opened(tmp_path, COMPRESS[written](b"a,1\n"), compression=declared))


@pytest.mark.parametrize("compression", COMPRESS)
def test_rows_are_empty_when_the_file_is_empty(tmp_path: Path, compression: str) -> None:
    assert items(opened(tmp_path, b"", compression=compression)) == ([], [])


def test_lines_when_good_are_items(tmp_path: Path) -> None:
    made, rejected = items(opened(tmp_path, LINES, "dynamodb_json"))
    assert made == [{"id": {"S": "a"}, "n": {"N": "1.50"}}, {"id": {"S": "b"}}]
    assert rejected == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not JSON: "),
        (b"\xff", "not UTF-8: byte 0xff"),
        (b'{"id":{"S":"a"}}', 'not an object with the one member "Item"'),
        (b'{"Item":{"n":{"N":"1"}}}', "the partition key id is missing"),
        (b'{"Item":{"id":{"N":"1"}}}', "the partition key id is N, the table's is S"),
        (b'{"Item":{"id":{"S":""}}}', "the partition key id is empty"),
        (b'{"Item":{"id":{"S":"a"},"n":{"N":1}}}', "attribute n: N is not a text with a number in it"),
        (b'{"Item":{"id":{"S":"a"},"n":{"N":"1e999"}}}', "attribute n: outside of 1E-130"),
        (b'{"Item":{"id":{"S":"a"},"n":{"SS":["a","a"]}}}', "attribute n: an element is twice"),
        (b'{"Item":{"id":{"S":"a"},"n":{"SS":[]}}}', "attribute n: a set is an array with at least one"),
        (b'{"Item":{"id":{"S":"a"},"n":{"B":"?"}}}', "attribute n: B is not bytes in Base64"),
        (b'{"Item":{"id":{"S":"a"},"n":{"X":"?"}}}', "attribute n: 'X' is not a type of DynamoDB"),
        (b'{"Item":{"id":{"S":"a"},"id":{"S":"b"}}}', "'id' is twice in one object"),
        (b'{"Item":{"id":{"S":"a"},"n":{"S":"\\ud800"}}}', "half of a surrogate pair"),
        (b'{"Item":{"id":{"S":"a"},"n":{"S":"' + b"x" * 409600 + b'"}}}', "bytes, DynamoDB allows 409,600"),
        (b'{"Item":{"id":{"S":"a"},"n":' + b'{"L":[' * 32 + b"]}" * 32 + b"}}", "nested deeper than 32"),
        (b"[" * 100_000, "nested deeper than 32"),
    ],
)
def test_line_that_is_not_an_item_is_rejected_with_its_number(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    made, [(number, said)] = items(opened(tmp_path, LINES + line + b"\n" + LINES, "dynamodb_json"))
    assert (len(made), number) == (4, 3)
    assert reason in said


def test_items_are_read_as_aws_reads_them_when_lines_are_blank_or_hold_several(tmp_path: Path) -> None:
    lines = b'\n{"Item":{"id":{"S":"a"}}} {"Item":{"id":{"S":"b"}}}{"Item":{"id":{"S":"c"}}}\r\n \t\n\n'
    made, rejected = items(opened(tmp_path, lines, "dynamodb_json"))
    assert ([item["id"]["S"] for item in made], rejected) == (["a", "b", "c"], [])


def test_rest_of_a_line_is_rejected_once_when_it_is_not_json(tmp_path: Path) -> None:
    line = b'{"Item":{"id":{"S":"a"}}} nope {"Item":{"id":{"S":"b"}}}\n{"Item":{"id":{"S":"c"}}}\n'
    made, [(number, said)] = items(opened(tmp_path, line, "dynamodb_json"))
    assert ([item["id"]["S"] for item in made], number) == (["a", "c"], 1)
    assert "not JSON" in said


@pytest.mark.parametrize(
    "value", [b'{"L":[' * 31 + b"]}" * 31, b'{"M":{"a":' * 31 + b'{"S":"x"}' + b"}}" * 31]
)
def test_item_is_read_when_it_has_as_many_levels_as_dynamodb_stores(tmp_path: Path, value: bytes) -> None:
    line = b'{"Item":{"id":{"S":"a"},"n":' + value + b"}}\n"
    made, rejected = items(opened(tmp_path, line, "dynamodb_json"))
    assert (len(made), rejected) == (1, [])


@pytest.mark.parametrize("format_", ["csv", "dynamodb_json", "ion"])
@given(
    compression=st.sampled_from(sorted(COMPRESS)),
    content=st.binary(max_size=200) | st.text(max_size=100).map(str.encode),
)
def test_file_of_any_bytes_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, format_: str, compression: str, content: bytes
) -> None:
    dataset = opened(tmp_path_factory.mktemp("any"), content, format_, compression)
    try:
        items(dataset)
    except InputError as error:
        assert "rows.data" in str(error)  # noqa: PT017 - both ends are right


VALUE: dict[str, Any] = {
    "id": {"S": 'a"\n\\é\u2028'},
    "n": {"N": "12345678901234567890123456789012345678"},
    "e": {"N": "-1.5E-100"},
    "t": {"BOOL": True},
    "z": {"NULL": True},
    "b": {"B": b64encode(b"\x00\xff").decode()},
    "m": {"M": {"x y": {"L": [{"S": ""}, {"N": "0.10"}]}}},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2.5"]},
    "bs": {"BS": ["AA=="]},
}


def test_ion_when_written_and_read_holds_the_same_item(tmp_path: Path) -> None:

    text = ion_lines(pl.Series([json.dumps(VALUE)]))
    assert items(opened(tmp_path, text, "ion")) == ([VALUE], [])


def test_ion_when_as_dynamodb_exports_it_is_read(tmp_path: Path) -> None:
    text = b'$ion_1_0 {Item:{id:"Book 101",Price:2d0,Pages:500.,Authors:$dynamodb_SS::["A","B"]}}\n'
    made, _ = items(opened(tmp_path, text, "ion"))
    assert made[0]["Authors"] == {"SS": ["A", "B"]}
    assert (made[0]["Price"], made[0]["Pages"]) == ({"N": "2"}, {"N": "500"})


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("{Item:{id:1}}", "the partition key id is N, the table's is S"),
        ('{Item:{id:"a",f:1e0}}', "an Ion float is not a value of DynamoDB"),
        ('{Item:{id:"a",id:"b"}}', "'id' is twice in one struct"),
        ('{Item:{id:"a",s:$dynamodb_SS::[1]}}', "a list annotated $dynamodb_SS that is not such a set"),
        ('{id:"a"}', "not a struct with the one field Item"),
        ("7", "not a struct with the one field Item"),
    ],
)
def test_ion_value_that_is_not_an_item_is_rejected_with_its_position(
    tmp_path: Path, value: str, reason: str
) -> None:
    text = f'{{Item:{{id:"a"}}}} {value} {{Item:{{id:"b"}}}}'
    made, rejected = items(opened(tmp_path, text.encode(), "ion"))
    assert (len(made), rejected) == (2, [(2, reason)])


def test_ion_reports_the_last_value_when_the_file_stops_being_ion(tmp_path: Path) -> None:
    assert "not Ion after value 1" in broken(opened(tmp_path, b'{Item:{id:"a"}} {Item:', "ion"))

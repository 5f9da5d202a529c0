"""What `bulk init` finds out about JSON and Parquet files."""

import datetime
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dynamodb_bulk.init.opening import data_files
from dynamodb_bulk.init.proposal import Proposal
from dynamodb_bulk.init.record_files import propose_records
from dynamodb_bulk.spec.errors import InputError


def proposed(path: Path, text: str) -> Proposal:
    path.write_text(text)
    return propose_records(data_files([path]), "data", path.parent / "scratch", lambda _: None)


def lines(*records: dict[str, Any]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


@pytest.mark.parametrize("array", [False, True])
def test_json_has_the_fields_of_all_records_and_the_keys_that_are_unique(tmp_path: Path, array: bool) -> None:
    records: list[dict[str, Any]] = [
        {"id": f"k{number}", "group": number % 2, "at": {"x": 1}} for number in range(100)
    ]
    records[-1] |= {"late": [1]}
    text = json.dumps(records) if array else lines(*records)
    found = proposed(tmp_path / "a.json", text)
    assert [one.columns for one in found.keys] == [("id",)]
    assert found.fields == [
        "id: text, at most 3 bytes",
        "group: number",
        "at: map",
        "late: list, not in 99 of 100",
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("array", [False, True])
def test_json_is_recognised_in_its_encoding(tmp_path: Path, encoding: str, array: bool) -> None:
    records = [{"id": f"k{number}", "name": "Jörg"} for number in range(9)]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(records) if array else lines(*records), encoding=encoding)
    files = data_files([path])
    assert files[0].format == "json"
    found = propose_records(files, "data", tmp_path / "scratch", lambda _: None)
    assert found.rows == 9
    assert found.source.get("encoding", "utf-8") == encoding.removesuffix("-sig")


@pytest.mark.parametrize("encoding", ["cp1252", "cp1251"])
@pytest.mark.parametrize("array", [False, True])
def test_json_has_the_encoding_of_its_bytes(tmp_path: Path, encoding: str, array: bool) -> None:
    name = {"cp1252": "Müller, Köln", "cp1251": "Иванов, Санкт-Петербург"}[encoding]
    records = [{"id": f"k{number}", "name": name} for number in range(9)]
    path = tmp_path / "a.json"
    text = (
        json.dumps(records, ensure_ascii=False)
        if array
        else "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records)
    )
    path.write_text(text, encoding=encoding)
    found = propose_records(data_files([path]), "data", tmp_path / "scratch", lambda _: None)
    assert (found.rows, found.source["encoding"]) == (9, encoding)
    assert found.notes["encoding"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "holds no records"),
        ("{'id': 'a'}", "line 1: not JSON"),
        ('{"id": 01}\n{"id": 02}', "line 1: not JSON"),
        ("[1, 2]", "record 1: a number, not an object"),
        ('[{"id": "a"}, {"id": "b"}, ]', "a comma stands before its end"),
        ("1\n2\n", "its name says JSON, but it begins with '1'"),
        ('// c\n{"id": "a"}', "its name says JSON, but it begins with '// c'"),
        ('\x1e{"id": "a"}\n', "its name says JSON"),
    ],
)
def test_json_without_records_is_refused_with_the_reason(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        proposed(tmp_path / "a.json", text)


def test_json_values_over_several_lines_are_records(tmp_path: Path) -> None:
    records = [{"id": f"k{number}", "in": {"x": [1]}} for number in range(9)]
    found = proposed(tmp_path / "a.json", "\n".join(json.dumps(one, indent=1) for one in records))
    assert found.rows == 9
    assert found.fields == ["id: text, at most 2 bytes", "in: map"]


def test_items_in_utf_16_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"Item": {"id": {"S": "a"}}}\n', encoding="utf-16")
    with pytest.raises(InputError, match="DynamoDB JSON in utf-16"):
        data_files([tmp_path / "a.json"])


@pytest.mark.parametrize("last", [{"id": "k0"}, {"id": None}, {"id": ""}, {"other": "x"}])
def test_json_field_that_some_record_has_twice_or_not_is_no_key(tmp_path: Path, last: dict[str, Any]) -> None:
    found = proposed(tmp_path / "a.jsonl", lines(*({"id": f"k{number}"} for number in range(50)), last))
    assert not found.keys


@pytest.mark.parametrize("array", [False, True])
@pytest.mark.parametrize("other", [7, 1.5, True, [1], {"a": 1}])
@pytest.mark.parametrize("name", ["id", "größe"])
def test_json_field_of_texts_and_other_values_is_no_key(
    tmp_path: Path, array: bool, other: object, name: str
) -> None:
    records: list[dict[str, Any]] = [{name: f"k{number}"} for number in range(50)]
    records[20][name] = other
    found = proposed(tmp_path / "a.json", json.dumps(records) if array else lines(*records))
    assert (found.keys, found.fields) == ([], [f"{name}: values of several types"])


def test_json_name_that_a_nested_object_has_too_stays_a_key(tmp_path: Path) -> None:
    records = [{"id": f"k{number}", "in": {"id": number}} for number in range(9)]
    found = proposed(tmp_path / "a.jsonl", lines(*records))
    assert [one.columns for one in found.keys] == [("id",)]


def test_json_without_a_unique_field_has_a_key_of_two(tmp_path: Path) -> None:
    records = ({"order": number // 3, "line": number % 3, "t": "x"} for number in range(90))
    found = proposed(tmp_path / "a.jsonl", lines(*records))
    assert [one.columns for one in found.keys] == [("order", "line")]


def test_json_with_a_broken_line_keeps_the_others(tmp_path: Path) -> None:
    found = proposed(tmp_path / "a.jsonl", '{"id":"a"}\n{"id":\n{"id":"b"}\n')
    assert (found.rows, [one.columns for one in found.keys]) == (2, [("id",)])


def test_json_array_that_is_cut_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="after record 1"):
        proposed(tmp_path / "a.json", '[{"id":1},{"id":')


def test_parquet_key_is_never_a_float_or_a_date(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "f": [1.5, 2.5],
            "d": [datetime.date(2024, 1, 1), datetime.date(2024, 1, 2)],
            "id": [1, 2],
            "b": [b"x", b"y"],
        }
    )
    frame.write_parquet(tmp_path / "a.parquet")
    files = data_files([tmp_path / "a.parquet"])
    found = propose_records(files, "data", tmp_path / "scratch", lambda _: None)
    assert [(one.columns, one.types) for one in found.keys] == [(("id",), ("N",))]


def test_parquet_that_is_damaged_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(InputError, match="Parquet"):
        propose_records(data_files([tmp_path / "a.parquet"]), "data", tmp_path / "scratch", lambda _: None)


def test_items_have_their_attributes_and_keys_by_type(tmp_path: Path) -> None:
    items: list[dict[str, dict[str, Any]]] = [
        {"Item": {"pk": {"S": "a"}, "sk": {"N": str(number)}, "m": {"M": {}}, "b": {"B": "YQ=="}}}
        for number in range(3)
    ]
    items[0]["Item"] |= {"l": {"L": [{"S": "a"}, {"N": "1"}]}, "z": {"NULL": True}}
    found = proposed(tmp_path / "a.json", lines(*items) + "no item\n")
    assert found.source == {"format": "dynamodb_json"}
    assert found.rows == 3
    assert [(one.columns, one.types) for one in found.keys] == [(("sk",), ("N",))]
    assert found.fields == [
        "pk: text, at most 1 bytes",
        "sk: number",
        "m: map",
        "b: bytes",
        "l: list, not in 2 of 3",
        "z: always null, not in 3 of 3",
    ]


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        ('{"Items": [{"id": {"S": "a"}}, {"id": {"S": "b"}}], "Count": 2}', "the answer to a scan or query",
         """jq -c '.["Items"][] | {Item: .}' FILE"""),
        ('{"data": [{"id": 1}, {"id": 2}], "next": null}', "one record with its rows in 'data'",
         """jq -c '.["data"][] | .' FILE"""),
        ('{"T": [{"PutRequest": {"Item": {"id": {"S": "a"}}}}]}', "a batch of puts",
         """jq -c '.["T"][] | {Item: .PutRequest.Item}' FILE"""),
        ('{"id": {"S": "a"}, "n": {"N": "1"}}\n{"id": {"S": "b"}}\n', "DynamoDB JSON without `Item`",
         "jq -c '{Item: .}' FILE"),
        ('{"_id": {"$oid": "65"}, "n": 1}\n', "extended JSON of MongoDB", "jq -c 'walk("),
    ],
)  # fmt: skip
def test_records_in_another_form_are_refused_with_the_way_to_rows(
    tmp_path: Path, text: str, what: str, remedy: str
) -> None:
    with pytest.raises(InputError) as refused:
        proposed(tmp_path / "a.json", text)
    assert what in refused.value.what
    assert remedy in refused.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        '{"id": 1, "lines": [{"sku": "a"}]}\n{"id": 2, "lines": []}\n',
        '{"id": {"a": "x"}, "key": 1}\n{"id": {"a": "y"}, "key": 2}\n',
        '{"id": 1, "tags": ["a", "b"]}\n',
    ],
)
def test_records_with_lists_and_maps_of_their_own_are_rows(tmp_path: Path, text: str) -> None:
    assert proposed(tmp_path / "a.json", text).rows == text.count("\n")


@pytest.mark.parametrize("array", [True, False])
def test_records_that_are_no_text_are_left_out_of_the_proposal(tmp_path: Path, array: bool) -> None:
    records = ['{"id": "a", "t": "\\ud800"}', '{"id": "b", "t": "\\ud83d\\ude00"}']
    text = f"[{', '.join(records)}]" if array else "".join(f"{one}\n" for one in records)
    found = proposed(tmp_path / "a.json", text)
    assert (found.rows, next(one.columns for one in found.keys)) == (1, ("id",))


def test_field_of_several_types_is_told_from_a_map(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id":"a","v":1,"m":{"x":1}}\n{"id":"b","v":{"y":1},"m":{}}\n')
    found = propose_records(data_files([tmp_path / "a.jsonl"]), "a", tmp_path, lambda _: None)
    assert found.fields[1:] == ["v: values of several types", "m: map"]


def test_parquet_without_rows_is_refused(tmp_path: Path) -> None:
    pl.DataFrame({"id": []}, schema={"id": pl.Int64}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match="no record"):
        propose_records(data_files([tmp_path / "a.parquet"]), "a", tmp_path, lambda _: None)

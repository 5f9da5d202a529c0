"""What a dataset file may say, what it may not, and what DMS cannot carry of it."""

from pathlib import Path

import pytest

from dynamodb_bulk.dataset import Changes, Dataset, open_dataset
from dynamodb_bulk.spec import model
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.model import schema_text

SCHEMA = Path(model.__file__).parent / "dataset.schema.json"
ROWS = """\
name: orders
source: {files: ["*.csv"]}
columns:
  - {name: id, type: STRING, length: 20}
  - {name: tags, type: STRING, length: 20}
table:
  partition_key: {name: id}
"""
ITEMS = """\
name: orders
source: {format: dynamodb_json, compression: gzip, files: ["*.csv"]}
table:
  partition_key: {name: id}
"""


def opened(folder: Path, text: str) -> Dataset:
    (folder / "rows.csv").write_text("a,1\n")
    path = folder / "dataset.yaml"
    path.write_text(text)
    return open_dataset(path)


def mistake(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        opened(folder, text)
    return str(caught.value).replace(f"{folder}/", "")


def obstacle(folder: Path, text: str) -> str:
    dataset = opened(folder, text)
    with pytest.raises(InputError) as caught:
        dataset.refuse_dms()
    return str(caught.value).replace(f"{folder}/", "")


def test_schema_when_committed_is_the_models() -> None:
    assert SCHEMA.read_text() == schema_text(), f"run: bulk schema --out {SCHEMA}"


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ("{numbr: 1}", "attributes.x.numbr: unknown key; did you mean number?"),
        ("{map: {a: {binry: b}}}", "attributes.x.map.a.binry: unknown key; did you mean binary?"),
        ("{set: a, of: strng}", "'strng' is not one of string, number, binary; did you mean string?"),
        ("3", "attributes.x: expected a text, or one of number, boolean, binary, set, list, map, got 3"),
        ("{set: a, delimiter: ''}", "attributes.x.delimiter: a delimiter is at least one character"),
    ],
)
def test_attribute_when_it_is_misspelt_names_line_key_and_the_nearest_word(
    tmp_path: Path, attribute: str, message: str
) -> None:
    text = mistake(tmp_path, f"{ROWS}attributes:\n  x: {attribute}\n")
    assert text.startswith("dataset.yaml, line 9: ")
    assert text.endswith(message)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "attributes:\n  x: 'a${tag}'",
            "line 9: attributes.x: unknown column 'tag'; did you mean tags?",
        ),
        (
            "attributes:\n  x: 'a${tags'",
            "line 9: attributes.x: 'a${tags' does not close a placeholder; write ${column}",
        ),
        ("exclude:\n  - id\n  - tgs", "line 10: exclude[1]: unknown column 'tgs'; did you mean tags?"),
        (
            "  sort_key: {name: SK}",
            "line 8: table.sort_key.name: unknown attribute or column 'SK'; expected one of id, tags",
        ),
        (
            "  sort_key: {name: tags, type: N}",
            "line 8: table.sort_key: 'tags' is written as S, the key is N; declare",
        ),
        (
            "  sort_key: {name: x, type: S}\nattributes: {x: {number: '${tags}'}}",
            "line 8: table.sort_key: 'x' is written as N, the key is S",
        ),
        ("  sort_key: {name: id}", "line 8: table.sort_key.name: one attribute cannot be both keys"),
        (
            "  global_secondary_indexes:\n  - {name: by-id, partition_key: {name: id, type: N}}",
            "line 7: table.partition_key: 'id' is written as S, the key is N",
        ),
    ],
)
def test_dataset_reports_the_line_of_an_invalid_name(tmp_path: Path, change: str, message: str) -> None:
    assert message in mistake(tmp_path, f"{ROWS}{change}\n")


@pytest.mark.parametrize("key", ["columns: []", "exclude: [a]", "attributes: {a: b}", "dms: {}"])
def test_items_when_described_as_rows_are_refused(tmp_path: Path, key: str) -> None:
    expected = f"{key.split(':')[0]}: files of format dynamodb_json hold complete items: remove it"
    assert expected in mistake(tmp_path, f"{ITEMS}{key}\n")


def test_items_when_they_have_a_delimiter_are_refused(tmp_path: Path) -> None:
    text = ITEMS.replace("compression: gzip", "delimiter: '|'")
    assert "source.delimiter: for format csv, not for dynamodb_json" in mistake(tmp_path, text)


def test_dms_when_the_dataset_is_plain_has_no_obstacle(tmp_path: Path) -> None:
    opened(tmp_path, ROWS).refuse_dms()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ITEMS, "dataset.yaml, line 2: source.format: DMS reads CSV from S3, not dynamodb_json"),
        (
            ROWS.replace("source: {", "source: {compression: zstd, "),
            "source.compression: AWS does not document that DMS reads files compressed with zstd",
        ),
        (ROWS + "attributes:\n  t: {set: '${tags}'}\n", "line 9: attributes.t: AWS does not document that "),
        (ROWS + "attributes: {n: {number: '${tags}'}}\n", "a number outside of a map or a list"),
        (ROWS + "attributes: {m: {map: {b: {binary: '${tags}'}}}}\n", "that DMS writes binary"),
        (
            ROWS.replace("type: STRING, length: 20}\ntable", "type: BLOB}\ntable"),
            "BLOB is not among the types",
        ),
        (ROWS.replace('files: ["*.csv"]', "location: s3://some-bucket/"), "names a bucket"),
    ],
)
def test_dms_reports_why_it_cannot_load_the_dataset(tmp_path: Path, text: str, message: str) -> None:
    assert message in obstacle(tmp_path, text)


def test_dms_when_a_blob_is_excluded_has_no_obstacle(tmp_path: Path) -> None:
    blob = ROWS.replace("type: STRING, length: 20}\ntable", "type: BLOB}\ntable")
    opened(tmp_path, blob + "exclude: [tags]\n").refuse_dms()


def test_attribute_when_it_or_a_member_has_no_name_is_refused(tmp_path: Path) -> None:
    said = "a name: string should have at least 1 character, got ''"
    assert f"line 8: attributes: {said}" in mistake(tmp_path, ROWS + 'attributes: {"": x}\n')
    assert f"attributes.m.map: {said}" in mistake(tmp_path, ROWS + 'attributes: {m: {map: {"": x}}}\n')


LOCATED = ROWS.replace('files: ["*.csv"]', "location: s3://some-bucket/a/import/rows/")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            ROWS + "dms: {migration_type: full-load-and-cdc}\n",
            "dms.migration_type: needs `cdc_path`, the folder where files of changes arrive",
        ),
        (ROWS + "dms: {cdc_path: changes}\n", "dms.cdc_path: only for migration types with cdc: remove it"),
        (
            ROWS + "dms: {migration_type: cdc, cdc_path: c}\n",
            "dms.migration_type: cdc loads no files: set the",
        ),
        (ROWS + "dms: {migration_type: cdcc}\n", "'cdcc' is not one of full-load, full-load-and-cdc, cdc"),
        (
            ROWS + "dms: {migration_type: full-load-and-cdc, cdc_path: c, "
            "cdc_start_time: '2026-01-01T00:00:00'}\n",
            "dms.cdc_start_time: AWS has start points only for migration_type cdc: remove it",
        ),
        (
            ROWS + "dms: {cdc_stop_position: 'server_time:2026-01-01T00:00:00'}\n",
            "dms.cdc_stop_position: only for migration types with cdc: remove it, or set one",
        ),
        (
            LOCATED + "dms: {migration_type: cdc, cdc_path: c, cdc_start_time: '2026-01-01T00:00:00', "
            "cdc_start_position: 'checkpoint:1'}\n",
            "dms.cdc_start_time: AWS takes this or `cdc_start_position`: remove one of them",
        ),
        (
            LOCATED + "dms: {migration_type: cdc, cdc_path: c, cdc_start_position: '0/5120E10'}\n",
            "expected a time in UTC like 2026-11-28T06:30:00, got '0/5120E10'",
        ),
        (
            LOCATED + "dms: {migration_type: cdc, cdc_path: c, "
            "cdc_stop_position: 'commit_time:2026-01-01T00:00:00'}\n",
            "files of changes hold no commit times: write server_time:",
        ),
        (
            LOCATED + "dms: {migration_type: cdc, cdc_path: 's3://other/c'}\n",
            "expected a folder in the bucket of the files, like changes/, got 's3://other/c'",
        ),
        (LOCATED + "dms: {migration_type: cdc, cdc_path: ../c}\n", "a folder in the bucket of the files"),
        (LOCATED + "dms: {migration_type: cdc, cdc_path: /c}\n", "expected a folder like changes/, got '/c'"),
        (
            LOCATED + "dms: {migration_type: cdc, cdc_path: a/import/rows/new}\n",
            "dms.cdc_path: a/import/rows/new/ and a/import/rows/, where the files of the full load are, are",
        ),
    ],
)
def test_changes_are_refused_without_a_separate_folder(tmp_path: Path, text: str, message: str) -> None:
    assert message in mistake(tmp_path, text)


def test_changes_when_they_have_a_folder_are_part_of_the_dataset(tmp_path: Path) -> None:
    dataset = opened(tmp_path, LOCATED + "dms: {migration_type: cdc, cdc_path: changes}\n")
    assert (dataset.changes, dataset.loads_files) == (Changes(path="changes/"), False)


@pytest.mark.parametrize(
    ("given", "mended", "message"),
    [
        (
            'files: ["*.csv"]',
            "files: rows.csv",
            "2: source.files: expected a list, got 'rows.csv'; write [rows.csv]",
        ),
        ("name: orders", "name: 42", "1: name: expected text, got 42; put it in quotes"),
        ('["*.csv"]', '["*.csv"], header: maybe', "2: source.header: expected true or false, got 'maybe'"),
        (
            '["*.csv"]',
            "[\"*.csv\"], delimiter: '\\t'",
            "got '\\\\t'; a tab is written \"\\t\", in double quotes",
        ),
        ("{name: id}", "id", "7: table.partition_key: expected keys and values, {name, type}, got 'id'"),
        (
            "{name: id}",
            "{name: id}\n  billing: provisioned",
            "8: table.billing: 'provisioned' is not one of on_demand, or {read, write}",
        ),
        ("{name: id}", "{name: id}\n  billing: {read: 5}", "8: table.billing.write: missing"),
        ("id, type: STRING", "id, type: clob", "UINT8; did you mean CLOB?"),
        (
            "name: orders",
            "name: orders\nname: more",
            "line 2: name: given on line 1 already; remove one of them",
        ),
        (
            "{name: id}",
            "{name: id, name: tags}",
            "line 7: name: given on line 7 already; remove one of them",
        ),
    ],
)
def test_dataset_reports_the_expected_shape_of_a_value(
    tmp_path: Path, given: str, mended: str, message: str
) -> None:
    assert mistake(tmp_path, ROWS.replace(given, mended, 1)).endswith(message)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("encoding: cp1525", "source.encoding: 'cp1525' is no encoding of text; did you mean"),
        ("encoding: hex", "source.encoding: 'hex' is no encoding of text"),
        ("encoding: idna", "source.encoding: 'idna' is no encoding of text"),
        ("encodng: utf-8", "source.encodng: unknown key; did you mean encoding?"),
        ("delimiter: ''", "source.delimiter: a delimiter is text without a quote or a line end"),
        (r"delimiter: '\t'", 'a tab is written "\\t", in double quotes'),
        ("null_value: []", "source.null_value: expected one text or a list of different ones"),
        ("null_value: [a, a]", "source.null_value: expected one text or a list of different ones"),
        ("null_value: [1]", "source.null_value[0]: expected text, got 1; put it in quotes"),
        ("skip_rows: -1", "source.skip_rows: input should be greater than or equal to 0"),
        ("skip_footer: two", "source.skip_footer: expected a whole number"),
        ("decimal: ';'", "source.decimal: ';' is not one of ., ,"),
        ("thousands: '..'", "source.thousands: expected one character that is not part of a number"),
        ("thousands: '.'", "source.thousands: '.' separates both thousands and decimals"),
        ("booleans: {true: [ja]}", "source.booleans.false: missing"),
        ("booleans: {true: [yes], false: [no]}", "source.booleans.true[0]: expected text"),
        ("booleans: {true: [ja], false: [ja]}", "source.booleans: 'ja' is both true and false"),
        ("commment: '#'", "source.commment: unknown key; did you mean comment?"),
    ],
)
def test_source_reports_the_line_of_a_mistake_in_how_text_is_read(
    tmp_path: Path, source: str, message: str
) -> None:
    said = mistake(tmp_path, ROWS.replace("source: {", f"source: {{{source}, "))
    assert f"dataset.yaml, line 2: {message}" in said or message in said
    assert said.startswith("dataset.yaml, line 2: source")


def test_column_wins_over_the_source_in_how_numbers_are_read(tmp_path: Path) -> None:
    text = ROWS.replace("source: {", "source: {decimal: ',', thousands: '.', ").replace(
        "tags, type: STRING, length: 20", "tags, type: REAL8, decimal: '.', thousands: ''"
    )
    assert [(one.decimal, one.thousands) for one in opened(tmp_path, text).columns] == [
        (None, None),
        (".", ""),
    ]
    clash = text.replace(", thousands: ''", "")
    assert "line 5: columns[1]: '.' separates both thousands and decimals" in mistake(tmp_path, clash)


@pytest.mark.parametrize(
    ("table", "types"),
    [
        ("partition_key: {name: n}", ["N"]),
        ("partition_key: {name: id}\n  sort_key: {name: n}", ["S", "N"]),
        ("partition_key: {name: b}", ["B"]),
        ("partition_key: {name: made}", ["S"]),
        ("partition_key: {name: counted}", ["N"]),
        (
            "partition_key: {name: id}\n  global_secondary_indexes: [{name: by-n, partition_key: {name: n}}]",
            ["S", "N"],
        ),
    ],
)
def test_key_without_a_type_has_that_of_what_it_is_made_from(
    tmp_path: Path, table: str, types: list[str]
) -> None:
    text = (
        "name: orders\nsource: {files: ['*.csv']}\n"
        "columns: [{name: id}, {name: n, type: INT4}, {name: b, type: BLOB}]\n"
        f"table:\n  {table}\n"
        "attributes: {made: 'n#${n}', counted: {number: '${n}'}}\n"
    )
    assert [key.type for key in opened(tmp_path, text).table.key_attributes] == types


def test_number_from_a_text_column_is_refused_where_numbers_have_another_form(tmp_path: Path) -> None:
    text = ROWS.replace("source: {", "source: {decimal: ',', ") + "attributes: {n: {number: '${tags}'}}\n"
    assert "line 8: attributes.n: tags is STRING, so that `decimal` does not apply" in mistake(tmp_path, text)

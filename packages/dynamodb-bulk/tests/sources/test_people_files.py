"""Files as people have them, local and in S3: to items, verified, exported and read again."""

import gzip
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from backports import zstd
from moto import mock_aws

from bulk_testing.made import make_export, opened
from bulk_testing.plant import checked
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.conversion.convert import convert
from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.export.contents import exported_contents
from dynamodb_bulk.export.export_chain import chain_of
from dynamodb_bulk.export.output import Kind
from dynamodb_bulk.export.to_files import export_to_files
from dynamodb_bulk.requests.import_table import conversion_reasons
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.sources.reading import local_files, open_items
from dynamodb_bulk.verify.item_source import ExportItems, FileItems
from dynamodb_bulk.verify.run import ExpectedLoad, verify

PACKED: dict[str, Callable[[bytes], bytes]] = {"none": bytes, "gzip": gzip.compress, "zstd": zstd.compress}
ENCODED = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "cp1252": "cp1252"}
GERMAN: dict[str, Any] = {
    "name": "excel",
    "source": {
        "header": True, "delimiter": ";", "decimal": ",", "thousands": ".", "skip_rows": 1, "skip_footer": 1,
        "comment": "#", "null_value": ["", "k.A."], "booleans": {"true": ["ja"], "false": ["nein"]},
    },
    "columns": [
        {"name": "Kunden-Nr"},
        {"name": "Name"},
        {"name": "Umsatz", "type": "NUMERIC", "precision": 12, "scale": 2},
        {"name": "Datum", "type": "DATE", "date_format": "dd.MM.YYYY"},
        {"name": "Zeit", "type": "DATETIME", "date_format": "d.M.YYYY H:mm", "timezone": "Europe/Berlin"},
        {"name": "Aktiv", "type": "BOOLEAN"},
        {"name": "Stück", "type": "INT4"},
    ],
    "table": {"partition_key": {"name": "Kunden-Nr"}, "sort_key": {"name": "Stück"}},
}  # fmt: skip
TEXT = """\
Auswertung
Kunden-Nr;Name;Umsatz;Datum;Zeit;Aktiv;Stück
00042;"Müller; GmbH";1.234,56;31.12.2025;1.7.2026 0:30;ja;1.000
# Sørensen folgt
00043;Sørensen;12,5;01.02.2026;k.A.;nein;7
Summe;2
"""
ITEMS = [
    {
        "Kunden-Nr": {"S": "00042"}, "Name": {"S": "Müller; GmbH"}, "Umsatz": {"N": "1234.56"},
        "Datum": {"S": "2025-12-31"}, "Zeit": {"S": "2026-06-30T22:30:00Z"}, "Aktiv": {"BOOL": True},
        "Stück": {"N": "1000"},
    },
    {
        "Kunden-Nr": {"S": "00043"}, "Name": {"S": "Sørensen"}, "Umsatz": {"N": "12.5"},
        "Datum": {"S": "2026-02-01"}, "Aktiv": {"BOOL": False}, "Stück": {"N": "7"},
    },
]  # fmt: skip


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        found = Aws(region="us-east-1")
        found.s3.create_bucket(Bucket="some-bucket")
        yield found


def described(folder: Path, text: str = TEXT, packed: str = "none", **source: Any) -> Dataset:
    encoding = ENCODED[source.get("encoding", "utf-8")]
    (folder / "data.csv").write_bytes(PACKED[packed](text.encode(encoding)))
    more = {"files": ["data.csv"], "compression": packed, **source}
    document = {**GERMAN, "source": {**GERMAN["source"], **more}}
    (folder / "dataset.yaml").write_text(yaml.safe_dump(document, allow_unicode=True))
    return open_dataset(folder / "dataset.yaml")


def items(dataset: Dataset, aws: Aws | None = None) -> list[Any]:
    files = source_files(dataset, aws)
    return [json.loads(item) for file in files for batch in open_items(dataset, file) for item in batch.items]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("packed", list(PACKED))
def test_german_file_becomes_items(packed: str, encoding: str, tmp_path: Path) -> None:
    assert items(described(tmp_path, packed=packed, encoding=encoding)) == ITEMS


@pytest.mark.parametrize("packed", list(PACKED))
def test_german_file_in_s3_becomes_the_same_items(packed: str, tmp_path: Path, aws: Aws) -> None:
    body = PACKED[packed](TEXT.encode("cp1252"))
    aws.s3.put_object(Bucket="some-bucket", Key="in/data.csv", Body=body)
    dataset = described(tmp_path, packed=packed, encoding="cp1252", files=[], location="s3://some-bucket/in/")
    assert items(dataset, aws) == ITEMS


def test_lines_of_rejected_rows_are_those_of_the_file(tmp_path: Path) -> None:
    text = TEXT.replace("12,5;", "12.5;").replace("31.12.2025", "31.02.2025")
    report = checked(described(tmp_path, text).path)
    assert [(one.line, one.column) for one in report.findings["unparsable"].examples] == [
        (3, "Datum"),
        (5, "Umsatz"),
    ]
    assert report.rows == 2


def test_header_is_looked_for_behind_the_skipped_lines(tmp_path: Path) -> None:
    report = checked(described(tmp_path, TEXT.replace("Kunden-Nr;Name", "Name;Kunden-Nr")).path)
    assert [one.line for one in report.findings["header-order"].examples] == [2]


def test_german_file_is_converted_for_an_import(tmp_path: Path) -> None:
    dataset = described(tmp_path)
    assert conversion_reasons(dataset)
    manifest = convert(dataset, local_files(dataset), tmp_path / "out", Options(compression="none"))
    lines = (tmp_path / "out/data/part-00001.json").read_text().splitlines()
    assert [json.loads(line)["Item"] for line in lines] == ITEMS
    assert (manifest.rows, manifest.rejected) == (2, 0)


def test_german_file_is_verified_by_value(tmp_path: Path) -> None:
    dataset = described(tmp_path)
    export = chain_of([opened(make_export(tmp_path / "export", [ITEMS]))])
    held = ExportItems(export, dataset.keys, None, None)
    load = ExpectedLoad(name="excel", dataset=dataset)
    found = verify([load], held, dataset.keys, Aws(region="eu-west-1"), lambda _: None, table="t")
    assert (found.good, found.same) == (True, 2)


@pytest.mark.parametrize("delimiter", [";", "||", "§"])
def test_exported_rows_are_in_the_dataset_s_form_and_become_the_items_again(
    delimiter: str, tmp_path: Path
) -> None:
    dataset = described(tmp_path, TEXT.replace(";", delimiter), delimiter=delimiter)
    chain = chain_of([opened(make_export(tmp_path / "export", [ITEMS]))])
    written = export_to_files(exported_contents(chain), tmp_path / "out", "csv", dataset)
    assert (written.rows, written.rejected) == (2, 0)
    text = (tmp_path / "out/data/part-00001.csv").read_text()
    assert "1234,56" in text
    assert "01.02.2026" in text
    assert items(open_dataset(tmp_path / "out/dataset.yaml")) == ITEMS
    assert FileItems(open_dataset(tmp_path / "out/dataset.yaml"), None).lookup([("00043", "7")])


@pytest.mark.parametrize("kind", ["ndjson", "parquet"])
def test_exported_records_become_the_items_again(kind: Kind, tmp_path: Path) -> None:
    chain = chain_of([opened(make_export(tmp_path / "export", [ITEMS]))])
    written = export_to_files(exported_contents(chain), tmp_path / "out", kind, described(tmp_path))
    assert (written.rows, written.rejected) == (2, 0)
    found = items(open_dataset(tmp_path / "out/dataset.yaml"))
    assert Decimal(found[1].pop("Umsatz")["N"]) == Decimal("12.5")  # Parquet has it with its scale
    assert found == [ITEMS[0], {name: value for name, value in ITEMS[1].items() if name != "Umsatz"}]


@pytest.mark.parametrize(
    ("source", "column", "place"),
    [
        ({"encoding": "cp1252"}, {}, "source.encoding"),
        ({"delimiter": "||"}, {}, "source.delimiter"),
        ({"null_value": ["", "-"]}, {}, "source.null_value"),
        ({"comment": "#"}, {}, "source.comment"),
        ({"skip_rows": 1}, {}, "source.skip_rows"),
        ({"skip_footer": 1}, {}, "source.skip_footer"),
        ({"decimal": ","}, {"type": "REAL8"}, "source.decimal"),
        ({"thousands": "'"}, {"type": "INT4"}, "source.thousands"),
        ({"thousands": ".", "decimal": ","}, {"type": "INT4"}, "source.thousands"),
        ({}, {"type": "INT4", "thousands": "'"}, "columns[1].thousands"),
        ({}, {"type": "DATE", "date_format": "dd.MM.YYYY"}, "columns[1].date_format"),
        ({}, {"type": "DATETIME", "timezone": "UTC"}, "columns[1].timezone"),
        ({"booleans": {"true": ["y"], "false": ["n"]}}, {"type": "BOOLEAN"}, "source.booleans"),
        ({}, {"type": "STRING"}, "columns[1]"),
    ],
)
def test_what_only_a_conversion_reads_is_refused_for_dms_and_converted_for_an_import(
    source: dict[str, Any], column: dict[str, Any], place: str, tmp_path: Path
) -> None:
    columns = [{"name": "id", "length": 9}, {"name": "c", "type": "STRING", "length": 9, **column}]
    if column == {"type": "STRING"}:
        del columns[1]["length"]
    document = {
        "name": "rows", "source": {"files": ["a.csv"], "header": True, **source}, "columns": columns,
        "table": {"partition_key": {"name": "id"}},
    }  # fmt: skip
    (tmp_path / "a.csv").write_text("id,c\n")
    (tmp_path / "dataset.yaml").write_text(yaml.safe_dump(document))
    dataset = open_dataset(tmp_path / "dataset.yaml")
    [obstacle] = dataset.dms_obstacles
    assert obstacle.where.endswith(f": {place}")
    assert bool(conversion_reasons(dataset)) == (place != "columns[1]")


def test_what_a_source_says_is_refused_for_dms_once_for_all_of_its_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    (tmp_path / "dataset.yaml").write_text(
        "name: rows\nsource: {files: [a.csv], decimal: ','}\n"
        "columns: [{name: id, length: 9}, {name: a, type: REAL8}, {name: b, type: REAL8}, "
        "{name: c, type: REAL8, decimal: '.'}]\n"
        "table: {partition_key: {name: id}}\n"
    )
    dataset = open_dataset(tmp_path / "dataset.yaml")
    assert [one.where.rpartition(": ")[2] for one in dataset.dms_obstacles] == ["source.decimal"]
    assert [column.own_form for column in dataset.columns] == [(), ("decimal",), ("decimal",), ()]

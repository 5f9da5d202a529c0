"""Dataset files from DMS documents."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from bulk_testing.command import bulk
from dynamodb_bulk.dataset import open_dataset


def table(name: str) -> dict[str, Any]:
    return {
        "TableName": name,
        "TablePath": f"lab/{name}/",
        "TableOwner": "lab",
        "TableColumns": [{"ColumnName": "id", "ColumnType": "INT4", "ColumnNullable": None}],
        "TableColumnsTotal": 1,
    }


def definition(*names: str) -> dict[str, Any]:
    return {"TableCount": len(names), "Tables": [table(name) for name in names]}


def mappings(*names: str) -> dict[str, Any]:
    rules: list[dict[str, Any]] = []
    for name in names:
        locator = {"schema-name": "lab", "table-name": name}
        rules += [
            {
                "rule-type": "selection",
                "rule-id": len(rules),
                "rule-name": f"s{name}",
                "rule-action": "include",
                "object-locator": locator,
                "filters": None,
            },
            {
                "rule-type": "object-mapping",
                "rule-id": len(rules) + 1,
                "rule-name": f"m{name}",
                "rule-action": "map-record-to-record",
                "object-locator": locator,
                "target-table-name": name,
                "mapping-parameters": {
                    "partition-key-name": "PK",
                    "attribute-mappings": [{"target-attribute-name": "PK", "value": f"{name}#$${{id}}"}],
                },
            },
        ]
    return {"rules": rules}


def write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document))


def test_init_from_documents_names_them_and_says_what_changes(tmp_path: Path) -> None:
    write(tmp_path / "tables.json", definition("users"))
    write(tmp_path / "rules.json", mappings("users"))
    write(tmp_path / "task.json", {"Logging": {"EnableLogging": True, "CloudWatchLogGroup": None}})
    (tmp_path / "users.csv").write_text("1\n2\n")
    ended = bulk("init", "--from-dms", tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert yaml.safe_load((tmp_path / "dataset.yaml").read_text()) == {
        "name": "users",
        "source": {"files": ["users.csv"], "delimiter": ","},
        "dms": {
            "external_table_definition": "tables.json",
            "table_mappings": "rules.json",
            "task_settings": "task.json",
        },
    }
    for told in ("Terraform", "null", "CloudWatchLogGroup"):
        assert told in ended.stderr


def test_init_from_documents_of_several_tables_writes_a_dataset_for_each(tmp_path: Path) -> None:
    write(tmp_path / "definition.json", definition("users", "carts"))
    write(tmp_path / "mappings.json", mappings("users", "carts"))
    for name in ("users", "carts"):
        (tmp_path / f"{name}-1.csv").write_text("1\n")
    ended = bulk("init", "--from-dms", tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    opened = [open_dataset(tmp_path / name / "dataset.yaml") for name in ("users", "carts")]
    assert [(one.name, one.files[0].name) for one in opened] == [
        ("users", "users-1.csv"),
        ("carts", "carts-1.csv"),
    ]


def test_init_from_what_aws_returns_takes_documents_and_the_endpoint(tmp_path: Path) -> None:
    endpoint = {
        "S3Settings": {
            "ExternalTableDefinition": json.dumps(definition("users")),
            "BucketName": "data",
            "BucketFolder": "in",
            "CsvDelimiter": ";",
            "CsvRowDelimiter": "\\r\\n",
            "IgnoreHeaderRows": 1,
            "Rfc4180": False,
            "CdcPath": None,
        }
    }
    task = {"TableMappings": json.dumps(mappings("users")), "ReplicationTaskSettings": '{"Logging": {}}'}
    write(tmp_path / "endpoints.json", {"Endpoints": [endpoint]})
    write(tmp_path / "tasks.json", {"ReplicationTasks": [task]})
    (tmp_path / "a.csv").write_bytes(b"id\r\n1\r\n")
    ended = bulk("init", tmp_path / "a.csv", "--from-dms", tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    written = yaml.safe_load((tmp_path / "dataset.yaml").read_text())
    assert written["source"] == {
        "files": ["a.csv"],
        "delimiter": ";",
        "row_delimiter": "\r\n",
        "header": True,
        "quoting": "none",
    }
    assert sorted(written["dms"].values()) == ["definition.json", "mappings.json", "task-settings.json"]
    assert bulk("init", tmp_path / "a.csv", "--from-dms", tmp_path).returncode == 2
    assert bulk("init", tmp_path / "a.csv", "--from-dms", tmp_path, "--force").returncode == 0


@pytest.mark.parametrize("name", ["definition", "nothing"])
def test_init_from_a_folder_without_a_definition_is_one_line(tmp_path: Path, name: str) -> None:
    write(tmp_path / "mappings.json", mappings("users"))
    refused = bulk("init", "--from-dms", tmp_path if name == "definition" else tmp_path / name)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)


def test_init_from_several_tables_finds_a_file_by_the_number_of_its_columns(tmp_path: Path) -> None:
    wide = definition("users")["Tables"][0]
    narrow = {**wide, "TableName": "carts", "TablePath": "app/carts/"}
    more = {**wide["TableColumns"][0], "ColumnName": "more", "ColumnIsPk": "false"}
    wide = {**wide, "TableColumns": [*wide["TableColumns"], more], "TableColumnsTotal": "2"}
    write(tmp_path / "definition.json", {"TableCount": "2", "Tables": [wide, narrow]})
    (tmp_path / "a.csv").write_text("1,2\n")
    bulk("init", "--from-dms", tmp_path)
    users, carts = (
        yaml.safe_load((tmp_path / name / "dataset.yaml").read_text())["source"]["files"]
        for name in ("users", "carts")
    )
    assert (users, carts) == (["../a.csv"], ["app/carts/*.csv"])


def test_init_from_an_endpoint_of_parquet_writes_a_dataset_of_parquet(tmp_path: Path) -> None:
    settings = {"ExternalTableDefinition": json.dumps(definition("users")), "DataFormat": "Parquet"}
    write(tmp_path / "endpoints.json", {"Endpoints": [{"S3Settings": settings}]})
    write(tmp_path / "mappings.json", mappings("users"))
    pl.DataFrame({"id": ["1"]}).write_parquet(tmp_path / "a.parquet")
    ended = bulk("init", tmp_path / "a.parquet", "--from-dms", tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    opened = open_dataset(tmp_path / "dataset.yaml")
    assert (opened.source.format, opened.dms_obstacles) == ("parquet", ())

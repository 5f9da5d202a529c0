"""`bulk export` and `bulk verify` as they are typed, without a stack."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bulk_testing.command import bulk
from bulk_testing.made import change, make_changes, make_export, person
from local_aws.testing.stage import Stage

NO_STACK = {"PATH": "/nowhere"}
FILES = ("--to", "ndjson", "--out", "x")
RECOVERY = {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export",), "name a table, or an export with --from"),
        (("export", "t", "--to", "csv"), "one is missing"),
        (
            ("export", "--from", "nowhere", "--to", "ndjson", "--out", "x"),
            "nowhere: the folder does not exist",
        ),
        (("export", "t", "--bucket", "b", "--type", "incremental"), "needs its start time"),
        (("export", "t", "--bucket", "b", "--values", "{"), "--values, line 1: not JSON"),
        (("export", "t", "--bucket", "b", "--at", "soon"), "bulk export: at: "),
        (
            ("export", "t", "--bucket", "b", "--values", '{":x": 3}'),
            "values.:x: expected keys and values, got 3",
        ),
        (
            ("export", "--from", "s3://nowhere/x", "--region", "eu-west-1", *FILES),
            "x: the bucket does not exist; check",
        ),
        (
            ("export", "--from", "s3://nowhere/AWSDynamoDB/1/", "--region", "eu-west-1", *FILES),
            "the bucket does not exist",
        ),
        (("export", "t"), "pulumi: not on PATH"),
        (("export", "t", "--scheduled"), "--scheduled: reads an existing export; pass --to and --out"),
        (("export", "t", "--scheduled", *FILES), "pulumi: not on PATH"),
        (("export", "t", "--scheduled", "--at", "2026-11-25", *FILES), "--at: applies to a new export only"),
        (("export", "--from", "a", "--from", "b", "--scheduled", *FILES), "reads one location, not 2"),
        (("export", "--from", "nowhere", "--scheduled", *FILES), "nowhere: the folder does not exist"),
        (("export", "t", "--by", "scan"), "--by scan: writes the items of a table to files"),
        (("export", "t", "--by", "scan", "--at", "2026-11-25", *FILES), "--at: does not apply to a scan"),
        (
            ("export", "t", "--by", "scan", "--type", "incremental", *FILES),
            "--type: does not apply to a scan",
        ),
        (("export", "t", "--consistent", *FILES), "--consistent: applies to a scan only"),
        (
            ("export", "t", "--by", "scan", "--region", "eu-west-1", *FILES),
            "table t: the table does not exist",
        ),
        (("verify",), "no load given"),
        (("verify", "a", "b"), "2 loads; name one of them"),
        (("verify", "nothing.yaml", "--table", "t"), "nothing.yaml: the file does not exist"),
        (
            ("verify", "nothing.yaml", "--table", "t", "--out", "a/b"),
            "a/b: cannot be written: it is a folder, or its folder does not exist",
        ),
    ],
)
def test_command_when_used_wrongly_is_one_line_with_what_to_do(
    arguments: tuple[str, ...], said: str, stage: Stage
) -> None:
    ended = bulk(*arguments, AWS_ENDPOINT_URL=stage.url, **NO_STACK)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_table_without_recovery_is_written_to_files_by_a_scan(stage: Stage, tmp_path: Path) -> None:
    table = stage.table()
    for number in range(30):
        item = {"id": {"S": f"k{number}"}, "a.b": {"N": "100"}, "note": {"S": "line\nend"}}
        stage.dynamodb.put_item(TableName=table, Item=item)
    place = ("--region", "eu-west-1", "--by", "scan", "--to", "ndjson", "--json")
    refused = bulk(
        "export", table, "--region", "eu-west-1", "--bucket", stage.make_bucket(), AWS_ENDPOINT_URL=stage.url,
        **NO_STACK,
    )  # fmt: skip
    assert "--by scan" in refused.stderr
    for name, options in {
        "all": ("--consistent", "--read-units", "10000"),
        "some": ("--filter", "id = :k", "--values", '{":k": {"S": "k7"}}', "--project", "#x", "--names",
                 '{"#x": "a.b"}'),
    }.items():  # fmt: skip
        out = str(tmp_path / name)
        ended = bulk("export", table, *place, "--out", out, *options, AWS_ENDPOINT_URL=stage.url, **NO_STACK)
        assert ended.returncode == 0, ended.stderr
    lines = [json.loads(line) for line in (tmp_path / "all/data/part-00001.json").read_text().splitlines()]
    assert {one["Item"]["id"]["S"] for one in lines} == {f"k{number}" for number in range(30)}
    assert all(one["Item"]["note"] == {"S": "line\nend"} for one in lines)
    some = (tmp_path / "some/data/part-00001.json").read_text()
    assert json.loads(some) == {"Item": {"id": {"S": "k7"}, "a.b": {"N": "100"}}}


def test_scan_is_refused_in_one_line_when_its_filter_is_wrong(stage: Stage, tmp_path: Path) -> None:
    place = ("--region", "eu-west-1", "--by", "scan", "--to", "ndjson", "--out", str(tmp_path / "out"))
    ended = bulk(
        "export", stage.table(), *place, "--filter", "id == 3", AWS_ENDPOINT_URL=stage.url, **NO_STACK
    )
    assert ended.returncode == 2
    assert "change --filter" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_table_of_no_stack_is_exported_to_files_and_verified(stage: Stage, tmp_path: Path) -> None:
    table = stage.table()
    stage.make_bucket()
    stage.dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=RECOVERY)
    (tmp_path / "rows.csv").write_text("a,1.50\nb,2\n")
    dataset = tmp_path / "dataset.yaml"
    dataset.write_text(
        "name: things\n"
        "source: {files: [rows.csv]}\n"
        "columns: [{name: id, length: 8}, {name: n, type: NUMERIC, precision: 9, scale: 2}]\n"
        "table: {partition_key: {name: id}}\n"
    )
    for name, number in (("a", "1.5"), ("b", "2")):
        stage.dynamodb.put_item(TableName=table, Item={"id": {"S": name}, "n": {"N": number}})
    out = str(tmp_path / "out")
    ended = bulk(
        "export", table, "--bucket", stage.bucket, "--to", "csv", "--out", out, "--dataset", str(dataset),
        "--json", AWS_ENDPOINT_URL=stage.url, **NO_STACK,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["files"]["rows"] == 2
    for by in ("scan", out):
        same = bulk(
            "verify", str(dataset), "--table", table, "--by", by, AWS_ENDPOINT_URL=stage.url, **NO_STACK
        )
        assert same.returncode == 0, same.stdout + same.stderr
        assert same.stdout.startswith("things: good: 2 items in ")


@pytest.mark.parametrize(
    ("kind", "there", "said"),
    [
        ("ndjson", "thesis.tex", "out/thesis.tex: not a file of an export; use an empty folder"),
        ("ndjson", "data/part-00001.json/x", "not a file of an export"),
        ("ndjson", "manifest.json", "out: holds an export already; name another folder, or use --overwrite"),
        ("ndjson", "", "out: not a folder; name a different one"),
        ("csv", "data/part-00001.csv", "--to csv: no dataset says which columns there are"),
    ],
)
def test_files_that_cannot_be_written_are_refused_before_anything_is_exported(
    stage: Stage, tmp_path: Path, kind: str, there: str, said: str
) -> None:
    table = stage.table(stage.named("things"))
    stage.make_bucket()
    stage.dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=RECOVERY)
    path = tmp_path / "out" / there
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("years of work")
    out = str(tmp_path / "out")
    ended = bulk(
        "export", table, "--bucket", stage.bucket, "--to", kind, "--out", out,
        AWS_ENDPOINT_URL=stage.url, **NO_STACK,
    )  # fmt: skip
    assert ended.returncode == 2
    assert said in ended.stderr
    arn = stage.dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    assert stage.dynamodb.list_exports(TableArn=arn)["ExportSummaries"] == []
    assert path.read_text() == "years of work"


def test_scheduled_exports_in_a_folder_are_read_as_the_newest_chain(tmp_path: Path) -> None:
    above = tmp_path / "copy/AWSDynamoDB"
    times = [f"2026-11-24T{hour}:00:00Z" for hour in ("09", "10", "11", "12")]
    make_export(above / "01", [[person("a", 1)]], exportTime=times[0])
    make_export(above / "02", [[person("a", 2), person("b", 2)]], exportTime=times[1])
    written = int(datetime(2026, 11, 24, 10, 30, tzinfo=UTC).timestamp() * 1_000_000)
    make_changes(above / "03", [change(person("b", 3), written)], *times[1:3])
    make_changes(above / "04", [], *times[2:4])
    out = tmp_path / "out"
    ended = bulk(
        "export",
        "--from",
        str(tmp_path / "copy"),
        "--scheduled",
        "--to",
        "ndjson",
        "--out",
        str(out),
        **NO_STACK,
    )
    assert ended.returncode == 0, ended.stderr
    assert "people as of 2026-11-24T12:00:00Z: " in ended.stdout
    assert "02 and 2 exports of changes\n" in ended.stdout
    (part,) = (out / "data").iterdir()
    lines = [json.loads(line)["Item"] for line in part.read_text().splitlines()]
    assert sorted(lines, key=json.dumps) == [person("a", 2), person("b", 3)]


def test_chain_warns_when_deletions_are_unknown(tmp_path: Path) -> None:
    full = make_export(tmp_path / "full", [[person("a", 1)]], exportTime="2026-11-24T10:00:00Z")
    changes = make_changes(tmp_path / "changes", [], "2026-11-24T09:30:00Z", "2026-11-24T10:30:00Z")
    places = ("--from", str(full), "--from", str(changes))
    ended = bulk("export", *places, "--to", "ndjson", "--out", str(tmp_path / "out"), **NO_STACK)
    assert ended.returncode == 0, ended.stderr
    assert (
        "put from 2026-11-24T09:30:00Z to 2026-11-24T10:00:00Z and deleted later may still be" in ended.stdout
    )


def test_rejected_items_are_reported_with_exit_code_1(tmp_path: Path) -> None:
    export = make_export(tmp_path / "export", [[person("a", 1), {"id": {"S": "b"}, "x": {"NULL": True}}]])
    (tmp_path / "rows.csv").write_text("")
    dataset = tmp_path / "dataset.yaml"
    dataset.write_text(
        "name: people\n"
        "source: {files: [rows.csv]}\n"
        "columns: [{name: id, length: 8}, {name: age, type: INT2}]\n"
        "table: {partition_key: {name: id}}\n"
    )
    out = tmp_path / "out"
    ended = bulk(
        "export",
        "--from",
        str(export),
        "--to",
        "csv",
        "--out",
        str(out),
        "--dataset",
        str(dataset),
        **NO_STACK,
    )
    assert ended.returncode == 1
    assert "1 of 2 items are not rows of the dataset" in ended.stdout
    (reject,) = (out / "rejects.jsonl").read_text().splitlines()
    assert json.loads(reject)["reason"] == "attribute x is not made from a column"

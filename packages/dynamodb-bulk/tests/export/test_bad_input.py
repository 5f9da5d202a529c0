"""What `bulk export` and `bulk verify` say of what cannot be exported, read or believed."""

import json
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bulk_testing import made
from bulk_testing.command import bulk
from bulk_testing.made import change, make_changes, person, rewrite
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.export.request import ExportOrder
from dynamodb_bulk.export.start import finish_export, make_export
from dynamodb_bulk.spec.errors import LoadFailed
from local_aws.testing.export_stage import ExportStage
from local_aws.testing.mass_data import MassData
from local_aws.testing.stage import Stage

NOW = datetime.now(UTC)
PEOPLE = """
name: people
source: {files: [rows.csv]}
columns: [{name: id, length: 8}, {name: age, type: INT4}]
table: {partition_key: {name: id}}
"""


def typed(url: str, *arguments: str) -> tuple[int, str, str]:
    """Exit code and both outputs of a command without a stack."""
    ended = bulk(*arguments, AWS_ENDPOINT_URL=url, AWS_REGION="eu-west-1", PATH="/nowhere")
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended.returncode, ended.stdout, ended.stderr


def ago(**span: float) -> str:
    return (NOW - timedelta(**span)).isoformat(timespec="seconds")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--at", "2020-01-01"],
            "`at` 2020-01-01T00:00:00Z is before the earliest time that can be exported; its",
        ),
        (["--at", ago(days=-30)], "is in the future; the latest time that can be exported is "),
        (["--type", "incremental", "--since", ago(hours=2), "--until", ago(hours=1)], "`since` "),
        (["--type", "incremental", "--since", ago(minutes=20), "--until", ago(minutes=10)], "10 minutes"),
        (["--type", "incremental", "--since", ago(hours=30), "--until", ago(hours=1)], "29.0 hours"),
        (
            ["--bucket", "nobody-has-this"],
            "bucket nobody-has-this: the bucket does not exist; create the bucket, or name",
        ),
    ],
)
def test_export_that_cannot_be_made_is_one_line_before_it_starts(
    stage: Stage, options: list[str], said: str
) -> None:
    exports = ExportStage(stage)
    table = exports.table("a")
    bucket = [] if "--bucket" in options else ["--bucket", stage.bucket]
    code, out, error = typed(stage.url, "export", table, *bucket, *options)
    assert (code, out) == (2, "")
    assert said in error
    assert error.count("\n") == 1
    assert exports.dynamodb.list_exports(TableArn=exports.arn(table))["ExportSummaries"] == []


def test_export_reports_how_to_turn_recovery_on_when_it_is_off(stage: Stage) -> None:
    table = ExportStage(stage).table("a", recovery=False)
    code, _, error = typed(stage.url, "export", table, "--bucket", stage.bucket)
    assert code == 2
    assert f"export of {table}: point-in-time recovery is off; turn it on: " in error
    assert f"aws dynamodb update-continuous-backups --table-name {table} " in error


def test_export_to_a_bucket_that_may_not_be_written_is_failed_with_what_to_allow(stage: Stage) -> None:
    table = ExportStage(stage).table("a")
    objects = f"arn:aws:s3:::{stage.bucket}/*"
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": objects}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
    stage.s3.put_bucket_policy(Bucket=stage.bucket, Policy=policy)
    out = f"/nowhere/{table}"
    code, _, error = typed(
        stage.url, "export", table, "--bucket", stage.bucket, "--to", "ndjson", "--out", out
    )
    assert code == 1
    assert f"export of {table} FAILED: S3AccessDenied" in error
    assert "allow s3:PutObject, s3:PutObjectAcl and s3:AbortMultipartUpload on the bucket" in error


Spoil = Callable[[Path], None]


def checksum_of_summary(export: Path) -> None:
    manifest = export / "manifest-summary.json"
    manifest.write_text(manifest.read_text() + " ")


def checksum_of_files(export: Path) -> None:
    manifest = export / "manifest-files.json"
    manifest.write_text(manifest.read_text() + "\n")


def count_of_all(export: Path) -> None:
    manifest = export / "manifest-summary.json"
    rewrite(manifest, manifest.read_text().replace('"itemCount": 3', '"itemCount": 4'))


def count_of_a_file(export: Path) -> None:
    count_of_all(export)
    manifest = export / "manifest-files.json"
    rewrite(manifest, manifest.read_text().replace('"itemCount": 1', '"itemCount": 2'))


def file_missing(export: Path) -> None:
    (export / "data/export-1.json.gz").unlink()


def file_damaged(export: Path) -> None:
    file = export / "data/export-1.json.gz"
    file.write_bytes(file.read_bytes()[:-1] + b"x")


def no_summary(export: Path) -> None:
    (export / "manifest-summary.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            checksum_of_summary,
            "manifest-summary.json does not have the checksum of manifest-summary.md5",
        ),
        (checksum_of_files, "manifest-files.json does not have the checksum of manifest-files.md5"),
        (count_of_all, "manifest-summary.json says 4 items, the files of manifest-files.json hold 3"),
        (count_of_a_file, "1 items are in it, the manifest says 2"),
        (file_missing, "the data file data/export-1.json.gz is missing, but the manifest names it"),
        (file_damaged, "export-1.json.gz: "),
        (no_summary, "not an export: manifest-summary.json is missing"),
    ],
)
def test_export_that_does_not_add_up_makes_no_file(tmp_path: Path, spoil: Spoil, said: str) -> None:
    export = made.make_export(tmp_path / "export", [[person("a", 1), person("b", 2)], [person("c", 3)]])
    spoil(export)
    refused(tmp_path / "out", [export], said)


@pytest.mark.parametrize(
    ("windows", "said"),
    [
        (
            [("11:00", "12:00")],
            "a hole in the chain: nothing covers 2026-11-24T10:00:00Z to 2026-11-24T11:00:00Z",
        ),
        (
            [("10:00", "11:00"), ("11:30", "12:00")],
            "a hole in the chain: nothing covers 2026-11-24T11:00:00Z to 2026-11-24T11:30:00Z",
        ),
    ],
)
def test_chain_with_a_gap_makes_no_file_and_reports_the_missing_export(
    tmp_path: Path, windows: Sequence[tuple[str, str]], said: str
) -> None:
    chain = [made.make_export(tmp_path / "export", [[person("a", 1)]])]
    for number, (since, until) in enumerate(windows):
        start, end = (f"2026-11-24T{time}:00Z" for time in (since, until))
        micros = int(datetime.fromisoformat(start).timestamp() * 1_000_000)
        chain.append(
            make_changes(tmp_path / f"changes-{number}", [change(person("a", 9), micros)], start, end)
        )
    error = refused(tmp_path / "out", chain, said)
    assert "or make one: bulk export … --type incremental --since" in error


def refused(out: Path, exports: Sequence[Path], said: str) -> str:
    """What is said where exports are refused and nothing is taken for whole."""
    chain = [part for export in exports for part in ("--from", str(export))]
    code, _, error = typed("http://127.0.0.1:1", "export", *chain, "--to", "ndjson", "--out", str(out))
    assert code == 2
    assert said in error
    assert error.count("\n") == 1
    left = [path.name for path in out.rglob("*") if path.is_file()]
    assert [name for name in left if not name.endswith(".unfinished")] == []
    return error


def lose(s3: Any, bucket: str, key: str) -> None:
    s3.delete_object(Bucket=bucket, Key=key)


def replace(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=b"another")


@pytest.mark.parametrize(
    ("spoil", "ending", "said"),
    [
        (lose, ".json.gz", "is missing, but the manifest names it"),
        (replace, ".json.gz", "differs from the exported file: its ETag is "),
        (lose, "manifest-files.json", "no manifest-files.json"),
        (replace, "manifest-summary.json", "manifest-summary.json does not have the checksum"),
        (lose, "manifest-summary.md5", "manifest-summary.json cannot be checked"),
    ],
)
def test_export_is_not_good_when_aws_completes_it_incompletely(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Any, str, str], None],
    ending: str,
    said: str,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    table, aws = ExportStage(stage).table("a"), Aws(region=stage.region)
    order = ExportOrder(table=table, bucket=stage.bucket, prefix="kept")
    found = make_export(order, aws, lambda _: None, token=table)
    listed = stage.s3.list_objects_v2(Bucket=stage.bucket, Prefix="kept")["Contents"]
    key = next(entry["Key"] for entry in listed if entry["Key"].endswith(ending))
    spoil(stage.s3, stage.bucket, key)
    with pytest.raises(LoadFailed) as caught:
        finish_export(found.arn, aws, lambda _: None)
    assert f"export of {table} is COMPLETED, but incomplete or damaged" in str(caught.value)
    assert said in str(caught.value)


def people(folder: Path, rows: int) -> Path:
    """A dataset of so many people, each as old as its number."""
    (folder / "rows.csv").write_text("".join(f"p{number:06},{number}\n" for number in range(rows)))
    (folder / "dataset.yaml").write_text(PEOPLE)
    return folder / "dataset.yaml"


@contextmanager
def written_to(stage: Stage, table: str, key: str) -> Generator[None]:
    """Someone gives a person another age again and again."""
    over = threading.Event()

    def write() -> None:
        age = 1000
        while not over.is_set():
            stage.dynamodb.put_item(TableName=table, Item=person(key, age))
            age += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


def test_verify_while_someone_writes_does_not_accuse_the_load(stage: Stage, tmp_path: Path) -> None:
    table = stage.table()
    dataset = people(tmp_path, 3)
    for number in range(3):
        stage.dynamodb.put_item(TableName=table, Item=person(f"p{number:06}", number))
    with written_to(stage, table, "p000001"):
        code, out, _ = typed(stage.url, "verify", str(dataset), "--table", table)
    assert code == 1
    assert "people: 1 changed while the table was verified" in out
    assert "differences are not counted as failures" in out
    assert "different" not in out.partition(":")[0]


def test_verify_names_the_one_digit_that_is_another_in_20_000_items(stage: Stage, tmp_path: Path) -> None:
    dataset, data = people(tmp_path, 20_000), MassData(stage)
    lines = (json.dumps({"Item": person(f"p{number:06}", number)}) for number in range(20_000))
    data.put(people_json="\n".join(lines))
    table = stage.named("people")
    assert data.imported(data.ask_import(table))["ImportedItemCount"] == 20_000
    stage.dynamodb.put_item(TableName=table, Item=person("p012345", 12_346))
    code, out, error = typed(stage.url, "verify", str(dataset), "--table", table)
    assert code == 1, error
    assert "people: 1 different: 20,000 items in table" in out
    assert 'different {"id": {"S": "p012345"}} ' in out
    assert 'rows.csv, line 12346): age: expected {"N": "12345"}, found {"N": "12346"}' in out

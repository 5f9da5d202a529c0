"""`bulk check` as a person or a machine calls it."""

import json
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from bulk_testing.plant import small
from dynamodb_bulk.cli.check import check
from dynamodb_bulk.spec.errors import InputError

ROWS = b"a,1,x\nb,2,y\n"


def test_check_when_all_is_well_exits_0_and_counts_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check([small(tmp_path, ROWS)], as_json=True) == 0
    [report] = json.loads(capsys.readouterr().out)["datasets"]
    assert (report["good"], report["rows"], report["items"], report["findings"]) == (True, 2, 2, [])


def test_check_exits_1_and_reports_place_and_remedy_when_a_row_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check([small(tmp_path, ROWS + b"c,x,\n")], as_json=False) == 1
    out = capsys.readouterr().out
    assert "a.csv:3" in out
    assert "pieces: not a whole number" in out
    assert "fix the value" in out


@pytest.mark.parametrize(("method", "code"), [("", 0), ("native", 0), ("dms", 1)])
def test_check_for_a_method_exits_1_when_it_would_change_values(
    method: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = small(tmp_path, ROWS.replace(b"\n", b"\r\n"))
    assert check([path], method=method, as_json=True) == code
    [report] = json.loads(capsys.readouterr().out)["datasets"]
    assert [found["severity"] for found in report["findings"]] == ["error" if code else "warning"]
    assert (report["good"], report["errors"]) == (not code, 2 * code)
    assert check([path], method=method) == code
    assert ("error 2 x" in capsys.readouterr().out) is bool(code)


def test_check_for_a_method_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean native"):
        check([small(tmp_path, ROWS)], method="nativ")


def test_check_when_a_dataset_file_is_wrong_exits_2_and_checks_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small(tmp_path / "a", ROWS, nonsense=1)
    small(tmp_path / "b", ROWS)
    assert check([tmp_path], as_json=True) == 2
    first, second = json.loads(capsys.readouterr().out)["datasets"]
    assert first["findings"][0]["kind"] == "dataset"
    assert second["good"]


def test_check_reports_one_line_when_a_dataset_file_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = small(tmp_path, ROWS, nonsense=1)
    assert check([path], as_json=False) == 2
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith(f"error: {path}, line ")
    assert ": nonsense: unknown key; " in line


def test_check_when_files_are_in_s3_reads_them_and_names_what_the_prefix_matches_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    source = {"files": [], "location": "s3://bucket/data/2024"}
    path = small(tmp_path, {}, source=source)
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="bucket")
        for key in ("data/2024/a.csv", "data/2024/_SUCCESS", "data/2024-old/a.csv"):
            s3.put_object(Bucket="bucket", Key=key, Body=b"" if key.endswith("S") else ROWS)
        assert check([path], region="us-east-1", as_json=True) == 0
    [report] = json.loads(capsys.readouterr().out)["datasets"]
    places = {found["kind"]: [one["file"] for one in found["examples"]] for found in report["findings"]}
    assert report["rows"] == 2
    assert places["prefix-matches-more"] == ["s3://bucket/data/2024-old/"]
    assert places["not-data"] == ["s3://bucket/data/2024/_SUCCESS"]


def test_check_names_hidden_objects_and_values_of_folders_that_are_in_no_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    location = "s3://bucket/_raw/day=1/"
    path = small(tmp_path, {}, source={"files": [], "location": location})
    names = ("year=2024/month=01/a.csv", "year=2024/month=02/a=b.csv", "id=1/a.csv", "_old/a.csv", ".a.csv")
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="bucket")
        for number, name in enumerate(names):
            row = f"{number},".encode() + ROWS.partition(b"\n")[0].partition(b",")[2] + b"\n"
            s3.put_object(Bucket="bucket", Key=f"_raw/day=1/{name}", Body=row)
        assert check([path], region="us-east-1", as_json=True) == 0
    [report] = json.loads(capsys.readouterr().out)["datasets"]
    found = {one["kind"]: one["examples"] for one in report["findings"]}
    assert [one["file"] for one in found["not-data"]] == [f"{location}.a.csv", f"{location}_old/a.csv"]
    assert [(one["file"], one["what"]) for one in found["partition-folders"]] == [
        (f"{location}year=2024/month=01/a.csv", f"{each}, and there is no column {each.partition('=')[0]}")
        for each in ("year=2024", "month=01")
    ]


def test_check_reports_a_folder_without_a_dataset(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no dataset\.yaml"):
        check([tmp_path])


def test_check_when_no_file_matches_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check([small(tmp_path, {})]) == 2
    assert "matches no file" in capsys.readouterr().out


def test_check_of_a_local_file_does_not_import_what_it_does_not_need(tmp_path: Path) -> None:
    program = (
        "import atexit, sys; from dynamodb_bulk.cli.app import main; "
        f"sys.argv = ['bulk', 'check', {str(small(tmp_path, ROWS))!r}]; "
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr)); main()"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    imported = set(ended.stderr.split())
    assert "polars" in imported
    assert not imported & {"boto3", "moto", "amazon", "rich.progress"}

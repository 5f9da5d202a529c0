"""`bulk count`: rows, each rejected row and duplicate keys, of files and of a load of the stack."""

import json
from pathlib import Path

import pytest

from bulk_testing.command import bulk, deployed
from bulk_testing.plant import small
from dynamodb_bulk.loads.writes.load import WritesLoad

ROWS = b"k1,1,a\nk2,many,b\nk1,3,c\nk3,4,d\n"


def test_count_reports_rows_rejects_and_duplicate_keys(tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.jsonl"
    done = bulk("count", small(tmp_path, ROWS), "--rejects", rejects)
    assert done.returncode == 1
    assert done.stdout.splitlines()[1].split() == ["small", "4", "3", "0", "1", "1"]
    file = tmp_path / "a.csv"
    assert f"{file}, line 3: the same key as line 1 of {file}: k1" in done.stdout
    [row] = map(json.loads, rejects.read_text().splitlines())
    assert (row["file"], row["line"], row["column"]) == (str(tmp_path / "a.csv"), 2, "pieces")


def test_count_is_good_when_every_row_has_a_key_of_its_own(tmp_path: Path) -> None:
    done = bulk("count", small(tmp_path, b"k1,1,a\nk2,2,b\n"), "--json")
    assert (done.returncode, json.loads(done.stdout)[0]["good"]) == (0, True)


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b\x08\x00broken"])
def test_count_is_not_good_without_rows_that_can_be_read(data: bytes, tmp_path: Path) -> None:
    done = bulk("count", small(tmp_path, data, source={"compression": "gzip" if data else "none"}))
    assert done.returncode == (2 if data else 1)
    assert len(done.stderr.splitlines()) == bool(data)


def test_count_takes_a_load_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = WritesLoad(
        name="small", dataset=small(tmp_path / "data", ROWS), table="small", records_bucket="none"
    )
    deployed(tmp_path, monkeypatch, load, "eu-west-1")
    assert json.loads(bulk("count", "small", "--json").stdout)[0]["rows"] == 4
    done = bulk("count", "other")
    assert (done.returncode, "it has small" in done.stderr) == (2, True)

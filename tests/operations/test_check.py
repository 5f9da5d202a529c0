"""`bulk check` as a person or a machine calls it."""

import json
from pathlib import Path

import pytest

from operations.check import check
from tests.dataset.check.plant import small

ROWS = b"a,1,x\nb,2,y\n"


def test_check_when_all_is_well_exits_0_and_counts_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check([small(tmp_path, ROWS)], as_json=True) == 0
    [report] = json.loads(capsys.readouterr().out)["datasets"]
    assert (report["good"], report["rows"], report["items"], report["findings"]) == (True, 2, 2, [])


def test_check_when_a_row_is_wrong_exits_1_and_says_where_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check([small(tmp_path, ROWS + b"c,x,\n")], as_json=False) == 1
    out = capsys.readouterr().out
    assert "a.csv:3" in out
    assert "pieces: not a whole number" in out
    assert "correct the value" in out


def test_check_when_a_dataset_file_is_wrong_exits_2_and_checks_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small(tmp_path / "a", ROWS, nonsense=1)
    small(tmp_path / "b", ROWS)
    assert check([tmp_path], as_json=True) == 2
    first, second = json.loads(capsys.readouterr().out)["datasets"]
    assert first["findings"][0]["kind"] == "dataset"
    assert second["good"]

"""A check is one object: one that is made up here runs, counts and is shown with nothing else changed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from bulk_testing.plant import checked, small
from dynamodb_bulk.cli.check import check
from dynamodb_bulk.csv.batches import RejectionKind
from dynamodb_bulk.preflight.check import Check, Detector, Example, Fault
from dynamodb_bulk.preflight.registry import checks
from dynamodb_bulk.preflight.rows import CheckedBatch

DOCS = Path(__file__).parents[4] / "docs"


class Shouting(Detector):
    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        if batch.rows is not None:
            for line, note in zip(batch.rows.lines, batch.rows.frame["note"], strict=True):
                if note and note.isupper():
                    yield Fault("shouting", Example(file=batch.rows.file, line=line, what=note))


@pytest.fixture
def shouting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made_up = Check(
        name="shouting",
        family="values",
        severity="warning",
        sentence="A note is in capitals",
        remedy="calm down",
        detector=Shouting,
    )
    monkeypatch.setitem(checks(), "shouting", made_up)
    return small(tmp_path, b"a,1,quiet\nb,2,LOUD\nc,3,LOUDER\n")


def test_registered_check_counts_and_keeps_examples(shouting: Path) -> None:
    report = checked(shouting, examples=1)
    assert report.findings["shouting"].count == 2
    assert [(one.line, one.what) for one in report.findings["shouting"].examples] == [(2, "LOUD")]
    assert report.findings.count("warning") == 2
    assert report.good


def test_registered_check_is_printed(shouting: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check([shouting]) == 0
    assert "warning 2 x A note is in capitals (shouting)\n  calm down\n" in capsys.readouterr().out


def test_registered_check_is_in_json_and_on_the_page(
    shouting: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check([shouting], as_json=True, html=tmp_path / "page.html")
    [finding] = json.loads(capsys.readouterr().out)["datasets"][0]["findings"]
    assert (finding["kind"], finding["severity"], finding["count"]) == ("shouting", "warning", 2)
    assert "A note is in capitals" in (tmp_path / "page.html").read_text()


def test_every_reason_of_a_rejection_has_a_check() -> None:
    assert set(get_args(RejectionKind)) <= checks().keys()


def test_every_detector_reports_under_a_registered_name() -> None:
    unnamed = [name for name, one in checks().items() if one.detector is None]
    assert unnamed == ["dataset"]


def test_docs_list_every_check() -> None:
    listed = re.findall(r"^\| `[a-z0-9-]+` \|.*$", (DOCS / "check.md").read_text(), re.MULTILINE)
    lines = [
        f"| `{one.name}` | {one.family} | {one.severity} | {one.sentence} | {one.remedy} |"
        for one in checks().values()
    ]
    assert listed == lines

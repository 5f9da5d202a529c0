"""What a check says of a dataset's file and documents alone."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from bulk_testing.plant import EXAMPLES, checked, places, small
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.dms.condition import reserved_words
from dynamodb_bulk.preflight.check import Subject
from dynamodb_bulk.preflight.checks.listing import CHECKS
from dynamodb_bulk.preflight.run import check_dataset
from dynamodb_bulk.sources.reading import SourceFile, local_files


def whats(path: Path, kind: str) -> list[str]:
    return [one.what for one in checked(path).findings[kind].examples]


def source(name: str, size: int = 1) -> SourceFile:
    return SourceFile(name=name, size=size, version="", open=lambda: (_ for _ in ()).throw(OSError))


def test_reserved_words_are_all_573() -> None:
    assert len(reserved_words()) == 573
    assert {"STATUS", "ABORT", "ZONE"} <= reserved_words()


@pytest.mark.parametrize(
    ("more", "warned"), [({}, []), ({"dms": {"migration_type": "full-load"}}, ["attribute status"])]
)
def test_attribute_with_a_reserved_name_is_a_warning_for_dms_alone(
    tmp_path: Path, more: dict[str, Any], warned: list[str]
) -> None:
    columns = [{"name": "id", "length": 8}, {"name": "status", "length": 8}]
    report = checked(small(tmp_path, b"a,b\n", columns=columns, **more))
    assert [one.what for one in report.findings["reserved-word"].examples] == warned
    assert report.good


def by(name: str, kind: str = "S") -> dict[str, object]:
    index = {"name": "by-it", "partition_key": {"name": name, "type": kind}}
    return {"partition_key": {"name": "id"}, "global_secondary_indexes": [index]}


def test_index_whose_key_no_item_has_is_a_warning(tmp_path: Path) -> None:
    path = small(tmp_path, b"a,1,x\n", table=by("colour"))
    assert whats(path, "index-without-items") == ["index by-it: no rule fills its partition key colour"]


def test_key_of_an_index_when_too_long_is_reported_with_its_row(tmp_path: Path) -> None:
    columns = [{"name": "id", "length": 8}, {"name": "note", "type": "CLOB"}]
    path = small(tmp_path, b"a,\nb,%s\n" % (b"x" * 2049), columns=columns, table=by("note"))
    assert places(checked(path), "key-too-long") == [("a.csv", 2)]


@pytest.mark.parametrize(
    ("method", "dms", "reported"),
    [("", {}, 0), ("native", {}, 0), ("dms", {}, 1), ("", {"dms": {"task_settings": "settings.json"}}, 1)],
)
def test_what_dms_cannot_carry_is_reported_where_dms_is_meant(
    method: str, dms: dict[str, Any], reported: int, tmp_path: Path
) -> None:
    (tmp_path / "settings.json").write_text("{}")
    dataset = open_dataset(small(tmp_path, b"a,1,x\n", attributes={"tags": {"set": "${note}"}}, **dms))
    report = check_dataset(dataset, local_files(dataset), method=method)
    assert report.findings["not-for-dms"].count == reported
    assert report.good == (method != "dms")


def test_what_aws_does_not_document_is_a_warning(tmp_path: Path) -> None:
    path = small(tmp_path, b"a,1,x\n", attributes={"both": "${pieces}/${note}"})
    [what] = whats(path, "undocumented")
    assert "attribute both" in what


@pytest.mark.parametrize(("pattern", "warned"), [("sensor_", True), ("sens%", True), ("sensors", False)])
def test_selection_with_wildcards_is_a_warning(pattern: str, warned: bool, tmp_path: Path) -> None:
    copy = tmp_path / "raw"
    shutil.copytree(EXAMPLES / "raw-dms", copy)
    mappings = copy / "mappings.json"
    text = mappings.read_text()
    mappings.write_text(text.replace('"table-name": "sensors"', f'"table-name": "{pattern}"', 1))
    assert bool(whats(copy / "dataset.yaml", "selection-matches-more")) is warned


@pytest.mark.parametrize(
    ("found", "kinds"),
    [
        ([source("a.csv")], []),
        ([source("a.csv")] * 50_001, ["too-many-files"]),
        ([source("a.csv", 5 * 1024**3 + 1)], ["file-too-large"]),
        ([source("a.csv", 10**9)] * 1_001, ["too-many-bytes"]),
        ([source("s3://b/x/manifest-files.json")], ["not-data"]),
        ([source("a.csv", 0)], ["empty-file"]),
    ],
    ids=["one", "many", "large", "much", "manifest", "empty"],
)
def test_files_by_number_size_and_name(found: list[SourceFile], kinds: list[str], tmp_path: Path) -> None:
    dataset = open_dataset(small(tmp_path, b"a,1,x\n"))
    subject = Subject(dataset=dataset, files=found, beside=(), folder=tmp_path, examples=5)
    detectors = [detector(subject) for detector in {check.detector for check in CHECKS} if detector]
    assert [fault.check for detector in detectors for fault in detector.before()] == kinds

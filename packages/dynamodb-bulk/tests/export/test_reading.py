"""An export is believed only when all of it is there and adds up."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from bulk_testing.made import change, make_changes, make_export, opened, person, rewrite
from dynamodb_bulk.export.export_chain import chain_of
from dynamodb_bulk.export.merge import chain_lines
from dynamodb_bulk.spec.errors import InputError

FULL, UNTIL_11, UNTIL_12 = "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z", "2026-11-24T12:00:00Z"
AT_10 = 1_795_514_400_000_000  # 2026-11-24T10:00:00Z
MINUTE = 60_000_000


def ages(*folders: Path) -> dict[str, int]:
    chain = chain_of([opened(folder) for folder in folders])
    items = [json.loads(line)["Item"] for _, lines in chain_lines(chain) for line in lines]
    return {item["id"]["S"]: int(item["age"]["N"]) for item in items}


def test_export_when_a_file_is_empty_gives_the_items_of_the_others(tmp_path: Path) -> None:
    folder = make_export(tmp_path / "1", [[person("a", 1)], [], [person("b", 2)]])
    assert ages(folder) == {"a": 1, "b": 2}


def test_export_when_a_data_file_is_missing_names_it(tmp_path: Path) -> None:
    folder = make_export(tmp_path / "1", [[person("a", 1)]])
    (folder / "data" / "1-0.json.gz").unlink()
    with pytest.raises(InputError, match=r"data file data/1-0\.json\.gz is missing"):
        ages(folder)


def test_export_reports_a_damaged_data_file(tmp_path: Path) -> None:
    folder = make_export(tmp_path / "1", [[person("a", 1)]])
    other = make_export(tmp_path / "2", [[person("a", 2)]])
    (folder / "data" / "1-0.json.gz").write_bytes((other / "data" / "2-0.json.gz").read_bytes())
    with pytest.raises(InputError, match="does not have the checksum of the manifest"):
        ages(folder)


@pytest.mark.parametrize(
    "content", [b"no gzip", b"", gzip.compress(b"{}\n" * 99)[:-9]], ids=["no gzip", "empty", "cut"]
)
def test_export_reports_a_truncated_gzip_file(tmp_path: Path, content: bytes) -> None:
    folder = make_export(tmp_path / "1", [[person("a", 1)]])
    (folder / "data" / "1-0.json.gz").write_bytes(content)
    with pytest.raises(InputError, match=r"1-0\.json\.gz.*copy it again") as raised:
        ages(folder)
    assert "source.compression" not in str(raised.value)


@pytest.mark.parametrize("ending", [".md5", ".checksum"])
@pytest.mark.parametrize("name", ["manifest-summary", "manifest-files"])
def test_export_reports_a_changed_manifest_by_either_checksum(tmp_path: Path, name: str, ending: str) -> None:
    folder = make_export(tmp_path / "1", [[person("a", 1)]])
    for checksum in sorted(folder.glob("*.md5")):
        checksum.rename(checksum.with_suffix(ending))
    assert ages(folder) == {"a": 1}
    manifest = folder / f"{name}.json"
    manifest.write_text(manifest.read_text().replace(": 1", ": 2"))
    with pytest.raises(InputError, match=rf"{name}\.json does not have the checksum of {name}\{ending}"):
        ages(folder)


@pytest.mark.parametrize("name", ["manifest-summary", "manifest-files"])
def test_export_reports_a_missing_checksum(tmp_path: Path, name: str) -> None:
    folder = make_export(tmp_path / "1", [[person("a", 1)]])
    (folder / f"{name}.md5").unlink()
    what = rf"no {name}\.md5 and no \.checksum: {name}\.json cannot be checked"
    with pytest.raises(InputError, match=what):
        ages(folder)


@pytest.mark.parametrize("name", ["manifest-summary.json", "manifest-files.json"])
def test_export_reports_a_missing_manifest(tmp_path: Path, name: str) -> None:
    folder = make_export(tmp_path / "1", [[person("a", 1)]])
    (folder / name).unlink()
    with pytest.raises(InputError, match="an incomplete or FAILED"):
        ages(folder)


def test_export_reports_both_counts_when_they_differ(tmp_path: Path) -> None:
    folder = make_export(tmp_path / "1", [[person("a", 1)]], itemCount=7)
    with pytest.raises(InputError, match=r"says 7 items, the files .* hold 1"):
        ages(folder)


def test_export_reports_a_file_with_fewer_items_than_the_manifest(tmp_path: Path) -> None:
    folder = make_export(tmp_path / "1", [[person("a", 1)]], itemCount=2)
    files = folder / "manifest-files.json"
    rewrite(files, files.read_text().replace('"itemCount": 1', '"itemCount": 2'))
    with pytest.raises(InputError, match="1 items are in it, the manifest says 2"):
        ages(folder)


def test_chain_when_items_were_put_changed_and_deleted_gives_the_last_of_each(tmp_path: Path) -> None:
    full = make_export(tmp_path / "1", [[person("a", 1), person("b", 2), person("c", 3)]])
    first = make_changes(
        tmp_path / "2",
        [
            change(person("a", 10), AT_10 + MINUTE),
            change(person("b", 2), AT_10 + 2 * MINUTE, deleted=True),
            change(person("d", 4), AT_10 + 3 * MINUTE),
        ],
        FULL,
        UNTIL_11,
    )
    second = make_changes(tmp_path / "3", [change(person("a", 11), AT_10 + 61 * MINUTE)], UNTIL_11, UNTIL_12)
    assert ages(second, full, first) == {"a": 11, "c": 3, "d": 4}


def test_chain_when_nothing_changed_gives_every_item_of_the_full_export(tmp_path: Path) -> None:
    full = make_export(tmp_path / "1", [[person("a", 1), person("b", 2)], [person("c", 3)]])
    changes = make_changes(tmp_path / "2", [], FULL, UNTIL_11)
    assert ages(full, changes) == {"a": 1, "b": 2, "c": 3}


def test_chain_keeps_the_later_write_when_windows_overlap(tmp_path: Path) -> None:
    full = make_export(tmp_path / "1", [[person("a", 1)]])
    late = make_changes(tmp_path / "2", [change(person("a", 3), AT_10 + 40 * MINUTE)], FULL, UNTIL_11)
    early = make_changes(
        tmp_path / "3", [change(person("a", 2), AT_10 + 20 * MINUTE)], FULL, "2026-11-24T10:30:00Z"
    )
    assert ages(full, late, early) == {"a": 3}


def test_chain_when_windows_overlap_leaves_out_what_was_put_and_deleted_in_the_later_one(
    tmp_path: Path,
) -> None:
    full = make_export(tmp_path / "1", [[person("a", 1)]])
    put = [change(person("b", 2), AT_10 + 20 * MINUTE), change(person("c", 3), AT_10 + 5 * MINUTE)]
    early = make_changes(tmp_path / "2", put, FULL, "2026-11-24T10:30:00Z")
    # b was put at 10:20 and deleted at 10:40: this window has nothing of it.
    late = make_changes(tmp_path / "3", [], "2026-11-24T10:10:00Z", UNTIL_11)
    assert ages(full, early, late) == {"a": 1, "c": 3}
    assert ages(full, early, early) == {"a": 1, "b": 2, "c": 3}


def test_chain_when_a_change_is_older_than_the_full_export_leaves_it_out(tmp_path: Path) -> None:
    full = make_export(tmp_path / "1", [[person("a", 5)]])
    changes = make_changes(
        tmp_path / "2", [change(person("a", 4), AT_10 - 30 * MINUTE)], "2026-11-24T09:00:00Z", UNTIL_11
    )
    assert ages(full, changes) == {"a": 5}


def test_chain_reports_uncertain_items_when_changes_begin_before_the_full_export(tmp_path: Path) -> None:
    full = opened(make_export(tmp_path / "1", [[person("a", 1)]], exportTime="2026-11-24T10:00:00.500Z"))
    whole = opened(make_changes(tmp_path / "2", [], FULL, UNTIL_11))
    assert chain_of([full, whole]).uncertain is None
    nine, half = "2026-11-24T09:00:00Z", "2026-11-24T10:30:00Z"
    straddling = opened(make_changes(tmp_path / "3", [], nine, half))
    chain = chain_of([full, straddling])
    assert chain.uncertain is not None
    assert [f"{moment:%H:%M}" for moment in chain.uncertain] == ["09:00", "10:00"]
    assert chain_of([full, straddling, whole]).uncertain is None
    beyond = opened(make_changes(tmp_path / "4", [], nine, UNTIL_12))
    assert chain_of([full, beyond, whole]).uncertain is not None


def test_chain_when_windows_overlap_is_of_the_latest_end(tmp_path: Path) -> None:
    full = opened(make_export(tmp_path / "1", [[]]))
    long = opened(make_changes(tmp_path / "2", [], FULL, UNTIL_12))
    short = opened(make_changes(tmp_path / "3", [], "2026-11-24T10:10:00Z", UNTIL_11))
    at = chain_of([full, long, short]).at
    assert at is not None
    assert f"{at:%Y-%m-%dT%H:%M:%SZ}" == UNTIL_12


def test_chain_reports_the_missing_time_when_it_has_a_gap(tmp_path: Path) -> None:
    full = make_export(tmp_path / "1", [[person("a", 1)]])
    changes = make_changes(tmp_path / "2", [], UNTIL_11, UNTIL_12)
    with pytest.raises(InputError, match="nothing covers 2026-11-24T10:00:00Z to 2026-11-24T11:00:00Z"):
        ages(full, changes)


@pytest.mark.parametrize(
    ("summary", "what"),
    [
        ({"tableArn": "arn:…:table/others"}, "of another table"),
        ({"tableId": "2"}, "another life of the table"),
    ],
)
def test_chain_reports_an_export_of_a_different_table(
    tmp_path: Path, summary: dict[str, Any], what: str
) -> None:
    full = make_export(tmp_path / "1", [[person("a", 1)]])
    changes = make_changes(tmp_path / "2", [], FULL, UNTIL_11, **summary)
    with pytest.raises(InputError, match=what):
        ages(full, changes)


def test_chain_reports_a_missing_full_export(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no full export, only changes"):
        ages(make_changes(tmp_path / "2", [], FULL, UNTIL_11))

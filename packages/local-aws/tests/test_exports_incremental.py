"""Incremental exports on this machine, by what AWS documents of them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.testing.export_stage import ExportStage
from local_aws.testing.mass_data import item
from local_aws.testing.stage import Stage

QUARTER = 15 * 60
Changed = tuple[str, int, int]


@pytest.fixture
def exports(stage: Stage) -> ExportStage:
    return ExportStage(stage)


@pytest.fixture
def changed(exports: ExportStage) -> Changed:
    """A table with three items, of which in a window one is changed twice, one deleted, one made, and one
    made and deleted; and the window. After it the made one is changed, and another deleted.
    """
    table = exports.table("changed", "deleted", "kept")
    start = exports.pass_time(20)
    exports.put(table, "changed", v={"N": "1"})
    exports.put(table, "changed", v={"N": "2"})
    exports.delete(table, "deleted")
    exports.put(table, "made")
    exports.put(table, "brief")
    exports.delete(table, "brief")
    stop = exports.pass_time(20)
    exports.put(table, "made", v={"N": "3"})
    exports.delete(table, "kept")
    return table, start, stop


def test_changes_have_new_and_old_images_unless_there_was_none(
    exports: ExportStage, changed: Changed
) -> None:
    found = exports.changed(exports.ended(exports.changes(*changed)))
    images = {
        key: {name: record[name] for name in ("NewImage", "OldImage") if name in record}
        for key, record in found.items()
    }
    assert images == {
        "changed": {"NewImage": item("changed", v={"N": "2"}), "OldImage": item("changed")},
        "deleted": {"OldImage": item("deleted")},
        "made": {"NewImage": item("made")},
    }
    assert found["deleted"]["Keys"] == item("deleted")


def test_changes_of_new_images_have_no_old_ones(exports: ExportStage, changed: Changed) -> None:
    begun = exports.changes(*changed, window={"ExportViewType": "NEW_IMAGE"})
    found = exports.changed(exports.ended(begun))
    assert {key: sorted(record) for key, record in found.items()} == {
        "changed": ["Keys", "Metadata", "NewImage"],
        "deleted": ["Keys", "Metadata"],
        "made": ["Keys", "Metadata", "NewImage"],
    }


def test_changes_tell_when_each_was_last_written(exports: ExportStage, changed: Changed) -> None:
    _, start, stop = changed
    found = exports.changed(exports.ended(exports.changes(*changed)))
    times = {key: int(record["Metadata"]["WriteTimestampMicros"]["N"]) for key, record in found.items()}
    assert all(start <= time / 1e6 < stop for time in times.values())
    assert times["changed"] < times["deleted"] < times["made"]


def test_changes_are_in_the_data_folder_of_all_exports_of_the_prefix(
    exports: ExportStage, changed: Changed
) -> None:
    ended = exports.ended(exports.changes(*changed))
    out = exports.stage.named("out")
    data = {file["dataFileS3Key"] for file in exports.files(ended)}
    assert all(key.startswith(f"{out}/AWSDynamoDB/data/") for key in data)
    assert len(data) == 4
    name = ended["ExportArn"].rpartition("/")[2]
    assert ended["ExportManifest"] == f"{out}/AWSDynamoDB/{name}/manifest-summary.json"


def test_changes_have_a_summary_of_their_window(exports: ExportStage, changed: Changed) -> None:
    ended = exports.ended(exports.changes(*changed))
    summary = exports.manifest(ended)
    assert (summary["exportType"], summary["outputView"]) == ("INCREMENTAL_EXPORT", "NEW_AND_OLD_IMAGES")
    assert (summary["itemCount"], ended["ItemCount"]) == (3, 3)
    assert summary["exportFromTime"] < summary["exportToTime"]
    assert ended["IncrementalExportSpecification"]["ExportViewType"] == "NEW_AND_OLD_IMAGES"
    assert "ExportTime" not in ended


def test_changes_in_ion_have_the_same_members(exports: ExportStage, changed: Changed) -> None:
    records = exports.records(exports.ended(exports.changes(*changed, ExportFormat="ION")))
    found = {str(record["Record"]["Keys"]["id"]): record["Record"] for record in records}
    assert sorted(found) == ["changed", "deleted", "made"]
    assert int(found["changed"]["NewImage"]["v"]) == 2
    assert "NewImage" not in found["deleted"]


def test_changes_are_billed_for_ten_megabytes_at_least(exports: ExportStage, changed: Changed) -> None:
    assert exports.ended(exports.changes(*changed))["BilledSizeBytes"] == 10_000_000


def test_changes_of_windows_that_follow_each_other_lead_from_the_past_to_the_present(
    exports: ExportStage, changed: Changed
) -> None:
    table, start, stop = changed
    now = exports.pass_time(20)
    items = exports.items(exports.ended(exports.ask(table, ExportTime=start)))
    for begun in (exports.changes(table, start, stop), exports.changes(table, stop, now)):
        for key, record in exports.changed(exports.ended(begun)).items():
            if "NewImage" in record:
                items[key] = record["NewImage"]
            else:
                del items[key]
    assert items == exports.stage.items(table)


def test_change_at_the_start_of_a_window_is_in_it_and_at_its_end_is_not(exports: ExportStage) -> None:
    table = exports.table()
    begin = exports.pass_time(20)
    exports.put(table, "a")
    written = exports.changed(exports.ended(exports.changes(table, begin, exports.pass_time(20))))
    micros = int(written["a"]["Metadata"]["WriteTimestampMicros"]["N"])
    second = micros // 1_000_000
    exports.pass_time(20)
    assert "a" in exports.changed(exports.ended(exports.changes(table, second, second + QUARTER)))
    assert exports.changed(exports.ended(exports.changes(table, second + 1, second + 1 + QUARTER))) == {}


def test_changes_without_an_end_are_those_until_now(exports: ExportStage) -> None:
    table = exports.table()
    start = exports.pass_time(20)
    exports.put(table, "a")
    exports.pass_time(20)
    ended = exports.ended(exports.changes(table, start))
    assert list(exports.changed(ended)) == ["a"]
    assert ended["IncrementalExportSpecification"]["ExportToTime"].timestamp() > start


@pytest.mark.parametrize(
    ("start", "stop", "message"),
    [
        (-10 * 60, 0, "less than 15 minutes"),
        (-25 * 3600, 0, "24 hours"),
        (-20 * 60, 3600, "current time"),
        (-20 * 60, -30 * 60, "InvalidExportTimeException|greater"),
        (-3 * 24 * 3600, -3 * 24 * 3600 + 3600, "table creation time"),
    ],
)
def test_changes_of_a_window_that_cannot_be_are_an_invalid_time(
    exports: ExportStage, start: int, stop: int, message: str
) -> None:
    table = exports.table("a")
    now = exports.pass_time(48 * 60)
    with pytest.raises(exports.dynamodb.exceptions.InvalidExportTimeException, match=message):
        exports.changes(table, now + start, now + stop)


def test_changes_of_a_full_day_are_exported(exports: ExportStage) -> None:
    table = exports.table("a")
    start = exports.pass_time(20)
    exports.put(table, "b")
    exports.pass_time(24 * 60)
    assert list(exports.changed(exports.ended(exports.changes(table, start, start + 24 * 3600)))) == ["b"]


def test_changes_from_before_recovery_was_on_are_an_invalid_time(exports: ExportStage) -> None:
    table = exports.table(recovery=False)
    start = exports.pass_time(20)
    exports.recover(table)
    exports.pass_time(40)
    with pytest.raises(exports.dynamodb.exceptions.InvalidExportTimeException):
        exports.changes(table, start - 600)


def test_changes_of_a_table_without_recovery_are_unavailable(exports: ExportStage) -> None:
    table = exports.table(recovery=False)
    start = exports.pass_time(20)
    exports.pass_time(20)
    with pytest.raises(exports.dynamodb.exceptions.PointInTimeRecoveryUnavailableException):
        exports.changes(table, start)


@pytest.mark.parametrize(
    "fields",
    [
        {"ExportType": "INCREMENTAL_EXPORT"},
        {"IncrementalExportSpecification": {"ExportFromTime": 1}},
        {"ExportType": "FULL_EXPORT", "IncrementalExportSpecification": {"ExportFromTime": 1}},
        {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": {}},
        {
            "ExportType": "INCREMENTAL_EXPORT",
            "IncrementalExportSpecification": {"ExportFromTime": 1, "ExportViewType": "NEW_IMAGES"},
        },
    ],
)
def test_changes_without_their_window_or_type_are_refused(
    exports: ExportStage, fields: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        exports.ask(exports.table(), **fields)

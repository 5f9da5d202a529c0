"""The documents of a task that several datasets share, and what these have to have in common."""

import json
from pathlib import Path
from typing import Any

import pytest

from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.requests.task_documents import OwnTask, SharedTask
from dynamodb_bulk.spec.errors import InputError


def dataset(
    folder: Path,
    name: str,
    *,
    source: str = 'files: ["*.csv"]',
    dms: str = "{}",
    table: str = "partition_key: {name: id}",
) -> Dataset:
    place = folder / name
    place.mkdir()
    (place / "rows.csv").write_text("a,1\n")
    (place / "more.csv").write_text("b,2\n")
    (place / "dataset.yaml").write_text(
        f"name: {name}\nsource: {{{source}}}\n"
        "columns: [{name: id, type: STRING, length: 20}, {name: n, type: INT4}]\n"
        f"table: {{{table}}}\ndms: {dms}\n"
    )
    return open_dataset(place / "dataset.yaml")


def rules(task: OwnTask | SharedTask) -> list[dict[str, Any]]:
    return json.loads(task.table_mappings([f"t-{one.name}" for one in task.datasets]))["rules"]


def refused(*datasets: Dataset) -> InputError:
    with pytest.raises(InputError) as caught:
        SharedTask("shop", datasets).refuse_apart(lambda one: one.name)
    return caught.value


def test_endpoint_of_a_shared_task_has_the_tables_of_all_below_its_folder(tmp_path: Path) -> None:
    task = SharedTask("shop", (dataset(tmp_path, "orders"), dataset(tmp_path, "lines", dms="{parallel: 2}")))
    endpoint = task.source_endpoint()
    tables = json.loads(endpoint.external_table_definition)["Tables"]
    assert endpoint.bucket_folder == "shop"
    assert {table["TableName"]: table["TablePath"] for table in tables} == {
        "orders": "orders/import/orders/",
        "lines-1": "lines/import/lines/1/",
        "lines-2": "lines/import/lines/2/",
    }
    assert [task.folder(one) for one in task.datasets] == ["shop/orders", "shop/lines"]


def test_endpoint_of_a_shared_task_reads_locations_by_their_whole_paths(tmp_path: Path) -> None:
    places = ("location: s3://bbb/in/orders/", "location: s3://bbb/other/lines/")
    changes = "{migration_type: full-load-and-cdc, cdc_path: changes/}"
    both = [
        dataset(tmp_path, name, source=place, dms=changes)
        for name, place in zip(("orders", "lines"), places, strict=True)
    ]
    endpoint = SharedTask("shop", tuple(both)).source_endpoint()
    tables = json.loads(endpoint.external_table_definition)["Tables"]
    assert (endpoint.bucket_folder, endpoint.cdc_path) == (None, "changes/")
    assert [table["TablePath"] for table in tables] == ["in/orders/", "other/lines/"]


@pytest.mark.parametrize(
    ("shared", "source", "folders"),
    [
        (True, None, ["shop/changes/", "shop/changes/"]),
        (False, None, ["orders/changes/", "lines/changes/"]),
        (True, "location: s3://bbb/in/import/{}/", ["changes/", "changes/"]),
        (False, "location: s3://bbb/in/import/{}/", ["changes/", "changes/"]),
    ],
    ids=["uploaded, one task", "uploaded, own tasks", "at a location, one task", "at a location, own tasks"],
)
def test_changes_are_counted_where_the_endpoint_of_the_task_has_dms_read_them(
    tmp_path: Path, shared: bool, source: str | None, folders: list[str]
) -> None:
    changes = "{migration_type: full-load-and-cdc, cdc_path: changes/}"
    both = [
        dataset(tmp_path, name, dms=changes, **({"source": source.format(name)} if source else {}))
        for name in ("orders", "lines")
    ]
    tasks = [SharedTask("shop", tuple(both))] if shared else [OwnTask(one) for one in both]
    assert [task.changes_folder(one) for task in tasks for one in task.datasets] == folders
    read = [(one.bucket_folder, one.cdc_path) for one in (task.source_endpoint() for task in tasks)]
    assert {"/".join(filter(None, one)) for one in read} == set(folders)


def test_mappings_of_a_shared_task_aim_each_dataset_at_its_table_in_their_order(tmp_path: Path) -> None:
    task = SharedTask("shop", (dataset(tmp_path, "orders"), dataset(tmp_path, "lines")))
    found = rules(task)
    assert [rule["rule-id"] for rule in found] == ["1", "2", "3", "4"]
    selections = [rule for rule in found if rule["rule-type"] == "selection"]
    assert [(one["object-locator"]["table-name"], one["load-order"]) for one in selections] == [
        ("orders", "2"),
        ("lines", "1"),
    ]
    targets = {
        rule["object-locator"]["table-name"]: rule["target-table-name"]
        for rule in found
        if rule["rule-type"] == "object-mapping"
    }
    assert targets == {"orders": "t-orders", "lines": "t-lines"}


def test_mappings_keep_a_load_order_that_a_document_has(tmp_path: Path) -> None:
    generated = dataset(tmp_path, "lines").table_mappings("lines")
    document = json.loads(generated.replace('"lines"', '"orders"'))
    document["rules"][0]["load-order"] = "7"
    (tmp_path / "mappings.json").write_text(json.dumps(document))
    orders = dataset(tmp_path, "orders", dms="{table_mappings: ../mappings.json}")
    task = SharedTask("shop", (orders, open_dataset(tmp_path / "lines" / "dataset.yaml")))
    orders_of_selections = [
        rule.get("load-order") for rule in rules(task) if rule["rule-type"] == "selection"
    ]
    assert orders_of_selections == ["7", None]


def test_settings_of_a_shared_task_load_as_many_tables_at_once_as_one_of_its_datasets(tmp_path: Path) -> None:
    few, many = dataset(tmp_path, "orders"), dataset(tmp_path, "lines", dms="{parallel: 20}")
    task = SharedTask("shop", (few, many))
    task.refuse_apart(lambda one: one.name)
    wanted = {**few.task_settings, "FullLoadSettings": many.task_settings["FullLoadSettings"]}
    assert task.task_settings() == wanted


def test_task_of_one_dataset_has_its_documents_unchanged(tmp_path: Path) -> None:
    orders = dataset(tmp_path, "orders")
    task = OwnTask(orders)
    assert task.table_mappings(["t"]) == orders.table_mappings("t")
    assert task.source_endpoint().bucket_folder == "orders"
    assert task.described(orders) == {}


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ({"source": 'files: ["*.csv"], delimiter: ";"'}, "delimiter"),
        ({"source": 'files: ["*.csv"], header: true'}, "header"),
        ({"source": 'files: ["*.csv"], quoting: none'}, "quoting"),
        ({"source": 'files: ["*.csv"], null_value: nil'}, "null_value"),
        ({"source": "location: s3://bbb/in/lines/"}, "in bbb and the stack's bucket"),
        ({"dms": "{parallel_load_threads: 8}"}, "task settings"),
    ],
)
def test_datasets_that_differ_in_what_a_task_has_once_cannot_share_it(
    tmp_path: Path, other: dict[str, Any], word: str
) -> None:
    error = refused(dataset(tmp_path, "orders"), dataset(tmp_path, "lines", **other))
    assert error.where == "lines"
    assert word in error.what


@pytest.mark.parametrize(
    ("dms", "word"),
    [
        ("{}", "migration_type"),
        ("{migration_type: full-load-and-cdc, cdc_path: elsewhere/}", "changes"),
    ],
)
def test_datasets_of_different_changes_cannot_share_a_task(tmp_path: Path, dms: str, word: str) -> None:
    changes = "{migration_type: full-load-and-cdc, cdc_path: changes/}"
    orders = dataset(tmp_path, "orders", source="location: s3://bbb/in/orders/", dms=changes)
    lines = dataset(tmp_path, "lines", source="location: s3://bbb/in/lines/", dms=dms)
    assert word in refused(orders, lines).what


def test_datasets_in_different_buckets_cannot_share_a_task(tmp_path: Path) -> None:
    orders = dataset(tmp_path, "orders", source="location: s3://aaa/in/orders/")
    lines = dataset(tmp_path, "lines", source="location: s3://bbb/in/lines/")
    assert "in bbb and aaa" in refused(orders, lines).what


def test_datasets_of_one_existing_table_with_different_keys_cannot_share_a_task(tmp_path: Path) -> None:
    tables = [f"existing: true, name: shop, partition_key: {{name: {key}}}" for key in ("id", "n")]
    orders, lines = dataset(tmp_path, "orders", table=tables[0]), dataset(tmp_path, "lines", table=tables[1])
    assert "different keys" in refused(orders, lines).what


def test_dataset_whose_name_as_a_pattern_covers_another_cannot_share_its_task(tmp_path: Path) -> None:
    error = refused(dataset(tmp_path, "axb"), dataset(tmp_path, "a_b"))
    assert "the rules for a_b would be for axb, too" in error.what

"""Loads that share a DMS task: one start, and a verdict on each."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bulk_testing.command import bulk, select
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.dms.loader import DMS
from dynamodb_bulk.loads.row_counts import count_dataset, refuse_nothing
from dynamodb_bulk.loads.source_check import SourceCheck, Together
from dynamodb_bulk.loads.source_digest import data_digest, source_contents
from dynamodb_bulk.requests.task_documents import SharedTask
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from local_aws.testing.stage import Stage

STOP_AT_AN_ERROR = {
    "FullLoadSettings": {"MaxFullLoadSubTasks": 1},
    "ErrorBehavior": {"DataErrorPolicy": "STOP_TASK"},
}


@dataclass
class Shop:
    """Two loads of one task, and the processes that run them, one after the other."""

    stage: Stage
    folder: Path
    loads: dict[str, TaskLoad]
    aws: Aws
    said: list[str]

    def files(self, **texts: str) -> None:
        for name, text in texts.items():
            (self.folder / f"{name}.csv").write_text(text)
            key = f"shop/{name}/import/{name}/LOAD001.csv"
            self.stage.s3.put_object(Bucket=self.stage.bucket, Key=key, Body=text.encode())

    def up(self, *names: str, digest: str = "one", refuse: str = "") -> dict[str, str]:
        """Run loads at the same time, as a `pulumi up` does; return how each went."""
        together = Together()
        for name, load in self.loads.items():
            contents = source_contents(open_dataset(load.dataset), self.aws)
            refusal = _refuse if name == refuse else refuse_nothing
            together.checks[name] = SourceCheck(contents, self.aws, refuse=refusal, together=together)

        def run(name: str) -> str:
            load, check = self.loads[name], together.checks[name]
            try:
                return DMS.start(load, digest, self.aws, self.said.append, check=check)
            except (LoadFailed, InputError) as error:
                return str(error)

        with ThreadPoolExecutor() as pool:
            return dict(zip(names, pool.map(run, names), strict=True))

    def items(self, name: str) -> set[str]:
        return set(self.stage.items(self.loads[name].table))

    def starts(self) -> str:
        task = self.stage.task_fields(self.loads["orders"].task_arn)
        return str(task["ReplicationTaskStats"]["StartDate"])


def _refuse(_: object) -> None:
    raise InputError("lines.csv", "is not what was checked")


def _dataset(folder: Path, name: str) -> Dataset:
    (folder / f"{name}.yaml").write_text(
        f"name: {name}\nsource: {{files: [{name}.csv]}}\n"
        "columns: [{name: id, type: STRING, length: 20}, {name: n, type: INT4, nullable: true}]\n"
        "table: {partition_key: {name: id}}\n"
    )
    (folder / f"{name}.csv").write_text("")
    return open_dataset(folder / f"{name}.yaml")


def _shop(stage: Stage, folder: Path, settings: Mapping[str, Any] | None = None) -> Shop:
    task = SharedTask("shop", tuple(_dataset(folder, name) for name in ("orders", "lines")))
    tables = [stage.table(stage.named(one.name)) for one in task.datasets]
    stage.make_bucket()
    endpoint = task.source_endpoint()
    source = stage.source(
        ExternalTableDefinition=endpoint.external_table_definition, BucketFolder=endpoint.bucket_folder
    )
    target, instance = stage.target(), stage.instance()
    arn = stage.task(
        source=source,
        target=target,
        instance=instance,
        settings=settings or task.task_settings(),
        TableMappings=task.table_mappings(tables),
    )
    loads = {
        one.name: TaskLoad(
            name=one.name,
            dataset=one.path,
            table=table,
            task_arn=arn,
            instance_arn=instance,
            source_endpoint_arn=source,
            target_endpoint_arn=target,
            log_group=f"dms-tasks-{stage.named('instance')}",
            records_bucket=stage.bucket,
            **task.described(one),
        )
        for one, table in zip(task.datasets, tables, strict=True)
    }
    return Shop(stage=stage, folder=folder, loads=loads, aws=Aws(region=stage.region), said=[])


@pytest.fixture
def shop(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    return _shop(stage, tmp_path)


def test_loads_of_a_task_are_loaded_by_one_start_and_judged_each_by_its_own_rows(shop: Shop) -> None:
    shop.files(orders="a,1\nb,2\n", lines="c,3\nd,none\n")
    said = shop.up("orders", "lines")
    first = shop.starts()
    assert said["orders"].startswith("2 rows loaded in ")
    assert "1 of 2 rows rejected" in said["lines"]
    assert "lines.csv, line 2, column n" in said["lines"]
    assert (shop.items("orders"), shop.items("lines")) == ({"a", "b"}, {"c"})
    status = {name: DMS.status(load, shop.aws) for name, load in shop.loads.items()}
    assert {name: (one.good, one.items_written, one.rejected) for name, one in status.items()} == {
        "orders": (True, 2, 0),
        "lines": (False, 1, 1),
    }
    assert shop.up("orders") == {"orders": "2 rows loaded before; nothing has changed since"}
    assert shop.starts() == first


def test_load_that_failed_begins_its_task_again_and_the_good_one_keeps_its_verdict(shop: Shop) -> None:
    shop.files(orders="a,1\n", lines="c,none\n")
    shop.up("orders", "lines")
    first = shop.starts()
    assert "1 of 1 row rejected" in shop.up("lines")["lines"]
    assert shop.starts() != first
    assert "loading orders again, too" in shop.said
    assert DMS.status(shop.loads["orders"], shop.aws).good is True


def test_loads_of_a_task_begin_again_by_one_start_when_one_of_them_changed(shop: Shop) -> None:
    shop.files(orders="a,1\n", lines="c,3\n")
    shop.up("orders", "lines")
    shop.files(lines="c,3\nd,4\n")
    said = shop.up("orders", "lines", digest="two")
    assert {name: text.partition(" loaded in ")[0] for name, text in said.items()} == {
        "orders": "1 row",
        "lines": "2 rows",
    }
    assert "stopping another run" not in shop.said


def test_nothing_of_a_task_is_loaded_when_one_of_its_loads_is_refused(shop: Shop) -> None:
    shop.files(orders="a,1\n", lines="c,3\n")
    said = shop.up("orders", "lines", refuse="lines")
    assert said == {
        "orders": "load orders: not started, since load lines of its task is not: "
        "lines.csv: is not what was checked",
        "lines": "lines.csv: is not what was checked",
    }
    assert not shop.items("orders")


def test_load_whose_tables_are_completed_is_good_when_another_ends_the_task(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    shop = _shop(stage, tmp_path, STOP_AT_AN_ERROR)
    shop.files(orders="a,1\n", lines="c,none\n")
    said = shop.up("orders", "lines")
    assert said["orders"].startswith("1 row loaded in ")
    assert "table import.lines is 'Table error'" in said["lines"]


def test_stop_says_which_loads_it_stops_too(shop: Shop) -> None:
    shop.files(orders="a,1\n", lines="c,3\n")
    with ThreadPoolExecutor() as pool:
        with shop.stage.held() as waiting:
            run = pool.submit(shop.up, "orders", "lines")
            shop.stage.until(lambda: waiting() > 0)
            stopping = pool.submit(DMS.stop, shop.loads["orders"], shop.aws, shop.said.append)
        assert stopping.result().startswith("stopped with lines, which share its task; ")
        run.result()


def test_reload_of_the_whole_task_opens_and_counts_the_files_of_each_load_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.files(orders="a,1\n", lines="c,3\nd,4\n")
    shop.up("orders", "lines")
    first = shop.starts()
    outputs: list[dict[str, Any]] = []
    for name, load in shop.loads.items():
        data = data_digest(source_contents(open_dataset(load.dataset), shop.aws))
        outputs.append(
            {
                "load": load.model_dump(mode="json") | {"name": name},
                "aws": {"region": shop.stage.region, "profile": None},
                "run": {"digest": "one", "data": data},
            }
        )
    select(shop.folder, monkeypatch, *outputs)
    opened, counted = list[str](), list[str]()
    _note(monkeypatch, "dynamodb_bulk.loads.declared_run.source_contents", source_contents, opened)
    _note(monkeypatch, "dynamodb_bulk.loads.row_counts.count_dataset", count_dataset, counted)
    loaded = bulk("reload", "orders", "--whole-task")
    assert loaded.returncode == 0, loaded.stderr
    assert "load orders: 1 row loaded in " in loaded.stdout
    assert "load lines: 2 rows loaded in " in loaded.stdout
    assert shop.starts() != first
    assert (sorted(opened), sorted(counted)) == (["lines", "orders"], ["lines", "orders"])


def _note(patch: pytest.MonkeyPatch, place: str, real: Callable[..., Any], names: list[str]) -> None:
    """Have the names of the datasets noted with which a function is called."""

    def noted(dataset: Dataset, *args: Any, **named: Any) -> Any:
        names.append(dataset.name)
        return real(dataset, *args, **named)

    patch.setattr(place, noted)

"""The documents of a DMS task: of one that loads a dataset, and of one that several datasets share.

A task has one source endpoint, so one bucket, one form of CSV and one folder of changes; one migration type;
and one document of settings. Sources:
https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateReplicationTask.html
https://docs.aws.amazon.com/dms/latest/APIReference/API_S3Settings.html
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.dms.definition import MAX_BYTES, ExternalTable, render_definition
from dynamodb_bulk.dms.mappings import covers
from dynamodb_bulk.dms.parts import narrowed, numbered
from dynamodb_bulk.dms.task_settings import Settings, drops_the_table, tables_at_once
from dynamodb_bulk.requests.source_endpoint import SourceEndpoint, source_endpoint
from dynamodb_bulk.spec.errors import InputError

_APART = "make them the same, or give each load a task of its own"


@dataclass(frozen=True)
class OwnTask:
    """The task of one dataset, after which it is called. Its uploaded files are in a folder of its own."""

    dataset: Dataset

    @property
    def name(self) -> str:
        """What the task is called in the stack."""
        return self.dataset.name

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """What it loads."""
        return (self.dataset,)

    def folder(self, dataset: Dataset) -> str:
        """Return the folder of the bucket under which the path of the dataset's table is."""
        return dataset.folder_in_bucket if dataset.location else dataset.name

    def changes_folder(self, dataset: Dataset) -> str:
        """Return the folder of the bucket where the dataset's files of changes arrive; "" without changes."""
        return _joined(self.folder(dataset), dataset.changes.path) if dataset.changes else ""

    def source_endpoint(self) -> SourceEndpoint:
        """Return the settings of the endpoint."""
        return source_endpoint(self.dataset, self.folder(self.dataset))

    def table_mappings(self, targets: Sequence[str]) -> str:
        """Return the rules, aimed at this DynamoDB table."""
        return self.dataset.table_mappings(targets[0])

    def task_settings(self) -> Settings:
        """Return the settings of the task."""
        return self.dataset.task_settings

    def described(self, dataset: Dataset) -> dict[str, Any]:  # noqa: ARG002
        """Return nothing: a load knows its own task."""
        return {}


@dataclass(frozen=True)
class SharedTask:
    """The datasets of a task that several loads share, in the order in which DMS is to begin with them.

    Files that the stack uploads are in the folder of the task, in a folder for each dataset.
    """

    name: str
    datasets: tuple[Dataset, ...]

    def folder(self, dataset: Dataset) -> str:
        """Return the folder of the bucket under which the path of the dataset's table is."""
        return dataset.folder_in_bucket if dataset.location else f"{self.name}/{dataset.name}"

    def changes_folder(self, dataset: Dataset) -> str:
        """Return the folder of the bucket where files of changes of all datasets arrive; "" without changes.

        DMS looks for them in its `CdcPath` below its `BucketFolder`, once for the task.
        """
        if dataset.location or dataset.changes is None:
            return dataset.changes_folder
        return _joined(self.name, dataset.changes.path)

    def source_endpoint(self) -> SourceEndpoint:
        """Return the settings of the endpoint: those of one of the datasets, with the tables of all."""
        first = self.datasets[0]
        return replace(
            source_endpoint(first, "" if first.location else self.name),
            external_table_definition=render_definition(self._tables()),
            cdc_path=first.changes_folder if first.changes else None,
        )

    def table_mappings(self, targets: Sequence[str]) -> str:
        """Return the rules of all datasets, each for its own tables, aimed at these DynamoDB tables.

        Where no dataset's document has a load order, it is that of the datasets.
        """
        rules = [
            narrowed(dataset.rules(target), dataset.external_table, dataset.parts)
            for dataset, target in zip(self.datasets, targets, strict=True)
        ]
        if not any(map(_has_order, (rule for of_one in rules for rule in of_one))):
            rules = [_in_order(of_one, len(rules) - place) for place, of_one in enumerate(rules)]
        return json.dumps({"rules": numbered([rule for of_one in rules for rule in of_one])}, indent=2)

    def task_settings(self) -> Settings:
        """Return the settings of the datasets, with as many tables at once as one of them has."""
        settings = self.datasets[0].task_settings
        most = max(tables_at_once(each.task_settings) for each in self.datasets)
        return {**settings, "FullLoadSettings": {**_full_load(settings), "MaxFullLoadSubTasks": most}}

    def described(self, dataset: Dataset) -> dict[str, Any]:
        """Return what the load of a dataset has to know of the task, as `TaskLoad` has it."""
        return {
            "task": self.name,
            "tables": [f"{part.table.owner}.{part.table.name}" for part in dataset.parts],
            "shares": [one.name for one in self.datasets if one.name != dataset.name],
        }

    def refuse_apart(self, where: Callable[[Dataset], str]) -> None:
        """Raise InputError at the place of the first dataset that cannot be in the task."""
        first = self.datasets[0]
        for place, dataset in enumerate(self.datasets):
            for what in _differences(first, dataset):
                both = f"{dataset.name} and {first.name} share task {self.name}, but {what}"
                raise InputError(where(dataset), both, _APART)
            if drops_the_table(dataset.task_settings):
                what = f"task {self.name} would delete the table of {dataset.name} whenever it loads another"
                raise InputError(where(dataset), what, "set TargetTablePrepMode to DO_NOTHING, or remove it")
            for other in self.datasets[:place]:
                _refuse_each_other(self.name, other, dataset, where(dataset))
        if len(render_definition(self._tables()).encode()) > MAX_BYTES:
            what = f"the external table definition of task {self.name} is over 2 MB"
            raise InputError(where(self.datasets[-1]), what, "divide its loads among several tasks")

    def _tables(self) -> Iterator[ExternalTable]:
        for dataset in self.datasets:
            above = dataset.folder_in_bucket if dataset.location else dataset.name
            for part in dataset.parts:
                path = f"{above}/{part.table.path}" if above else part.table.path
                yield part.table.model_copy(update={"path": path})


def _joined(folder: str, path: str) -> str:
    return "/".join(part for part in (folder, path) if part)


def _differences(one: Dataset, other: Dataset) -> Iterator[str]:
    """Yield what differs of what a task has once, in words."""
    buckets = [each.location.bucket if each.location else "the stack's bucket" for each in (other, one)]
    if buckets[0] != buckets[1]:
        yield f"a task reads one bucket, and their files are in {' and '.join(buckets)}"
    for words, of in _ONCE.items():
        values = [of(each) for each in (other, one)]
        if values[0] != values[1]:
            yield f"their {words} differs: {' and '.join(map(_shown, values))}"


def _changes(dataset: Dataset) -> Any:
    changes = dataset.changes
    return changes and (
        dataset.changes_folder,
        changes.start_time,
        changes.start_position,
        changes.stop_position,
    )


def _without_most(dataset: Dataset) -> Settings:
    settings = dataset.task_settings
    full_load = {key: one for key, one in _full_load(settings).items() if key != "MaxFullLoadSubTasks"}
    return {**settings, "FullLoadSettings": full_load}


_ONCE: Mapping[str, Callable[[Dataset], Any]] = {
    "migration_type": lambda one: one.migration_type,
    "place or time of changes": _changes,
    "format": lambda one: one.source.format,
    "delimiter": lambda one: one.source.delimiter,
    "row_delimiter": lambda one: one.source.row_delimiter,
    "quoting": lambda one: one.source.quoting,
    "null_value": lambda one: one.csv.null_values[0],
    "header": lambda one: one.source.header,
    "task settings": _without_most,
}


def _shown(value: Any) -> str:
    return json.dumps(value, default=str)


def _refuse_each_other(task: str, one: Dataset, other: Dataset, where: str) -> None:
    for rules_of, table in ((one, other), (other, one)):
        owner, name = table.external_table.owner, table.external_table.name
        rules = narrowed(rules_of.rules(""), rules_of.external_table, rules_of.parts)
        if any(covers(rule, owner, part.table.name) for rule in rules for part in table.parts):
            what = f"in task {task} the rules for {rules_of.name} would be for {name}, too: _ is a wildcard"
            raise InputError(where, what, "rename one of them")
    existing = one.table.existing and other.table.existing and one.table.name == other.table.name
    if existing and one.keys != other.keys:
        what = f"{one.name} and {other.name} go into one table, {one.table.name}, with different keys"
        raise InputError(where, what, "give both datasets the keys of the table")


def _full_load(settings: Settings) -> Settings:
    return settings.get("FullLoadSettings") or {}


def _has_order(rule: Mapping[str, Any]) -> bool:
    return "load-order" in rule or "load-order" in rule.get("object-locator", {})


def _in_order(rules: Sequence[dict[str, Any]], order: int) -> list[dict[str, Any]]:
    return [
        {**rule, "load-order": str(order)} if rule.get("rule-type") == "selection" else rule for rule in rules
    ]

"""A dataset, ready to be loaded: its files found, its documents read or generated, its parts checked."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dynamodb_bulk.csv.reader import CsvFormat
from dynamodb_bulk.dms.condition import Condition, mapped_condition, parse_condition
from dynamodb_bulk.dms.definition import ExternalTable, render_definition
from dynamodb_bulk.dms.documents import (
    check_changes_path,
    covering_rule,
    derived_table,
    external_table_of,
    mappings_text_of,
    task_settings_of,
)
from dynamodb_bulk.dms.limits import dms_obstacles, undocumented
from dynamodb_bulk.dms.mappings import ObjectMapping, TableMappings, parse_mappings, read_rules
from dynamodb_bulk.dms.parts import Part, parts_of, rules_of_parts
from dynamodb_bulk.dms.selection import SourceFilter
from dynamodb_bulk.dms.task_settings import Settings, drops_the_table
from dynamodb_bulk.items.references import attribute_types, check_condition, check_references
from dynamodb_bulk.items.row_filter import RowFilter
from dynamodb_bulk.items.row_to_item import RowToItem
from dynamodb_bulk.records.fields import Fields, fields_of
from dynamodb_bulk.records.implied import OtherFields, with_implied_columns
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.files import find_files
from dynamodb_bulk.spec.keys import Demands, TableKeys
from dynamodb_bulk.spec.loader import display_path, read_dataset_file
from dynamodb_bulk.spec.migration import MigrationType
from dynamodb_bulk.spec.model import S3_LOCATION, DatasetModel, Source
from dynamodb_bulk.spec.table import Table
from dynamodb_bulk.spec.target_values import Document, value_document

FILE = "dataset.yaml"


@dataclass(frozen=True, kw_only=True)
class S3Location:
    """A bucket and a prefix that ends in a slash (or is empty)."""

    bucket: str
    prefix: str


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a task with cdc applies: the files of a folder, those since a time or checkpoint, until a time."""

    path: str
    start_time: str | None = None
    start_position: str | None = None
    stop_position: str | None = None


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """What `open_dataset` found; every part fits every other.

    `dms_obstacles` say why DMS cannot load it, and `names_dms` whether the file has a section for DMS;
    `attributes` replace the mappings' where those cannot say all.
    `changes`: of a task with cdc, the folder under `folder_in_bucket` where files of changes arrive, and when
    it begins and ends to apply them.
    `put_condition` is what each put of an item in a full load has to meet, `object_mapping` the rule of the
    `mappings` that makes this table's items. `other_fields` of records become attributes too, if none are
    declared. `parallel`: a DMS task has the files as so many tables, or fewer.
    """

    path: Path
    source: Source
    files: tuple[Path, ...]
    table: Table
    external_table: ExternalTable
    mappings: TableMappings
    object_mapping: ObjectMapping
    mappings_text: str
    task_settings: Settings
    warnings: tuple[str, ...]
    migration_type: MigrationType = "full-load"
    changes: Changes | None = None
    dms_obstacles: tuple[InputError, ...] = ()
    names_dms: bool = False
    attributes: Mapping[str, Document] | None = None
    put_condition: Condition | None = None
    other_fields: OtherFields | None = None
    parallel: int = 1

    @property
    def name(self) -> str:
        """The table's name in the DMS documents, which is also the load's."""
        return self.external_table.name

    @property
    def columns(self) -> tuple[Column, ...]:
        """The file's columns, in order."""
        return self.external_table.columns

    @property
    def keys(self) -> TableKeys:
        """The key schema of the table."""
        return self.table.keys

    @property
    def demands(self) -> Demands:
        """What items have to meet next to the keys."""
        compared = self.put_condition.values.values() if self.put_condition else ()
        return Demands(compared=tuple(compared), index_keys=self.table.index_keys)

    @property
    def condition(self) -> str | None:
        """The text of the condition."""
        return self.put_condition.text if self.put_condition else None

    @property
    def location(self) -> S3Location | None:
        """Where the files are in S3 already, when they are."""
        match = S3_LOCATION.fullmatch(self.source.location or "")
        return S3Location(bucket=match["bucket"], prefix=match["prefix"]) if match else None

    @property
    def folder_in_bucket(self) -> str:
        """What stands before the table's path in the location: DMS's BucketFolder."""
        prefix = self.location.prefix if self.location else ""
        return prefix.removesuffix(self.external_table.path).strip("/")

    @property
    def changes_folder(self) -> str:
        """The folder of a location's bucket where files of changes arrive."""
        path = self.changes.path if self.changes else ""
        return "/".join(part for part in (self.folder_in_bucket, path) if part)

    @property
    def loads_files(self) -> bool:
        """Whether a task loads the files; one that applies changes alone does not."""
        return self.migration_type != "cdc"

    @property
    def csv(self) -> CsvFormat:
        """How the files' text is to be read."""
        source = self.source
        return CsvFormat(
            delimiter=source.delimiter,
            row_delimiter=source.row_delimiter,
            quoting=source.quoting,
            null_value=source.null_value,
            header_rows=1 if source.header else 0,
            encoding=source.encoding,
            comment=source.comment,
            skip_rows=source.skip_rows,
            skip_footer=source.skip_footer,
            escape=source.escape,
        )

    @property
    def fields(self) -> Fields:
        """What of a record becomes a row."""
        others = self.other_fields
        return fields_of(self.columns, others.but if others else None, others.keys if others else None)

    def described(self) -> dict[str, object]:
        """Return what decides which items its rows become; what not every dataset has, only where it is."""
        filters = [one.model_dump() for one in self.source_filters]
        others = sorted(self.other_fields.but) if self.other_fields else None
        return {
            "columns": [column.described() for column in self.columns],
            "mapping": self.object_mapping.model_dump(),
            "attributes": self.attributes,
            **({"filters": filters} if filters else {}),
            **({"but": others} if others else {}),
        }

    def refuse_dms(self) -> None:
        """Raise InputError if DMS cannot load the dataset."""
        if self.dms_obstacles:
            raise self.dms_obstacles[0]

    @property
    def source_filters(self) -> tuple[SourceFilter, ...]:
        """The filters that a row has to pass to be loaded, whatever the method."""
        return self.mappings.source_filters(self.external_table.owner, self.external_table.name)

    def row_filter(self) -> RowFilter:
        """The function from rows to those that are loaded."""
        return RowFilter(self.columns, self.source_filters)

    def row_to_item(self, *, sorted_members: bool = False) -> RowToItem:
        """The function from rows to items, as DMS does it, and beyond that where the dataset asks for it."""
        return RowToItem(
            self.columns,
            self.object_mapping,
            self.keys,
            self.attributes,
            self.put_condition,
            self.table.index_keys,
            other_fields=self.other_fields is not None,
            sorted_members=sorted_members,
        )

    @property
    def written_types(self) -> dict[str, str]:
        """The types of the attributes that its rows are written with; none where the files hold items."""
        return {} if self.source.holds_items else dict(self.row_to_item().types)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The tables of a DMS task that hold the files."""
        return parts_of(self.external_table, self.files, self.parallel)

    def external_table_definition(self) -> str:
        """Return the document that tells DMS about the files."""
        return render_definition(part.table for part in self.parts)

    def table_mappings(self, target_table: str) -> str:
        """Return the mappings as written, but of this table alone, and aimed at its physical name."""
        rules = rules_of_parts(self.rules(target_table), self.external_table, self.parts)
        return json.dumps({"rules": rules}, indent=2)

    def rules(self, target_table: str) -> list[Document]:
        """Return the rules of the mappings as written, aimed at the table, without those of other tables."""
        return [
            {**rule, "target-table-name": target_table} if rule["rule-type"] == "object-mapping" else rule
            for rule in read_rules(self.mappings_text, str(self.path))
            if rule["rule-type"] != "object-mapping" or str(rule["rule-id"]) == self.object_mapping.rule_id
        ]


def open_dataset(path: Path) -> Dataset:
    """Read a dataset file and all it names; raise InputError at the first thing that does not fit."""
    file, others = with_implied_columns(read_dataset_file(path))
    model = file.model
    shown = display_path(path)
    folder = path.parent
    files = find_files(folder, model.source.files, shown, but=path)
    external_table = external_table_of(model, folder, shown)
    if not model.source.holds_items and not model.dms.table_mappings:
        check_references(file, external_table.columns)
    condition = parse_condition(model.condition, file.place("condition")) if model.condition else None
    if condition and not model.source.holds_items:
        check_condition(file, external_table.columns, condition)
    check_changes_path(file, external_table)
    obstacles = tuple(dms_obstacles(model, external_table.columns, file.where, condition))
    mappings_text, mappings_where = mappings_text_of(model, external_table, condition, folder, shown)
    mappings = parse_mappings(mappings_text, mappings_where)
    mapping = covering_rule(mappings, external_table, mappings_where)
    settings, warnings = task_settings_of(model, folder)
    table = model.table or derived_table(mapping, external_table, mappings_where)
    table = table.of_types({**attribute_types(model, external_table.columns), **mapping.attribute_types})
    if drops_the_table(settings) and not table.existing:
        raise InputError(
            f"{folder / (model.dms.task_settings or '')}: FullLoadSettings.TargetTablePrepMode",
            "DROP_AND_CREATE would delete the table that this stack owns",
            "use DO_NOTHING",
        )
    dataset = Dataset(
        path=path,
        source=model.source,
        attributes=_documents(model) if obstacles else None,
        dms_obstacles=obstacles,
        names_dms=model.names_dms,
        files=files,
        table=table,
        other_fields=others,
        put_condition=condition or _mapped_condition(mapping),
        external_table=external_table,
        mappings=mappings,
        object_mapping=mapping,
        mappings_text=mappings_text,
        task_settings=settings,
        migration_type=model.dms.migration_type,
        changes=_changes(model),
        parallel=model.dms.parallel,
        warnings=(*warnings, *(() if obstacles else undocumented(mapping, external_table, mappings_where))),
    )
    try:
        if not model.source.holds_items:
            dataset.row_filter()
            dataset.row_to_item()
    except InputError as error:
        raise InputError(f"{mappings_where}: {error.where}", error.what, error.remedy) from None
    return dataset


def _changes(model: DatasetModel) -> Changes | None:
    dms = model.dms
    if dms.cdc_path is None:
        return None
    return Changes(
        path=dms.cdc_path,
        start_time=dms.cdc_start_time,
        start_position=dms.cdc_start_position,
        stop_position=dms.cdc_stop_position,
    )


def _documents(model: DatasetModel) -> dict[str, Document] | None:
    """The attributes for RowToItem where they, or the columns, may be of types that DMS does not support."""
    if model.dms.table_mappings or model.dms.external_table_definition:
        return None
    return {name: value_document(value) for name, value in model.attributes.items()}


def _mapped_condition(mapping: ObjectMapping) -> Condition | None:
    mapped = mapping.mapping_parameters.condition_expression
    return mapped_condition(mapped) if mapped and mapped.apply_during_full_load else None


def dataset_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the dataset files that are meant: a folder stands for every `dataset.yaml` in it, however deep.

    Raise InputError for a folder without one, and for one that cannot be looked into.
    """
    found: dict[Path, None] = {}
    for path in paths:
        inside = _below(path) if path.is_dir() else [path]
        if not inside:
            raise InputError(display_path(path), f"no {FILE} in this folder or below it")
        found.update(dict.fromkeys(inside))
    return tuple(found)


def _below(folder: Path) -> list[Path]:
    def refuse(error: OSError) -> None:
        raise InputError(display_path(Path(str(error.filename))), error.strerror or str(error))

    return sorted(Path(at, FILE) for at, _, files in os.walk(folder, onerror=refuse) if FILE in files)


def open_datasets(paths: Iterable[Path]) -> tuple[Dataset, ...]:
    """Return the datasets, opened; raise InputError if one is wrong or two have the same name."""
    datasets: dict[str, Dataset] = {}
    for path in dataset_files(paths):
        dataset = open_dataset(path)
        if dataset.name in datasets:
            other = display_path(datasets[dataset.name].path)
            raise InputError(display_path(path), f"named {dataset.name}, as is {other}", "rename one of them")
        datasets[dataset.name] = dataset
    return tuple(datasets.values())

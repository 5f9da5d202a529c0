"""A dataset, ready to be loaded: its files found, its documents read or generated, its parts checked."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dataset.columns import Column
from dataset.definition import ExternalTable, parse_definition, render_definition
from dataset.errors import InputError
from dataset.files import find_files
from dataset.generated import generate_mappings
from dataset.items import RowToItem
from dataset.keys import TableKeys
from dataset.mappings import ObjectMapping, TableMappings, parse_mappings, placeholders, unescape
from dataset.model import S3_LOCATION, DatasetModel, Key, Source, Table
from dataset.reading import display_path, read_dataset_file, read_text
from dataset.rows import CsvFormat
from dataset.task_settings import Settings, drops_the_table, generate_task_settings, parse_task_settings


@dataclass(frozen=True, kw_only=True)
class S3Location:
    """A bucket and a prefix that ends in a slash (or is empty)."""

    bucket: str
    prefix: str


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """What `open_dataset` found; every part fits every other."""

    path: Path
    source: Source
    files: tuple[Path, ...]
    table: Table
    external_table: ExternalTable
    mappings: TableMappings
    mappings_text: str
    task_settings: Settings
    warnings: tuple[str, ...]

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
    def csv(self) -> CsvFormat:
        """How the files' text is to be read."""
        return CsvFormat(
            delimiter=self.source.delimiter,
            quoting=self.source.quoting,
            null_value=self.source.null_value,
            header_rows=1 if self.source.header else 0,
        )

    @cached_property
    def object_mapping(self) -> ObjectMapping:
        """The rule that makes this table's items."""
        found = self.mappings.object_mapping(self.external_table.owner, self.name)
        if found is None:
            raise LookupError(self.name)  # open_dataset has refused this
        return found

    def row_to_item(self) -> RowToItem:
        """The function from rows to items, as DMS does it."""
        return RowToItem(self.columns, self.object_mapping, self.keys)

    def external_table_definition(self) -> str:
        """The document that tells DMS about the files."""
        return render_definition([self.external_table])

    def table_mappings(self, target_table: str) -> str:
        """The mappings as written, aimed at the table's physical name."""
        document = json.loads(self.mappings_text)
        for rule in document["rules"]:
            if rule.get("rule-type") == "object-mapping":
                rule["target-table-name"] = target_table
        return json.dumps(document, indent=2)


def open_dataset(path: Path) -> Dataset:
    """Read a dataset file and all it names; raises InputError at the first thing that does not fit."""
    model = read_dataset_file(path)
    shown = display_path(path)
    folder = path.parent
    files = find_files(folder, model.source.files, shown)
    external_table = _external_table(model, folder, shown)
    mappings_text, mappings_where = _mappings_text(model, external_table, folder, shown)
    mappings = parse_mappings(mappings_text, mappings_where)
    mapping = _covering(mappings, external_table, mappings_where)
    settings, warnings = _task_settings(model, folder)
    table = model.table or _derived_table(mapping, external_table, mappings_where)
    if drops_the_table(settings) and not table.existing:
        raise InputError(
            f"{folder / (model.dms.task_settings or '')}: FullLoadSettings.TargetTablePrepMode",
            "DROP_AND_CREATE would delete the table that this stack owns",
            "use DO_NOTHING",
        )
    try:
        RowToItem(external_table.columns, mapping, table.keys)
    except InputError as error:
        raise InputError(f"{mappings_where}: {error.where}", error.what, error.remedy) from None
    return Dataset(
        path=path,
        source=model.source,
        files=files,
        table=table,
        external_table=external_table,
        mappings=mappings,
        mappings_text=mappings_text,
        task_settings=settings,
        warnings=(*warnings, *_undocumented(mapping, external_table, mappings_where)),
    )


def _external_table(model: DatasetModel, folder: Path, shown: str) -> ExternalTable:
    location = S3_LOCATION.fullmatch(model.source.location or "")
    prefix = location["prefix"] if location else None
    if prefix == "":
        raise InputError(
            f"{shown}: source.location", "names a whole bucket", "DMS reads a folder: add a prefix"
        )
    if model.dms.external_table_definition is None:
        owner = model.schema_name or "import"
        path = f"{owner}/{model.name}/" if prefix is None else prefix
        return ExternalTable(owner=owner, name=model.name or "", path=path, columns=model.columns)
    document = folder / model.dms.external_table_definition
    where = display_path(document)
    tables = parse_definition(read_text(document, "an external table definition"), where)
    if len(tables) != 1:
        raise InputError(
            where, f"{len(tables)} tables in one definition", "a dataset is one table: split the document"
        )
    for key, written, read in (
        ("name", model.name, tables[0].name),
        ("schema", model.schema_name, tables[0].owner),
    ):
        if written is not None and written != read:
            raise InputError(
                f"{shown}: {key}", f"{written!r}, but {where} says {read!r}", "make them the same"
            )
    if prefix is not None and not f"/{prefix}".endswith(f"/{tables[0].path}"):
        raise InputError(
            f"{shown}: source.location",
            f"does not end in {tables[0].path}",
            f"{where} says that the files are there",
        )
    return tables[0]


def _mappings_text(model: DatasetModel, table: ExternalTable, folder: Path, shown: str) -> tuple[str, str]:
    if model.dms.table_mappings:
        document = folder / model.dms.table_mappings
        return unescape(read_text(document, "table mappings")), display_path(document)
    return generate_mappings(model, table), shown


def _covering(mappings: TableMappings, table: ExternalTable, where: str) -> ObjectMapping:
    if not mappings.selects(table.owner, table.name):
        raise InputError(
            where, f"no selection rule covers {table.owner}.{table.name}", "names are case-sensitive in DMS"
        )
    mapping = mappings.object_mapping(table.owner, table.name)
    if mapping is None:
        raise InputError(
            where,
            f"no object-mapping rule covers {table.owner}.{table.name}",
            "names are case-sensitive in DMS",
        )
    return mapping


def _task_settings(model: DatasetModel, folder: Path) -> tuple[Settings, tuple[str, ...]]:
    if model.dms.task_settings is None:
        return generate_task_settings(), ()
    document = folder / model.dms.task_settings
    return parse_task_settings(read_text(document, "task settings"), display_path(document))


def _derived_table(mapping: ObjectMapping, table: ExternalTable, where: str) -> Table:
    """The table that raw documents imply: its keys named by the mapping, or the one primary key column."""
    parameters = mapping.mapping_parameters
    partition = parameters.partition_key_name or (
        table.primary_key[0] if len(table.primary_key) == 1 else None
    )
    if partition is None:
        raise InputError(
            where, "no partition-key-name, and not one primary key column", "add `table` to the dataset"
        )
    sort = parameters.sort_key_name
    return Table(
        partition_key=_derived_key(partition, mapping, table, where),
        sort_key=_derived_key(sort, mapping, table, where) if sort else None,
    )


def _derived_key(name: str, mapping: ObjectMapping, table: ExternalTable, where: str) -> Key:
    if any(rule.target_attribute_name == name for rule in mapping.mapping_parameters.attribute_mappings):
        return Key(name=name, type="S")
    column = next((column for column in table.columns if column.name == name), None)
    becomes = column.rule.becomes if column else None
    if becomes == "S" or becomes == "N":
        return Key(name=name, type=becomes)
    raise InputError(
        where, f"no rule fills the key attribute {name}", "map it, or name a text or number column"
    )


def _undocumented(mapping: ObjectMapping, table: ExternalTable, where: str) -> tuple[str, ...]:
    nullable = {column.name for column in table.columns if column.nullable}
    return tuple(
        f"{where}: attribute {rule.target_attribute_name}: what DMS writes where {', '.join(mixed)} is NULL "
        "is not documented; AWS on this machine writes an empty text there"
        for rule in mapping.mapping_parameters.attribute_mappings
        if (mixed := sorted({name for text in rule.templates() for name in _in_longer_text(text)} & nullable))
    )


def _in_longer_text(template: str) -> tuple[str, ...]:
    names = placeholders(template)
    alone = len(names) == 1 and template == f"${{{names[0]}}}"
    return () if alone else names

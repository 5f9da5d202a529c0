"""Dataset files from the documents of a DMS set-up: as files, or inside what AWS's commands return."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from dynamodb_bulk.cli.console import write_file
from dynamodb_bulk.dataset import FILE
from dynamodb_bulk.dms.definition import ExternalTable, parse_definition
from dynamodb_bulk.dms.mappings import parse_mappings, unescape
from dynamodb_bulk.dms.task_settings import parse_task_settings
from dynamodb_bulk.init.dialect import dialects
from dynamodb_bulk.init.opening import data_files
from dynamodb_bulk.init.proposal import Proposal
from dynamodb_bulk.init.rendering import dataset_text
from dynamodb_bulk.init.text_facts import text_facts
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.json_reading import read_json
from dynamodb_bulk.spec.loader import display_path, read_text

_SETTINGS = ("TargetMetadata", "FullLoadSettings", "ErrorBehavior", "Logging", "StreamBufferSettings")
_NAMES = {"definition": "definition.json", "mappings": "mappings.json", "task settings": "task-settings.json"}
_KEYS = {
    "definition": "external_table_definition",
    "mappings": "table_mappings",
    "task settings": "task_settings",
}
_DATA = (".csv", ".tsv", ".txt", ".dat")


@dataclass(kw_only=True)
class _Found:
    """Documents by their kind, where each is from, and the settings of the source endpoint."""

    texts: dict[str, str] = field(default_factory=dict[str, str])
    places: dict[str, Path] = field(default_factory=dict[str, Path])
    extracted: set[str] = field(default_factory=set[str])
    endpoint: dict[str, Any] = field(default_factory=dict[str, Any])

    def take(self, kind: str, text: str, path: Path, *, inside: bool) -> None:
        if self.texts.get(kind) == text:
            return  # taken out of an answer of AWS by an earlier run
        if kind in self.texts:
            raise InputError(
                display_path(path),
                f"is the second document with {kind}, after {display_path(self.places[kind])}",
                "keep one task's documents in the folder",
            )
        self.texts[kind], self.places[kind] = text, path
        if inside:
            self.extracted.add(kind)


def write_datasets(
    folder: Path, files: Sequence[Path], target: Path, *, force: bool
) -> tuple[list[Path], list[str]]:
    """Write a dataset file for each table; return them, and what was kept, changed and why.

    Raise InputError for a folder without a definition, and for files that exist.
    """
    if not folder.is_dir():
        raise InputError(display_path(folder), "not a folder", "name the folder with the DMS documents")
    found = _found(folder)
    if "definition" not in found.texts:
        what = "no external table definition in this folder"
        raise InputError(display_path(folder), what, "add it, or what `aws dms describe-endpoints` returns")
    tables = parse_definition(found.texts["definition"], display_path(found.places["definition"]))
    if "mappings" in found.texts:
        parse_mappings(unescape(found.texts["mappings"]), display_path(found.places["mappings"]))
    notes = _notes(found)
    targets = [target] if len(tables) == 1 else [target.parent / table.name / FILE for table in tables]
    documents = {kind: target.parent / _NAMES[kind] for kind in found.extracted}
    for path in (*targets, *documents.values()):
        if path.exists() and not force:
            raise InputError(display_path(path), "exists", "pass --force to overwrite it")
    for kind, path in documents.items():
        write_file(path, found.texts[kind])
        notes.append(f"{display_path(path)}: taken out of {display_path(found.places[kind])}")
    for table, path in zip(tables, targets, strict=True):
        path.parent.mkdir(exist_ok=True)
        write_file(path, _text(found, documents, table, path, files or _data(folder, table, tables), notes))
        notes.append(f"{display_path(path)}: written, for the table {table.owner}.{table.name}")
    if len(tables) > 1:
        notes.append(f"{len(tables)} tables: each is a dataset and a load; loads of one `task` share it")
    return targets, notes


def _text(
    found: _Found,
    documents: dict[str, Path],
    table: ExternalTable,
    path: Path,
    files: Sequence[Path],
    notes: list[str],
) -> str:
    source = _source(found.endpoint)
    if files and not found.endpoint:
        source = _seen(files, table)
    if files:
        source = {"files": [_relative(file, path.parent) for file in files], **source}
    elif bucket := found.endpoint.get("BucketName"):
        above = str(found.endpoint.get("BucketFolder") or "").strip("/")
        source = {"location": f"s3://{bucket}/{above + '/' if above else ''}{table.path}", **source}
    else:
        source = {"files": [f"{table.path}*.{source.get('format', 'csv')}"], **source}
        notes.append(
            f"{display_path(path)}: the files of the table were not found: set source.files or location"
        )
    proposal = Proposal(name=table.name, source=source, rows=0)
    proposal.head.append(f"The DMS documents of {table.owner}.{table.name}, used unchanged.")
    proposal.documents = {
        _KEYS[kind]: _relative(documents.get(kind, found.places[kind]), path.parent) for kind in found.texts
    }
    return dataset_text(proposal, None)


def _seen(files: Sequence[Path], table: ExternalTable) -> dict[str, Any]:
    """Return how the files are written, as far as they show it: rows with the columns of the definition."""
    first, *_ = opened = data_files(files)
    if first.format != "csv":
        return {"format": first.format}
    facts = text_facts(opened)
    names = [column.name for column in table.columns]
    dialect = next((one for one in dialects(first, facts) if one.columns == len(names)), None)
    if dialect is None:
        return {}
    source: dict[str, Any] = {"delimiter": dialect.csv.delimiter}
    if dialect.rows and [name.strip() for name in dialect.rows[0]] == names:
        source["header"] = True
    if not dialect.csv.quotes:
        source["quoting"] = "none"
    return source


def _source(endpoint: dict[str, Any]) -> dict[str, Any]:
    if str(endpoint.get("DataFormat")).lower() == "parquet":
        return {"format": "parquet"}
    source: dict[str, Any] = {}
    if delimiter := endpoint.get("CsvDelimiter"):
        source["delimiter"] = _unescaped(str(delimiter))
    if (end := endpoint.get("CsvRowDelimiter")) and (text := _unescaped(str(end))) != "\n":
        source["row_delimiter"] = text
    if endpoint.get("IgnoreHeaderRows"):
        source["header"] = True
    if endpoint.get("Rfc4180") is False:
        source["quoting"] = "none"
    if null := endpoint.get("CsvNullValue"):
        source["null_value"] = null
    return source


def _unescaped(delimiter: str) -> str:
    return delimiter.replace(r"\t", "\t").replace(r"\r", "\r").replace(r"\n", "\n")


def _notes(found: _Found) -> list[str]:
    notes: list[str] = []
    for kind, text in found.texts.items():
        shown = display_path(found.places[kind])
        if kind == "task settings":
            notes += parse_task_settings(text, shown)[1]
        if kind == "mappings" and "$${" in text:
            notes.append(f"{shown}: $${{…}} is read as ${{…}}: Terraform's templates write it so")
        if kind == "mappings" and "null" in text:
            notes.append(f"{shown}: keys that are null are left out: AWS returns those that nobody wrote")
        notes.append(f"{shown}: kept, as {kind}")
    return notes


def _found(folder: Path) -> _Found:
    found = _Found()
    for path in sorted(folder.glob("*.json")):
        text = read_text(path, "a DMS document")
        for kind, inner in _documents(text, path, found):
            found.take(kind, inner, path, inside=inner is not text)
    return found


def _documents(text: str, path: Path, found: _Found) -> Iterator[tuple[str, str]]:
    document: Any = read_json(text, display_path(path))
    if not isinstance(document, dict):
        return
    keys = cast("dict[str, Any]", document)
    if "Tables" in keys:
        yield "definition", text
    elif "rules" in keys:
        yield "mappings", text
    elif any(name in keys for name in _SETTINGS):
        yield "task settings", text
    else:
        for described in _described(keys):
            settings = described.get("S3Settings")
            if isinstance(settings, dict):
                found.endpoint |= cast("dict[str, Any]", settings)
            for name, kind, holder in (
                ("ExternalTableDefinition", "definition", found.endpoint if settings else described),
                ("TableMappings", "mappings", described),
                ("ReplicationTaskSettings", "task settings", described),
                ("ReplicationSettings", "task settings", described),
            ):
                if inner := holder.get(name):
                    yield kind, inner if isinstance(inner, str) else json.dumps(inner, indent=2)


def _described(keys: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield endpoints and tasks, as a command returns them: in a list, alone, or without a frame."""
    for name in ("Endpoints", "ReplicationTasks", "ReplicationConfigs"):
        yield from (one for one in keys.get(name) or () if isinstance(one, dict))
    for name in ("Endpoint", "ReplicationTask", "ReplicationConfig"):
        if isinstance(keys.get(name), dict):
            yield keys[name]
    if {"S3Settings", "TableMappings", "ReplicationTaskSettings", "ExternalTableDefinition"} & keys.keys():
        yield keys
    elif "BucketName" in keys:
        yield {"S3Settings": keys}


def _data(folder: Path, table: ExternalTable, tables: Sequence[ExternalTable]) -> list[Path]:
    """Return the files of a table: below the folder of its path or name, or with its columns."""
    for below in (folder / table.path, folder / table.name, folder / "data" / table.name):
        if below.is_dir() and (found := _files(below)):
            return found
    named = [one for one in _files(folder) if one.name.split(".")[0].rstrip("-_0123456789") == table.name]
    if named:
        return named
    files = _files(folder / "data") or _files(folder)
    return files if len(tables) == 1 else [one for one in files if _tables_like(one, tables) == [table]]


def _tables_like(file: Path, tables: Sequence[ExternalTable]) -> list[ExternalTable]:
    """Return the tables that have as many columns as a file."""
    first, *_ = opened = data_files([file])
    if first.format != "csv":
        return []
    read = {dialect.columns for dialect in dialects(first, text_facts(opened))[:1]}
    return [table for table in tables if len(table.columns) in read]


def _files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.glob("*") if one.suffix.lower() in _DATA) if folder.is_dir() else []


def _relative(path: Path, folder: Path) -> str:
    base = folder.resolve()
    whole = path.resolve()
    if whole.is_relative_to(base):
        return whole.relative_to(base).as_posix()
    if whole.is_relative_to(base.parent):
        return f"../{whole.relative_to(base.parent).as_posix()}"
    return str(whole)

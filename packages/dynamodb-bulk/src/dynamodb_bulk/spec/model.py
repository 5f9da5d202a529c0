"""The dataset file: one YAML that says what the files hold and what table they go to."""

import codecs
import json
import re
from collections.abc import Iterator
from datetime import datetime
from encodings.aliases import aliases
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from dynamodb_bulk.spec.arns import InArn, KmsKey, PlainName, refuse_wildcards
from dynamodb_bulk.spec.columns import Booleans, Column, separator_of_thousands
from dynamodb_bulk.spec.errors import MistakeAt
from dynamodb_bulk.spec.migration import SERVER_TIME, MigrationType
from dynamodb_bulk.spec.mistakes import nearest
from dynamodb_bulk.spec.table import SpecModel, Table
from dynamodb_bulk.spec.target_values import AttributeValue

_MOMENT = "%Y-%m-%dT%H:%M:%S"

S3_LOCATION = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<prefix>.*)", re.DOTALL)


def _delimiter(text: str) -> str:
    if not text or set(text) & set('"\n\r') or text == r"\t":
        hint = '; a tab is written "\\t", in double quotes' if text == r"\t" else ""
        raise ValueError(f"a delimiter is text without a quote or a line end, got {text!r}{hint}")
    return text


def _row_delimiter(text: str) -> str:
    if not text or '"' in text or any(escaped in text for escaped in (r"\n", r"\r")):
        raise ValueError(f'rows end with text without a quote, like "\\r" in double quotes; got {text!r}')
    return text


def _comment(text: str) -> str:
    if set(text) & set("\n\r"):
        raise ValueError(f"a comment begins within a line, got {text!r}")
    return text


def _encoding(name: str) -> str:
    known = sorted({one for pair in aliases.items() for one in pair})
    try:
        codecs.getincrementaldecoder(name)
        readable = codecs.lookup(name).name not in _OF_NAMES and "a\n".encode(name).decode(name) == "a\n"
    except (LookupError, ValueError):
        readable = False
    if not readable:
        raise ValueError(f"{name!r} is no encoding of text; {nearest(name, known, 'write one like cp1252')}")
    return name


def _texts(given: str | tuple[str, ...]) -> str | tuple[str, ...]:
    if not isinstance(given, str) and len(set(given)) < max(1, len(given)):
        raise ValueError("expected one text or a list of different ones")
    return given


def _s3_location(text: str) -> str:
    if not S3_LOCATION.fullmatch(text):
        raise ValueError(f"expected s3://bucket/prefix/ with a bucket of 3 to 63 characters, got {text!r}")
    refuse_wildcards(text)
    return text if text.endswith("/") else text + "/"


def _folder(text: str) -> str:
    if "://" in text or ".." in text.split("/"):
        raise ValueError(f"expected a folder in the bucket of the files, like changes/, got {text!r}")
    if not text.strip("/") or text.startswith("/") or "//" in text:
        raise ValueError(f"expected a folder like changes/, got {text!r}")
    refuse_wildcards(text)
    return text if text.endswith("/") else text + "/"


def _moment(text: str) -> str:
    try:
        datetime.strptime(text, _MOMENT)
    except ValueError:
        raise ValueError(f"expected a time in UTC like 2026-11-28T06:30:00, got {text!r}") from None
    return text


def _start_position(text: str) -> str:
    return text if text.startswith("checkpoint:") else _moment(text)


def _stop_position(text: str) -> str:
    if text.startswith("commit_time:"):
        raise ValueError("files of changes hold no commit times: write server_time:2026-11-28T06:30:00")
    if not text.startswith(SERVER_TIME):
        raise ValueError(f"expected server_time:2026-11-28T06:30:00, in UTC, got {text!r}")
    _moment(text.removeprefix(SERVER_TIME))
    return text


_OF_DMS = ("delimiter", "header", "quoting", "null_value")
_OF_CSV = (
    *_OF_DMS, "row_delimiter", "encoding", "escape", "comment", "skip_rows", "skip_footer", "decimal",
    "thousands", "booleans",
)  # fmt: skip
_OF_NAMES = ("idna", "punycode")  # encodings of names, not of files


class Source(SpecModel):
    """Where the files are and how they are to be read."""

    format: Literal["csv", "json", "parquet", "dynamodb_json", "ion"] = "csv"
    """Rows of text, records of JSON (a line each, or an array) or Parquet, or items: DynamoDB JSON, Ion."""
    files: tuple[str, ...] = ()
    """Patterns of local files, relative to the folder of the dataset file."""
    location: Annotated[str, AfterValidator(_s3_location)] | None = None
    """Files that are in S3 already: s3://bucket/prefix/."""
    bucket_owner: Annotated[str, Field(pattern="^[0-9]{12}$")] | None = None
    """The account that owns the bucket of the location, if not yours: 12 digits."""
    kms_key: KmsKey | None = Field(default=None, repr=False)
    """The KMS key of the files in the location, which DMS has to decrypt: its ARN, its ID or an alias."""
    compression: Literal["none", "gzip", "zstd"] = "none"
    """How every one of the files is compressed; Parquet compresses its own pages."""
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8"
    """CSV, JSON: how text is encoded, by a name of Python's codecs; a byte order mark in a file wins."""
    delimiter: Annotated[str, AfterValidator(_delimiter)] = ","
    """CSV: what stands between two fields, one or more characters."""
    row_delimiter: Annotated[str, AfterValidator(_row_delimiter)] = "\n"
    """CSV: what ends a row; left out: a line end of Unix or Windows."""
    header: bool = False
    """CSV: whether the first line of each file names the columns."""
    quoting: Literal["rfc4180", "none"] = "rfc4180"
    """CSV: whether double quotes around a field are taken off."""
    escape: Literal["", "\\"] = ""
    """CSV: a backslash where one stands before delimiters, line ends and letters, as in dumps of MySQL."""
    null_value: Annotated[str | tuple[str, ...], AfterValidator(_texts)] = ""
    """CSV: the text that stands for no value, or a list of them."""
    comment: Annotated[str, AfterValidator(_comment)] = ""
    """CSV: the text that begins a line to skip; left out: there are none."""
    skip_rows: int = Field(default=0, ge=0)
    """CSV: how many lines to skip in each file before its header or first row."""
    skip_footer: int = Field(default=0, ge=0)
    """CSV: how many of the last rows of each file to skip."""
    decimal: Literal[".", ","] = "."
    """CSV: what stands before the decimals of a number; a column's own wins."""
    thousands: Annotated[str, AfterValidator(separator_of_thousands)] = ""
    """CSV: the character between groups of digits of a number; a column's own wins."""
    booleans: Booleans | None = None
    """CSV: the texts that are true and false; left out: true, false, 1 and 0. A column's own wins."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.files) == bool(self.location):
            raise ValueError("give either local `files` or a `location` in S3")
        for key in ("bucket_owner", "kms_key"):
            if getattr(self, key) and not self.location:
                raise MistakeAt("only with a `location`: remove it", key)
        if self.format != "csv":
            for key in _OF_CSV:
                if key in self.model_fields_set and (self.format, key) != ("json", "encoding"):
                    raise MistakeAt(f"for format csv, not for {self.format}: remove it", key)
        if self.format == "parquet" and self.compression != "none":
            raise MistakeAt("Parquet files compress their own pages: remove it", "compression")
        if self.escape and self.quoting != "none":
            raise MistakeAt("only with `quoting: none`: remove one of them", "escape")
        if self.thousands == self.decimal:
            raise MistakeAt(f"{self.thousands!r} separates both thousands and decimals", "thousands")
        return self

    @model_validator(mode="after")
    def _delimiters_apart(self) -> Self:
        if self.delimiter in self.row_delimiter or self.row_delimiter in self.delimiter:
            raise MistakeAt("it and the delimiter are part of one another", "row_delimiter")
        return self

    def described(self) -> dict[str, Any]:
        """Return all that decides how files are read; what a later version added only where it is set."""
        return self.model_dump(exclude={"files", "location", "kms_key", *self._added})

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Show the same: steps of earlier versions depend on it."""
        return (pair for pair in super().__repr_args__() if pair[0] not in self._added)

    @property
    def _added(self) -> set[str]:
        return {key for key in _OF_CSV if key not in _OF_DMS and key not in self.model_fields_set}

    def completed(self, column: Column) -> Column:
        """Return the column with what it does not say itself of numbers and booleans."""
        takes = column.column_type.takes
        said = {
            key: getattr(self, key)
            for key in ("decimal", "thousands", "booleans")
            if key in self.model_fields_set and key in takes and getattr(column, key) is None
        }
        return column.model_copy(update=said) if said else column

    @property
    def holds_records(self) -> bool:
        """Whether the files hold records with named fields of types of their own."""
        return self.format in ("json", "parquet")

    @property
    def holds_items(self) -> bool:
        """Whether the files hold complete items."""
        return self.format in ("dynamodb_json", "ion")


class DmsDocuments(SpecModel):
    """What a DMS task does, and files of an existing set-up that replace what would be generated."""

    migration_type: MigrationType = "full-load"
    """What the task does: load the files, load them and then apply changes, or apply changes alone."""
    cdc_path: Annotated[str, AfterValidator(_folder)] | None = None
    """The folder where files of changes arrive, under the endpoint's BucketFolder if it has one."""
    cdc_start_time: Annotated[str, AfterValidator(_moment)] | None = None
    """cdc: changes in files written before this time, in UTC, are not applied."""
    cdc_start_position: Annotated[str, AfterValidator(_start_position)] | None = None
    """cdc: the time, or the checkpoint of a task, behind which changes are applied."""
    cdc_stop_position: Annotated[str, AfterValidator(_stop_position)] | None = None
    """When the task ends by itself: server_time: and a time in UTC. Left out: when it is stopped."""
    external_table_definition: str | None = None
    """A JSON file that describes the columns."""
    table_mappings: str | None = None
    """A JSON file that says how rows become items."""
    task_settings: str | None = None
    """A JSON file of task settings."""
    parallel: Annotated[int, Field(ge=1, le=49)] = 1
    """At most so many tables of the task hold the files, which DMS loads at once into the one table."""
    parallel_load_threads: Annotated[int, Field(ge=0, le=200)] | None = None
    """ParallelLoadThreads of the task settings: threads that write each table."""
    parallel_load_buffer_size: Annotated[int, Field(ge=0, le=1000)] | None = None
    """ParallelLoadBufferSize of the task settings: records that each of the threads holds."""

    @model_validator(mode="after")
    def _changes_have_a_folder(self) -> Self:
        if self.migration_type == "full-load" and self.cdc_path:
            raise MistakeAt("only for migration types with cdc: remove it, or set one", "cdc_path")
        if self.migration_type != "full-load" and not self.cdc_path:
            raise MistakeAt("needs `cdc_path`, the folder where files of changes arrive", "migration_type")
        if self.migration_type == "full-load" and self.cdc_stop_position:
            raise MistakeAt("only for migration types with cdc: remove it, or set one", "cdc_stop_position")
        for key in ("cdc_start_time", "cdc_start_position"):
            # https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Task.CDC.html#CHAP_Task.CDC.StartPoint
            if getattr(self, key) and self.migration_type != "cdc":
                raise MistakeAt("AWS has start points only for migration_type cdc: remove it", key)
        if self.cdc_start_time and self.cdc_start_position:
            raise MistakeAt("AWS takes this or `cdc_start_position`: remove one of them", "cdc_start_time")
        return self

    @model_validator(mode="after")
    def _parallel_settings_fit(self) -> Self:
        if self.parallel > 1 and self.migration_type != "full-load":
            raise MistakeAt("changes name one table: remove it, or use migration_type full-load", "parallel")
        for key in ("parallel_load_threads", "parallel_load_buffer_size"):
            if self.task_settings and getattr(self, key) is not None:
                name = "".join(word.capitalize() for word in key.split("_"))
                raise MistakeAt(f"write TargetMetadata.{name} in {self.task_settings} instead", key)
        if self.parallel_load_buffer_size and (self.parallel_load_threads or 0) < 2:
            message = "DMS uses it with more than one thread only: set `parallel_load_threads`"
            raise MistakeAt(message, "parallel_load_buffer_size")
        return self


class DatasetModel(SpecModel):
    """A dataset file as written."""

    name: PlainName | None = Field(default=None, min_length=1, max_length=128)
    """The dataset's name, which is the table's name in the DMS documents."""
    schema_name: InArn | None = Field(default=None, alias="schema", min_length=1)
    """The schema's name in the DMS documents; `import` when left out."""
    source: Source
    """Where the files are and how they are to be read."""
    columns: tuple[Column, ...] = ()
    """The columns of a CSV file, in order; of JSON and Parquet those that are taken, left out: all fields."""
    table: Table | None = None
    """The DynamoDB table."""
    attributes: dict[Annotated[str, Field(min_length=1, max_length=65535)], AttributeValue] = Field({})
    """How a row becomes an item; left out: one attribute per column."""
    exclude: tuple[str, ...] = ()
    """Columns that do not become attributes themselves."""
    condition: Annotated[str, Field(min_length=1)] | None = None
    """What the table must hold for an item to be put, as a DynamoDB condition with ${name} for its values."""
    dms: DmsDocuments = DmsDocuments()
    """Raw documents, used unchanged."""

    @model_validator(mode="after")
    def _described_once(self) -> Self:
        self._described_as_the_format_is()
        if self.dms.migration_type == "cdc" and self.source.files:
            message = "cdc loads no files: set the `location` of the changes, or use full-load-and-cdc"
            raise MistakeAt(message, "dms", "migration_type")
        if self.dms.parallel > 1 and self.source.location:
            message = (
                "DMS reads a table from one folder, and these files are in S3 already: name files on this "
                "machine in `source.files`; or put them into several folders, each with a dataset of its own "
                "whose load goes `into` the first one's table"
            )
            raise MistakeAt(message, "dms", "parallel")
        names = [column.name for column in self.columns]
        for place, name in enumerate(names):
            if name in names[:place]:
                raise MistakeAt(f"column {name} is named twice", "columns", place)
            whole = self.source.completed(self.columns[place])
            if whole.unclear:
                raise MistakeAt(
                    f"{whole.thousands!r} separates both thousands and decimals", "columns", place
                )
        for_dms = self.source.holds_records and self.names_dms
        for place, column in enumerate(() if self.source.holds_records and not for_dms else self.columns):
            if column.path or column.column_type.nested:
                key = "path" if column.path else "type"
                what = "not with a `dms` section" if for_dms else "only for files of format json and parquet"
                raise MistakeAt(what, "columns", place, key)
        return self

    def _described_as_the_format_is(self) -> None:
        if self.source.holds_items:
            self._nothing_but_a_table("columns", "attributes", "exclude", "dms", hold="complete items")
        elif self.source.format == "json":
            self._nothing_but_a_table("dms", hold="records, which DMS does not read")
        elif self.source.format == "csv" or self.names_dms:
            self._rows_described_once()
        else:
            self._nothing_but_a_table(hold="records")

    @property
    def names_dms(self) -> bool:
        """Whether it has a section for DMS: of Parquet it says that DMS wrote the files."""
        return "dms" in self.model_fields_set

    def _rows_described_once(self) -> None:
        if bool(self.columns) == bool(self.dms.external_table_definition):
            raise ValueError("give either `columns` or `dms.external_table_definition`")
        if self.dms.table_mappings:
            for key in ("attributes", "exclude", "condition"):
                if getattr(self, key):
                    message = "no effect with `dms.table_mappings`: remove one of them"
                    raise MistakeAt(message, key)
        elif self.table is None:
            raise ValueError("`table` with its partition_key is missing")
        if self.columns and self.name is None:
            raise ValueError("`name` is missing")

    def _nothing_but_a_table(self, *others: str, hold: str) -> None:
        for key in others:
            if key in self.model_fields_set:
                message = f"files of format {self.source.format} hold {hold}: remove it"
                raise MistakeAt(message, key)
        if self.table is None:
            raise ValueError("`table` with its partition_key is missing")
        if self.name is None:
            raise ValueError("`name` is missing")


def schema_text() -> str:
    """The JSON Schema of dataset files, for editors, as it stands in `dataset.schema.json`."""
    schema = DatasetModel.model_json_schema(by_alias=True)
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Dataset"}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

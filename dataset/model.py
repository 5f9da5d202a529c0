"""The dataset file: one YAML that says what the files hold and what table they go to."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from dataset.columns import Column
from dataset.keys import KeyAttribute, TableKeys

TABLE_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
S3_LOCATION = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<prefix>.*)", re.DOTALL)


def _one_character(text: str) -> str:
    if len(text) != 1 or ord(text) > 127 or text in '"\n\r':
        raise ValueError(f"a delimiter is one ASCII character other than a quote or a line end, got {text!r}")
    return text


def _s3_location(text: str) -> str:
    if not S3_LOCATION.fullmatch(text):
        raise ValueError(f"expected s3://bucket/prefix/, got {text!r}")
    return text if text.endswith("/") else text + "/"


def _table_name(text: str) -> str:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    if not TABLE_NAME.fullmatch(text):
        raise ValueError(f"a table name has 3 to 255 of A-Z a-z 0-9 _ . -, got {text!r}")
    return text


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Source(_Model):
    """Where the files are and how their text is to be read."""

    format: Literal["csv"] = "csv"
    files: tuple[str, ...] = ()
    location: Annotated[str, AfterValidator(_s3_location)] | None = None
    delimiter: Annotated[str, AfterValidator(_one_character)] = ","
    header: bool = False
    quoting: Literal["rfc4180", "none"] = "rfc4180"
    null_value: str = ""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.files) == bool(self.location):
            raise ValueError("give either `files` on this machine or a `location` in S3")
        return self


class Key(_Model):
    """A key attribute."""

    name: str = Field(min_length=1, max_length=255)
    type: Literal["S", "N", "B"] = "S"

    def attribute(self) -> KeyAttribute:
        """The key in the terms that rows are checked in."""
        return KeyAttribute(name=self.name, type=self.type)


class Provisioned(_Model):
    """Read and write capacity units."""

    read: int = Field(ge=1)
    write: int = Field(ge=1)


class Index(_Model):
    """A global secondary index."""

    name: Annotated[str, AfterValidator(_table_name)]
    partition_key: Key
    sort_key: Key | None = None
    projection: Literal["ALL", "KEYS_ONLY"] | tuple[str, ...] = "ALL"


class Table(_Model):
    """The DynamoDB table: its keys, its billing, what protects it."""

    partition_key: Key
    sort_key: Key | None = None
    billing: Literal["on_demand"] | Provisioned = "on_demand"
    global_secondary_indexes: tuple[Index, ...] = ()
    point_in_time_recovery: bool = False
    stream: Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"] | None = None
    time_to_live: str | None = None
    class_: Literal["STANDARD", "STANDARD_INFREQUENT_ACCESS"] = Field(default="STANDARD", alias="class")
    deletion_protection: bool | None = None
    existing: bool = False
    name: Annotated[str, AfterValidator(_table_name)] | None = None

    @property
    def keys(self) -> TableKeys:
        """The table's key schema."""
        sort = self.sort_key.attribute() if self.sort_key else None
        return TableKeys(partition=self.partition_key.attribute(), sort=sort)

    @model_validator(mode="after")
    def _existing_is_named(self) -> Self:
        if self.existing and self.name is None:
            raise ValueError("a table that exists already needs its `name`")
        return self


class DmsDocuments(_Model):
    """Files of an existing DMS set-up, beside the dataset file; each replaces what would be generated."""

    migration_type: Literal["full-load"] = "full-load"
    external_table_definition: str | None = None
    table_mappings: str | None = None
    task_settings: str | None = None


class NumberValue(_Model):
    """A number made from a template."""

    number: str


class MapValue(_Model):
    """A map of named values."""

    map: dict[str, "AttributeValue"]


class ListValue(_Model):
    """A list of values."""

    list: tuple["AttributeValue", ...]


AttributeValue = str | NumberValue | MapValue | ListValue


class DatasetModel(_Model):
    """A dataset file as written."""

    name: str | None = Field(default=None, min_length=1, max_length=128)
    schema_name: str | None = Field(default=None, alias="schema", min_length=1)
    source: Source
    columns: tuple[Column, ...] = ()
    table: Table | None = None
    attributes: dict[str, str | MapValue | ListValue] = {}
    exclude: tuple[str, ...] = ()
    condition: str | None = None
    dms: DmsDocuments = DmsDocuments()

    @model_validator(mode="after")
    def _described_once(self) -> Self:
        if bool(self.columns) == bool(self.dms.external_table_definition):
            raise ValueError("give either `columns` or `dms.external_table_definition`")
        if self.dms.table_mappings:
            for key in ("attributes", "exclude", "condition"):
                if getattr(self, key):
                    raise ValueError(
                        f"`{key}` has no effect beside `dms.table_mappings`: take one of them out"
                    )
        elif self.table is None:
            raise ValueError("`table` with its partition_key is missing")
        if self.columns and (self.name is None):
            raise ValueError("`name` is missing")
        names = [column.name for column in self.columns]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"column {name} is named twice")
        return self


def document_paths(model: DatasetModel, folder: Path) -> dict[str, Path]:
    """The raw documents that the dataset names, by their key under `dms`."""
    named = model.dms.model_dump(exclude={"migration_type"}, exclude_none=True)
    return {key: folder / path for key, path in named.items()}


def value_document(value: Any) -> dict[str, Any]:
    """An attribute's value in DynamoDB JSON, its templates as they are."""
    match value:
        case str():
            return {"S": value}
        case NumberValue(number=template):
            return {"N": template}
        case MapValue(map=members):
            return {"M": {name: value_document(member) for name, member in members.items()}}
        case ListValue(list=members):
            return {"L": [value_document(member) for member in members]}
        case _:
            raise TypeError(value)

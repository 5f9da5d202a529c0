"""The external table definition, which describes the files of an S3 source to DMS.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
"""

import json
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.date_patterns import OF_DMS
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.json_reading import read_json, without_nulls
from dynamodb_bulk.spec.mistakes import nearest, validated

MAX_BYTES = 2 * 1024 * 1024


class ExternalTable(BaseModel):
    """One table of a definition: files under `path` hold rows of `columns`, in file order.

    It has no columns only where the files hold items, which DMS does not read.
    """

    model_config = ConfigDict(frozen=True)

    owner: str
    name: str
    path: str
    columns: tuple[Column, ...]

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Names of the columns marked ColumnIsPk."""
        return tuple(column.name for column in self.columns if column.primary_key)


class _Column(BaseModel):
    """A column, whose keys in a dataset file these are."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(alias="ColumnName")
    type: str = Field(alias="ColumnType")
    nullable: bool = Field(default=False, alias="ColumnNullable")
    primary_key: bool = Field(default=False, alias="ColumnIsPk")
    length: int | None = Field(default=None, alias="ColumnLength")
    precision: int | None = Field(default=None, alias="ColumnPrecision")
    scale: int | None = Field(default=None, alias="ColumnScale")
    date_format: str | None = Field(default=None, alias="ColumnDateFormat")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")

    TableName: str
    TablePath: str
    TableOwner: str
    TableColumns: list[_Column]
    TableColumnsTotal: int


class _Definition(BaseModel):
    model_config = ConfigDict(extra="forbid")

    TableCount: int
    Tables: list[_Table]


def parse_definition(text: str, where: str) -> tuple[ExternalTable, ...]:
    """Read a definition; raise InputError if DMS would refuse or misread it."""
    if len(text.encode()) > MAX_BYTES:
        raise InputError(where, "the external table definition is over 2 MB", "split it into several tasks")
    document = validated(_Definition, without_nulls(read_json(text, where)), lambda _: where)
    tables = tuple(_external_table(table, where) for table in document.Tables)
    if document.TableCount != len(tables):
        raise InputError(
            where,
            f"TableCount is {document.TableCount}, but {len(tables)} tables follow",
            f'write "{len(tables)}"',
        )
    return tables


def _external_table(table: _Table, where: str) -> ExternalTable:
    count = len(table.TableColumns)
    if table.TableColumnsTotal != count:
        raise InputError(
            f"{where}: table {table.TableName}",
            f"TableColumnsTotal is {table.TableColumnsTotal}, but {count} columns follow",
            f'write "{count}" or add the missing columns',
        )
    if not count:
        raise InputError(f"{where}: table {table.TableName}", "no columns")
    columns = [
        validated(Column, column.model_dump(), lambda _, name=column.name: f"{where}: column {name}")
        for column in table.TableColumns
    ]
    for column in columns:
        for need in column.column_type.dms_needs:
            if getattr(column, need) is None:
                raise InputError(f"{where}: column {column.name}", f"a {column.type} column needs `{need}`")
        if column.date_format and column.date_format not in OF_DMS:
            what = f"{column.date_format!r} is not among the formats of DMS"
            raise InputError(
                f"{where}: column {column.name}: date_format", what, nearest(column.date_format, OF_DMS)
            )
    names = [column.name for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{where}: table {table.TableName}", f"column {name} is named twice")
    return ExternalTable(
        owner=table.TableOwner,
        name=table.TableName,
        path=table.TablePath.strip("/") + "/",
        columns=tuple(columns),
    )


def render_definition(tables: Iterable[ExternalTable]) -> str:
    """Return the document of these tables, every value a string as AWS's own samples write them."""
    rendered = [
        {
            "TableName": table.name,
            "TablePath": table.path,
            "TableOwner": table.owner,
            "TableColumns": [_render_column(column) for column in table.columns],
            "TableColumnsTotal": str(len(table.columns)),
        }
        for table in tables
    ]
    return json.dumps({"TableCount": str(len(rendered)), "Tables": rendered}, indent=2)


def _render_column(column: Column) -> dict[str, str]:
    values = {field.alias or name: getattr(column, name) for name, field in _Column.model_fields.items()}
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if value is not None and (name != "ColumnIsPk" or value)
    }

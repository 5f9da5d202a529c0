"""The external table definition: what is read, what is refused, what is written."""

import json
from typing import Any

import pytest

from dynamodb_bulk.dms.definition import parse_definition, render_definition
from dynamodb_bulk.spec.errors import InputError


def column(**changes: Any) -> dict[str, Any]:
    return {"ColumnName": "id", "ColumnType": "STRING", "ColumnLength": "25", **changes}


def definition(*columns: dict[str, Any], **changes: Any) -> str:
    table = {
        "TableName": "orders",
        "TablePath": "shop/orders/",
        "TableOwner": "shop",
        "TableColumns": list(columns),
        "TableColumnsTotal": str(len(columns)),
        **changes,
    }
    return json.dumps({"TableCount": "1", "Tables": [table]})


def mistake(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_definition(text, "definition.json")
    return str(caught.value)


def test_definition_when_values_are_texts_reads_them_as_numbers_and_flags() -> None:
    (table,) = parse_definition(definition(column(ColumnIsPk="true", ColumnNullable="false")), "d.json")
    assert (table.columns[0].length, table.columns[0].primary_key, table.columns[0].nullable) == (
        25,
        True,
        False,
    )


def test_definition_when_nullable_is_left_out_is_not_nullable() -> None:
    (table,) = parse_definition(definition(column()), "d.json")
    assert not table.columns[0].nullable


def test_definition_when_the_column_total_is_wrong_names_table_and_count() -> None:
    assert mistake(definition(column(), TableColumnsTotal="3")) == (
        "definition.json: table orders: TableColumnsTotal is 3, but 1 columns follow; "
        'write "1" or add the missing columns'
    )


def test_definition_when_the_table_count_is_wrong_names_the_count() -> None:
    document = json.loads(definition(column())) | {"TableCount": "2"}
    assert "TableCount is 2, but 1 tables follow" in mistake(json.dumps(document))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ColumnType": "VARCHAR"}, "definition.json: column id: type: 'VARCHAR' is not one of"),
        ({"ColumnLength": None}, "a STRING column needs `length`"),
        ({"ColumnType": "NUMERIC"}, "a NUMERIC column needs `precision`"),
        ({"ColumnType": "NUMERIC", "ColumnPrecision": "39", "ColumnScale": "0"}, "less than or equal to 38"),
        ({"ColumnDateFormat": "YYYYMMdd HH:mm:ss"}, "`date_format` is for DATE, DATETIME and TIME"),
    ],
)
def test_definition_reports_column_and_reason_when_a_column_is_wrong(
    changes: dict[str, Any], said: str
) -> None:
    assert said in mistake(definition(column(**changes)))


def test_definition_when_a_key_is_misspelt_suggests_the_nearest() -> None:
    assert "did you mean ColumnLength?" in mistake(definition(column(ColumnLenght="3")))


def test_definition_reports_a_duplicate_column() -> None:
    assert "column id is named twice" in mistake(definition(column(), column()))


def test_definition_when_it_is_over_2_mb_is_refused() -> None:
    assert "over 2 MB" in mistake(" " * 2 * 1024 * 1024 + "{}")


def test_definition_when_rendered_is_read_back_the_same() -> None:
    tables = parse_definition(
        definition(
            column(ColumnIsPk="true"),
            column(ColumnName="at", ColumnType="DATETIME", ColumnScale="3", ColumnLength=None),
        ),
        "d.json",
    )
    assert parse_definition(render_definition(tables), "again.json") == tables

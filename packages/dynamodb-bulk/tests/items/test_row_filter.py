"""Source filters: which rows of a file are loaded."""

from typing import Any

import polars as pl
import pytest

from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.dms.selection import SourceFilter
from dynamodb_bulk.items.row_filter import RowFilter
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.errors import InputError

COLUMNS = (
    Column(name="id", type="INT8"),
    Column(name="price", type="NUMERIC", precision=38, scale=2),
    Column(name="rate", type="REAL8"),
    Column(name="day", type="DATE", date_format="MM/dd/YYYY HH:mm:ss"),
    Column(name="dept", type="STRING", length=20),
    Column(name="paid", type="BOOLEAN"),
    Column(name="note", type="CLOB"),
)
ROWS: list[tuple[str | None, ...]] = [
    ("1", "0.10", "1e2", "01/02/2020 00:00:00", "tech", "1", None),
    ("9", "9.99", "7", "12/31/2019 00:00:00", "Tech", "false", None),
    ("10", "123456789012345678901234567890123456.78", None, None, None, None, None),
    ("x", "1.00", "0.5", "01/01/2020 00:00:00", "sales", "true", None),
]


def condition(operator: str, *values: object) -> dict[str, Any]:
    names = ("value",) if len(values) == 1 else ("start-value", "end-value")
    return {"filter-operator": operator, **dict(zip(names, values, strict=False))}


def filter_of(column: str, *conditions: dict[str, Any]) -> SourceFilter:
    return SourceFilter.model_validate(
        {"filter-type": "source", "column-name": column, "filter-conditions": conditions}
    )


def lines(*filters: SourceFilter) -> list[int]:
    frame = pl.DataFrame(ROWS, schema={one.name: pl.String for one in COLUMNS}, orient="row")
    batch = RowBatch(
        file="a.csv", lines=pl.Series("line", [1, 2, 3, 4], dtype=pl.UInt64), frame=frame, rejected=()
    )
    found = RowFilter(COLUMNS, filters)(batch)
    assert found.filtered == len(ROWS) - found.frame.height
    return found.lines.to_list()


@pytest.mark.parametrize(
    ("column", "conditions", "loaded"),
    [
        ("id", [condition("lte", "9")], [1, 2, 4]),
        ("id", [condition("ste", 9)], [1, 2, 4]),
        ("id", [condition("gte", "9.5")], [3, 4]),
        ("id", [condition("eq", "9.5")], [4]),
        ("id", [condition("eq", "1"), condition("eq", "10")], [1, 3, 4]),
        ("id", [condition("between", "1", "9"), condition("gte", "10")], [1, 2, 3, 4]),
        ("id", [condition("notbetween", "2", "9")], [1, 3, 4]),
        ("id", [condition("gte", "1e60")], [4]),
        ("price", [condition("eq", "123456789012345678901234567890123456.78")], [3]),
        ("price", [condition("gte", "9.985")], [2, 3]),
        ("rate", [condition("gte", "7")], [1, 2]),
        ("day", [condition("gte", "2020-01-01")], [1, 4]),
        ("dept", [condition("eq", "tech")], [1]),
        ("dept", [condition("noteq", "tech")], [2, 4]),
        ("dept", [condition("null")], [3]),
        ("dept", [condition("notnull")], [1, 2, 4]),
        ("paid", [condition("eq", "TRUE")], [1, 4]),
    ],
)
def test_filter_keeps_the_rows_where_one_condition_holds_and_those_that_do_not_fit(
    column: str, conditions: list[dict[str, Any]], loaded: list[int]
) -> None:
    assert lines(filter_of(column, *conditions)) == loaded


def test_filters_keep_a_row_only_where_all_hold() -> None:
    assert lines(filter_of("id", condition("gte", "2")), filter_of("dept", condition("notnull"))) == [2, 4]


def test_negative_filters_of_several_columns_all_have_to_hold() -> None:
    """The guide's example: (empid != 50) AND (dept is not NULL)."""
    filters = filter_of("id", condition("noteq", "9")), filter_of("dept", condition("notnull"))
    assert lines(*filters) == [1, 4]


@pytest.mark.parametrize("other", [condition("eq", "2"), condition("null"), condition("noteq", "3")])
@pytest.mark.parametrize("negative", [condition("noteq", "1"), condition("notbetween", "1", "2")])
def test_filter_of_a_negative_condition_and_another_is_refused_by_its_operator(
    negative: dict[str, Any], other: dict[str, Any]
) -> None:
    name = negative["filter-operator"]
    with pytest.raises(
        ValueError, match=f"{name} stands next to other conditions, and AWS does not document"
    ):
        filter_of("id", negative, other)


@pytest.mark.parametrize(
    ("column", "value"), [("nowhere", "1"), ("note", "x"), ("id", "one"), ("paid", "maybe")]
)
def test_filter_that_cannot_be_compared_is_refused_with_the_column(column: str, value: str) -> None:
    with pytest.raises(InputError, match=f"filter of {column}"):
        lines(filter_of(column, condition("eq", value)))


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        [condition("eq")],
        [condition("between", "1")],
        [condition("null", "1")],
        [condition("noteq", "1"), condition("eq", "2")],
        [condition("like", "1")],
    ],
)
def test_filter_with_conditions_that_aws_does_not_take_is_refused(conditions: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="filter-"):
        filter_of("id", *conditions)

"""Files of changes: what their rows are, and of which table."""

import io

from dynamodb_bulk.csv.format import CsvFormat
from dynamodb_bulk.dms.changes import ChangeBatch, read_changes
from dynamodb_bulk.dms.definition import ExternalTable
from dynamodb_bulk.spec.columns import Column

TABLE = ExternalTable(
    owner="hr",
    name="staff",
    path="hr/staff/",
    columns=(Column(name="id", type="STRING", length=9), Column(name="city", type="STRING", length=9)),
)


def read(text: str, **form: str) -> ChangeBatch:
    [batch] = read_changes(io.BytesIO(text.encode()), "c.csv", TABLE, CsvFormat(**form))  # pyright: ignore[reportArgumentType]
    return batch


def test_changes_have_their_operations_in_any_case_and_the_columns_of_the_table() -> None:
    batch = read('INSERT,staff,hr,1,Cork\nu,staff,hr,2,\nDelete,"staff","hr",3,"a,b"\n')
    assert batch.operations.to_list() == ["INSERT", "UPDATE", "DELETE"]
    assert batch.rows.frame.rows() == [("1", "Cork"), ("2", None), ("3", "a,b")]
    assert batch.rows.lines.to_list() == [1, 2, 3]


def test_changes_of_other_tables_are_left_out_whatever_their_columns_are() -> None:
    batch = read('I,staff,other,1,Cork\nI,"pay",hr,1\nI,pay,hr,1,2,3\nD,staff,hr,1,\n')
    assert (batch.operations.to_list(), batch.others, batch.rows.rejected) == (["DELETE"], 3, ())


def test_rows_that_are_no_changes_of_the_table_are_rejected_in_order() -> None:
    batch = read("I,staff,hr,1\nMERGE,staff,hr,1,Cork\nI\nI,staff,hr,1,Cork\nI,I,staff,hr,1,Cork\n")
    assert [(one.line, one.column, one.value) for one in batch.rows.rejected] == [
        (1, None, None),
        (2, "operation", "MERGE"),
        (3, None, None),
    ]
    assert (batch.operations.to_list(), batch.others) == (["INSERT"], 1)


def test_changes_are_continued_behind_a_line() -> None:
    batch = read("I,staff,hr,1,a\nX,staff,hr,2,b\nU,staff,hr,3,c\nX,staff,hr,4,d\n")
    rest = batch.after(2)
    assert (batch.last, rest.operations.to_list(), rest.rows.frame.rows()) == (4, ["UPDATE"], [("3", "c")])
    assert [one.line for one in rest.rows.rejected] == [4]


def test_changes_keep_returns_and_use_the_delimiter_and_null_of_the_endpoint() -> None:
    batch = read("I;staff;hr;1;-\r\nI;staff;hr;2;-\n", delimiter=";", null_value="-")
    assert batch.rows.frame.rows() == [("1", "-\r"), ("2", None)]

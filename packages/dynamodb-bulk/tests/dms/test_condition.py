"""A condition of a dataset, as DynamoDB takes it."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.dms.condition import parse_condition
from dynamodb_bulk.spec.errors import InputError

DATASET = """\
name: prices
source: {files: [a.csv], header: true}
columns:
  - {name: sku, type: STRING, length: 8}
  - {name: price, type: NUMERIC, precision: 8, scale: 2}
table: {partition_key: {name: sku}}
"""


def mistake(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_condition(text, "condition")
    return str(caught.value)


def test_condition_when_it_names_columns_makes_each_a_value_once() -> None:
    found = parse_condition("price <> ${price} OR was < ${price} AND size(x) > ${length}", "condition")
    assert found.expression == "price <> :v0 OR was < :v0 AND size(x) > :v1"
    assert found.values == {":v0": "price", ":v1": "length"}


@pytest.mark.parametrize(
    ("text", "expression", "names"),
    [
        ("attribute_not_exists(PK)", "attribute_not_exists(PK)", {}),
        ("attribute_exists(status)", "attribute_exists(#status)", {"#status": "status"}),
        ("#weird = ${a}", "#weird = :v0", {"#weird": "weird"}),
        ("a BETWEEN ${b} AND ${c}", "a BETWEEN :v0 AND :v1", {}),
        ("not contains(tags[0].label, ${a})", "not contains(tags[0].label, :v0)", {}),
        ("a.b.status = ${a}", "a.b.#status = :v0", {"#status": "status"}),
    ],
)
def test_condition_when_a_name_is_reserved_stands_in_for_it(
    text: str, expression: str, names: dict[str, str]
) -> None:
    found = parse_condition(text, "condition")
    assert (found.expression, found.names) == (expression, names)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "atribute_exists(a)",
            "condition: unknown function 'atribute_exists'; did you mean attribute_exists?",
        ),
        ("(a = ${b}", "condition: a bracket is not closed"),
        ("a = ${b})", "condition: a bracket is not opened"),
        ("a = 'text'", "condition: \"'text'\" is not part of a condition; write values as ${column}"),
        ("a = " + " OR a = ".join(["${b}"] * 500), "condition: longer than 4,096 bytes"),
    ],
)
def test_condition_reports_what_is_wrong_when_it_is_invalid(text: str, message: str) -> None:
    assert mistake(text).startswith(message)


@given(st.text(max_size=40))
def test_condition_when_the_text_is_anything_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        assert parse_condition(text, "condition").text == text


def test_condition_when_a_column_is_unknown_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sku,price\na,1\n")
    (tmp_path / "dataset.yaml").write_text(DATASET + "condition: price <> ${prize}\n")
    with pytest.raises(InputError, match=r"prize.*did you mean price\?"):
        open_dataset(tmp_path / "dataset.yaml")

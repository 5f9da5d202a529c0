import calendar
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.column_types.base import ValueType
from dynamodb_bulk.spec.columns import Column

ISO_SECONDS = "YYYY-MM-dd HH:mm:ss"


def column(kind: str, **options: object) -> Column:
    return Column.model_validate({"name": "c", "type": kind, **options})


def values_of(one: Column) -> ValueType:
    return one.column_type.values(one)


def outcome(one: Column, text: str) -> str:
    """The text DynamoDB gets, or the reason in angle brackets."""
    try:
        return values_of(one).parse(text)
    except ValueError as error:
        return f"<{error}>"


@pytest.mark.parametrize(
    ("one", "text", "expected"),
    [
        (column("INT1"), "-128", "-128"),
        (column("INT1"), "128", "<INT1 holds -128 to 127>"),
        (column("INT8"), "+000042", "42"),
        (column("INT8"), "-0", "0"),
        (column("INT8"), "1.0", "<not a whole number>"),
        (column("INT8"), " 1", "<not a whole number>"),
        (column("INT8"), "", "<not a whole number>"),
        (column("INT8"), "\u0661", "<not a whole number>"),
        (column("UINT8"), "18446744073709551615", "18446744073709551615"),
        (column("UINT8"), "18446744073709551616", "<UINT8 holds 0 to 18446744073709551615>"),
        (column("UINT1"), "-1", "<UINT1 holds 0 to 255>"),
        (column("NUMERIC", precision=5, scale=2), "123.40", "123.40"),
        (column("NUMERIC", precision=5, scale=2), "-.5", "-0.5"),
        (column("NUMERIC", precision=5, scale=2), "-0.00", "0.00"),
        (column("NUMERIC", precision=5, scale=2), "1.2300", "1.23"),
        (
            column("NUMERIC", precision=5, scale=2),
            "1234",
            "<4 digits before the point, precision 5 and scale 2 allow 3>",
        ),
        (column("NUMERIC", precision=5, scale=2), "1.234", "<3 decimals, scale 2 allows 2>"),
        (column("NUMERIC", precision=5, scale=2), "1e2", "<not a decimal number>"),
        (column("NUMERIC", precision=5, scale=2), ".", "<not a decimal number>"),
        (column("NUMERIC", precision=38, scale=0), "9" * 38, "9" * 38),
        (column("REAL8"), "-1.5E-10", "-1.5E-10"),
        (column("REAL8"), "NaN", "<not a number>"),
        (column("REAL8"), "inf", "<not a number>"),
        (column("REAL8"), "1e126", "<outside of 1E-130 to 9.99E+125, which DynamoDB cannot hold>"),
        (column("REAL8"), "1" * 39, "<more than 38 significant digits, which DynamoDB cannot hold>"),
        (column("REAL8"), "1" + "0" * 50, "1" + "0" * 50),
        (column("BOOLEAN"), "True", "true"),
        (column("BOOLEAN"), "0", "false"),
        (column("BOOLEAN"), "yes", "<not true, false, 1 or 0>"),
        (column("STRING", length=3), "éé", "éé"),
        (column("STRING", length=3), "abcd", "<4 characters, the column has room for 3>"),
        (column("DATE"), "2024-02-29", "2024-02-29"),
        (column("DATE"), "2023-02-29", "<not a date in the calendar>"),
        (column("DATE"), "29.02.2024", "<not in the form YYYY-MM-dd>"),
        (column("DATE", date_format="MM/dd/YYYY HH:mm:ss"), "02/29/2024", "2024-02-29"),
        (column("DATETIME"), "2014-06-04", "2014-06-04 00:00:00"),
        (column("DATETIME"), "2014-06-04T10:11:12.987", "2014-06-04 10:11:12.987"),
        (column("DATETIME"), "9999-12-31 23:59:59.123456789", "9999-12-31 23:59:59.123456789"),
        (column("DATETIME"), "2014-06-04 10:11:12.120", "2014-06-04 10:11:12.120"),
        (column("DATETIME", scale=2), "2014-06-04 10:11:12.9", "2014-06-04 10:11:12.9"),
        (column("DATETIME", scale=2), "2014-06-04 10:11:12.9800", "2014-06-04 10:11:12.98"),
        (
            column("DATETIME", scale=2),
            "2014-06-04 10:11:12.987",
            "<3 decimals of a second, scale 2 allows 2>",
        ),
        (column("DATETIME", scale=0), "2014-06-04 10:11:12.000", "2014-06-04 10:11:12"),
        (column("DATETIME", scale=0), "2014-06-04 10:11:12.5", "<1 decimal of a second, scale 0 allows 0>"),
        (column("DATETIME"), "2014-06-04 24:00:00", "<not in the form YYYY-MM-dd HH:mm:ss>"),
        (column("DATETIME", date_format="YYYYMMdd HH:mm:ss"), "20140604 10:11:12", "2014-06-04 10:11:12"),
    ],
)
def test_value_of_a_type_becomes_its_text_or_a_reason(one: Column, text: str, expected: str):
    assert outcome(one, text) == expected


def test_calendar_of_dates_is_the_real_one():
    column_type = values_of(column("DATE"))
    texts = [
        f"{year:04}-{month:02}-{day:02}"
        for year in (0, 1, 4, 10, 100, 400, 1000, 1900, 1999, 2000, 2023, 2024, 2100, 9999)
        for month in range(14)
        for day in range(33)
    ]
    real = [_is_real(*map(int, text.split("-"))) for text in texts]
    plain = pl.DataFrame({"t": texts}).select(column_type.plain(pl.col("t"))).to_series().to_list()
    assert plain == real


def _is_real(year: int, month: int, day: int) -> bool:
    return year > 0 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(max(year, 1), month)[1]


COLUMNS = st.one_of(
    st.sampled_from(
        ["INT1", "INT2", "INT4", "INT8", "UINT1", "UINT2", "UINT4", "UINT8", "REAL4", "REAL8"]
    ).map(column),
    st.just(column("BOOLEAN")),
    st.integers(1, 6).map(lambda length: column("STRING", length=length)),
    st.tuples(st.integers(1, 38), st.integers(0, 31)).map(
        lambda drawn: column("NUMERIC", precision=drawn[0], scale=min(drawn))
    ),
    st.tuples(
        st.sampled_from(["DATE", "DATETIME"]),
        st.sampled_from(
            [None, ISO_SECONDS, "MM/dd/YYYY HH:mm:ss.F", "YYYYMMdd HH:mm:ss", "YYYY/MM/dd HH:mm:ss.F"]
        ),
        st.none() | st.integers(0, 9),
    ).map(lambda drawn: column(drawn[0], date_format=drawn[1], scale=drawn[2])),
)
TEXTS = st.one_of(
    st.from_regex(r"[+-]?[0-9]{0,40}(\.[0-9]{0,8})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"[+-]?0{0,2}[0-9]{1,4}(\.[0-9]{0,3})?", fullmatch=True),
    st.integers(-(2**65), 2**65).map(str),
    st.from_regex(
        r"(19|20)[0-9]{2}[-/]?[01][0-9][-/]?[0-3][0-9]([ T][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,9})?)?",
        fullmatch=True,
    ),
    st.from_regex(r"[01][0-9]/[0-3][0-9]/20[0-9]{2}( 1[0-9]:00:00(\.[0-9]{1,9})?)?", fullmatch=True),
    st.sampled_from(["true", "FALSE", "1", "0", "nan", "", "\n", "1\n"]),
    st.text(max_size=8),
)


@given(one=COLUMNS, texts=st.lists(TEXTS, min_size=1, max_size=20))
def test_value_when_checked_by_column_is_the_same_as_one_by_one(one: Column, texts: list[str]):
    kind = values_of(one)
    frame = pl.DataFrame({"t": texts})
    written = kind.rewrite(pl.col("t")) if kind.rewrite else pl.col("t")
    both = frame.select(plain=kind.plain(pl.col("t")), text=written)
    for original, plain, text in zip(texts, both["plain"], both["text"], strict=True):
        if plain:
            assert outcome(one, original) == text
    same = frame.select(kind.same(pl.col("t"))).to_series() if kind.same else pl.Series([False] * len(texts))
    for text in frame["t"].filter(same):
        assert outcome(one, text) == text


@pytest.mark.parametrize(
    ("scale", "text", "same"),
    [
        (0, "2024-02-29 10:00:00", True),
        (0, "2024-02-29T10:00:00", False),
        (0, "2024-02-29", False),
        (0, "2024-02-29 10:00:00.5", False),
        (3, "2024-02-29 10:00:00.5", True),
        (3, "2024-02-29 10:00:00.1234", False),
        (3, "2023-02-29 10:00:00", False),
    ],
)
def test_date_and_time_is_rewritten_only_when_its_text_changes(scale: int, text: str, same: bool):
    kind = values_of(column("DATETIME", scale=scale))
    assert kind.same
    assert pl.DataFrame({"t": [text]}).select(kind.same(pl.col("t"))).item() is same


@given(one=COLUMNS, text=TEXTS)
def test_number_when_accepted_keeps_its_value(one: Column, text: str):
    result = outcome(one, text)
    if one.column_type.is_number and not result.startswith("<"):
        assert Fraction(Decimal(result)) == Fraction(Decimal(text))
        assert not result.startswith("+")

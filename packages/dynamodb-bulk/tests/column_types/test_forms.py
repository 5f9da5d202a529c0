"""Numbers, booleans, dates and times as a column's own texts have them, and back."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dynamodb_bulk.csv.format import CsvFormat
from dynamodb_bulk.items.validation import Check, Problems, checked
from dynamodb_bulk.items_to_rows.writers import csv_rows, typed_rows
from dynamodb_bulk.spec.columns import Column

NOT = None
ENGLISH = {"type": "NUMERIC", "precision": 12, "scale": 2, "thousands": ","}
GERMAN = {"type": "NUMERIC", "precision": 12, "scale": 2, "decimal": ",", "thousands": "."}
FRENCH = {"type": "NUMERIC", "precision": 12, "scale": 2, "decimal": ",", "thousands": " "}
COMMA = {"type": "REAL8", "decimal": ","}
SWISS = {"type": "INT4", "thousands": "'"}
YES = {"type": "BOOLEAN", "booleans": {"true": ["ja", "J"], "false": ["nein", "0"]}}


def column(**said: Any) -> Column:
    return Column.model_validate({"name": "c", **said})


def became(texts: list[str | None], of: Column) -> list[str | None]:
    """What values become in items; None for those that are rejected."""
    kind = of.column_type.values(of)
    problems = Problems()
    frame = checked(
        pl.DataFrame({"c": texts}, schema={"c": pl.String}), [Check(name="c", label="c", type=kind)], problems
    )
    found = frame["c"].to_list()
    for row, text in enumerate(texts):
        # One value at a time gives the same as all at once, and so does a check that writes nothing.
        if text is not None:
            assert (found[row] is None) == (row in problems.by_row)
            assert found[row] == parsed(text, of)
    bare = Problems()
    checked(
        pl.DataFrame({"c": texts}, schema={"c": pl.String}),
        [Check(name="c", label="c", type=kind.unwritten)],
        bare,
    )
    assert bare.by_row.keys() == problems.by_row.keys()
    return found


def parsed(text: str, of: Column) -> str | None:
    try:
        return of.column_type.values(of).parse(text)
    except ValueError:
        return None


@pytest.mark.parametrize(
    ("said", "text", "value"),
    [
        (GERMAN, "1.234,56", "1234.56"),
        (GERMAN, "1234,56", "1234.56"),
        (GERMAN, "12,5", "12.5"),
        (GERMAN, "-1.234.567", "-1234567"),
        (GERMAN, "+7,00", "7.00"),
        (GERMAN, ",5", "0.5"),
        (GERMAN, "1.234.567.890", "1234567890"),
        (GERMAN, "1,234.56", NOT),
        (GERMAN, "12.5", NOT),
        (GERMAN, "0.001", NOT),
        (GERMAN, "1.23.456", NOT),
        (GERMAN, "1.2345", NOT),
        (GERMAN, "1,2,3", NOT),
        (GERMAN, "1,234", NOT),
        (GERMAN, "12.345.678.901", NOT),
        (GERMAN, ".", NOT),
        (GERMAN, ",", NOT),
        (GERMAN, "1 234,5", NOT),
        (ENGLISH, "1,234.56", "1234.56"),
        (ENGLISH, "12,34,567.00", "1234567.00"),
        (ENGLISH, "1.234,56", NOT),
        (ENGLISH, "1,5", NOT),
        (COMMA, "1,5E3", "1.5E3"),
        (COMMA, "-0,25", "-0.25"),
        (COMMA, "1.5", NOT),
        (COMMA, "1.234,5", NOT),
        (SWISS, "2'147'483'647", "2147483647"),
        (SWISS, "2'147'483'648", NOT),
        (SWISS, "007", "7"),
        (SWISS, "1'00", NOT),
        (SWISS, "1.0", NOT),
        (YES, "ja", "true"),
        (YES, "J", "true"),
        (YES, "0", "false"),
        (YES, "Ja", NOT),
        (YES, "true", NOT),
        (YES, "1", NOT),
    ],
)
def test_text_in_the_columns_form_becomes_its_value_or_is_rejected(
    said: dict[str, Any], text: str, value: str | None
) -> None:
    assert became([text, None, text], column(**said)) == [value, None, value]


@given(
    cents=st.integers(-(10**12) + 1, 10**12 - 1),
    form=st.sampled_from([(".", ","), (",", "."), (",", " "), (",", "\u202f"), (".", "'"), (",", "")]),
)
def test_number_as_a_country_writes_it_is_that_number(cents: int, form: tuple[str, str]) -> None:
    decimal, thousands = form
    whole, part = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    text = f"{sign}{f'{whole:,}'.replace(',', thousands)}{decimal}{part:02}"
    of = column(type="NUMERIC", precision=12, scale=2, decimal=decimal, thousands=thousands)
    assert became([text], of) == [f"{sign}{whole}.{part:02}"]


@pytest.mark.parametrize(
    ("said", "value", "text"),
    [
        (GERMAN, "-1234.50", "-1234,50"),
        (COMMA, "1.5E3", "1,5E3"),
        (SWISS, "1234", "1234"),
        (YES, "true", "ja"),
        (YES, "false", "nein"),
        ({"type": "DATE", "date_format": "d.M.YYYY"}, "2026-02-01", "1.2.2026"),
        ({"type": "DATE", "date_format": "YYYYMMdd"}, "0001-12-31", "00011231"),
        ({"type": "DATETIME", "date_format": "MM/dd/YY h:mm a"}, "2026-12-31 00:05:00", "12/31/26 12:05 AM"),
        (
            {"type": "DATETIME", "date_format": "dd.MM.YYYY HH:mm:ss,F"},
            "2026-12-31 10:05:00",
            "31.12.2026 10:05:00",
        ),
        (
            {"type": "DATETIME", "date_format": "dd.MM.YYYY HH:mm", "timezone": "Europe/Berlin"},
            "2026-06-30T22:30:00Z",
            "01.07.2026 00:30",
        ),
        (
            {"type": "DATETIME", "date_format": "YYYY-MM-dd'T'HH:mm:ss.FZ"},
            "2026-06-30T22:30:00.250Z",
            "2026-06-30T22:30:00.250Z",
        ),
        ({"type": "TIME", "date_format": "h:mm a"}, "13:05:00", "1:05 PM"),
    ],
)
def test_value_is_written_in_the_columns_form_and_read_back(
    said: dict[str, Any], value: str, text: str
) -> None:
    of, problems = column(**said), Problems()
    assert csv_rows(pl.DataFrame({"c": [value]}), [of], CsvFormat(), problems)["c"].to_list() == [text]
    assert (problems.by_row, became([text], of)) == ({}, [value])


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ({"type": "DATE", "date_format": "dd.MM.YY"}, "1926-12-31"),
        ({"type": "DATETIME", "date_format": "dd.MM.YYYY HH:mm"}, "2026-12-31 10:05:07"),
        ({"type": "DATETIME", "date_format": "dd.MM.YYYY HH:mm:ss"}, "2026-12-31 10:05:07.5"),
        (
            {"type": "DATETIME", "date_format": "dd.MM.YYYY HH:mm", "timezone": "Europe/Berlin"},
            "2026-10-25T00:30:00Z",
        ),
    ],
)
def test_value_that_the_form_cannot_say_is_reported(said: dict[str, Any], value: str) -> None:
    problems = Problems()
    csv_rows(pl.DataFrame({"c": [value]}), [column(**said)], CsvFormat(), problems)
    assert list(problems.by_row) == [0]


@pytest.mark.parametrize(
    ("pattern", "text", "value"),
    [
        ("dd.MM.YYYY", "31.12.2025", "2025-12-31"),
        ("dd.MM.YYYY", "29.02.2024", "2024-02-29"),
        ("dd.MM.YYYY", "29.02.2026", NOT),
        ("dd.MM.YYYY", "29.02.1900", NOT),
        ("dd.MM.YYYY", "31.04.2026", NOT),
        ("dd.MM.YYYY", "1.2.2026", NOT),
        ("dd.MM.YYYY", "01.02.26", NOT),
        ("dd.MM.YYYY", "01.13.2026", NOT),
        ("dd.MM.YYYY", "00.01.2026", NOT),
        ("dd.MM.YYYY", "01.01.0000", NOT),
        ("dd.MM.YYYY", "01.01.0001", "0001-01-01"),
        ("dd.MM.YYYY", "31.12.9999", "9999-12-31"),
        ("dd.MM.YYYY", "01.02.2026 ", NOT),
        ("dd.MM.YYYY", "\u0660\u0661.02.2026", NOT),
        ("d.M.YYYY", "1.2.2026", "2026-02-01"),
        ("d.M.YYYY", "01.12.2026", "2026-12-01"),
        ("d.M.YY", "1.2.68", "2068-02-01"),
        ("d.M.YY", "1.2.69", "1969-02-01"),
        ("YYYY-MM-dd HH:mm", "2026-02-01 23:59", "2026-02-01"),
        ("YYYY-MM-dd HH:mm", "2026-02-01 24:00", NOT),
        ("'week of' YYYY.MM.dd", "week of 2026.02.01", "2026-02-01"),
        ("YYYY'''s' MM dd", "2026's 02 01", "2026-02-01"),
        ("YYYY年MM月dd日", "2026年02月01日", "2026-02-01"),
    ],
)
def test_date_by_a_pattern_is_a_date_of_the_calendar_or_rejected(
    pattern: str, text: str, value: str | None
) -> None:
    assert became([text, None], column(type="DATE", date_format=pattern)) == [value, None]


@pytest.mark.parametrize(
    ("pattern", "text", "value"),
    [
        ("dd.MM.YYYY HH:mm", "01.02.2026 10:15", "2026-02-01 10:15:00"),
        ("dd.MM.YYYY H:mm:ss", "01.02.2026 7:15:09", "2026-02-01 07:15:09"),
        ("MM/dd/YYYY hh:mm a", "02/01/2026 12:00 am", "2026-02-01 00:00:00"),
        ("MM/dd/YYYY hh:mm a", "02/01/2026 12:00 PM", "2026-02-01 12:00:00"),
        ("MM/dd/YYYY hh:mm a", "02/01/2026 13:00 PM", NOT),
        ("MM/dd/YYYY hh:mm a", "02/01/2026 00:00 PM", NOT),
        ("MM/dd/YYYY h:mma", "02/01/2026 1:05pm", "2026-02-01 13:05:00"),
        ("YYYYMMddHHmmss", "20260201101500", "2026-02-01 10:15:00"),
        ("YYYYMMddHHmmss", "20260201101560", NOT),
        ("YYYY-MM-dd'T'HH:mm:ss.F", "2026-02-01T10:15:00.123456789", "2026-02-01 10:15:00.123456789"),
        ("YYYY-MM-dd'T'HH:mm:ss.F", "2026-02-01T10:15:00.100", "2026-02-01 10:15:00.100"),
        ("YYYY-MM-dd'T'HH:mm:ss.F", "2026-02-01T10:15:00", "2026-02-01 10:15:00"),
        ("YYYY-MM-dd'T'HH:mm:ss.F", "2026-02-01T10:15:00.", NOT),
        ("dd.MM.YYYY HH:mm:ss,F", "01.02.1677 10:15:00,5", "1677-02-01 10:15:00.5"),
        ("dd.MM.YYYY", "01.02.2263", "2263-02-01 00:00:00"),
        ("YYYY-MM-dd'T'HH:mm:ssZ", "2026-02-01T10:15:00+02:00", "2026-02-01T08:15:00Z"),
        ("YYYY-MM-dd'T'HH:mm:ssZ", "2026-02-01T10:15:00-0330", "2026-02-01T13:45:00Z"),
        ("YYYY-MM-dd'T'HH:mm:ssZ", "2026-02-01T10:15:00z", "2026-02-01T10:15:00Z"),
        ("YYYY-MM-dd'T'HH:mm:ssZ", "2026-02-01T10:15:00+01", "2026-02-01T09:15:00Z"),
        ("YYYY-MM-dd'T'HH:mm:ssZ", "2026-02-01T10:15:00", NOT),
        ("YYYY-MM-dd'T'HH:mm:ssZ", "2026-02-01T10:15:00 CET", NOT),
        ("YYYY-MM-dd'T'HH:mm:ssZ", "2026-02-01T10:15:00+24:00", NOT),
        ("YYYY-MM-dd'T'HH:mm:ssZ", "0001-01-01T00:00:00+01:00", NOT),
    ],
)
def test_time_by_a_pattern_keeps_its_fraction_and_is_moved_by_its_offset_alone(
    pattern: str, text: str, value: str | None
) -> None:
    assert became([text, None], column(type="DATETIME", date_format=pattern)) == [value, None]


@pytest.mark.parametrize(
    ("zone", "text", "value"),
    [
        ("Europe/Berlin", "2026-07-01 00:30:00", "2026-06-30T22:30:00Z"),
        ("Europe/Berlin", "2026-01-01T00:30:00.5", "2025-12-31T23:30:00.5Z"),
        ("Europe/Berlin", "2026-07-01", "2026-06-30T22:00:00Z"),
        ("Europe/Berlin", "2026-07-01 00:30:00Z", "2026-07-01T00:30:00Z"),
        ("Europe/Berlin", "2026-10-25 02:30:00+02:00", "2026-10-25T00:30:00Z"),
        ("Europe/Berlin", "2026-10-25 02:30:00 +0100", "2026-10-25T01:30:00Z"),
        ("Europe/Berlin", "2026-10-25 02:30:00 ", NOT),
        ("Europe/Berlin", "2026-10-25 01:59:59", "2026-10-24T23:59:59Z"),
        ("Europe/Berlin", "2026-10-25 02:00:00", NOT),
        ("Europe/Berlin", "2026-10-25 02:59:59", NOT),
        ("Europe/Berlin", "2026-10-25 03:00:00", "2026-10-25T02:00:00Z"),
        ("Europe/Berlin", "2026-03-29 01:59:59", "2026-03-29T00:59:59Z"),
        ("Europe/Berlin", "2026-03-29 02:00:00", NOT),
        ("Europe/Berlin", "2026-03-29 03:00:00", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "1600-01-01 00:00:00", "1599-12-31T23:06:32Z"),
        ("Europe/Berlin", "2300-07-01 12:00:00", "2300-07-01T10:00:00Z"),
        ("Asia/Kolkata", "2026-07-01 00:00:00", "2026-06-30T18:30:00Z"),
        ("Australia/Lord_Howe", "2026-04-05 01:45:00", NOT),
        ("Pacific/Apia", "2011-12-30 12:00:00", NOT),
        ("Asia/Tokyo", "0001-01-01 00:00:00", NOT),
        ("America/New_York", "9999-12-31 23:59:59", NOT),
        ("UTC", "9999-12-31 23:59:59.999999", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_time_without_an_offset_is_of_its_zone_or_rejected_where_clocks_change(
    zone: str, text: str, value: str | None
) -> None:
    assert became([text, None], column(type="DATETIME", timezone=zone)) == [value, None]


@pytest.mark.parametrize(
    ("text", "which"), [("2026-10-25 02:30:00", "happens twice"), ("2026-03-29 02:30:00", "does not exist")]
)
def test_reason_of_a_time_where_clocks_change_says_which_way(text: str, which: str) -> None:
    of = column(type="DATETIME", timezone="Europe/Berlin")
    with pytest.raises(ValueError, match=which):
        of.column_type.values(of).parse(text)


def test_fraction_that_is_longer_than_the_scale_is_rejected() -> None:
    of = column(type="DATETIME", date_format="YYYY-MM-dd HH:mm:ss,F", scale=2)
    texts = ["2026-01-01 00:00:00,12", "2026-01-01 00:00:00,120", "2026-01-01 00:00:00,123"]
    assert became([*texts], of) == ["2026-01-01 00:00:00.12", "2026-01-01 00:00:00.12", None]


ZONES = [
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "UTC",
]


@given(
    moment=st.datetimes(datetime(1700, 1, 1), datetime(2400, 1, 1)),
    zone=st.sampled_from(ZONES),
    hours=st.integers(0, 30),
)
def test_local_time_is_the_moment_that_zoneinfo_says(moment: datetime, zone: str, hours: int) -> None:
    moment = moment.replace(microsecond=0) + timedelta(hours=hours)
    first, second = (moment.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    [found] = became([moment.isoformat()], column(type="DATETIME", timezone=zone))
    if first.utcoffset() != second.utcoffset():
        assert found is None
    else:
        assert found == first.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


PATTERNS = [
    "dd.MM.YYYY HH:mm:ss.F", "YYYY/M/d H:mm:ss,F", "MM-dd-YYYY hh:mm:ss.F a", "d. M. YYYY h:mm:ss.F'h' a",
    "YYYY-MM-dd'T'HH:mm:ss.FZ", "ss mm HH dd MM YYYY 'F' F",
]  # fmt: skip


@given(
    moment=st.datetimes(),
    pattern=st.sampled_from(PATTERNS),
    zone=st.sampled_from([None, "Europe/Berlin"]),
    digits=st.text("0123456789", min_size=1, max_size=9),
)
def test_every_time_comes_back_from_its_pattern(
    moment: datetime, pattern: str, zone: str | None, digits: str
) -> None:
    of = column(type="DATETIME", date_format=pattern, timezone=zone)
    value = f"{moment.replace(microsecond=0).isoformat(' ')}.{digits}"
    if of.zoned:
        value = value.replace(" ", "T") + "Z"
    problems = Problems()
    [text] = csv_rows(pl.DataFrame({"c": [value]}), [of], CsvFormat(), problems)["c"].to_list()
    assume(not problems.by_row or zone is None)
    assert became([text], of) == [value]


@given(day=st.dates(), pattern=st.sampled_from(["dd.MM.YYYY", "d/M/YYYY", "YYYYMMdd", "MM-dd-YYYY HH:mm"]))
def test_every_date_comes_back_from_its_pattern(day: date, pattern: str) -> None:
    of = column(type="DATE", date_format=pattern)
    frame = csv_rows(pl.DataFrame({"c": [day.isoformat()]}), [of], CsvFormat(), Problems())
    assert became(frame["c"].to_list(), of) == [day.isoformat()]


@pytest.mark.parametrize(("text", "value"), [("1:05 pm", "13:05:00"), ("13:05 pm", NOT), ("1:60 pm", NOT)])
def test_time_of_day_by_a_pattern(text: str, value: str | None) -> None:
    assert became([text], column(type="TIME", date_format="h:mm a")) == [value]


def test_zoned_time_is_one_of_utc_in_parquet() -> None:
    of = column(type="DATETIME", timezone="Asia/Tokyo")
    frame = typed_rows(pl.DataFrame({"c": ["2026-01-01T10:00:00.5Z"]}), [of], Problems())
    assert frame["c"].to_list() == [datetime(2026, 1, 1, 10, 0, 0, 500_000, tzinfo=ZoneInfo("UTC"))]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"type": "DATE", "date_format": "yyyy-MM-dd"}, "'yyyy' is not one of .* did you mean YYYY"),
        ({"type": "DATE", "date_format": "DD.MM.YYYY"}, "did you mean dd"),
        ({"type": "DATETIME", "date_format": "YYYY-MM-ddTHH:mm"}, "did you mean 'T'"),
        ({"type": "DATETIME", "date_format": "YYYY-MM-dd HH:mm:ss.SSS"}, "did you mean F"),
        ({"type": "DATE", "date_format": "%Y-%m-%d"}, "did you mean YYYY"),
        ({"type": "DATE", "date_format": "YYYY-MMM-dd"}, "put text as written in quotes"),
        ({"type": "DATE", "date_format": "YYYY-MM"}, "the day is missing"),
        ({"type": "DATE", "date_format": "MM dd YYYY MM"}, "the month is given twice"),
        ({"type": "DATE", "date_format": "YYYY-MM-dd 'x"}, "not closed"),
        ({"type": "DATE", "date_format": "dMYYYY"}, "no telling where M begins"),
        ({"type": "DATE", "date_format": ""}, "the year is missing"),
        ({"type": "DATE", "date_format": "YYYY-MM-dd HH:mmZ"}, "Z, the offset, is for DATETIME"),
        ({"type": "DATETIME", "date_format": "YYYY-MM-dd hh:mm"}, "hh or h with a"),
        ({"type": "DATETIME", "date_format": "YYYY-MM-dd HH:mm a"}, "hh or h with a"),
        ({"type": "DATETIME", "date_format": "YYYY-MM-dd mm"}, "a minute without the hour"),
        ({"type": "TIME", "date_format": "YYYY HH:mm"}, "a TIME has no year"),
        ({"type": "DATETIME", "timezone": "Europe/Berln"}, "did you mean Europe/Berlin"),
        ({"type": "DATETIME", "timezone": "../../etc/passwd"}, "no time zone"),
        ({"type": "DATE", "timezone": "UTC"}, "`timezone` is for DATETIME, not for DATE"),
        ({"type": "INT4", "decimal": ","}, "`decimal` is for NUMERIC, REAL4 and REAL8, not for INT4"),
        ({"type": "STRING", "thousands": "."}, "`thousands` is for .* not for STRING"),
        ({"type": "REAL8", "thousands": "."}, "separates both thousands and decimals"),
        ({"type": "REAL8", "thousands": "0"}, "not part of a number"),
        ({"type": "REAL8", "thousands": "''"}, "one character"),
        ({"type": "BOOLEAN", "booleans": {"true": ["x"], "false": ["x"]}}, "'x' is both true and false"),
        ({"type": "BOOLEAN", "booleans": {"true": [], "false": ["x"]}}, "at least 1"),
        ({"type": "STRING", "booleans": {"true": ["y"], "false": ["n"]}}, "`booleans` is for BOOLEAN"),
    ],
)
def test_column_refuses_a_form_that_does_not_go_together(said: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        column(**said)


def test_times_of_the_day_are_as_python_reads_them() -> None:
    of = column(type="TIME", date_format="HH:mm:ss")
    assert became([time(23, 59, 59).isoformat()], of) == ["23:59:59"]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"type": "DATE", "date_format": "d.M.YYYY"}, "9.12.2024"),
        ({"type": "DATE", "date_format": "dd/MM/YY"}, "29/02/00"),
        ({"type": "DATETIME", "date_format": "M/d/YYYY h:mm a"}, "2/29/2000 1:05 pm"),
        ({"type": "DATETIME", "timezone": "Europe/Berlin"}, "2026-07-01T00:30:00+02:00"),
        ({"type": "DATETIME", "timezone": "Europe/Berlin"}, "2026-07-01 00:30:00.5 Z"),
        (
            {"type": "DATETIME", "date_format": "YYYY-MM-dd HH:mm:ss Z", "timezone": "UTC"},
            "2026-07-01 00:30:00",
        ),
        (GERMAN, "1.234.567,89"),
    ],
)
def test_usual_texts_are_read_all_at_once(said: dict[str, Any], text: str) -> None:
    kind = column(**said).column_type.values(column(**said))
    frame = pl.DataFrame({"c": [text]})
    assert frame.select(kind.plain(pl.col("c"))).item() is True
    assert frame.select((kind.rewrite or (lambda one: one))(pl.col("c"))).item() == kind.parse(text)


def test_time_zones_are_known_where_the_system_has_none() -> None:
    program = (
        "from dynamodb_bulk.spec.columns import Column; import polars as pl; "
        "one = Column(name='at', type='DATETIME', date_format='dd.MM.YYYY HH:mm', timezone='Europe/Berlin'); "
        "print(one.column_type.values(one).parse('28.11.2026 02:45'))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONTZPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.stdout, ended.stderr) == ("2026-11-28T01:45:00Z\n", "")


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u2009", "\u202f"])
def test_space_between_thousands_stands_for_each_kind_of_space(space: str) -> None:
    texts: list[str | None] = [f"1{space}234,50", f"12{space}34", f"1{space}234{space}567"]
    assert became(texts, column(**FRENCH)) == ["1234.50", None, "1234567"]

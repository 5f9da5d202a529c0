"""What `bulk init` finds out about CSV files."""

import csv
import gzip
import io
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.init import text_facts
from dynamodb_bulk.init.csv_files import propose_csv
from dynamodb_bulk.init.opening import data_files
from dynamodb_bulk.init.proposal import Proposal
from dynamodb_bulk.spec.errors import InputError


def proposed(folder: Path, *contents: bytes, ending: str = "csv") -> Proposal:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"data-{number}.{ending}" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    scratch = folder / "scratch"
    return propose_csv(data_files(paths), "data", scratch, lambda _: None)


def column_of(folder: Path, *values: str, delimiter: str = "|") -> dict[str, Any]:
    lines = [f"k{number}{delimiter}{value}" for number, value in enumerate(values)]
    found = proposed(folder, ("\n".join([f"key{delimiter}col", *lines]) + "\n").encode())
    return found.columns["col"].keys


def test_excel_of_germany_is_read_with_its_notation(tmp_path: Path) -> None:
    rows = ["Nr;Name;Preis;Datum;Aktiv", "007;Müller;1.234,50;31.12.2023;ja", "008;Jäger;12,5;1.2.2024;nein"]
    found = proposed(tmp_path, "\r\n".join([*rows, ""]).encode("cp1252"))
    source = {key: found.source[key] for key in ("encoding", "delimiter", "header", "decimal", "thousands")}
    assert source == {
        "encoding": "cp1252",
        "delimiter": ";",
        "header": True,
        "decimal": ",",
        "thousands": ".",
    }
    assert {name: choice.keys["type"] for name, choice in found.columns.items()} == {
        "Nr": "STRING",
        "Name": "STRING",
        "Preis": "NUMERIC",
        "Datum": "DATE",
        "Aktiv": "BOOLEAN",
    }
    assert found.columns["Preis"].keys == {"type": "NUMERIC", "precision": 6, "scale": 2}
    assert found.columns["Datum"].keys["date_format"] == "d.M.YYYY"
    assert found.columns["Aktiv"].keys["booleans"] == {"true": ["ja"], "false": ["nein"]}
    assert found.notes["encoding"]


def test_titles_as_wide_as_a_row_are_skipped_in_front_of_a_header(tmp_path: Path) -> None:
    rows = "".join(f"K{number};Ulm;{number},5\n" for number in range(20))
    found = proposed(tmp_path, f"Sales 2024;;\n;;\n\nCustomer;City;Sales\n{rows}Total;;190,0\n".encode())
    assert found.source["skip_rows"] == 3
    assert found.source["skip_footer"] == 1
    assert found.rows == 20
    assert list(found.columns) == ["Customer", "City", "Sales"]


def test_rows_with_one_value_are_kept_where_no_header_follows(tmp_path: Path) -> None:
    found = proposed(tmp_path, b"a;;\n" + b"".join(b"k%d;x;y\n" % number for number in range(20)))
    assert found.rows == 21


@pytest.mark.parametrize("value", ["'It;em'", "'Item'"])
def test_fields_in_single_quotes_are_refused_in_one_line(tmp_path: Path, value: str) -> None:
    with pytest.raises(InputError, match="quoted with '"):
        proposed(tmp_path, "".join(["id;name\n", *(f"{one};{value}\n" for one in range(9))]).encode())


def test_outfile_of_mysql_quotes_nothing_and_says_null_with_a_backslash(tmp_path: Path) -> None:
    found = proposed(tmp_path, b'1\tAnn\t\\N\n2\t"Bob\t2.5\n3\t\\N\t\\N\n', ending="txt")
    assert (found.source["delimiter"], found.source["header"]) == ("\t", False)
    assert (found.source["quoting"], found.source["null_value"]) == ("none", r"\N")
    assert [choice.keys["type"] for choice in found.columns.values()] == ["INT2", "STRING", "NUMERIC"]


def test_outfile_with_escapes_is_read_with_them(tmp_path: Path) -> None:
    rows = [r"1%one\%two%\N", "2%a\\\nb%x\\\\", r"3%z%\N", r"4%z%\N", r"5%z%\N", ""]
    found = proposed(tmp_path, "\n".join(rows).replace("%", "\t").encode())
    assert (found.source["escape"], found.rows, "delimiter" in found.notes) == ("\\", 5, False)


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        (["1", "32767"], {"type": "INT2"}),
        (["-2147483648", "5"], {"type": "INT4"}),
        (["9223372036854775807", "5"], {"type": "INT8"}),
        (["9223372036854775808", "5"], {"type": "NUMERIC", "precision": 19, "scale": 0}),
        (["1" * 38, "5"], {"type": "NUMERIC", "precision": 38, "scale": 0}),
        (["1" * 39, "5"], {"type": "STRING", "length": 50}),
        (["0123", "4567"], {"type": "STRING", "length": 5}),
        (["+4912", "4567"], {"type": "STRING", "length": 5}),
        (["0.125", "-10.5"], {"type": "NUMERIC", "precision": 5, "scale": 3}),
        (["1,234,567.5", "2,000.25"], {"type": "NUMERIC", "precision": 9, "scale": 2}),
        (["1e5", "2.5"], {"type": "REAL8"}),
        (["true", "FALSE"], {"type": "BOOLEAN"}),
        (["2024-02-29", "1999-12-31"], {"type": "DATE"}),
        (["2024-02-29 10:00:00", "1999-12-31T10:00:00.125"], {"type": "DATETIME", "scale": 3}),
        (["10:00:00", "23:59:59"], {"type": "TIME"}),
        (["12/31/2024", "01/02/2024"], {"type": "DATE", "date_format": "MM/dd/YYYY"}),
        (["31/12/2024", "01/02/2024"], {"type": "DATE", "date_format": "dd/MM/YYYY"}),
        (["31.12.24", "01.02.24"], {"type": "DATE", "date_format": "dd.MM.YY"}),
        (
            ["1/2/2024 9:05 PM", "12/13/2024 10:15 AM"],
            {"type": "DATETIME", "date_format": "M/d/YYYY h:mm a"},
        ),
        (
            ["2024-02-29T10:00:00Z", "2024-02-29T10:00:00+01:00"],
            {"type": "DATETIME", "date_format": "YYYY-MM-dd'T'HH:mm:ssZ"},
        ),
        (["2024-13-01", "2024-12-01"], {"type": "STRING", "length": 10}),
        (["1", "two"], {"type": "STRING", "length": 3}),
        (["1", "N/A"], {"type": "INT2"}),
    ],
)
def test_type_holds_every_value_of_the_column(
    tmp_path: Path, values: list[str], keys: dict[str, Any]
) -> None:
    assert column_of(tmp_path, *values) == keys


@pytest.mark.parametrize("late", ["x", "0042"])
def test_type_when_the_last_row_does_not_fit_is_text(tmp_path: Path, late: str) -> None:
    assert column_of(tmp_path, *(str(one) for one in range(1000, 9000)), late)["type"] == "STRING"


def test_date_when_day_and_month_cannot_be_told_apart_is_a_doubt(tmp_path: Path) -> None:
    found = proposed(tmp_path, b"id,day\n1,01/02/2024\n2,03/04/2024\n")
    assert found.columns["day"].doubts


def test_null_texts_are_those_of_columns_that_are_not_text(tmp_path: Path) -> None:
    found = proposed(tmp_path, b"id,n,land\n1,NULL,NA\n2,5,DE\n3,,DE\n")
    assert found.source["null_value"] == ["", "NULL"]
    assert any("NA" in note for note in found.notes["null_value"])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "||", "|~|", "::"])
def test_delimiter_is_the_one_with_which_all_lines_agree(tmp_path: Path, delimiter: str) -> None:
    rows = [["id", "text", "n"], ["1", "a b", "2.5"], ["2", "c", "3.5"], ["3", "d", "4.5"]]
    found = proposed(tmp_path, "".join(delimiter.join(row) + "\n" for row in rows).encode())
    assert (found.source["delimiter"], list(found.columns)) == (delimiter, rows[0])


def test_delimiter_when_decimal_commas_agree_as_well_is_not_the_comma(tmp_path: Path) -> None:
    found = proposed(tmp_path, b"1;2,5\n2;3,5\n3;4,75\n")
    assert (found.source["delimiter"], found.source["decimal"]) == (";", ",")


@pytest.mark.parametrize(
    ("encode", "encoding"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("cp1252", "cp1252"),
    ],
)
def test_encoding_is_that_of_all_bytes(tmp_path: Path, encode: str, encoding: str | None) -> None:
    lines = "".join(f"{number},x\n" for number in range(3000)) + "3000,é\n"
    found = proposed(tmp_path, ("id,t\n" + lines).encode(encode))
    assert (found.source.get("encoding"), list(found.columns), found.rows) == (encoding, ["id", "t"], 3001)


@pytest.mark.parametrize("size", [3, 4, 5, 7, 64])
@pytest.mark.parametrize(("end", "doubts"), [(b"", 0), (b"3,\xe9\n", 1), (b"3,\xc3(\n", 1)])
def test_encoding_is_utf8_when_characters_are_cut_where_chunks_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, end: bytes, doubts: int
) -> None:
    monkeypatch.setattr(text_facts, "_CHUNK", size)
    found = proposed(tmp_path, "id,t\n1,äé€😀\n2,aé\n".encode() + end)
    assert ("encoding" in found.source, len(found.notes.get("encoding", []))) == (False, doubts)


def test_file_is_refused_when_it_changes_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"id,t\n1,x\n")
    files = data_files([path])
    path.write_bytes(b"id,t\n1,x\n2,y\n")
    with pytest.raises(InputError, match="changed while it was read"):
        propose_csv(files, "data", tmp_path / "scratch", lambda _: None)


def test_key_is_every_column_that_is_different_in_every_row(tmp_path: Path) -> None:
    rows = "".join(f"{number},{number % 7},e{number}@x,{number // 2}\n" for number in range(20_000))
    found = proposed(tmp_path, b"id,group,email,half\n" + rows.encode())
    assert [one.columns for one in found.keys] == [("id",), ("email",)]
    assert found.clear_key == found.keys[0]


def test_key_when_no_column_is_unique_is_a_pair(tmp_path: Path) -> None:
    rows = "".join(f"{number // 3},{number % 3},x\n" for number in range(9_000))
    found = proposed(tmp_path, b"order_id,line,state\n" + rows.encode())
    assert ([one.columns for one in found.keys], found.clear_key) == ([("order_id", "line")], None)


@pytest.mark.parametrize("last", ["5", ""])
def test_key_when_the_last_row_has_it_twice_or_not_is_none(tmp_path: Path, last: str) -> None:
    rows = "".join(f"{number},x\n" for number in range(20_000))
    found = proposed(tmp_path, f"id,t\n{rows}{last},y\n".encode())
    assert ("id",) not in [one.columns for one in found.keys]


@pytest.mark.parametrize(
    ("content", "header"),
    [
        (b"id,name\n1,x\n2,y\n", True),
        (b"code,city\nUTR,Utrecht\nAMS,Amsterdam\n", True),
        (b"UTR,Utrecht\nAMS,Amsterdam\nBER,Berlin\n", False),
        (b"1,x\n2,y\n", False),
        (b"a,b\nc,b\nd,e\n", False),
    ],
)
def test_header_is_the_first_line_when_it_looks_unlike_a_row(
    tmp_path: Path, content: bytes, header: bool
) -> None:
    assert proposed(tmp_path, content).source["header"] is header


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (b"id,name,name", ("id", "name", "name_2")),
        (b"id,name,", ("id", "name", "column_3")),
        (b"id,name_2,name_2", ("id", "name_2", "name_2_2")),
        (b"id, a ,a_2", ("id", "a", "a_2")),
    ],
)
def test_header_gives_each_column_a_name_when_names_are_missing_or_repeated(
    tmp_path: Path, header: bytes, names: tuple[str, ...]
) -> None:
    found = proposed(tmp_path, header + b"\n1,x,y\n2,z,w\n")
    assert found.source["header"] is True
    assert tuple(found.columns) == names
    assert found.rows == 2


def test_rows_that_end_with_a_delimiter_have_an_empty_last_column(tmp_path: Path) -> None:
    found = proposed(tmp_path, b"id|n|\na|1|\nb|2|\n")
    assert list(found.columns) == ["id", "n", "column_3"]
    assert found.columns["column_3"].note == "always empty"


def test_first_line_of_words_is_a_row_when_it_has_one_of_them_twice(tmp_path: Path) -> None:
    assert proposed(tmp_path, b"red,red,blue\ngreen,red,red\n").source["header"] is False


def test_files_with_the_same_first_line_have_a_header(tmp_path: Path) -> None:
    found = proposed(tmp_path, b"a,b\nx,y\n", b"a,b\nz,w\n")
    assert (list(found.columns), found.rows) == (["a", "b"], 2)


def test_files_with_other_headers_are_refused_with_the_difference(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"data-1.csv.*no name.*also nom"):
        proposed(tmp_path, b"id,name\n1,x\n", b"id,nom\n2,y\n")


@pytest.mark.parametrize(
    ("compression", "content"),
    [
        ("gzip", gzip.compress(b"id,t\n1,x\n2,y\n")),
        ("gzip", gzip.compress(b"") + gzip.compress(b"id,t\n1,") + gzip.compress(b"x\n2,y\n") + bytes(50)),
        ("zstd", zstd.compress(b"id,t\n1,") + zstd.compress(b"x\n2,y\n")),
        ("zstd", b"\x50\x2a\x4d\x18\4\0\0\0abcd" + zstd.compress(b"id,t\n1,x\n2,y\n")),
    ],
    ids=["gzip", "gzip-members", "zstd-frames", "zstd-skipped-frame"],
)
def test_compressed_files_are_read(compression: str, content: bytes, tmp_path: Path) -> None:
    found = proposed(tmp_path, content, ending="csv.gz")
    assert (found.source["compression"], found.rows) == (compression, 2)


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"PK\x03\x04..xl/", "Excel"),
        (b"Obj\x01", "Avro"),
        (b"", "empty"),
        (b"ORC\x01\xff", "ORC"),
        (b"\x03\x7a\x01\x01\x02\0\0\0\x41\0\x0a\0" + bytes(60), "binary"),
        (b"\xff\xff\xff\xff\x10\0\0\0" + bytes(90), "binary"),
        (bytes(range(256)) * 9, "binary"),
        (b"\x80\x04\x95" + bytes(8) + b"}\x94\x8c\x02id\x94K\x01s.", "binary"),
        pytest.param(
            gzip.compress(b"PAR1" + bytes(40)), "a Parquet file compressed with gzip", id="gzipped Parquet"
        ),
    ],
)
def test_file_of_another_format_is_refused_with_what_it_is(tmp_path: Path, start: bytes, what: str) -> None:
    with pytest.raises(InputError, match=what):
        proposed(tmp_path, start)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=6)


@given(
    texts=st.lists(TEXTS, min_size=6, max_size=25),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_dialect_is_the_one_that_pythons_writer_used(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], delimiter: str, encoding: str, end: str
) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, lineterminator=end)
    writer.writerow(["id", "text", "size"])
    writer.writerows([number, text, f"{number}.5"] for number, text in enumerate(texts))
    found = proposed(tmp_path_factory.mktemp("random"), written.getvalue().encode(encoding))
    assert (found.source["delimiter"], list(found.columns)) == (delimiter, ["id", "text", "size"])
    assert (found.rows, found.columns["id"].keys["type"]) == (len(texts), "INT2")


ROWS_BEFORE = b"id;name;n\n1;a;2\n2;b;3\n3;c;4\n"
FOOTERS: dict[bytes, int] = {
    b"Total;;9": 1,
    b"SUMME;;9\n": 1,
    b"Total;;9\n(3 rows)\n\n": 3,
    b"3 records selected.\n": 1,
    b"Rows: 3\n": 1,
    b"": 0,
    b"\n": 0,
    b"4;Total;1\n": 0,
    b"Total;d;9\n": 0,
    b"4;d": 0,
    b"4\n": 0,
}


@pytest.mark.parametrize("end", FOOTERS)
def test_footer_is_skipped_when_it_says_that_it_is_one(end: bytes, tmp_path: Path) -> None:
    found = proposed(tmp_path, ROWS_BEFORE + end)
    assert found.source.get("skip_footer", 0) == FOOTERS[end]
    assert bool(found.notes.get("skip_footer")) is bool(FOOTERS[end])
    if FOOTERS[end]:
        assert (found.rows, found.columns["id"].keys["type"]) == (3, "INT2")


def test_footer_is_a_total_in_a_column_of_numbers(tmp_path: Path) -> None:
    rows = "".join(f"{number},{number}.50\n" for number in range(1, 9))
    found = proposed(tmp_path, f"id,amount\n{rows}Total,36.00\n".encode())
    assert (found.source["skip_footer"], found.rows) == (1, 8)


@pytest.mark.parametrize(
    ("rows", "total", "skipped"),
    [
        ("a,5\nb,6", "Total,11", 1),
        ("a,1.50\nb,-2", "Sum,-0.5", 1),
        ('a,"1,000"\nb,2', '"Grand total","1,002"', 1),
        ("a,5,\nb,6,x", "Total,11,", 1),
        ("a,5\nb,6", "Total,12", 0),
        ("a,5,x\nb,6,y", "Total,11,z", 0),
    ],
)
def test_footer_is_a_total_that_is_the_sum_of_the_rows(
    rows: str, total: str, skipped: int, tmp_path: Path
) -> None:
    header = ("id", "n", "note")[: 1 + total.replace('1,002"', "").count(",")]
    found = proposed(tmp_path, f"{','.join(header)}\n{rows}\n{total}\n".encode())
    assert found.source.get("skip_footer", 0) == skipped
    assert found.rows == 3 - skipped


def test_footer_is_the_sum_of_numbers_with_decimal_commas(tmp_path: Path) -> None:
    found = proposed(tmp_path, b"id;n\na;1.000,50\nb;2,5\nSumme;1.003,00\n")
    assert (found.source["skip_footer"], found.rows) == (1, 2)


@pytest.mark.parametrize("text", [b"id,n\n", b"id,n", b"\xef\xbb\xbfid;n;name\r\n", b"# x\nid,n\n"])
def test_file_with_a_header_alone_is_refused_as_one_without_rows(text: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a header \(id, n.*\) and no rows"):
        proposed(tmp_path, text)


def test_file_whose_rows_all_differ_from_its_header_is_refused_with_the_first(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"data-0\.csv:2: no row could be read: 3 columns"):
        proposed(tmp_path, b"id,price\n1,$1,000\n")


@pytest.mark.parametrize(
    "text", [b"", b"\n \r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff\xfe\0\0", b"\xef\xbb\xbf\r\n"]
)
def test_file_of_blanks_is_refused_as_empty(text: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the file is empty"):
        proposed(tmp_path, text)


def test_footer_is_skipped_when_every_file_ends_with_one(tmp_path: Path) -> None:
    ended = ROWS_BEFORE + b"Total;;9\n"
    assert proposed(tmp_path / "all", ended, ended).source["skip_footer"] == 1
    assert "skip_footer" not in proposed(tmp_path / "one", ended, ROWS_BEFORE).source


def test_footer_is_found_at_the_end_of_a_large_file(tmp_path: Path) -> None:
    rows = b"".join(b"%d;name-%d;%d\n" % (number, number, number) for number in range(20_000))
    found = proposed(tmp_path, b"id;name;n\n" + rows + b"(20000 rows)\r\n")
    assert (found.source["skip_footer"], found.rows) == (1, 20_000)


def test_footer_of_a_few_rows_is_found_beside_their_delimiter(tmp_path: Path) -> None:
    found = proposed(tmp_path, b"id|n\n1|5\n2|6\n(2 rows)\n")
    assert (found.source["delimiter"], found.source["skip_footer"], found.rows) == ("|", 1, 2)

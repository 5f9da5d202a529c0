"""Faults of whole files, and input that is no text at all."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_testing.plant import SMALL, checked, places, small

ROWS = b"".join(b"k%d,%d,note %d\n" % (n, n, n) for n in range(30))


def kinds(path: Path) -> set[str]:
    return {kind for kind, _ in checked(path).findings}


def what(path: Path, kind: str) -> str:
    return checked(path).findings[kind].examples[0].what


def test_clean_file_has_no_finding(tmp_path: Path) -> None:
    report = checked(small(tmp_path, ROWS))
    assert (report.rows, report.items, list(report.findings)) == (30, 30, [])


def test_other_delimiter_is_named(tmp_path: Path) -> None:
    assert "`;`" in what(small(tmp_path, ROWS.replace(b",", b";")), "wrong-delimiter")


def test_header_where_none_is_expected_is_reported(tmp_path: Path) -> None:
    report = checked(small(tmp_path, b"id,pieces,note\n" + ROWS))
    assert places(report, "header-unexpected") == [("a.csv", 1)]


def test_header_that_is_missing_is_reported(tmp_path: Path) -> None:
    report = checked(small(tmp_path, ROWS, source={"header": True}))
    assert places(report, "header-missing") == [("a.csv", 1)]


@pytest.mark.parametrize("header", [b"pieces,id,note", b"id,note,other", b"ID,NOTE,pieces"])
def test_header_in_a_different_order_is_reported(header: bytes, tmp_path: Path) -> None:
    assert "header-order" in kinds(small(tmp_path, header + b"\n" + ROWS, source={"header": True}))


def test_header_with_other_names_in_the_same_order_is_a_warning(tmp_path: Path) -> None:
    report = checked(small(tmp_path, b"key,pieces,remark\n" + ROWS, source={"header": True}))
    assert (report.good, [kind for kind, _ in report.findings]) == (True, ["header-differs"])


def test_header_that_has_a_name_twice_is_in_no_different_order(tmp_path: Path) -> None:
    report = checked(small(tmp_path, b"id,pieces,pieces\n" + ROWS, source={"header": True}))
    assert [kind for kind, _ in report.findings] == ["header-differs"]


def test_windows_file_is_one_finding_with_every_row_counted(tmp_path: Path) -> None:
    data = {"a.csv": ROWS.replace(b"\n", b"\r\n"), "b.csv": b"x,1,y\nz,2,\r\n", "c.csv": b"w,1,y\n"}
    report = checked(small(tmp_path, data))
    assert report.good
    assert report.findings["windows-line-ends"].count == 31
    assert places(report, "windows-line-ends") == [("a.csv", None), ("b.csv", None)]
    assert [kind for kind, _ in report.findings.fatal_for("dms")] == ["windows-line-ends"]
    assert list(report.findings.fatal_for("native")) == []


@pytest.mark.parametrize(
    ("end", "found"),
    [
        (b"Total,435,\n", ["footer"]),
        (b"Sum,435,x\n", ["footer"]),
        (b"30 rows,1,\n", ["footer"]),
        (b"total-7,1,x\n", ["footer"]),
        (b"kTotal,1,x\n", []),
        (b"Total,435,\nk99,1,x\n", []),
    ],
)
def test_last_row_that_looks_like_a_total_is_a_warning(end: bytes, found: list[str], tmp_path: Path) -> None:
    report = checked(small(tmp_path, ROWS + end))
    assert (report.good, [kind for kind, _ in report.findings]) == (True, found)
    if found:
        assert places(report, "footer") == [("a.csv", 31)]


@pytest.mark.parametrize("data", [{"a.csv": b""}, {"a.csv": b"id,pieces,note\n", "b.csv": b"id,pieces,note"}])
def test_files_without_a_row_are_an_error(data: dict[str, bytes], tmp_path: Path) -> None:
    report = checked(small(tmp_path, data, source={"header": True}))
    assert (report.good, report.findings["no-rows"].count) == (False, 1)
    some = checked(small(tmp_path, data | {"c.csv": b"id,pieces,note\nk1,1,x\n"}, source={"header": True}))
    assert (some.good, "no-rows" in dict(some.findings)) == (True, False)


def test_total_that_the_dataset_skips_is_no_finding(tmp_path: Path) -> None:
    report = checked(small(tmp_path, ROWS + b"Total,435,\n", source={"skip_footer": 1}))
    assert (report.rows, list(report.findings)) == (30, [])


@pytest.mark.parametrize(("header", "found"), [(False, True), (True, False)])
def test_byte_order_mark_is_reported_when_a_value_is_behind_it(
    header: bool, found: bool, tmp_path: Path
) -> None:
    start = b"\xef\xbb\xbf" + (b"id,pieces,note\n" if header else b"")
    report = checked(small(tmp_path, start + ROWS, source={"header": header}))
    assert (report.items, report.good) == (30, True)
    assert [kind for kind, _ in report.findings.fatal_for("dms")] == ["byte-order-mark"] * found


def test_fraction_of_a_second_is_reported_when_its_column_has_no_scale(tmp_path: Path) -> None:
    columns = [*SMALL["columns"][:2], {"name": "t", "type": "DATETIME"}]
    data = b"a,1,2026-03-29 10:15:00\nb,2,2026-03-29 10:15:00.50\nc,3,2026-03-29T10:15:00.123456789\n"
    report = checked(small(tmp_path, data, columns=columns))
    assert (report.good, report.items) == (True, 3)
    assert report.findings["fraction-cut-by-dms"].count == 2
    [example] = report.findings["fraction-cut-by-dms"].examples
    assert (example.line, example.what) == (2, "t needs `scale: 9`")
    assert [kind for kind, _ in report.findings.fatal_for("dms")] == ["fraction-cut-by-dms"]
    columns[2] = {**columns[2], "scale": 9}
    assert not list(checked(small(tmp_path, data, columns=columns)).findings)


@pytest.mark.parametrize(
    ("kind", "values", "count"),
    [
        ("INT8", ["1774751400000", "17747514000", ""], 1),
        ("INT8", ["946684800", "0"], 2),
        ("DATETIME", ["2026-03-29 10:00:00"], 1),
        ("REAL8", ["1.77e12", "1.7747514e10"], 1),
    ],
)
def test_time_to_live_is_reported_when_dynamodb_does_not_act_on_it(
    kind: str, values: list[str], count: int, tmp_path: Path
) -> None:
    columns = [*SMALL["columns"][:2], {"name": "expires", "type": kind}]
    data = b"".join(b"k%d,1,%s\n" % (row, value.encode()) for row, value in enumerate(values))
    table = {**SMALL["table"], "time_to_live": "expires"}
    report = checked(small(tmp_path, data, columns=columns, table=table))
    assert (report.good, report.findings["never-expires"].count) == (True, count)
    assert places(report, "never-expires") == [("a.csv", 1)]


def test_time_to_live_is_reported_when_no_item_has_its_attribute(tmp_path: Path) -> None:
    report = checked(small(tmp_path, ROWS, table={**SMALL["table"], "time_to_live": "expires"}))
    assert [one.what for one in report.findings["never-expires"].examples] == [
        "time_to_live: no item has the attribute expires"
    ]


def test_leading_zeros_are_reported_when_a_column_is_a_number(tmp_path: Path) -> None:
    columns = [SMALL["columns"][0], {"name": "zip", "type": "INT4"}, {"name": "amount", "type": "REAL8"}]
    data = b"a,01234,0.5\nb,0,0\nc,90210,00.5\nd,00501,\n"
    report = checked(small(tmp_path, data, columns=columns))
    assert report.findings["leading-zeros"].count == 3
    assert places(report, "leading-zeros") == [("a.csv", 1), ("a.csv", 3)]


def test_numbers_whose_form_changes_are_noted_once_for_each_column(tmp_path: Path) -> None:
    columns = [
        SMALL["columns"][0],
        {"name": "price", "type": "NUMERIC", "precision": 9, "scale": 2},
        {"name": "euro", "type": "NUMERIC", "precision": 9, "scale": 2, "decimal": ",", "thousands": "."},
        {"name": "size", "type": "REAL8"},
        {"name": "count", "type": "INT4"},
        {"name": "text", "type": "CLOB"},
    ]
    data = b"a,1.55,1.500,10,10,1.50\nb,1.50,;1,50;,1E3,100,1e3\nc,2.00,;2,05;,1.0,0,1.0\n".replace(
        b";", b'"'
    )
    report = checked(small(tmp_path, data, columns=columns))
    found = [(one.column, one.line, one.value) for one in report.findings["number-form"].examples]
    assert found == [("price", 2, "1.50"), ("euro", 2, "1,50"), ("size", 2, "1E3")]
    assert (report.severity("number-form"), report.count("note"), report.good) == ("note", 3, True)


def test_time_to_live_of_items_is_reported_when_dynamodb_does_not_act_on_it(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        '{"Item": {"id": {"S": "a"}, "t": {"N": "17747514000"}}}\n'
        '{"Item": {"id": {"S": "b"}, "t": {"S": "2026-03-29"}}}\n{"Item": {"id": {"S": "c"}}}\n'
    )
    path = tmp_path / "dataset.yaml"
    path.write_text(
        "name: n\nsource: {format: dynamodb_json, files: ['*.json']}\n"
        "table: {partition_key: {name: id}, time_to_live: t}\n"
    )
    report = checked(path)
    assert report.findings["never-expires"].count == 1
    assert report.findings["never-expires"].examples[0].value == "2026-03-29"


@pytest.mark.parametrize(("written", "declared"), [(True, "none"), (False, "gzip"), (True, "zstd")])
def test_compression_that_is_not_the_declared_one_is_reported(
    written: bool, declared: str, tmp_path: Path
) -> None:
    data = gzip.compress(ROWS) if written else ROWS
    assert "wrong-compression" in kinds(small(tmp_path, data, source={"compression": declared}))


def test_truncated_gzip_is_reported_and_keeps_the_rows_before_it(tmp_path: Path) -> None:
    data = gzip.compress(ROWS * 1000)
    report = checked(small(tmp_path, data[:-20], source={"compression": "gzip"}))
    assert "the gzip data ends before its end, after " in report.findings["unreadable"].examples[0].what
    assert 25_000 < report.rows <= 30_000
    assert not report.good


def test_truncated_ion_is_reported_and_keeps_the_items_before_it(tmp_path: Path) -> None:
    tmp_path.joinpath("a.ion").write_bytes(b'{Item:{id:"a"}}\n{Item:{id:5}}\n{Item:{id:"b')
    path = tmp_path / "dataset.yaml"
    path.write_text(
        "name: items\nsource: {format: ion, files: [a.ion]}\ntable: {partition_key: {name: id, type: S}}\n"
    )
    report = checked(path)
    assert report.findings["unreadable"].examples[0].what.startswith("not Ion after value 2: it ends within")
    assert report.findings["key-type"].examples[0].value == "{Item:{id:5}}"
    assert (report.rows, report.items) == (2, 1)


def test_utf16_with_a_mark_or_declared_is_read(tmp_path: Path) -> None:
    report = checked(small(tmp_path, ROWS.decode().encode("utf-16")))
    assert (report.items, [kind for kind, _ in report.findings]) == (30, ["byte-order-mark"])
    report = checked(small(tmp_path, ROWS.decode().encode("utf-16-le"), source={"encoding": "utf-16-le"}))
    assert (report.items, [kind for kind, _ in report.findings]) == (30, [])


def test_utf16_without_a_mark_is_named(tmp_path: Path) -> None:
    assert "UTF-16" in what(small(tmp_path, ROWS.decode().encode("utf-16-le")), "encoding")


def test_lines_that_end_with_a_return_alone_are_named(tmp_path: Path) -> None:
    assert "return-line-ends" in kinds(small(tmp_path, ROWS.replace(b"\n", b"\r")))


def test_empty_file_is_reported(tmp_path: Path) -> None:
    assert kinds(small(tmp_path, {"a.csv": ROWS, "b.csv": b""})) == {"empty-file"}


def test_examples_are_few_and_counts_exact(tmp_path: Path) -> None:
    report = checked(small(tmp_path, b"k,x,\n" * 50), examples=3)
    found = report.findings["unparsable"]
    assert (found.count, len(found.examples)) == (50, 3)


def test_text_over_the_lob_limit_is_reported(tmp_path: Path) -> None:
    columns = [{"name": "id", "length": 8}, {"name": "text", "type": "CLOB"}]
    report = checked(small(tmp_path, b"a,b\nc," + b"x" * 40_000 + b"\n", columns=columns))
    assert places(report, "cut-by-dms") == [("a.csv", 2)]
    assert [kind for kind, _ in report.findings.fatal_for("dms")] == ["cut-by-dms"]


def test_row_names_every_value_that_does_not_fit_its_column(tmp_path: Path) -> None:
    columns = [
        {"name": "id", "length": 9},
        {"name": "n", "type": "NUMERIC", "precision": 9, "scale": 2},
        {"name": "day", "type": "DATE"},
        {"name": "ok", "type": "BOOLEAN"},
    ]
    rows = b"a;1,5;03.11.2026;ja\nb;2.5;2026-11-03;nein\n"
    path = small(tmp_path, rows, source={"delimiter": ";"}, columns=columns)
    first, second = checked(path).findings["unparsable"].examples
    assert (first.column, first.line) == ("n", 1)
    assert [name for name in ("day '03.11.2026'", "ok 'ja'") if name in first.what] == [
        "day '03.11.2026'",
        "ok 'ja'",
    ]
    assert (second.column, "also" in second.what) == ("ok", False)


def test_item_over_400_kb_is_reported_although_no_item_is_written(tmp_path: Path) -> None:
    columns = [{"name": "id", "length": 8}, {"name": "text", "type": "CLOB"}]
    report = checked(small(tmp_path, b"a,b\nc," + b"x" * 410_000 + b"\n", columns=columns))
    assert places(report, "item-too-large") == [("a.csv", 2)]


def test_line_without_end_is_reported_and_memory_stays_bounded(tmp_path: Path) -> None:
    report = checked(small(tmp_path, b"x" * (20 << 20) + b"\n" + ROWS))
    assert places(report, "record-too-long") == [("a.csv", 1)]
    assert report.items == 30


def test_row_of_a_hundred_thousand_columns_is_reported(tmp_path: Path) -> None:
    report = checked(small(tmp_path, b"," * 100_000 + b"\n" + ROWS))
    assert what(small(tmp_path, b"," * 100_000 + b"\n" + ROWS), "column-count").startswith("100001 columns")
    assert report.items == 30


@given(
    data=st.binary(max_size=300)
    | st.lists(st.sampled_from([ROWS[:40], b'"', b"\r", b"\0", b"\xff", b"\n,"])).map(b"".join),
    compression=st.sampled_from(["none", "gzip", "zstd"]),
    header=st.booleans(),
    packed=st.booleans(),
)
def test_any_bytes_give_a_report_in_which_rows_add_up(
    data: bytes, compression: str, header: bool, packed: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("fuzzed")
    content = gzip.compress(data)[: len(data) + 5] if packed else data
    report = checked(small(folder, content, source={"compression": compression, "header": header}))
    assert 0 <= report.items <= report.rows


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b'{"Item":{"id":{"N":"1"}}}', "key-type"),
        (b'{"Item":{"no":{"S":"1"}}}', "key-missing"),
        (b'{"Item":{"id":{"S":""}}}', "key-empty"),
        (b'{"Item":{"id":{"S":"b"},"n":{"N":"1e999"}}}', "out-of-range"),
        (b'{"Item":{"id":{"S":"b"},"n":{"X":"1"}}}', "not-an-item"),
        (b'{"Item":{"id":{"S":"b"},"":{"S":"x"}}}', "not-an-item"),
        (b'{"Item":{"id":{"S":"b"},"m":{"M":{"":{"S":"x"}}}}}', "not-an-item"),
        (b'{"Item":{"id":{"S":"b"},"%s":{"S":"x"}}}' % (b"n" * 65_536), "not-an-item"),
        (b'\xef\xbb\xbf{"Item":{"id":{"S":"b"}}}', "broken-record"),
        (b"{", "broken-record"),
        (b"\xff", "not-utf8"),
        (b'{"Item":{"id":{"S":"a"}}}', "duplicate-key"),
    ],
)
def test_fault_in_a_file_of_items_is_reported_with_its_line(line: bytes, kind: str, tmp_path: Path) -> None:
    tmp_path.joinpath("a.json").write_bytes(b'{"Item":{"id":{"S":"a"}}}\n' + line + b"\n")
    path = tmp_path / "dataset.yaml"
    path.write_text(
        "name: items\nsource: {format: dynamodb_json, files: [a.json]}\n"
        "table: {partition_key: {name: id, type: S}}\n"
    )
    assert places(checked(path), kind) == [("a.json", 2)]

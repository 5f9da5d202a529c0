"""A copy of each example with each fault planted is reported with the right row."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from bulk_testing.plant import EXAMPLES, checked, places, rewritten, spoiled
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.preflight.registry import checks

Spoil = Callable[[list[bytes]], list[bytes]]
NULL = b"\0NULL"  # stands for the word of the dataset
AT = 2  # the row of the fault


def line(change: Callable[[bytes, bytes], bytes]) -> Callable[[bytes], Spoil]:
    """A fault in one line."""

    def at(delimiter: bytes) -> Spoil:
        def spoil(lines: list[bytes]) -> list[bytes]:
            return [change(one, delimiter) if number == AT else one for number, one in enumerate(lines, 1)]

        return spoil

    return at


def field(column: int, value: bytes) -> Callable[[bytes, bytes], bytes]:
    """A line with one field replaced."""

    def change(text: bytes, delimiter: bytes) -> bytes:
        fields = text.split(delimiter)
        fields[column] = value
        return delimiter.join(fields)

    return change


FAULTS: list[tuple[str, Callable[[bytes], Spoil], int | None]] = [  # None: the last line
    ("column-count", line(lambda text, by: text + by + b"more"), AT),
    ("column-count", line(lambda text, by: text.split(by)[0]), AT),
    ("blank-line", line(lambda text, by: b""), AT),
    ("not-utf8", line(lambda text, by: text.replace(by, b"\xff" + by, 1)), AT),
    ("unclosed-quote", lambda by: lambda lines: [*lines[:-1], b'"open' + by + b"1"], None),
    ("stray-quote", line(lambda text, by: b'"a"' + text), AT),
    ("nul-byte", line(field(0, b"\0")), AT),
    ("mark-within", line(lambda text, by: b"\xef\xbb\xbf" + text), AT),
    ("key-missing", line(field(0, NULL)), AT),
    ("too-long", line(field(0, b"x" * 90)), AT),
    ("duplicate-key", lambda by: lambda lines: [lines[0], lines[0], *lines[1:]], AT),
]


CSV = ["complete", "minimal", "orders", "price-updates", "raw-dms"]


@pytest.mark.parametrize(
    ("example", "kind", "fault", "where"),
    # Each fault in two examples, and in each example several faults.
    [(CSV[(place + more) % len(CSV)], *fault) for place, fault in enumerate(FAULTS) for more in (0, 2)],
)
def test_fault_when_planted_in_an_example_is_reported_with_its_row(
    example: str, kind: str, fault: Callable[[bytes], Spoil], where: int | None, tmp_path: Path
) -> None:
    form = open_dataset(EXAMPLES / example / "dataset.yaml").csv
    spoil = fault(form.delimiter.encode())
    null = form.null_values[0].encode()
    path, lines = spoiled(example, tmp_path, lambda rows: [row.replace(NULL, null) for row in spoil(rows)])
    assert [line for _, line in places(checked(path), kind)] == [where + form.header_rows if where else lines]


VALUES: list[tuple[str, int, bytes, str]] = [
    ("orders", 5, b"cheap", "unparsable"),
    ("orders", 5, b"123456789.00", "out-of-range"),
    ("price-updates", 3, b"cheap", "unparsable"),
    ("price-updates", 3, b"1234567.00", "out-of-range"),
    ("price-updates", 4, b"-1", "out-of-range"),
    ("complete", 5, b"2025/02/29 00:00:00", "unparsable"),
    ("complete", 8, b"maybe", "unparsable"),
    ("complete", 1, b"65536", "out-of-range"),
    ("raw-dms", 2, b"2024-13-01", "unparsable"),
    ("raw-dms", 3, b"12.3456", "out-of-range"),
    ("minimal", 2, b"LUX", "too-long"),
]


@pytest.mark.parametrize(("example", "column", "value", "kind"), VALUES)
def test_value_when_planted_in_an_example_is_reported_with_its_row_and_column(
    example: str, column: int, value: bytes, kind: str, tmp_path: Path
) -> None:
    source = open_dataset(EXAMPLES / example / "dataset.yaml")
    spoil = line(field(column, value))(source.source.delimiter.encode())
    path, _ = spoiled(example, tmp_path, spoil)
    [found] = checked(path).findings[kind].examples
    assert (found.line, found.column) == (AT + source.csv.header_rows, source.columns[column].name)
    assert found.value == value.decode()


def as_other_delimiter(content: bytes, delimiter: bytes) -> bytes:
    return content.replace(delimiter, b"\t")


def as_windows(content: bytes, _: bytes) -> bytes:
    return content.replace(b"\n", b"\r\n")


def with_mark(content: bytes, _: bytes) -> bytes:
    return b"\xef\xbb\xbf" + content


def as_utf16(content: bytes, _: bytes) -> bytes:
    return content.decode().encode("utf-16-le")


@pytest.mark.parametrize("example", CSV)
@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("wrong-delimiter", as_other_delimiter),
        ("windows-line-ends", as_windows),
        ("byte-order-mark", with_mark),
        ("encoding", as_utf16),
    ],
)
def test_file_of_an_example_when_written_otherwise_is_reported(
    kind: str, change: Callable[[bytes, bytes], bytes], example: str, tmp_path: Path
) -> None:
    delimiter = open_dataset(EXAMPLES / example / "dataset.yaml").source.delimiter.encode()
    path = rewritten(example, tmp_path, lambda content: change(content, delimiter))
    dataset = open_dataset(path)
    [file] = dataset.files
    names = [name for name, _ in places(checked(path), kind)]
    harmless = (kind == "byte-order-mark" and dataset.source.header) or dataset.dms_obstacles
    assert names[:1] == ([] if checks()[kind].fatal_for and harmless else [file.name])


@pytest.mark.parametrize("example", CSV)
def test_header_of_an_example_is_reported_when_it_contradicts_its_dataset(
    example: str, tmp_path: Path
) -> None:
    dataset = open_dataset(EXAMPLES / example / "dataset.yaml")
    names = dataset.source.delimiter.join(column.name for column in dataset.columns).encode() + b"\n"
    headed = dataset.source.header
    path = rewritten(example, tmp_path, lambda text: text.partition(b"\n")[2] if headed else names + text)
    kind = "header-missing" if headed else "header-unexpected"
    assert [line for _, line in places(checked(path), kind)] == [1]


@pytest.mark.parametrize("example", [*CSV, "customer-events", "events"])
def test_compression_of_an_example_is_reported_when_different(example: str, tmp_path: Path) -> None:
    packed = open_dataset(EXAMPLES / example / "dataset.yaml").source.compression == "gzip"
    path = rewritten(example, tmp_path, bytes, bytes if packed else gzip.compress)
    assert len(places(checked(path), "wrong-compression")) == 1


def test_truncated_file_of_an_example_is_reported_and_its_rows_counted(tmp_path: Path) -> None:
    path = rewritten("complete", tmp_path, lambda text: text * 40, lambda text: gzip.compress(text, 0)[:-50])
    report = checked(path)
    assert "ends before its end, after" in report.findings["unreadable"].examples[0].what
    assert report.rows == 7986


LONG = b"x" * 410_000
ITEMS: list[tuple[str, Callable[[bytes, bytes], bytes]]] = [
    ("broken-record", lambda text, _: text[:-1]),
    ("not-an-item", lambda text, _: text.replace(b'"S"', b'"X"', 1)),
    ("not-utf8", lambda text, _: text.replace(b'"S"', b'"S\xff"', 1)),
    ("key-missing", lambda text, _: text.replace(b'"SK"', b'"sk"', 1)),
    ("key-type", lambda text, _: b'{"Item":{"PK":{"S":"a"},"SK":{"N":"1"}}}'),
    ("key-empty", lambda text, _: b'{"Item":{"PK":{"S":"a"},"SK":{"S":""}}}'),
    ("key-type", lambda text, _: b'{"Item":{"PK":{"S":"a"},"SK":{"S":"b"},"entity":{"N":"1"}}}'),
    ("item-too-large", lambda text, _: text.replace(b'm":{', b'm":{"t":{"S":"%s"},' % LONG, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "change"), ITEMS)
def test_fault_when_planted_in_an_example_of_items_is_reported_with_its_line(
    kind: str, change: Callable[[bytes, bytes], bytes], tmp_path: Path
) -> None:
    path, _ = spoiled("customer-events", tmp_path, line(change)(b""))
    assert places(checked(path), kind) == [("events-1.json", AT)]


RECORDS: list[tuple[str, Callable[[bytes, bytes], bytes]]] = [
    ("not-a-record", lambda text, _: text[:-1]),
    ("not-a-record", lambda text, _: text.replace(b'"kind"', b'"at": 1, "kind"')),
    ("not-a-record", lambda text, _: b"[" + text.replace(b"21.50", b"NaN") + b"]"),
    ("not-utf8", lambda text, _: text.replace(b"measured", b"\xff")),
    ("out-of-range", lambda text, _: text.replace(b"21.50", b"1e999")),
    ("key-missing", lambda text, _: text.replace(b'"device"', b'"Device"')),
    ("key-missing", lambda text, _: text.replace(b'"at"', b'"At"')),
    ("key-empty", lambda text, _: text.replace(b"2026-11-04T10:15:02Z", b"")),
    ("key-type", lambda text, _: text.replace(b'"2026-11-04T10:15:02Z"', b"7")),
    ("key-too-long", lambda text, _: text.replace(b"2026-11-04T10:15:02Z", b"x" * 1025)),
    ("item-too-large", lambda text, _: text.replace(b"measured", LONG)),
]


@pytest.mark.parametrize(("kind", "change"), RECORDS)
def test_fault_when_planted_in_an_example_of_records_is_reported_with_its_line(
    kind: str, change: Callable[[bytes, bytes], bytes], tmp_path: Path
) -> None:
    path, _ = spoiled("events", tmp_path, line(change)(b""))
    assert places(checked(path), kind) == [("events.jsonl", AT)]


def test_key_that_two_records_have_is_reported(tmp_path: Path) -> None:
    path, _ = spoiled("events", tmp_path, lambda lines: [lines[0], lines[0], *lines[1:]])
    assert places(checked(path), "duplicate-key") == [("events.jsonl", AT)]


@pytest.mark.parametrize("example", sorted(path.parent.name for path in EXAMPLES.glob("*/dataset.yaml")))
def test_example_when_checked_has_no_error(example: str) -> None:
    report = checked(EXAMPLES / example / "dataset.yaml")
    assert (report.rows > 0) == (report.files > 0)  # one has changes alone, which arrive later
    assert report.items == report.rows
    assert report.findings.count("error") == 0

"""A copy of each example with each fault planted is reported with the right row."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from dataset.dataset import open_dataset
from tests.dataset.check.plant import EXAMPLES, checked, places, spoiled

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
    ("key-missing", line(field(0, NULL)), AT),
    ("too-long", line(field(0, b"x" * 90)), AT),
    ("mixed-line-ends", line(lambda text, by: text + b"\r"), AT),
    ("duplicate-key", lambda by: lambda lines: [lines[0], lines[0], *lines[1:]], AT),
]


@pytest.mark.parametrize(("kind", "fault", "where"), FAULTS)
@pytest.mark.parametrize("example", ["complete", "minimal", "orders", "raw-dms"])
def test_fault_when_planted_in_an_example_is_reported_with_its_row(
    example: str, kind: str, fault: Callable[[bytes], Spoil], where: int | None, tmp_path: Path
) -> None:
    source = open_dataset(EXAMPLES / example / "dataset.yaml").source
    spoil = fault(source.delimiter.encode())
    null = source.null_value.encode()
    path, lines = spoiled(example, tmp_path, lambda rows: [row.replace(NULL, null) for row in spoil(rows)])
    assert [line for _, line in places(checked(path), kind)] == [where + source.header if where else lines]


@pytest.mark.parametrize("example", ["complete", "minimal", "orders", "raw-dms"])
def test_byte_order_mark_when_planted_in_an_example_is_reported(example: str, tmp_path: Path) -> None:
    path, _ = spoiled(example, tmp_path, lambda rows: rows)
    [file] = open_dataset(path).files
    packed = file.name.endswith(".gz")
    content = gzip.decompress(file.read_bytes()) if packed else file.read_bytes()
    file.write_bytes(gzip.compress(b"\xef\xbb\xbf" + content) if packed else b"\xef\xbb\xbf" + content)
    assert places(checked(path), "byte-order-mark") == [(file.name, 1)]


@pytest.mark.parametrize("example", sorted(path.parent.name for path in EXAMPLES.glob("*/dataset.yaml")))
def test_example_when_checked_has_no_error(example: str) -> None:
    report = checked(EXAMPLES / example / "dataset.yaml")
    assert report.rows > 0
    assert report.items == report.rows
    assert report.findings.count("error") == 0

"""One finding per cause: what follows from a finding is counted and not reported."""

from pathlib import Path
from typing import Any

import pytest

from bulk_testing.plant import checked, small
from dynamodb_bulk.preflight.report import CheckReport

SIXTY = [f"column_{place}" for place in range(1, 61)]


def report(
    folder: Path, rows: list[list[str]], delimiter: str, names: list[str], **source: Any
) -> CheckReport:
    columns = [{"name": name, "length": 40} for name in names]
    data = "".join(delimiter.join(row) + "\n" for row in rows).encode()
    keys = {"partition_key": {"name": names[0], "type": "S"}}
    return checked(small(folder, data, source=source, columns=columns, table=keys))


def told(found: CheckReport) -> list[tuple[str, int]]:
    return [(kind, one.count) for kind, one in found.findings]


def rows(width: int, count: int = 30) -> list[list[str]]:
    return [[f"v{row}-{place}" for place in range(width)] for row in range(count)]


def test_columns_that_the_dataset_lacks_are_one_finding_with_their_names(tmp_path: Path) -> None:
    found = report(tmp_path, [SIXTY, *rows(60)], ",", ["column_1", "column_9"], header=True)
    assert told(found) == [("other-columns", 1)]
    assert found.findings["other-columns"].examples[0].what == (
        "60 columns, the dataset names 2: missing column_2, column_3, column_4, column_5, column_6 "
        "and 53 more"
    )
    assert found.findings["column-count"].count == 30
    assert (found.rows, found.items) == (30, 0)


def test_columns_that_the_file_lacks_are_named(tmp_path: Path) -> None:
    found = report(tmp_path, [["a", "b"], *rows(2)], ",", ["a", "b", "c"], header=True)
    (one,) = found.findings["other-columns"].examples
    assert one.what == "2 columns, the dataset names 3: not in the file: c"


def test_columns_are_counted_when_no_header_names_them(tmp_path: Path) -> None:
    (one,) = report(tmp_path, rows(5), ",", ["a", "b"]).findings["other-columns"].examples
    assert one.what == "5 columns, the dataset names 2"


@pytest.mark.parametrize("delimiter", [";", "|", "\t"])
def test_delimiter_is_wrong_when_another_one_gives_the_columns(tmp_path: Path, delimiter: str) -> None:
    assert told(report(tmp_path, rows(3), delimiter, ["a", "b", "c"])) == [("wrong-delimiter", 1)]


def test_delimiter_and_columns_are_one_finding_when_both_are_wrong(tmp_path: Path) -> None:
    found = report(tmp_path, rows(7), ";", ["a", "b", "c"])
    assert told(found) == [("wrong-delimiter", 1)]
    assert found.findings["wrong-delimiter"].examples[0].what == (
        "fields look separated by `;`, the dataset says `,`: 7 columns, the dataset names 3"
    )


def test_delimiter_is_kept_when_another_one_splits_a_text_evenly(tmp_path: Path) -> None:
    texts = [[f"v{row}", "12:30:00"] for row in range(30)]
    assert told(report(tmp_path, texts, ",", ["a", "b", "c", "d"])) == [("other-columns", 1)]


def test_rows_stay_findings_when_only_some_have_another_number_of_fields(tmp_path: Path) -> None:
    found = report(tmp_path, [*rows(2), *rows(5, 3)], ",", ["a", "b"])
    assert ("column-count", 3) in told(found)
    assert found.findings["other-columns"].count == 0


def test_header_that_is_data_explains_its_own_line_alone(tmp_path: Path) -> None:
    data = b"id,pieces,note\na,1,x\nb,2,x\nc,many,x\n"
    found = checked(small(tmp_path, data))
    assert told(found) == [("header-unexpected", 1), ("unparsable", 1)]
    assert found.findings["unparsable"].examples[0].line == 4
    assert found.findings["unparsable"].count == 2


def test_other_encoding_is_one_finding(tmp_path: Path) -> None:
    data = "a,1,x\nb,2,x\nc,3,x\n".encode("utf-16-le")
    assert told(checked(small(tmp_path, data))) == [("encoding", 1)]


def test_cause_in_one_file_hides_nothing_of_another(tmp_path: Path) -> None:
    files = {"a.csv": b"a;1;x\nb;2;x\nc;3;x\n", "b.csv": b"d,1,x\ne,many,x\nf,3,x\n"}
    assert told(checked(small(tmp_path, files))) == [("wrong-delimiter", 1), ("unparsable", 1)]

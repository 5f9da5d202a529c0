"""What a dataset's files hold, counted before AWS is asked; the same for every method."""

from dataclasses import replace
from pathlib import Path

import pytest

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.loads.row_counts import count_dataset, counting_time
from dynamodb_bulk.loads.verdict import Counted
from dynamodb_bulk.sources.reading import local_files
from dynamodb_bulk.spec.errors import InputError

TEXT = """\
name: orders
source: {{files: ["*.csv"], header: {header}}}
columns:
  - {{name: id, type: {type}}}
  - {{name: note, type: STRING, length: 9}}
table: {{partition_key: {{name: id{key}}}}}
"""
NUMBER = {"type": "NUMERIC, precision: 20, scale: 5", "key": ", type: N"}
STRING = {"type": "STRING, length: 9", "key": ""}


def dataset(folder: Path, kind: dict[str, str], *, header: bool = False, **files: str) -> Dataset:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    path = folder / "dataset.yaml"
    path.write_text(TEXT.format(header=str(header).lower(), **kind))
    return open_dataset(path)


def counted(found: Dataset) -> Counted:
    return count_dataset(found, Aws(region="eu-west-1"), lambda _: None, method="native")


def test_count_sees_a_duplicate_key_when_a_number_is_written_otherwise(tmp_path: Path) -> None:
    found = counted(dataset(tmp_path, NUMBER, a="1,x\n2,x\n", b="1.0,y\n01.000,z\n"))
    assert (found.rows, found.rejected, found.duplicates) == (4, 0, 2)
    assert found.examples[0].endswith(f"b.csv, line 1: the same key as line 1 of {tmp_path}/a.csv")


def test_count_sees_no_duplicate_key_when_texts_differ(tmp_path: Path) -> None:
    assert counted(dataset(tmp_path, STRING, a="1,x\n1.0,y\n01.000,z\n")).duplicates == 0


@pytest.mark.parametrize(("header", "text"), [(False, ""), (True, "id,note\n"), (True, "")])
def test_count_is_none_when_the_file_is_empty_or_a_header_alone(
    tmp_path: Path, header: bool, text: str
) -> None:
    assert counted(dataset(tmp_path, STRING, header=header, a=text)).rows == 0


def test_count_has_rows_and_rejected_rows_with_their_places(tmp_path: Path) -> None:
    found = counted(dataset(tmp_path, NUMBER, a="1,x\nmany,y\n3\n"))
    assert (found.rows, found.rejected, found.duplicates) == (3, 2, 0)
    assert any("a.csv, line 2, column id: " in line for line in found.examples)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1,x\r\n2,y\r\n", "Rows end with"),
        ("\ufeff1,x\n", "byte order mark"),
    ],
)
def test_count_refuses_files_when_the_method_would_change_their_values(
    text: str, reason: str, tmp_path: Path
) -> None:
    found = dataset(tmp_path, STRING, a=text)
    assert counted(found).rejected == 0
    with pytest.raises(InputError, match=reason) as caught:
        count_dataset(found, Aws(region="eu-west-1"), lambda _: None, method="dms")
    assert caught.value.where.endswith("a.csv") or caught.value.where.endswith("a.csv, line 1")


@pytest.mark.parametrize("method", ["native", "bulk_put", "dms"])
def test_count_refuses_files_when_their_header_names_the_columns_in_another_order(
    method: str, tmp_path: Path
) -> None:
    found = dataset(tmp_path, STRING, header=True, a="note,id\n1,x\n")
    with pytest.raises(InputError, match="names the columns in a different order: the file has note, id"):
        count_dataset(found, Aws(region="eu-west-1"), lambda _: None, method=method)


def test_count_tells_the_time_it_takes_when_files_are_large(tmp_path: Path) -> None:
    found = dataset(tmp_path, STRING, a="1,x\n")
    [file] = local_files(found)
    assert counting_time(found, [replace(file, size=10**9)]) == "1.0 GB, about 20 s"

"""Rows that do not end with a line end: how they are read, and what each method is told of them."""

from pathlib import Path

import pytest

from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.preflight.run import check_dataset
from dynamodb_bulk.requests.import_table import conversion_reasons
from dynamodb_bulk.requests.source_endpoint import source_endpoint
from dynamodb_bulk.sources.reading import local_files
from dynamodb_bulk.spec.errors import InputError


def written(folder: Path, delimiter: str, text: str = "p1,a;p2,b\nc;") -> Path:
    (folder / "a.csv").write_bytes(text.encode())
    (folder / "dataset.yaml").write_text(
        f"name: parts\nsource: {{files: ['*.csv'], row_delimiter: {delimiter}}}\n"
        "columns: [{name: id, type: STRING, length: 4}, {name: note, type: STRING, length: 9}]\n"
        "table: {partition_key: {name: id}}\n"
    )
    return folder / "dataset.yaml"


def test_rows_end_with_their_delimiter_and_not_with_lines(tmp_path: Path) -> None:
    dataset = open_dataset(written(tmp_path, "';'"))
    report = check_dataset(dataset, local_files(dataset))
    assert (report.rows, report.items) == (2, 2)
    assert any("rows end with line ends, and not with ';'" in one for one in conversion_reasons(dataset))


@pytest.mark.parametrize(
    ("delimiter", "sent"), [('"\\r"', r"\r"), ("';'", ";"), ('"|\\n"', r"|\n"), ('"\\n"', None)]
)
def test_endpoint_is_told_of_it_in_the_form_of_awss_own_default(
    tmp_path: Path, delimiter: str, sent: str | None
) -> None:
    endpoint = source_endpoint(open_dataset(written(tmp_path, delimiter)), "parts")
    assert endpoint.as_api("bucket").get("CsvRowDelimiter") == sent


@pytest.mark.parametrize("delimiter", ["','", "'\"'", "''", r"'\n'"])
def test_row_delimiter_that_cannot_work_is_refused_at_its_place(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(InputError) as caught:
        open_dataset(written(tmp_path, delimiter))
    assert "source.row_delimiter" in str(caught.value)

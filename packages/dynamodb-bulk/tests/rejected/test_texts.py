"""The text of single rows: what is written reads as the same rows, in a file that loads in its turn."""

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.rejected.texts import check_texts, write_rows
from dynamodb_bulk.sources.reading import local_files, open_rows
from dynamodb_bulk.spec.errors import InputError

TWO_COLUMNS = (
    "columns: [{name: a, type: STRING}, {name: b, type: STRING}]\ntable: {partition_key: {name: a}}\n"
)
ITEMS = "table: {partition_key: {name: id}}\n"


def dataset(folder: Path, source: str, rest: str = TWO_COLUMNS, **files: bytes) -> Dataset:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "dataset.yaml").write_text(f"name: rows\nsource: {{files: ['f*'], {source}}}\n{rest}")
    return open_dataset(folder / "dataset.yaml")


def written(found: Dataset, **lines: list[int]) -> bytes:
    out = io.BytesIO()
    files = local_files(found)
    names = {Path(file.name).name: file.name for file in files}
    write_rows(found, files, {names[name]: wanted for name, wanted in lines.items()}, out)
    return out.getvalue()


FIELD = st.text(alphabet='ab"\n\r, é\\', max_size=6).map(lambda text: f"x{text}")


@given(
    rows=st.lists(st.tuples(FIELD, FIELD), min_size=1, max_size=12),
    encoding=st.sampled_from(["utf-8", "utf-16", "latin-1"]),
    header=st.booleans(),
    data=st.data(),
)
def test_written_rows_read_the_same_whatever_their_encoding_and_lines(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str]],
    encoding: str,
    header: bool,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([("a", "b")] * header + rows)
    source = f"encoding: {encoding}, header: {str(header).lower()}"
    found = dataset(folder, source, f1=text.getvalue().encode(encoding))
    [file] = local_files(found)
    starts = [line for batch in open_rows(found, file) for line in batch.lines.to_list()]
    kept = data.draw(st.sets(st.sampled_from(range(len(rows)))))
    again = folder / "again"
    again.mkdir()
    out = written(found, f1=[starts[row] for row in sorted(kept)])
    copy = dataset(again, source, f1=out)
    read = [row for batch in open_rows(copy, local_files(copy)[0]) for row in batch.frame.rows()]
    assert read == [rows[row] for row in sorted(kept)]


def test_rows_of_several_compressed_files_stand_below_the_skipped_lines_and_one_header(
    tmp_path: Path,
) -> None:
    first = gzip.compress(b"made by x\n# c\na;b\n1;2\n# c\n3;4\n5;6\n")
    second = gzip.compress(b"made by x\na;b\n7;8\n9\n")
    source = "delimiter: ';', header: true, skip_rows: 1, comment: '#', compression: gzip"
    found = dataset(tmp_path, source, f1=first, f2=second)
    assert written(found, f1=[6], f2=[4]) == b"made by x\n# c\na;b\n3;4\n9\n"
    assert written(found, f2=[3, 4]) == b"made by x\n# c\na;b\n7;8\n9\n"


def test_row_is_one_line_when_its_quote_is_never_closed(tmp_path: Path) -> None:
    found = dataset(tmp_path, "", f1=b'1,2\n3,"4\n5\n7,8\n')
    assert written(found, f1=[2, 3]) == b'3,"4\n5\n'


def test_escaped_rows_are_written_as_they_are(tmp_path: Path) -> None:
    text = b"1,2\\,3\n4\n5,6\\\n7\\\r\n8\n9\n"
    found = dataset(tmp_path, 'escape: "\\\\", quoting: none', f1=text)
    assert written(found, f1=[1, 2, 3, 6]) == text
    assert written(found, f1=[3, 6]) == b"5,6\\\n7\\\r\n8\n9\n"


def test_rows_are_found_beyond_the_first_block(tmp_path: Path) -> None:
    lines = [b"%d,%s" % (number, b"x" * 100) for number in range(100_000)]
    found = dataset(tmp_path, "", f1=b"\n".join(lines))
    wanted = [1, 50_000, 99_999, 100_000]
    assert written(found, f1=wanted) == b"".join(lines[line - 1] + b"\n" for line in wanted)


def test_json_values_are_written_with_all_their_lines(tmp_path: Path) -> None:
    found = dataset(tmp_path, "format: json", f1=b'{"a": 1}\n{"a":\n 2}\n{"a": oops\n{"a": 3}\n')
    assert written(found, f1=[2, 4]) == b'{"a":\n 2}\n{"a": oops\n'


def test_lines_of_items_are_written_as_they_are(tmp_path: Path) -> None:
    good, bad = b'{"Item": {"id": {"S": "a"}}}', b'{"Item": {"id": {"N": "1"}}}'
    found = dataset(tmp_path, "format: dynamodb_json", ITEMS, f1=b"\n".join([good, bad, good]))
    assert written(found, f1=[2]) == bad + b"\n"


def test_rows_are_refused_when_they_are_elements_of_an_array(tmp_path: Path) -> None:
    found = dataset(tmp_path, "format: json", f1=b'[{"a": 1},\n{"a": 2}]')
    with pytest.raises(InputError, match=r"f1: its rows are elements of an array; use --json"):
        written(found, f1=[2])


def test_rows_are_refused_when_they_are_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--out: rows of parquet files have no text; use --json"):
        check_texts(dataset(tmp_path, "format: parquet", f1=b"PAR1"))

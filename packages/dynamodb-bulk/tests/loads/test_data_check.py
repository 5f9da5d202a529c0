"""The check of loads' data before anything is declared: what it refuses, and what it remembers."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from bulk_testing.plant import small
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.loads import data_check, data_facts
from dynamodb_bulk.loads.data_check import Checked, DataCheck, check_data, refusal
from dynamodb_bulk.loads.row_counts import count_dataset
from dynamodb_bulk.preflight.checks import listing
from dynamodb_bulk.requests.import_table import conversion_reasons
from dynamodb_bulk.requests.limits import SourceLimits
from dynamodb_bulk.spec.errors import LoadFailed

GOOD = b"".join(b"%d,%d,text\n" % (one, one % 100) for one in range(40))
AWS = Aws(region="eu-west-1")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that no other test uses; the folder of what checks found."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "dynamodb-bulk" / "checks"


def dataset(folder: Path, data: bytes | dict[str, bytes], **changes: Any) -> Dataset:
    return open_dataset(small(folder / "data", data, **changes))


def checked(found: Dataset, method: str = "native", **options: Any) -> Checked:
    return check_data([DataCheck(dataset=found, method=method, **options)], AWS)[0]


def test_check_has_nothing_to_say_when_the_data_is_good(tmp_path: Path) -> None:
    assert checked(dataset(tmp_path, GOOD)) == Checked()


def test_check_is_one_finding_and_points_at_bulk_check_when_the_delimiter_is_wrong(tmp_path: Path) -> None:
    found = dataset(tmp_path, GOOD.replace(b",", b";"))
    finding, whole = checked(found, "dms").errors
    file = tmp_path / "data" / "a.csv"
    assert str(finding) == (
        f"{file}, line 1: fields look separated by `;`, the dataset says `,`; set source.delimiter"
    )
    assert whole.where == str(found.path)
    assert "1 error in the data" in whole.what
    assert f"`bulk check {found.path} --method dms`" in whole.remedy
    assert "check: off" in whole.remedy


@pytest.mark.parametrize(("tolerate", "refused"), [(1, True), (2, False)])
def test_check_refuses_rejected_rows_and_duplicate_keys_when_more_than_tolerated(
    tmp_path: Path, tolerate: int, refused: bool
) -> None:
    found = dataset(tmp_path, GOOD + b"k,many,x\n" + b"1,1,again\n")
    assert bool(checked(found, tolerate=tolerate).errors) == refused


def test_check_refuses_what_tolerate_is_not_about(tmp_path: Path) -> None:
    found = dataset(tmp_path, b"id,pieces,note\n" + GOOD)
    assert "source.header: true" in checked(found, tolerate=100).errors[0].remedy


def test_check_shows_few_examples_when_there_are_many(tmp_path: Path) -> None:
    errors = checked(dataset(tmp_path, GOOD + b"k,many,x\n" * 50)).errors
    assert len(errors) == 4  # 3 values and the whole


def test_check_does_not_read_again_when_nothing_has_changed(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = dataset(tmp_path, {"a.csv": GOOD, "b.csv": b""})
    first = checked(found)
    monkeypatch.setattr(data_facts, "check_dataset", None)  # nothing may call it
    assert checked(found) == first
    assert "A file holds nothing" in first.warning
    (kept,) = cache.iterdir()
    assert "text" not in kept.read_text()


def test_check_does_not_read_again_when_the_choice_of_conversion_has_read_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [{"name": "id", "length": 8}, {"name": "note", "length": 8}]
    found = dataset(tmp_path, b"1,a\n2,too long a text\n", columns=texts)
    [reason] = conversion_reasons(found)
    assert reason.endswith(
        "line 2, column note: it would not reject the row: 15 characters, the column has room for 8"
    )
    monkeypatch.setattr(data_facts, "check_dataset", None)  # nothing may call it
    assert conversion_reasons(open_dataset(found.path)) == (reason,)
    assert checked(found, tolerate=1) == Checked()


@pytest.mark.parametrize(("place", "seen"), [(0, True), (3000, False), (5999, True)])
def test_choice_of_conversion_is_by_the_start_and_the_end_until_the_whole_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int, seen: bool
) -> None:
    monkeypatch.setattr(data_facts, "CHOICE_BYTES", 1000)
    columns = [{"name": "id", "length": 8}, {"name": "note", "type": "CLOB"}]
    rows = [b"%d,%s\n" % (one, b"x" * 4000) for one in range(6000)]
    rows[place] = rows[place].replace(b"\n", b"\r\n")
    found = dataset(tmp_path, b"".join(rows), columns=columns)
    assert bool(conversion_reasons(found)) == seen
    assert not checked(found).partial
    assert conversion_reasons(found)


def test_check_reads_again_when_a_file_or_the_dataset_changes(tmp_path: Path, cache: Path) -> None:
    found = dataset(tmp_path, GOOD)
    checked(found)
    found.files[0].write_bytes(GOOD + b"k,many,x\n")
    assert checked(open_dataset(found.path)).errors
    found.path.write_text(found.path.read_text() + "exclude: [note]\n")
    checked(open_dataset(found.path))
    assert len(list(cache.iterdir())) == 3


def test_check_reads_again_and_names_the_rows_when_fewer_are_tolerated(tmp_path: Path) -> None:
    found = dataset(tmp_path, GOOD + b"k,many,x\n")
    assert not checked(found, tolerate=1).errors
    assert str(found.files[0]) in checked(found).errors[0].where


def test_check_is_of_the_methods_own_limits(tmp_path: Path) -> None:
    text = [{"name": "id", "length": 8}, {"name": "text", "type": "CLOB"}]
    found = dataset(tmp_path, b"a,b\nc," + b"x" * 40_000 + b"\n", columns=text)
    assert "LobMaxSize" in checked(found, "dms").errors[0].what
    assert checked(found, "native") == Checked()


def test_check_minds_no_limits_of_aws_when_the_files_are_converted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "import_limits", lambda _: SourceLimits(objects=1))
    found = dataset(tmp_path, {"a.csv": GOOD, "b.csv": GOOD.replace(b",", b"0000,", 1)})
    assert "2 files, an import accepts 1" in checked(found, tolerate=100).errors[0].what
    assert not checked(found, tolerate=100, converted=True).errors


def test_check_reads_the_start_and_the_end_when_the_files_are_large(tmp_path: Path) -> None:
    columns = [
        {"name": "id", "length": 8},
        {"name": "pieces", "type": "INT2"},
        {"name": "note", "type": "CLOB"},
    ]
    rows = [b'%d,%d,"%s\n,"\n' % (one, one % 100, b"x" * 4000) for one in range(6000)]
    rows[3000], rows[-2] = b"3000,many,x\n", b"5998,many,x\n"
    found = dataset(tmp_path, b"".join(rows), columns=columns)
    wanted = checked(found, extent="sample")
    assert wanted.errors[0].where.startswith(f"{found.files[0]}, in its last 8 MB, line ")
    assert "1 error in the part" in wanted.errors[-1].what
    assert wanted.partial
    whole = checked(found, extent="full")
    assert "2 errors in the data" in whole.errors[-1].what
    assert not whole.partial


def test_check_reads_no_more_than_seconds_take_when_a_file_is_compressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_check, "LOCAL_BYTES", 1_000_000)
    columns = [{"name": "id", "length": 8}, {"name": "note", "type": "CLOB"}]
    rows = b"".join(b"%d,%s\n" % (one, b"x" * 4000) for one in range(6000))
    found = dataset(tmp_path, gzip.compress(rows, 1), source={"compression": "gzip"}, columns=columns)
    assert checked(found) == Checked(partial=True)


def test_count_refuses_before_a_load_when_only_a_sample_was_checked(tmp_path: Path) -> None:
    found = dataset(tmp_path, GOOD + b"k,many,x\n")
    with pytest.raises(LoadFailed, match="1 error in the data"):
        count_dataset(found, AWS, lambda _: None, method="native", refuse=refusal(found, "native", 0))
    tolerant = refusal(found, "native", 1)
    counted = count_dataset(found, AWS, lambda _: None, method="native", refuse=tolerant)
    assert counted.rejected == 1


@pytest.mark.parametrize(("method", "refused"), [("dms", True), ("native", False)])
def test_check_refuses_what_the_method_would_change(tmp_path: Path, method: str, refused: bool) -> None:
    found = dataset(tmp_path, GOOD.replace(b"\n", b"\r\n"))
    result = checked(found, method)
    assert bool(result.errors) == refused
    assert not result.warning

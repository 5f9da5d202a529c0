"""Which files a dataset may name: files, and nothing that never ends or waits."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from dynamodb_bulk.cleanup.stacks import read_project_file
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.estimate.prices import known_prices
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.files import find_files
from dynamodb_bulk.spec.loader import read_text

TEXT = """
name: test
source: {files: ["%s"]}
columns: [{name: id, type: STRING, length: 20}]
table: {partition_key: {name: id}}
"""


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def endpoint(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


def memory(path: Path) -> None:
    path.symlink_to("/proc/self/mem")


NO_FILES = pytest.mark.parametrize("make", [folder, pipe, device, endpoint])


@NO_FILES
def test_data_is_refused_when_a_pattern_matches_something_other_than_a_file(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    (tmp_path / "a.csv").write_text("1\n")
    make(tmp_path / "b.csv")
    with pytest.raises(InputError, match=r"source\.files: '\*\.csv' matches (the folder )?b\.csv"):
        find_files(tmp_path, ["*.csv"], "dataset.yaml")


@pytest.mark.parametrize("make", [folder, pipe, device, endpoint, memory])
@pytest.mark.parametrize(
    "read",
    [open_dataset, known_prices, read_project_file, lambda path: read_text(path, "a document")],
    ids=["dataset", "prices", "settings", "document"],
)
def test_document_is_refused_when_it_is_not_a_file(
    tmp_path: Path, make: Callable[[Path], None], read: Callable[[Path], object]
) -> None:
    make(tmp_path / "it.yaml")
    with pytest.raises(InputError) as caught:
        read(tmp_path / "it.yaml")
    assert caught.value.where.endswith("it.yaml")
    if make is not memory:
        assert caught.value.what.startswith(("not a file", "a folder"))


@pytest.mark.parametrize(
    "pattern", ["", "/", "..", "**x", "a\\0b.csv", "[", "n" * 5000, "/dev/zero", "no/*.csv", "/" + "n" * 5000]
)
def test_pattern_is_one_line_when_it_names_no_data(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "dataset.yaml").write_text(TEXT % pattern)
    with pytest.raises(InputError) as caught:
        open_dataset(tmp_path / "dataset.yaml")
    assert str(caught.value).isprintable()


def test_pattern_is_refused_when_it_matches_the_dataset_file(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").write_text(TEXT % "*")
    (tmp_path / "a.csv").write_text("1\n")
    with pytest.raises(InputError, match=r"'\*' matches the dataset file itself"):
        open_dataset(tmp_path / "dataset.yaml")


def test_pattern_is_refused_when_it_matches_too_many_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynamodb_bulk.spec.files.MOST_FILES", 3)
    for number in range(4):
        (tmp_path / f"{number}.csv").write_text("1\n")
    with pytest.raises(InputError, match="matches more than 3 files"):
        find_files(tmp_path, ["**/*.csv"], "dataset.yaml")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('files: ["%s"]', "location: 's3://files/in/*/'", "line 3: source.location: * is a wildcard"),
        ('files: ["%s"]', "location: 's3://files/a?b/'", "line 3: source.location: ? is a wildcard"),
        ('files: ["%s"]', "location: 's3://files/${aws:username}/'", "line 3: source.location: ${ is a"),
        ('files: ["%s"]', "location: 's3://fi*es/in/'", "line 3: source.location: expected s3://bucket"),
        ("name: test", "name: 'a*'", "line 2: name: * is a wildcard"),
        ("name: test", "name: ../up", "line 2: name: a name must not contain a slash"),
        ("name: test", "name: test\nschema: 'a${b}'", "line 3: schema: ${ is a wildcard"),
        (
            "columns:",
            "dms: {migration_type: full-load-and-cdc, cdc_path: 'c*/'}\ncolumns:",
            "dms.cdc_path: * is",
        ),
    ],
)
def test_name_is_refused_when_an_iam_policy_would_take_it_for_a_pattern(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    (tmp_path / "a.csv").write_text("1\n")
    (tmp_path / "dataset.yaml").write_text(TEXT.replace(old, new).replace("%s", "a.csv"))
    with pytest.raises(InputError) as caught:
        open_dataset(tmp_path / "dataset.yaml")
    assert said in str(caught.value)

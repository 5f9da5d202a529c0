"""`bulk init` as a person calls it: the file that it writes, and the check that follows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from bulk_testing.command import bulk
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.sources.reading import local_files, open_items

GERMAN = "Nr;Name;Preis;Menge;Datum\n007;Müller;1.234,50;1.000;31.12.2023\n008;Jäger;12,5;20;01.02.2024\n"
ESCAPED = "1\tZoe\t\\N\n2\tA\\\tb\t12.50\n3\tC\\\\d\t1.00\n"
OUTFILE = '1\tAnn\t\\N\t2024-01-02 03:04:05\n2\t"Bob\t2.50\t\\N\n'
LINES = '{"id":"a","n":1.50,"tags":["x"],"at":{"city":"B"}}\n{"id":"b","n":12345678901234567890}\n'


def _parquet(path: Path) -> None:
    pl.DataFrame({"id": [1, 2], "tags": [["x"], None], "at": [{"city": "B"}, None]}).write_parquet(path)


FILES: dict[str, Callable[[Path], Any]] = {
    "german.csv": lambda path: path.write_text(GERMAN, encoding="cp1252", newline="\r\n"),
    "marked.csv": lambda path: path.write_text(GERMAN, encoding="utf-8-sig", newline="\r\n"),
    "unicode.csv": lambda path: path.write_text(GERMAN, encoding="utf-16", newline="\r\n"),
    "outfile.txt": lambda path: path.write_text(OUTFILE),
    "events.jsonl": lambda path: path.write_text(LINES),
    "array.json": lambda path: path.write_text(f"[{LINES.replace('}' + chr(10) + '{', '},{')}]"),
    "items.parquet": _parquet,
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def items(folder: Path) -> list[str]:
    dataset = open_dataset(folder / "dataset.yaml")
    return [
        item for file in local_files(dataset) for batch in open_items(dataset, file) for item in batch.items
    ]


@pytest.mark.parametrize("name", FILES)
def test_init_writes_a_dataset_that_is_good_and_loads_every_row(here: Path, name: str) -> None:
    FILES[name](here / name)
    ended = bulk("init", name)
    assert (ended.returncode, "good: 2 rows" in ended.stdout) == (0, True), ended.stdout + ended.stderr
    assert len(items(here)) == 2


def test_init_reads_escaped_delimiters_when_the_last_bytes_hold_one(here: Path) -> None:
    (here / "outfile.txt").write_text(ESCAPED)
    assert bulk("init", "outfile.txt", "--yes").returncode == 0
    written = yaml.safe_load((here / "dataset.yaml").read_text())
    assert written["source"] | {"files": []} == {
        "files": [],
        "format": "csv",
        "delimiter": "\t",
        "quoting": "none",
        "null_value": "\\N",
        "escape": "\\",
        "header": False,
    }
    assert [item.split('"column_2":')[1][:14] for item in items(here)] == [
        '{"S":"Zoe"}}',
        '{"S":"A\\tb"},"',
        '{"S":"C\\\\d"},"',
    ]


def test_init_keeps_values_exactly(here: Path) -> None:
    FILES["german.csv"](here / "german.csv")
    assert bulk("init", "german.csv").returncode == 0
    assert '"Nr":{"S":"007"}' in items(here)[0]
    assert '"Preis":{"N":"1234.50"},"Menge":{"N":"1000"},"Datum":{"S":"2023-12-31"}' in items(here)[0]


def test_init_of_sixty_columns_takes_one_command(here: Path) -> None:
    names = [f"c{number}" for number in range(60)]
    rows = [",".join(f"{row * 7 + column}" for column in range(60)) for row in range(50)]
    Path("wide.csv").write_text("\n".join([",".join(names), *rows, ""]))
    assert bulk("init", "wide.csv", "--yes").returncode == 0
    assert len(open_dataset(here / "dataset.yaml").columns) == 60


def test_init_when_the_dataset_file_exists_needs_force(here: Path) -> None:
    Path("a.csv").write_text("id,t\n1,x\n2,x\n")
    (here / "dataset.yaml").write_text("mine: 1\n")
    refused = bulk("init", "a.csv")
    assert (refused.returncode, "--force" in refused.stderr) == (2, True)
    assert (here / "dataset.yaml").read_text() == "mine: 1\n"
    assert bulk("init", "a.csv", "--force").returncode == 0


def test_init_writes_no_file_that_could_not_be_read_as_a_dataset(here: Path) -> None:
    Path("a.csv").write_text("id,t\n1,x\n2,x\n")
    refused = bulk("init", "a.csv", "--out", "orders")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "orders: the name of a dataset file ends with .yaml" in refused.stderr
    Path("orders").mkdir()
    assert bulk("init", "a.csv", "--out", "orders").returncode == 0
    assert open_dataset(here / "orders/dataset.yaml").name == "a"


def test_init_when_several_columns_may_be_the_key_names_the_option(here: Path) -> None:
    Path("a.csv").write_text("one,two\na,b\nc,d\n")
    refused = bulk("init", "a.csv")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "--key one" in refused.stderr
    assert not (here / "dataset.yaml").exists()
    assert bulk("init", "a.csv", "--key", "two").returncode == 0
    assert open_dataset(here / "dataset.yaml").table.partition_key.name == "two"
    assert bulk("init", "a.csv", "--yes", "--force").returncode == 0
    assert open_dataset(here / "dataset.yaml").table.partition_key.name == "one"


@pytest.mark.parametrize(("key", "told"), [("nam", "name"), ("id,name,x", "COL,COL"), ("ok", "neither")])
def test_init_when_the_key_cannot_be_one_says_why(here: Path, key: str, told: str) -> None:
    Path("a.csv").write_text("id,name,ok\n1,x,true\n2,y,false\n")
    refused = bulk("init", "a.csv", "--key", key)
    assert (refused.returncode, told in refused.stderr) == (2, True), refused.stderr


def test_init_with_a_key_that_is_twice_in_the_files_exits_1(here: Path) -> None:
    Path("a.csv").write_text("id,name\n1,x\n2,x\n")
    assert bulk("init", "a.csv", "--key", "name").returncode == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "# mine\nconfig:\n  bulk:loads: # all\n    - dataset: x.yaml\n      method: dms\n"
            "  # team\n  a:b: c\n",
            "# mine\nconfig:\n  bulk:loads: # all\n    - dataset: x.yaml\n      method: dms\n"
            "    - dataset: dataset.yaml\n  # team\n  a:b: c\n",
        ),
        ("config:\n  a:b: c", "config:\n  a:b: c\n  bulk:loads:\n    - dataset: dataset.yaml\n"),
        ("config:\n  bulk:loads: []\n", "config:\n  bulk:loads:\n    - dataset: dataset.yaml\n"),
        ("", "config:\n  bulk:loads:\n    - dataset: dataset.yaml\n"),
        ("config:\n  bulk:loads: [{dataset: x.yaml}]\n", None),
    ],
)
def test_init_adds_the_dataset_to_a_stack_and_keeps_its_comments(
    here: Path, before: str, after: str | None
) -> None:
    Path("a.csv").write_text("id,t\n1,x\n2,x\n")
    Path("Pulumi.dev.yaml").write_text(before)
    ended = bulk("init", "a.csv", "--stack", "dev")
    assert (ended.returncode, (here / "dataset.yaml").exists()) == ((0, True) if after else (2, False))
    assert Path("Pulumi.dev.yaml").read_text() == (after or before)


def test_init_of_values_that_yaml_reads_otherwise_writes_them_as_text(here: Path) -> None:
    Path("a.csv").write_text("id,yes,x: y,null\n1,a,b,c\n2,a,b,c\n")
    assert bulk("init", "a.csv", "--key", "id").returncode == 0
    written = yaml.safe_load((here / "dataset.yaml").read_text())
    assert [column["name"] for column in written["columns"]] == ["id", "yes", "x: y", "null"]


def test_check_of_a_file_of_data_points_to_init(here: Path) -> None:
    Path("people.csv").write_text("id,name\n1,x\n")
    ended = bulk("check", here / "people.csv")
    assert (ended.returncode, "`bulk init people.csv`" in ended.stdout) == (2, True)

"""Converted files: what is in them, that they are always the same, and what a stop leaves behind."""

import gzip
import json
import random
import resource
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.mixed import make
from bulk_testing.command import bulk
from dynamodb_bulk.conversion.convert import convert
from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.conversion.output import Manifest, Output, Part, Spilled
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.sources.reading import local_files
from dynamodb_bulk.spec.errors import InputError

DATASET = """\
name: orders
source: {files: ["rows*.csv"], null_value: "NULL"}
columns:
  - {name: id, type: STRING, length: 20}
  - {name: n, type: INT4}
table:
  partition_key: {name: id}
attributes:
  tags: {set: "t${n},u"}
"""
PLAIN = Options(compression="none")
SMALL = Options(compression="none", part_bytes=2000)


def dataset(folder: Path, rows: int = 200, bad: tuple[int, ...] = (), files: int = 1) -> Dataset:
    for number in range(files):
        lines = [f"k{number}-{n},{'x' if n in bad else n}\n" for n in range(1, rows + 1)]
        (folder / f"rows{number}.csv").write_text("".join(lines))
    path = folder / "dataset.yaml"
    path.write_text(DATASET)
    return open_dataset(path)


def converted(found: Dataset, out: Path, options: Options = PLAIN, **more: Any) -> Manifest:
    return convert(found, local_files(found), out, options, **more)


def contents(out: Path) -> dict[str, bytes]:
    paths = [path for path in out.rglob("*") if path.is_file() and path.name != ".lock"]
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(paths)}


def items(out: Path, read: Callable[[bytes], bytes] = bytes) -> list[Any]:
    text = b"".join(read(path.read_bytes()) for path in sorted((out / "data").iterdir()))
    return [json.loads(line)["Item"] for line in text.decode().splitlines()]


class Stopped(Exception):
    """Stands for a kill: nothing after it is run."""


def stop_after(rows: int) -> Callable[[int], None]:
    def report(seen: int) -> None:
        if seen >= rows:
            raise Stopped

    return report


def test_items_when_converted_are_typed_and_in_order(tmp_path: Path) -> None:
    converted(dataset(tmp_path, rows=3), tmp_path / "out")
    assert items(tmp_path / "out")[1] == {"tags": {"SS": ["t2", "u"]}, "id": {"S": "k0-2"}, "n": {"N": "2"}}


@pytest.mark.parametrize(("compression", "read"), [("gzip", gzip.decompress), ("zstd", zstd.decompress)])
def test_items_when_compressed_are_the_same(tmp_path: Path, compression: Any, read: Any) -> None:
    found = dataset(tmp_path)
    converted(found, tmp_path / "plain")
    converted(found, tmp_path / "packed", Options(compression=compression, part_bytes=3000))
    assert items(tmp_path / "packed", read) == items(tmp_path / "plain")


def test_ion_when_converted_and_read_back_holds_the_same_items(tmp_path: Path) -> None:
    found = dataset(tmp_path)
    converted(found, tmp_path / "plain")
    converted(found, tmp_path / "ion", Options(format="ion", compression="none"))
    (tmp_path / "back").mkdir()
    back = tmp_path / "back" / "dataset.yaml"
    back.write_text(
        "name: orders\nsource: {format: ion, files: [../ion/data/*]}\ntable: {partition_key: {name: id}}\n"
    )
    converted(open_dataset(back), tmp_path / "again")
    assert items(tmp_path / "again") == items(tmp_path / "plain")


def test_rows_when_rejected_are_written_with_line_and_reason_and_the_counts_add_up(tmp_path: Path) -> None:
    manifest = converted(dataset(tmp_path, rows=10, bad=(3, 7)), tmp_path / "out")
    assert (manifest.rows, manifest.items, manifest.rejected) == (10, 8, 2)
    rejects = [json.loads(line) for line in (tmp_path / "out" / "rejects.jsonl").read_text().splitlines()]
    assert [(one["line"], one["column"], one["value"], one["reason"]) for one in rejects] == [
        (3, "n", "x", "not a whole number"),
        (7, "n", "x", "not a whole number"),
    ]
    assert rejects[0]["file"].endswith("rows0.csv")
    assert rejects[0]["row"] == "k0-3,x"


def test_output_when_nothing_is_rejected_has_no_rejects(tmp_path: Path) -> None:
    converted(dataset(tmp_path), tmp_path / "out")
    assert set(contents(tmp_path / "out")) == {"data/part-00001.json", "manifest.json"}


def test_parts_when_of_a_given_size_are_never_larger_and_hold_all(tmp_path: Path) -> None:
    found = dataset(tmp_path, files=2)
    converted(found, tmp_path / "one")
    manifest = converted(found, tmp_path / "many", SMALL)
    parts = sorted((tmp_path / "many" / "data").iterdir())
    assert len(parts) == 15
    assert all(path.stat().st_size <= 2000 for path in parts)
    assert (
        b"".join(map(Path.read_bytes, parts)) == (tmp_path / "one" / "data" / "part-00001.json").read_bytes()
    )
    assert [part["items"] for part in manifest.parts] == [
        len(path.read_text().splitlines()) for path in parts
    ]


def test_part_when_one_item_is_larger_holds_that_item(tmp_path: Path) -> None:
    manifest = converted(
        dataset(tmp_path, rows=4), tmp_path / "out", Options(compression="none", part_bytes=10)
    )
    assert [part["items"] for part in manifest.parts] == [1, 1, 1, 1]


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_output_is_identical_when_the_conversion_runs_again(
    tmp_path: Path, shuffle: bool, compression: Any
) -> None:
    found = dataset(tmp_path, bad=(5,), files=2)
    options = Options(compression=compression, part_bytes=3000, shuffle=shuffle, seed=7)
    converted(found, tmp_path / "a", options)
    converted(found, tmp_path / "b", options)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_items_when_shuffled_are_the_same_in_an_order_of_the_seed(tmp_path: Path) -> None:
    found = dataset(tmp_path, files=2)
    converted(found, tmp_path / "plain")
    for seed in (1, 2):
        converted(found, tmp_path / str(seed), Options(compression="none", shuffle=True, seed=seed))
    plain, first, second = (items(tmp_path / name) for name in ("plain", "1", "2"))
    by_id = [sorted(made, key=lambda item: item["id"]["S"]) for made in (plain, first, second)]
    assert by_id[0] == by_id[1] == by_id[2]
    assert len({json.dumps(made) for made in (plain, first, second)}) == 3
    neighbours = sum(int(b["n"]["N"]) - int(a["n"]["N"]) == 1 for a, b in pairwise(first))
    assert neighbours < 10


@pytest.mark.parametrize("shuffle", [False, True])
def test_output_when_a_run_was_stopped_is_finished_by_the_next_with_the_same_bytes(
    tmp_path: Path, shuffle: bool
) -> None:
    found = dataset(tmp_path, rows=300, bad=(2, 150, 299), files=4)
    options = Options(compression="zstd", part_bytes=3000, shuffle=shuffle)
    converted(found, tmp_path / "straight", options)
    out = tmp_path / "stopped"
    with pytest.raises(Stopped):
        converted(found, out, options, report=stop_after(700))
    assert not (out / "manifest.json").exists()
    kept = {path: path.stat().st_mtime_ns for path in (out / "data").glob("*.zst")}
    assert bool(kept) is not shuffle
    with (out / "progress.jsonl").open("ab") as stream:
        stream.write(b'{"file":"part-0')  # what a kill in the middle of a line leaves
    converted(found, out, options)
    assert contents(out) == contents(tmp_path / "straight")
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def stopped_after_notes(count: int, run: Callable[[], object]) -> None:
    """Run until so many finished files are on record, and no further."""
    real = Output.note
    noted = 0

    def note(self: Output, entry: Part | Spilled) -> None:
        nonlocal noted
        real(self, entry)
        noted += 1
        if noted == count:
            raise Stopped

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Output, "note", note)
        with pytest.raises(Stopped):
            run()


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_output_is_identical_when_continued_after_any_part(tmp_path: Path, shuffle: bool, count: int) -> None:
    found = dataset(tmp_path, rows=100, bad=(2, 50), files=2)
    options = Options(compression="none", part_bytes=2000, shuffle=shuffle)
    converted(found, tmp_path / "straight", options)
    stopped_after_notes(count, lambda: converted(found, tmp_path / "out", options))
    converted(found, tmp_path / "out", options)
    assert contents(tmp_path / "out") == contents(tmp_path / "straight")


def test_conversion_when_done_is_not_done_again(tmp_path: Path) -> None:
    found = dataset(tmp_path)
    first = converted(found, tmp_path / "out")
    assert converted(found, tmp_path / "out", report=stop_after(0)) == first


def test_conversion_is_not_complete_when_a_part_is_missing(tmp_path: Path) -> None:
    found = dataset(tmp_path)
    converted(found, tmp_path / "out", SMALL)
    (tmp_path / "out" / "data" / "part-00002.json").unlink()
    with pytest.raises(InputError, match=r"part-00002\.json: changed or gone"):
        converted(found, tmp_path / "out", SMALL)


def test_conversion_is_not_complete_when_a_part_is_shorter(tmp_path: Path) -> None:
    found = dataset(tmp_path)
    assert converted(found, tmp_path / "out").items == 200
    with (tmp_path / "out" / "data" / "part-00001.json").open("ab") as part:
        part.truncate(10)
    with pytest.raises(InputError, match="changed or gone since it was written"):
        converted(found, tmp_path / "out")


def test_conversion_is_refused_without_overwrite_when_the_folder_holds_a_different_one(
    tmp_path: Path,
) -> None:
    found = dataset(tmp_path)
    converted(found, tmp_path / "out", SMALL)
    with pytest.raises(InputError, match="holds a conversion of other files or with other options"):
        converted(found, tmp_path / "out")
    converted(found, tmp_path / "out", overwrite=True)
    assert set(contents(tmp_path / "out")) == {"data/part-00001.json", "manifest.json"}


def test_conversion_reports_a_file_in_place_of_its_folder(tmp_path: Path) -> None:
    found = dataset(tmp_path)
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="out"):
        converted(found, tmp_path / "out")
    (tmp_path / "other" / "data").mkdir(parents=True)
    (tmp_path / "other" / "data" / "mine.txt").write_text("")
    with pytest.raises(InputError, match=r"mine\.txt: not a file of this conversion"):
        converted(found, tmp_path / "other")


@given(
    rows=st.lists(
        st.sampled_from(["a,1", "b,2", 'é"q,3', '"x\ny",4', "c", "d,x", ",5", "", "\t,6", "\\,7"]),
        max_size=30,
    ),
    part_bytes=st.integers(1, 600),
    form=st.sampled_from(["dynamodb_json", "ion"]),
    shuffle=st.booleans(),
)
def test_rows_of_any_file_are_each_an_item_or_a_reject(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str], part_bytes: int, form: Any, shuffle: bool
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "rows0.csv").write_text("".join(f"{row}\n" for row in rows))
    path = folder / "dataset.yaml"
    path.write_text(DATASET)
    options = Options(format=form, compression="none", part_bytes=part_bytes, shuffle=shuffle)
    manifest = converted(open_dataset(path), folder / "out", options)
    parts = sorted((folder / "out" / "data").iterdir())
    lines = b"".join(map(Path.read_bytes, parts)).splitlines()
    rejects = folder / "out" / "rejects.jsonl"
    rejected = len(rejects.read_bytes().splitlines()) if rejects.exists() else 0
    assert (len(lines), rejected, len(rows)) == (manifest.items, manifest.rejected, manifest.rows)
    assert sum(part["items"] for part in manifest.parts) == manifest.items
    assert all(
        path.stat().st_size <= part_bytes or part["items"] == 1
        for path, part in zip(parts, manifest.parts, strict=True)
    )


@pytest.mark.parametrize("compression", ["none", "zstd"])
@pytest.mark.parametrize("shuffle", [[], ["--shuffle"]])
def test_conversion_when_the_disk_is_full_is_one_line_and_not_complete(
    tmp_path: Path, compression: str, shuffle: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", True)  # it would be cut at the limit, without an error
    numbers = random.Random(1)
    dataset(tmp_path)
    (tmp_path / "rows0.csv").write_text("".join(f"{numbers.random()},{n}\n" for n in range(20_000)))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        ended = bulk("convert", tmp_path, "--out", tmp_path / "out", "--compression", compression, *shuffle)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: ")
    assert "File too large" in ended.stderr
    assert "run the same command again" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert not (tmp_path / "out" / "orders" / "manifest.json").exists()


def test_command_when_rows_are_rejected_ends_with_1_and_names_the_file_of_them(tmp_path: Path) -> None:
    dataset(tmp_path, rows=5, bad=(2,))
    ended = bulk("convert", tmp_path, "--out", tmp_path / "out")
    assert ended.returncode == 1
    assert "1 in" in ended.stdout
    shown = json.loads(bulk("convert", tmp_path, "--out", tmp_path / "out", "--json").stdout)
    assert (shown[0]["rows"], shown[0]["items"], shown[0]["rejected"]) == (5, 4, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--part-size", "big"], "error: --part-size: 'big' is not a size; use a form like 256MB"),
        (["--out", "/dev/null"], "error: /dev/null"),
        (["/nowhere"], "error: /nowhere: the file does not exist"),
    ],
)
def test_command_when_used_wrongly_is_one_line_and_ends_with_2(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    dataset(tmp_path, rows=1)
    where = [] if "--out" in arguments else ["--out", tmp_path / "out"]
    ended = bulk("convert", tmp_path, *where, *arguments)
    assert ended.returncode == 2
    assert ended.stderr.startswith(message)
    assert len(ended.stderr.splitlines()) == 1


def test_command_reports_that_the_files_do_not_include_the_condition(tmp_path: Path) -> None:
    dataset(tmp_path, rows=1)
    with (tmp_path / "dataset.yaml").open("a") as file:
        file.write("condition: attribute_not_exists(id)\n")
    assert (
        "the files do not include its condition"
        in bulk("convert", tmp_path, "--out", tmp_path / "out").stderr
    )


@pytest.mark.parametrize("text", ['{"x": 1}\n', '{"parts": 5}\n'])
def test_manifest_reports_one_line_when_it_is_invalid(text: str, tmp_path: Path) -> None:
    found = dataset(tmp_path)
    converted(found, tmp_path / "out")
    (tmp_path / "out" / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"manifest\.json: not a manifest of bulk convert; run it with"):
        converted(found, tmp_path / "out")
    assert converted(found, tmp_path / "out", overwrite=True).items == 200


def test_conversion_of_many_columns_when_stopped_and_run_again_is_the_same(tmp_path: Path) -> None:
    found = open_dataset(make(tmp_path, 80_000))
    options = Options(compression="none", part_bytes=3_000_000)
    converted(found, tmp_path / "whole", options)

    def stop(rows: int) -> None:
        if rows > 40_000:
            raise InterruptedError

    with pytest.raises(InputError):
        convert(found, local_files(found), tmp_path / "stopped", options, report=stop)
    assert list((tmp_path / "stopped" / "data").glob("part-*.json"))
    converted(found, tmp_path / "stopped", options)
    assert contents(tmp_path / "stopped") == contents(tmp_path / "whole")

"""A key that `bulk init` proposes is one that `bulk check` takes."""

import csv
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.init.csv_files import propose_csv
from dynamodb_bulk.init.opening import data_files
from dynamodb_bulk.init.proposal import Proposal
from dynamodb_bulk.init.record_files import propose_records
from dynamodb_bulk.init.rendering import dataset_text
from dynamodb_bulk.preflight.run import check_dataset
from dynamodb_bulk.sources.reading import local_files
from dynamodb_bulk.spec.errors import InputError

LONG = ["x" * 1024, "x" * 1025, "x" * 2048, "x" * 2049]
JSON_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "number": st.integers(0, 9) | st.sampled_from([10**37, 10, 10.0, 1e1]),
    "text": st.text("ab", max_size=2) | st.sampled_from(LONG),
    "several": st.integers(0, 9)
    | st.text("01", max_size=1)
    | st.sampled_from([True, None, 1.5, [1], {"a": 1}]),
}
CSV_VALUES: dict[str, st.SearchStrategy[str]] = {
    "number": st.sampled_from(["1", "10", "-1", "2", "123456789012345678901"]),
    "fraction": st.sampled_from(["1", "1.0", "1.00", "-0.0", "0.0", "1e1", "10.0", "1,000", "1000"]),
    "date": st.sampled_from(["2024-01-02", "2024-1-2", "2.1.2024", "02.01.2024", "3.1.2024"]),
    "moment": st.sampled_from(
        [f"2024-01-02T{time}" for time in ("10:00:00Z", "10:00:00+00:00", "11:00:00+01:00")]
    ),
    "text": st.sampled_from(["a", "b", "", "NULL", "01", "true", "false", *LONG]),
}


def kinds(names: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=2, max_size=3)


def assert_keys_pass(folder: Path, proposal: Proposal) -> None:
    proposal.source = {"files": ["data"], **proposal.source}
    for key in proposal.keys:
        path = folder / "dataset.yaml"
        path.write_text(dataset_text(proposal, key))
        dataset = open_dataset(path)
        report = check_dataset(dataset, local_files(dataset))
        errors = {kind for kind, _ in report.findings if report.severity(kind) == "error"}
        assert not errors, (key, (folder / "data").read_text(), errors)


@given(kinds=kinds(list(JSON_VALUES)), array=st.booleans(), data=st.data())
def test_key_of_json_passes_the_check(kinds: list[str], array: bool, data: st.DataObject) -> None:
    record = st.fixed_dictionaries({f"c{place}": JSON_VALUES[kind] for place, kind in enumerate(kinds)})
    records = data.draw(st.lists(record, min_size=1, max_size=6))
    with TemporaryDirectory() as made:
        folder = Path(made)
        text = json.dumps(records) if array else "".join(json.dumps(one) + "\n" for one in records)
        (folder / "data").write_text(text)
        assert_keys_pass(
            folder, propose_records(data_files([folder / "data"]), "data", folder / "scratch", lambda _: None)
        )


@given(kinds=kinds(list(CSV_VALUES)), data=st.data())
def test_key_of_csv_passes_the_check(kinds: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.tuples(*(CSV_VALUES[kind] for kind in kinds)), min_size=1, max_size=6))
    with TemporaryDirectory() as made:
        folder = Path(made)
        with (folder / "data").open("w", newline="") as file:
            csv.writer(file).writerows([[f"c{place}" for place in range(len(kinds))], *rows])
        try:
            found = propose_csv(data_files([folder / "data"]), "data", folder, lambda _: None)
        except InputError:
            return
        assert_keys_pass(folder, found)

"""Size, time and cost of loads."""

import json
from pathlib import Path

import pytest

from bulk_testing.plant import small
from dynamodb_bulk.cli.estimate import estimate, estimate_methods
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.estimate.prices import known_prices
from dynamodb_bulk.estimate.size import DatasetSize, measure
from dynamodb_bulk.loads.base import MethodEstimate
from dynamodb_bulk.sources.reading import local_files
from dynamodb_bulk.spec.errors import InputError

STREAM = "NEW_AND_OLD_IMAGES"
CLOB = [{"name": "id", "length": 8}, {"name": "text", "type": "CLOB"}]
MILLION = DatasetSize(rows=1_000_000, items=1_000_000, source_bytes=1 << 30, json_bytes=2 << 30,
                      write_units=1_000_000)  # fmt: skip


def methods(path: Path, size: DatasetSize, *, prices: Path | None = None) -> dict[str, MethodEstimate]:
    made = estimate_methods(open_dataset(path), size, known_prices(prices))
    return {one.method: one for one in made}


def test_size_counts_rows_items_bytes_and_write_units(tmp_path: Path) -> None:
    dataset = open_dataset(small(tmp_path, b"a,b\nc," + b"x" * 3000 + b"\n,rejected\n", columns=CLOB))
    size = measure(dataset, local_files(dataset))
    assert (size.files, size.rows, size.items) == (1, 3, 2)
    assert size.source_bytes == size.stored_bytes == 4 + 3003 + 10
    assert size.write_units == 1 + 3
    assert size.item_bytes == pytest.approx(8 + 3007, rel=0.01)


def test_dms_estimate_counts_the_writes_and_claims_no_time(tmp_path: Path) -> None:
    dms = methods(small(tmp_path, b"a,1,\n"), MILLION)["dms"]
    assert (dms.shortest, dms.longest, dms.usd) == (None, None, (0.625, 0.625))
    assert "unknown: the rate for files in S3" in dms.basis


@pytest.mark.parametrize(("gigabytes", "longest"), [(0, 600), (10, 7200)])
def test_native_estimate_is_some_minutes_when_there_are_few_rows(
    gigabytes: int, longest: int, tmp_path: Path
) -> None:
    size = DatasetSize(rows=1, items=1, json_bytes=gigabytes << 30)
    native = methods(small(tmp_path, b"a,1,\n"), size)["native"]
    assert (native.shortest, native.longest) == (240, longest)


def test_bulk_put_has_neither_price_nor_time(tmp_path: Path) -> None:
    found = methods(small(tmp_path, b"a,1,\n"), MILLION)["bulk_put"]
    assert (found.shortest, found.longest, found.usd) == (None, None, None)


def test_native_is_paid_by_gigabytes_read(tmp_path: Path) -> None:
    assert methods(small(tmp_path, b"a,1,\n"), MILLION)["native"].usd == (0.3, 0.3)


def test_price_of_a_file_replaces_ours_and_one_without_value_hides_the_cost(tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("as_of: 2026-11-23\nprices: {import_gb: {usd: 1}, write_request_million: {usd: null}}")
    found = methods(small(tmp_path, b"a,1,\n"), MILLION, prices=prices)
    assert found["native"].usd == (2, 2)
    assert found["dms"].usd is None
    assert found["writes"].usd is None


def test_price_that_is_unknown_is_refused(tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("as_of: 2026-11-23\nprices: {import_tb: {usd: 1}}")
    with pytest.raises(InputError, match=r"prices\.yaml"):
        known_prices(prices)


def test_every_price_of_ours_has_a_source() -> None:
    assert all(price.source and price.unit for price in known_prices().prices.values())


def test_indexes_multiply_write_units(tmp_path: Path) -> None:
    index = {"name": "by_note", "partition_key": {"name": "note", "type": "S"}}
    table = {"partition_key": {"name": "id", "type": "S"}, "global_secondary_indexes": [index]}
    found = methods(small(tmp_path, b"a,1,\n", table=table), MILLION)["writes"]
    # An index has capacity of its own: it costs as much as the table, and takes no more time.
    assert (found.longest, found.usd) == (250, (1.25, 1.25))


def test_writes_take_as_long_as_the_capacity_of_the_table_says(tmp_path: Path) -> None:
    table = {"partition_key": {"name": "id", "type": "S"}, "billing": {"read": 1, "write": 100}}
    assert methods(small(tmp_path, b"a,1,\n", table=table), MILLION)["writes"].longest == 10_000


def test_writes_of_a_global_table_are_paid_in_each_region(tmp_path: Path) -> None:
    table = {"partition_key": {"name": "id", "type": "S"}, "replicas": ["eu-central-1"], "stream": STREAM}
    assert methods(small(tmp_path, b"a,1,\n", table=table), MILLION)["writes"].usd == (1.25, 1.25)


def test_estimate_command_names_the_method_that_fits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = small(tmp_path, b"a,1,x\n")
    assert estimate([path], as_json=True) == 0
    [found] = json.loads(capsys.readouterr().out)["datasets"]
    assert found["fits"]["method"] == "writes"
    assert estimate([path]) == 0
    assert "writes: its writes take about" in capsys.readouterr().out


def test_dms_estimate_reports_the_obstacle_when_dms_cannot_load_the_dataset(tmp_path: Path) -> None:
    path = small(tmp_path, b"a,1,\n", attributes={"tags": {"set": "${note}"}})
    assert methods(path, MILLION)["dms"].basis.startswith("not with this dataset: AWS does not document that")

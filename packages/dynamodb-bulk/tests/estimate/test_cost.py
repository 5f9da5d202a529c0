"""What the preview of a stack says of costs."""

from pathlib import Path

import pytest

from bulk_testing.plant import small
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.estimate.size import measure, sample
from dynamodb_bulk.loads.cost import cost_lines, instance_cost, serverless_cost
from dynamodb_bulk.sources.reading import local_files

HERE, THERE = Aws(region="us-east-1"), Aws(region="eu-west-1")
ROWS = b"".join(b"%06d,1,some text\n" % number for number in range(60_000))


def test_sample_when_the_files_are_small_is_exact(tmp_path: Path) -> None:
    dataset = open_dataset(small(tmp_path, ROWS[:20_000]))
    assert sample(dataset, local_files(dataset)) == measure(dataset, local_files(dataset))


@pytest.mark.parametrize("files", [1, 9])
def test_sample_when_the_files_are_large_scales_what_it_read(tmp_path: Path, files: int) -> None:
    path = small(tmp_path, ROWS)
    (first,) = open_dataset(path).files
    for number in range(1, files):
        (first.parent / f"{number}{first.name}").write_bytes(ROWS)
    dataset = open_dataset(path)
    found, exact = sample(dataset, local_files(dataset), 1), measure(dataset, local_files(dataset))
    assert found.files == exact.files
    assert found.stored_bytes == exact.stored_bytes
    assert found.rows == pytest.approx(exact.rows, rel=0.02)
    assert found.source_bytes == pytest.approx(exact.source_bytes, rel=0.02)


def test_cost_of_a_load_names_the_region_whose_prices_it_uses_when_it_is_another(tmp_path: Path) -> None:
    dataset = open_dataset(small(tmp_path, b"a,1,\n"))
    said = "a load of about 1 rows by native costs under 0.01 USD"
    assert list(cost_lines([(dataset, "native", "dynamodb_json")], HERE)) == [f"{dataset.name}: {said}"]
    assert list(cost_lines([(dataset, "native", "dynamodb_json")], THERE)) == [
        f"{dataset.name}: {said} at prices of us-east-1"
    ]


def test_cost_of_a_load_whose_price_is_not_published_is_not_guessed(tmp_path: Path) -> None:
    dataset = open_dataset(small(tmp_path, b"a,1,\n"))
    (line,) = cost_lines([(dataset, "bulk_put", "dynamodb_json")], HERE)
    assert line.endswith("by bulk_put costs what AWS does not publish")


def test_cost_of_a_load_by_several_tables_and_threads_says_how_many(tmp_path: Path) -> None:
    path = small(tmp_path, b"a,1,\n")
    path.write_text(f"{path.read_text()}dms: {{parallel: 2, parallel_load_threads: 4}}\n")
    dataset = open_dataset(path)
    (line,) = cost_lines([(dataset, "dms", "dynamodb_json")], HERE)
    assert "by dms with 4 threads costs" in line
    (dataset.files[0].parent / "second.csv").write_bytes(b"b,1,\n")
    dataset = open_dataset(path)
    (line,) = cost_lines([(dataset, "dms", "dynamodb_json")], HERE)
    assert "about 2 rows by dms as 2 tables at once with 4 threads each costs" in line
    assert line.endswith(
        "its time: unknown, since AWS documents no rate; what several tables or threads gain: unknown"
    )


def test_cost_of_a_load_by_dms_says_its_time_where_a_rate_was_measured(tmp_path: Path) -> None:
    dataset = open_dataset(small(tmp_path, ROWS))
    rows = sample(dataset, local_files(dataset)).rows
    by_dms, native = cost_lines(
        [(dataset, "dms", "dynamodb_json"), (dataset, "native", "dynamodb_json")], HERE, {"dms": rows / 120}
    )
    assert f"; its time: about 2.0 min at {rows / 120:,g} rows/s (measured)" in by_dms
    assert "measured" not in native


def test_cost_of_files_that_cannot_be_read_is_left_to_the_load(tmp_path: Path) -> None:
    dataset = open_dataset(small(tmp_path, b"a,1,\n"))
    dataset.files[0].unlink()
    assert list(cost_lines([(dataset, "native", "dynamodb_json")], HERE)) == []


@pytest.mark.parametrize(
    ("instance_class", "multi_az", "says"),
    [
        ("dms.t3.medium", False, "about 0.07 USD an hour until"),
        ("dms.t3.medium", True, "about 0.14 USD an hour until"),
        ("dms.r5.large", False, "https://aws.amazon.com/dms/pricing/"),
    ],
)
def test_cost_of_an_instance_is_by_the_hour(instance_class: str, multi_az: bool, says: str) -> None:
    assert says in instance_cost(instance_class, multi_az=multi_az, aws=HERE)


def test_cost_of_serverless_replications_is_that_of_all_their_units_at_a_price_that_is_not_aws_s() -> None:
    told = serverless_cost(2, 1, 4, multi_az=True, aws=HERE)
    assert told.startswith(
        "2 serverless replications of 1 to 4 capacity units in two zones: at most 4.00 USD"
    )
    assert "third parties report" in told

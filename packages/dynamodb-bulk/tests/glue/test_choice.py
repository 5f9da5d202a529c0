"""Which engine `auto` chooses, and the figures that it gives."""

from io import BytesIO
from pathlib import Path

import pytest

from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.estimate.prices import known_prices
from dynamodb_bulk.glue.choice import (
    CHECKED,
    CONVERTED,
    Workers,
    choose_engine,
    enough_workers,
    workers_told,
    writing_told,
)
from dynamodb_bulk.glue.definition import WorkerType
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError

DATASET = """\
name: people
source: {location: s3://large/in/}
columns: [{name: id, type: STRING}]
table: {partition_key: {name: id}}
"""
TEN = Workers(worker_type="G.1X", number=10)
GB = 10**9


def large(folder: Path, size: int, text: str = DATASET) -> tuple[Dataset, list[SourceFile]]:
    (folder / "dataset.yaml").write_text(text)
    (folder / "a.csv").write_text("p1\n")
    files = [SourceFile(name="s3://large/in/a.csv", size=size, version="1", open=BytesIO)]
    return open_dataset(folder / "dataset.yaml"), files


def test_glue_reads_what_is_larger_than_may_be_counted_here(tmp_path: Path) -> None:
    found = choose_engine(*large(tmp_path, 900 * GB), GB)
    assert found.by_glue
    # At 50 MB/s on 2 cores 5 hours.
    assert found.why == (
        "its files have 900.0 GB, more than `count_up_to` (1.0 GB): read once here in about 5.0 h (measured)"
    )


def test_writing_is_told_with_its_price_when_glue_writes() -> None:
    told = writing_told(36_000, TEN, known_prices())
    # 10 DPUs for 10 hours at 0.44 USD.
    assert "for about 10.0 h" in told
    assert "44.00 USD" in told


@pytest.mark.parametrize(
    ("size", "text"), [(GB, DATASET), (2 * GB, DATASET.replace("location: s3://large/in/", "files: [a.csv]"))]
)
def test_this_machine_reads_what_is_small_or_here(size: int, text: str, tmp_path: Path) -> None:
    assert not choose_engine(*large(tmp_path, size, text), GB).by_glue


def test_workers_are_told_with_what_their_time_follows_from(tmp_path: Path) -> None:
    dataset, files = large(tmp_path, 900 * GB)
    hours = (900e9 / CHECKED + 900e9 / CONVERTED) / 3600  # of one vCPU; 9 of 10 workers read, with 4 each
    told = workers_told(dataset, files, TEN, known_prices())
    assert f"10 workers G.1X take about {hours / 36 * 60:.1f} min after their start" in told
    assert f"{hours / 36 * 10 * 0.44:.2f} USD" in told
    assert f"900.0 GB, which take {hours:.1f} h of a vCPU" in told


@pytest.mark.parametrize(
    ("work", "minutes", "worker_type", "number"),
    [
        (0, 30, "G.1X", 2),
        (30 * 60 * 4 * 9, 30, "G.1X", 10),
        (30 * 60 * 4 * 9 + 1, 30, "G.1X", 11),
        (30 * 60 * 4 * 9, 30, "R.2X", 6),
        (30 * 60 * 4 * 298, 30, "G.1X", 299),
    ],
)
def test_workers_are_as_many_as_finish_in_time(
    work: float, minutes: int, worker_type: WorkerType, number: int
) -> None:
    assert enough_workers(work, minutes, worker_type, flex=False, where="here").number == number


def test_workers_are_refused_when_aws_has_not_as_many(tmp_path: Path) -> None:
    work = 30 * 60 * 4 * 298
    with pytest.raises(InputError) as caught:
        enough_workers(work + 1, 30, "G.1X", flex=False, where="here")
    assert (caught.value.where, "at least 31 minutes" in caught.value.remedy) == ("here", True)


@pytest.mark.parametrize(
    ("workers", "seconds", "usd"),
    [
        (Workers(worker_type="G.2X", number=5), 3600, 4.4),
        (Workers(worker_type="G.1X", number=10, flex=True), 3600, 2.9),
        (Workers(worker_type="G.1X", number=60), 1, 0.44),  # a minute is the least that is billed
        (Workers(worker_type="R.1X", number=10), 3600, None),
    ],
)
def test_workers_cost_by_dpu_and_second(workers: Workers, seconds: float, usd: float | None) -> None:
    found = workers.usd(seconds, known_prices())
    assert found == (None if usd is None else pytest.approx(usd))

"""Which engine `auto` chooses, and the figures that it gives."""

from io import BytesIO
from pathlib import Path

import pytest

from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.estimate.prices import known_prices
from dynamodb_bulk.glue.choice import EngineChoice, Workers, choose_engine
from dynamodb_bulk.sources.reading import SourceFile

DATASET = """\
name: people
source: {location: s3://large/in/}
columns: [{name: id, type: STRING}]
table: {partition_key: {name: id}}
"""
TEN = Workers(worker_type="G.1X", number=10)
GB = 10**9


def choice(folder: Path, size: int, workers: Workers = TEN, text: str = DATASET) -> EngineChoice:
    (folder / "dataset.yaml").write_text(text)
    (folder / "a.csv").write_text("p1\n")
    files = [SourceFile(name="s3://large/in/a.csv", size=size, version="1", open=BytesIO)]
    return choose_engine(open_dataset(folder / "dataset.yaml"), files, GB, workers, known_prices())


def test_glue_reads_what_is_larger_than_may_be_counted_here(tmp_path: Path) -> None:
    found = choice(tmp_path, 900 * GB)
    assert found.by_glue
    # At 50 MB/s on 2 cores 5 hours; on 9 of 10 workers, of 4 vCPUs each, 1,000 s, for 10 DPUs.
    assert found.why == (
        "its files have 900.0 GB, more than `count_up_to` (1.0 GB): read once here in about 5.0 h "
        "(measured), by 10 workers G.1X in about 16.7 min after their start (inferred), for at least "
        "1.22 USD at prices of us-east-1"
    )


def test_figures_are_of_the_writing_too_when_glue_writes(tmp_path: Path) -> None:
    files = [SourceFile(name="s3://large/in/a.csv", size=900 * GB, version="1", open=BytesIO)]
    (tmp_path / "dataset.yaml").write_text(DATASET)
    found = choose_engine(
        open_dataset(tmp_path / "dataset.yaml"), files, GB, TEN, known_prices(), lambda: 36_000
    )
    # 10 DPUs for 10 hours at 0.44 USD, beside the reading of above.
    assert "and written in about 10.0 h, as the table takes it, for at least 45.22 USD" in found.why


@pytest.mark.parametrize(
    ("size", "text"), [(GB, DATASET), (2 * GB, DATASET.replace("location: s3://large/in/", "files: [a.csv]"))]
)
def test_this_machine_reads_what_is_small_or_here(size: int, text: str, tmp_path: Path) -> None:
    assert not choice(tmp_path, size, text=text).by_glue


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

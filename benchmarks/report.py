"""`python -m benchmarks.report`: the page on a load whose rows were all rejected."""

import argparse
import resource
import tempfile
import time
from collections import Counter
from pathlib import Path

from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.estimate.prices import known_prices
from dynamodb_bulk.loads.last_run import LastRun
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.loads.writes.load import WritesLoad
from dynamodb_bulk.report.contents import read_contents
from dynamodb_bulk.report.load_page import render_html
from dynamodb_bulk.report.story import Known, Story
from dynamodb_bulk.sources.reading import local_files

ROWS = 1_000_000
_DATASET = """
name: orders
source: {files: ['*.csv']}
columns: [{name: id, type: STRING, length: 20}, {name: pieces, type: INT4}, {name: note, type: CLOB}]
table: {partition_key: {name: id}}
"""


def make(folder: Path, rows: int) -> Path:
    """Write a dataset none of whose rows can be an item."""
    with (folder / "orders.csv").open("w") as file:
        file.writelines(f"order-{number:09},many,<b>note</b> {number}\n" for number in range(rows))
    (folder / "dataset.yaml").write_text(_DATASET)
    return folder / "dataset.yaml"


def report(path: Path) -> str:
    """Read the files and render the page, without AWS."""
    dataset = open_dataset(path)
    contents = read_contents(dataset, local_files(dataset), lambda _: None)
    status = LoadStatus(load="orders", method="writes", table="orders", rejected=contents.rows, good=False)
    story = Story(
        status=status,
        load=WritesLoad(name="orders", dataset=path, table="orders", records_bucket="records"),
        region="us-east-1",
        prices=known_prices(),
        engine="",
        verified="",
        unfixed="",
        source="files",
        dataset_text=Known(value=path.read_text()),
        run=Known(value=LastRun()),
        series=Known(missing="not asked"),
        contents=Known(value=contents),
        estimate=Known(missing="not asked"),
        costs=(),
        named=Known(value=Counter()),
        tree=(),
    )
    return render_html([story])


def main() -> None:
    """Measure once: CPU time, the size of the page, and the peak of the memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="bench-report-") as folder:
        path = make(Path(folder), rows)
        started = time.process_time()
        page = report(path)
        seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{rows:,} rejected rows: {seconds:.1f} s of CPU, page of {len(page) / 1e3:,.0f} kB, {peak:,.0f} MB"
    )


if __name__ == "__main__":
    main()

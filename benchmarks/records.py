"""`python -m benchmarks.records`: files of JSON Lines and Parquet next to polars' own scan of the same file.

Each measurement is a separate process. `rows` is what the scan does: reads the source, and makes the columns
that the dataset has. A scan of Parquet makes no texts of its typed columns, of which items are; polars'
writing of the same file as JSON Lines does, so that items stand beside that.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.preflight.run import check_dataset
from dynamodb_bulk.sources.reading import local_files, open_items, open_rows

ROWS = {"json": 1_500_000, "parquet": 3_000_000}
"""Parquet of few records measures how long it takes to open a dataset."""
_FILES = {"json": "data.jsonl", "parquet": "data.parquet"}
_START = (
    "from dynamodb_bulk.machine import keep_freed_memory; keep_freed_memory(); "
    "from benchmarks.records import main; main()"
)


def make(folder: Path, rows: int) -> None:
    """Write the same records as JSON Lines and as Parquet, and their datasets, which declare no columns."""
    number = pl.int_range(rows, dtype=pl.Int64)
    frame = pl.select(
        id=pl.concat_str(pl.lit("order-"), number.cast(pl.String).str.zfill(9)),
        customer=pl.concat_str(pl.lit("c"), (number.hash(7) % 977).cast(pl.String)),
        amount=(number.hash(3) % 400_000).cast(pl.Decimal(20, 0)) / pl.lit(100, dtype=pl.Decimal(5, 2)),
        pieces=number % 17,
        paid=number % 3 == 0,
        note=pl.lit("x").repeat_by(number % 30).list.join(""),
        at=pl.datetime(2026, 11, 4) + pl.duration(seconds=number),
        address=pl.struct(city=pl.lit("Köln"), zip=(number.hash(5) % 99_999).cast(pl.String)),
        tags=pl.concat_list(pl.lit("a"), pl.concat_str(pl.lit("b"), (number % 7).cast(pl.String))),
    )
    frame.write_parquet(folder / _FILES["parquet"])
    frame.write_ndjson(folder / _FILES["json"])
    for form, name in _FILES.items():
        source = {"format": form, "files": [name]}
        table = {"partition_key": {"name": "id"}}
        document = {"name": "orders", "source": source, "table": table}
        (folder / f"{form}.yaml").write_text(json.dumps(document))


def scan(folder: Path, form: str) -> int:
    """Polars' streaming scan of every column, and nothing else."""
    file = folder / _FILES[form]
    frame = pl.scan_ndjson(file) if form == "json" else pl.scan_parquet(file)
    return int(
        frame.select(pl.len(), pl.all().null_count().name.suffix("_")).collect(engine="streaming")[0, 0]
    )


def write(folder: Path, form: str) -> int:
    """Polars' writing of the file as JSON Lines."""
    frame = (
        pl.scan_ndjson(folder / _FILES[form]) if form == "json" else pl.scan_parquet(folder / _FILES[form])
    )
    frame.sink_ndjson(folder / "written.jsonl")
    return scan(folder, "parquet")


def rows(folder: Path, form: str) -> int:
    """Every record as a row: the columns of the dataset, and of the other fields what may not fit."""
    dataset = open_dataset(folder / f"{form}.yaml")
    [file] = local_files(dataset)
    return sum(len(batch.lines) for batch in open_rows(dataset, file))


def items(folder: Path, form: str) -> int:
    """Every record as an item in DynamoDB JSON."""
    dataset = open_dataset(folder / f"{form}.yaml")
    [file] = local_files(dataset)
    return sum(len(batch.items) for batch in open_items(dataset, file))


def checked(folder: Path, form: str) -> int:
    """All rules of bulk check."""
    dataset = open_dataset(folder / f"{form}.yaml")
    report = check_dataset(dataset, local_files(dataset))
    if not report.good or report.items != report.rows:
        raise RuntimeError(json.dumps(report.as_json())[:2000])
    return report.rows


WAYS: dict[str, Callable[[Path, str], int]] = {
    "polars scan": scan, "rows": rows, "bulk check": checked, "polars to JSON Lines": write, "items": items,
}  # fmt: skip


def measured(way: str, form: str, folder: Path) -> dict[str, float]:
    """Records, seconds, CPU seconds, and the peak of the memory in MB, of a new process."""
    command = [sys.executable, "-c", _START, "--way", way, "--form", form, "--folder", str(folder)]
    return json.loads(subprocess.check_output(command))


def _run_way(way: str, form: str, folder: Path) -> None:
    started, before = time.perf_counter(), os.times()
    count = WAYS[way](folder, form)
    seconds, after = time.perf_counter() - started, os.times()
    cpu = after.user + after.system - before.user - before.system
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(line for line in status if line.startswith("VmHWM"))
    megabytes = int(peak.split()[1]) / 1024
    print(json.dumps({"rows": count, "seconds": seconds, "cpu": cpu, "megabytes": megabytes}))


def main() -> None:
    """Make the input, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=int, help="of both files; default: 1,500,000 of JSON, 3,000,000 of Parquet"
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--form", choices=_FILES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        _run_way(asked.way, asked.form, asked.folder)
        return
    console = Console(highlight=False, width=120)
    console.print(
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, polars "
        f"{version('polars')}; records of 9 fields; fastest of {asked.runs}, in turns"
    )
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("file", "what", "records/s", "CPU seconds", "peak MB", "beside the scan", "by CPU time"):
        table.add_column(heading, justify="left" if heading in ("file", "what") else "right")
    for form in _FILES:
        with tempfile.TemporaryDirectory(prefix="bench-records-") as folder:
            _measure(table, form, Path(folder), asked.rows or ROWS[form], asked.runs)
    console.print(table)


def _measure(table: Table, form: str, folder: Path, count: int, runs: int) -> None:
    make(folder, count)
    size = (folder / _FILES[form]).stat().st_size / 1e6
    turns = [{way: measured(way, form, folder) for way in WAYS} for _ in range(runs)]

    def least(way: str, what: str) -> float:
        return min(turn[way][what] for turn in turns)

    for way in WAYS:
        seconds, cpu = least(way, "seconds"), least(way, "cpu")
        peak = max(turn[way]["megabytes"] for turn in turns)
        bare = [f"{least('polars scan', what) / least(way, what):.2f}" for what in ("seconds", "cpu")]
        table.add_row(
            f"{form}, {count:,} records, {size:,.0f} MB", way,
            f"{count / seconds:,.0f}", f"{cpu:.2f}", f"{peak:,.0f}", *bare,
        )  # fmt: skip


if __name__ == "__main__":
    main()

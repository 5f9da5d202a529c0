"""`python -m benchmarks.convert`: bulk convert next to a bare polars streaming write of the same shape.

`--long` is the run of 100 million distinct keys, about 11 GB, to zstd alone: it is there for the memory.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.mixed import COLUMNS, make
from dynamodb_bulk.conversion.convert import convert
from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.sources.reading import local_files
from dynamodb_bulk.spec.columns import Column

ROWS = 1_000_000
LONG_ROWS = 100_000_000
WAYS = ("bare", "none", "zstd")
# The allocator keeps freed memory, as in the bulk command, for every way alike.
_START = (
    "from dynamodb_bulk.machine import keep_freed_memory; keep_freed_memory(); "
    "from benchmarks.convert import main; main()"
)


def bare(folder: Path) -> int:
    """A streaming scan into lines of {"Item": {name: {type: text}}}, with no rule and no check."""
    schema = {str(column["name"]): pl.String for column in COLUMNS}
    columns = [Column.model_validate(column) for column in COLUMNS]
    item = pl.struct(
        [pl.struct(pl.col(one.name).alias(str(one.column_type.becomes))).alias(one.name) for one in columns]
    )
    scan = pl.scan_csv(folder / "data.csv", separator="|", has_header=False, schema=schema)
    scan.select(item.alias("Item")).sink_ndjson(folder / "bare.json")
    return 0


def converted(folder: Path, way: str) -> int:
    """All rules of bulk convert."""
    dataset = open_dataset(folder / "dataset.yaml")
    options = Options(compression="zstd" if way == "zstd" else "none")
    manifest = convert(dataset, local_files(dataset), folder / way, options, overwrite=True)
    return manifest.rows


def measured(way: str, folder: Path) -> tuple[float, float]:
    """Seconds and peak memory in MB of a new process."""
    command = [sys.executable, "-c", _START, "--way", way, "--folder", str(folder)]
    found = json.loads(subprocess.check_output(command))
    return found["seconds"], found["megabytes"]


def main() -> None:
    """Make the input, measure the ways in turns, print the fastest of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--long", action="store_true", help=f"{LONG_ROWS:,} rows, one run of zstd alone")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        started = time.perf_counter()
        bare(asked.folder) if asked.way == "bare" else converted(asked.folder, asked.way)
        seconds = time.perf_counter() - started
        status = Path("/proc/self/status").read_text().splitlines()
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
        print(json.dumps({"seconds": seconds, "megabytes": peak / 1024}))
        return
    with tempfile.TemporaryDirectory(prefix="bench-convert-") as folder:
        if asked.long:
            _print(Path(folder), LONG_ROWS, 1, ("zstd",))
        else:
            _print(Path(folder), asked.rows, asked.runs, WAYS)


def _print(folder: Path, rows: int, runs: int, ways: Sequence[str]) -> None:
    size = make(folder, rows).with_name("data.csv").stat().st_size
    turns = [{way: measured(way, folder) for way in ways} for _ in range(runs)]
    console = Console(highlight=False, width=120)
    console.print(
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, polars "
        f"{version('polars')}; {rows:,} rows of 19 columns, {size / 1e6:,.0f} MB; fastest of {runs}, in turns"
    )
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("what", "rows/s", "peak MB", "beside the bare write"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    names = {
        "bare": "bare polars streaming write",
        "none": "bulk convert, plain",
        "zstd": "bulk convert, zstd",
    }
    fastest = {way: min(turn[way][0] for turn in turns) for way in ways}
    for way in ways:
        peak = max(turn[way][1] for turn in turns)
        share = f"{fastest['bare'] / fastest[way]:.2f}" if "bare" in fastest else ""
        table.add_row(names[way], f"{rows / fastest[way]:,.0f}", f"{peak:,.0f}", share)
    console.print(table)


if __name__ == "__main__":
    main()

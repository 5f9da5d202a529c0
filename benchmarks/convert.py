"""`python -m benchmarks.convert`: bulk convert next to bare polars streaming writes of the same shape.

The bare write checks nothing and has neither keys nor rejected rows nor parts. Its lines are no valid items:
a NULL is `{"S":null}`, since polars leaves no member of a struct out, so that it writes about 1.2 times the
bytes; a BOOL is a text. With casts, values that do not fit their column become NULL, as a careful script has
it. A compressed conversion stands beside a write that is compressed at the same level.

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

from benchmarks.check import cast
from benchmarks.mixed import COLUMNS, make
from dynamodb_bulk.conversion.convert import convert
from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.sources.reading import local_files
from dynamodb_bulk.spec.columns import Column

ROWS = 1_000_000
LONG_ROWS = 100_000_000
WAYS = {
    "bare": "bare polars streaming write",
    "casts": "the same, with 14 casts",
    "none": "bulk convert, plain",
    "bare-zstd": "bare polars streaming write, zstd",
    "zstd": "bulk convert, zstd",
}
# The allocator keeps freed memory, as in the bulk command, for every way alike.
_START = (
    "from dynamodb_bulk.machine import keep_freed_memory; keep_freed_memory(); "
    "from benchmarks.convert import main; main()"
)


def bare(folder: Path, way: str) -> None:
    """A streaming scan into lines of {"Item": {name: {type: text}}}."""
    schema = {str(column["name"]): pl.String for column in COLUMNS}
    members: list[pl.Expr] = []
    for column in map(Column.model_validate, COLUMNS):
        text = pl.col(column.name)
        if way == "casts":
            text = pl.when(cast(text, column.type).is_not_null()).then(text)
        members.append(pl.struct(text.alias(str(column.column_type.becomes))).alias(column.name))
    scan = pl.scan_csv(folder / "data.csv", separator="|", has_header=False, schema=schema)
    lines = scan.select(pl.struct(members).alias("Item"))
    if way == "bare-zstd":
        lines.sink_ndjson(folder / "bare.json.zst", compression="zstd", compression_level=1)
    else:
        lines.sink_ndjson(folder / "bare.json")


def converted(folder: Path, way: str) -> None:
    """All rules of bulk convert."""
    dataset = open_dataset(folder / "dataset.yaml")
    options = Options(compression="zstd" if way == "zstd" else "none")
    convert(dataset, local_files(dataset), folder / way, options, overwrite=True)


def measured(way: str, folder: Path) -> dict[str, float]:
    """Seconds, CPU seconds, and the peak of the memory in MB, of a new process."""
    command = [sys.executable, "-c", _START, "--way", way, "--folder", str(folder)]
    return json.loads(subprocess.check_output(command))


def _run_way(way: str, folder: Path) -> None:
    started, before = time.perf_counter(), os.times()
    converted(folder, way) if way in ("none", "zstd") else bare(folder, way)
    seconds, after = time.perf_counter() - started, os.times()
    cpu = after.user + after.system - before.user - before.system
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "cpu": cpu, "megabytes": peak / 1024}))


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
        _run_way(asked.way, asked.folder)
        return
    with tempfile.TemporaryDirectory(prefix="bench-convert-") as folder:
        if asked.long:
            _print(Path(folder), LONG_ROWS, 1, ("zstd",))
        else:
            _print(Path(folder), asked.rows, asked.runs, tuple(WAYS))


def _print(folder: Path, rows: int, runs: int, ways: Sequence[str]) -> None:
    size = make(folder, rows).with_name("data.csv").stat().st_size
    turns = [{way: measured(way, folder) for way in ways} for _ in range(runs)]
    console = Console(highlight=False, width=120)
    console.print(
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, polars "
        f"{version('polars')}; {rows:,} rows of 19 columns, {size / 1e6:,.0f} MB; fastest of {runs}, in turns"
    )
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("what", "rows/s", "CPU seconds", "peak MB", "beside", "bare write", "by CPU time"):
        table.add_column(heading, justify="left" if heading in ("what", "beside") else "right")

    def least(way: str, what: str) -> float:
        return min(turn[way][what] for turn in turns)

    for way in ways:
        peak = max(turn[way]["megabytes"] for turn in turns)
        peer = "bare-zstd" if way == "zstd" and "bare-zstd" in ways else "bare"
        shares = [
            f"{least(peer, what) / least(way, what):.2f}" for what in ("seconds", "cpu") if peer in ways
        ]
        table.add_row(
            WAYS[way], f"{rows / least(way, 'seconds'):,.0f}", f"{least(way, 'cpu'):.2f}", f"{peak:,.0f}",
            peer if shares else "", *shares,
        )  # fmt: skip
    console.print(table)


if __name__ == "__main__":
    main()

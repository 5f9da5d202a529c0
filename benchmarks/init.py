"""`python -m benchmarks.init`: bulk init on a CSV file of 1 GB, and a plain polars scan of the same file."""

import argparse
import io
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stdout
from importlib.metadata import version
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.mixed import COLUMNS, make
from dynamodb_bulk.cli.init import init

ROWS = 8_600_000
WAYS = {"scan": "polars scan", "init": "bulk init"}
# The allocator keeps freed memory, as in the bulk command, for both ways alike.
_START = (
    "from dynamodb_bulk.machine import keep_freed_memory; keep_freed_memory(); "
    "from benchmarks.init import main; main()"
)


def scan(folder: Path) -> None:
    """A streaming scan of every column as text, and nothing else."""
    schema = {str(column["name"]): pl.String for column in COLUMNS}
    frame = pl.scan_csv(folder / "data.csv", separator="|", has_header=False, schema=schema)
    frame.select(pl.len().alias("rows"), pl.all().null_count()).collect(engine="streaming")


def proposed(folder: Path) -> None:
    """All that bulk init finds out of every row, and the check of the dataset that it writes."""
    with redirect_stdout(io.StringIO()) as printed:
        code = init([folder / "data.csv"], yes=True, force=True)
    if code:
        raise RuntimeError(printed.getvalue())


def _run_way(way: str, folder: Path) -> None:
    started, before = time.perf_counter(), os.times()
    (proposed if way == "init" else scan)(folder)
    seconds, after = time.perf_counter() - started, os.times()
    cpu = after.user + after.system - before.user - before.system
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "cpu": cpu, "megabytes": peak / 1024}))


def main() -> None:
    """Make the input, measure both ways in turns, print the fastest of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        _run_way(asked.way, asked.folder)
        return
    with tempfile.TemporaryDirectory(prefix="bench-init-") as folder:
        _print(Path(folder), asked.rows, asked.runs)


def _print(folder: Path, rows: int, runs: int) -> None:
    size = make(folder, rows).with_name("data.csv").stat().st_size
    command = [sys.executable, "-c", _START, "--folder", str(folder), "--way"]
    turns = [{way: json.loads(subprocess.check_output([*command, way])) for way in WAYS} for _ in range(runs)]
    console = Console(highlight=False, width=120)
    console.print(
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, polars "
        f"{version('polars')}; {rows:,} rows of 19 columns, {size / 1e6:,.0f} MB; fastest of {runs}, in turns"
    )
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("what", "seconds", "CPU seconds", "peak MB", "beside the scan"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    fastest = {way: min((turn[way] for turn in turns), key=lambda one: one["seconds"]) for way in WAYS}
    for way, what in WAYS.items():
        peak = max(turn[way]["megabytes"] for turn in turns)
        one = fastest[way]
        share = f"{fastest['scan']['seconds'] / one['seconds']:.2f}"
        table.add_row(what, f"{one['seconds']:.2f}", f"{one['cpu']:.2f}", f"{peak:,.0f}", share)
    console.print(table)


if __name__ == "__main__":
    main()

"""`python -m benchmarks.records`: files of JSON Lines and Parquet next to polars' own scan of the same file.

Each measurement is a separate process. A scan of Parquet decodes typed columns and makes no texts; polars'
writing of the same file as JSON Lines does.
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
from dynamodb_bulk.sources.reading import local_files, open_items

ROWS = 300_000
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
    "polars scan": scan, "polars to JSON Lines": write, "items": items, "bulk check": checked,
}  # fmt: skip


def measured(way: str, form: str, folder: Path, runs: int) -> tuple[float, float]:
    """Rows/s of the fastest of some runs, and the peak of the memory in MB."""
    command = [sys.executable, "-c", _START, "--way", way, "--form", form, "--folder", str(folder)]
    found = [json.loads(subprocess.check_output(command)) for _ in range(runs)]
    return max(one["rows"] / one["seconds"] for one in found), max(one["megabytes"] for one in found)


def _run_way(way: str, form: str, folder: Path) -> None:
    started = time.perf_counter()
    rows = WAYS[way](folder, form)
    seconds = time.perf_counter() - started
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(line for line in status if line.startswith("VmHWM"))
    print(json.dumps({"rows": rows, "seconds": seconds, "megabytes": int(peak.split()[1]) / 1024}))


def main() -> None:
    """Make the input, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--form", choices=_FILES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        _run_way(asked.way, asked.form, asked.folder)
        return
    console = Console(highlight=False, width=120)
    with tempfile.TemporaryDirectory(prefix="bench-records-") as name:
        folder = Path(name)
        make(folder, asked.rows)
        console.print(
            f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, polars "
            f"{version('polars')}; {asked.rows:,} records of 9 fields; fastest of {asked.runs}"
        )
        table = Table(box=None, header_style="bold", pad_edge=False)
        for heading in ("file", "what", "rows/s", "peak MB", "beside the scan"):
            table.add_column(heading, justify="left" if heading in ("file", "what") else "right")
        for form, file in _FILES.items():
            size = (folder / file).stat().st_size / 1e6
            bare = 0.0
            for way in WAYS:
                rate, peak = measured(way, form, folder, asked.runs)
                bare = bare or rate
                shown = f"{form}, {size:,.0f} MB"
                table.add_row(shown, way, f"{rate:,.0f}", f"{peak:,.0f}", f"{rate / bare:.2f}")
        console.print(table)


if __name__ == "__main__":
    main()

"""`python -m benchmarks.check`: bulk check next to a bare polars scan, the plain way, and frictionless.

frictionless is in the dependency group `bench` (`uv sync --group bench`).
Each measurement is a separate process, so that the memory of one is not that of another. `--long` is the
run of 100 million distinct keys, about 11 GB.
"""

import argparse
import contextlib
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import polars as pl
from boto3.dynamodb.types import TypeSerializer
from rich.console import Console
from rich.table import Table

from benchmarks.mixed import COLUMNS, make
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.preflight.run import check_dataset
from dynamodb_bulk.sources.reading import local_files
from dynamodb_bulk.spec.columns import Column

ROWS = 3_000_000
LONG_ROWS = 100_000_000
PLAIN_ROWS = 100_000
# The allocator keeps freed memory, as in the bulk command, for every way alike.
_START = (
    "from dynamodb_bulk.machine import keep_freed_memory; keep_freed_memory(); "
    "from benchmarks.check import main; main()"
)
_NUMBERS: dict[str, pl.DataType | type[pl.DataType]] = {
    "INT1": pl.Int8, "INT2": pl.Int16, "INT4": pl.Int32, "INT8": pl.Int64,
    "UINT1": pl.UInt8, "UINT4": pl.UInt32, "NUMERIC": pl.Decimal(20, 4), "REAL8": pl.Float64,
}  # fmt: skip


def bare(folder: Path) -> int:
    """A streaming scan with a cast of each of the 14 columns that are no texts, and nothing else."""
    schema = {str(column["name"]): pl.String for column in COLUMNS}
    scan = pl.scan_csv(folder / "data.csv", separator="|", has_header=False, schema=schema)
    casts = [cast(pl.col(str(column["name"])), str(column["type"])) for column in COLUMNS]
    counted = scan.select(casts).select(pl.len().alias("rows"), pl.all().null_count())
    return int(counted.collect(engine="streaming")["rows"][0])


def cast(text: pl.Expr, kind: str) -> pl.Expr:
    """The text as a value of its column's type, null where it is none; of a STRING the text."""
    match kind:
        case "STRING":
            return text
        case "BOOLEAN":
            return text == "true"
        case "DATE":
            return text.str.to_date("%Y-%m-%d", strict=False)
        case "DATETIME":
            return text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
        case _:
            return text.cast(_NUMBERS[kind], strict=False)


def checked(folder: Path) -> int:
    """All rules of bulk check, doubled keys included."""
    dataset = open_dataset(folder / "dataset.yaml")
    report = check_dataset(dataset, local_files(dataset))
    if not report.good or report.items != report.rows:
        raise RuntimeError(json.dumps(report.as_json())[:2000])
    return report.rows


def plain(folder: Path) -> int:
    """The csv module, each value parsed, each row through boto3's TypeSerializer; of a part."""
    types = [(one := Column.model_validate(column)).column_type.values(one) for column in COLUMNS]
    names = [str(column["name"]) for column in COLUMNS]
    serialize, seen, rows = TypeSerializer().serialize, set[str](), 0
    with (folder / "data.csv").open(newline="", encoding="utf-8") as stream:
        for row in csv.reader(stream, delimiter="|"):
            _ = {
                name: serialize(kind.parse(text))
                for name, kind, text in zip(names, types, row, strict=True)
                if text
            }
            seen.add(row[0])
            rows += 1
            if rows == PLAIN_ROWS:
                break
    return rows


def frictionless(folder: Path) -> int:
    """`frictionless validate` of a part, with the same types."""
    from frictionless import Dialect, Resource, Schema, formats  # pyright: ignore

    part = folder / "part.csv"
    with (folder / "data.csv").open("rb") as whole, part.open("wb") as stream:
        for _, line in zip(range(PLAIN_ROWS), whole, strict=False):
            stream.write(line)
    kinds = {"STRING": "string", "BOOLEAN": "boolean", "DATE": "date", "DATETIME": "string"}
    fields = [{"name": one["name"], "type": kinds.get(str(one["type"]), "number")} for one in COLUMNS]
    schema = Schema.from_descriptor({"fields": fields, "primaryKey": ["order_id"]})  # pyright: ignore
    dialect = Dialect(header=False, controls=[formats.CsvControl(delimiter="|")])  # pyright: ignore
    Resource(path=part.name, basepath=str(folder), schema=schema, dialect=dialect).validate()  # pyright: ignore
    return PLAIN_ROWS


WAYS: dict[str, Callable[[Path], int]] = {
    "bare": bare, "check": checked, "plain": plain, "frictionless": frictionless,
}  # fmt: skip


def measured(way: str, folder: Path, runs: int) -> tuple[float, float, float]:
    """Rows/s and seconds of the fastest of some runs, and the peak of the memory in MB, in a new process."""
    command = [sys.executable, "-c", _START, "--way", way, "--folder", str(folder)]
    found = [json.loads(subprocess.check_output(command)) for _ in range(runs)]
    fastest = min(found, key=lambda one: one["seconds"])
    return fastest["rows"] / fastest["seconds"], fastest["seconds"], max(one["megabytes"] for one in found)


def _run_way(way: str, folder: Path) -> None:
    started = time.perf_counter()
    rows = WAYS[way](folder)
    seconds = time.perf_counter() - started
    peak = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    print(json.dumps({"rows": rows, "seconds": seconds, "megabytes": int(peak.split()[1]) / 1024}))


def main() -> None:
    """Make the input, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--long", action="store_true", help=f"{LONG_ROWS:,} rows, one run of the check alone")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        _run_way(asked.way, asked.folder)
        return
    with tempfile.TemporaryDirectory(prefix="bench-check-") as folder:
        _print(Path(folder), LONG_ROWS if asked.long else asked.rows, asked.runs, alone=asked.long)


def _print(folder: Path, rows: int, runs: int, *, alone: bool) -> None:
    console = Console(highlight=False, width=120)
    size = make(folder / "one", rows).with_name("data.csv").stat().st_size
    console.print(
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, polars "
        f"{version('polars')}; {rows:,} rows of 19 columns, {size / 1e6:,.0f} MB; "
        f"fastest of {1 if alone else runs}"
    )
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("what", "rows/s", "seconds", "peak MB", "beside the bare scan"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    bare_rate, seconds, peak = measured("bare", folder / "one", 1 if alone else runs)
    table.add_row("bare polars scan, 14 casts", f"{bare_rate:,.0f}", f"{seconds:.2f}", f"{peak:,.0f}", "1.00")
    rate, seconds, peak = measured("check", folder / "one", 1 if alone else runs)
    table.add_row(
        "bulk check, all rules", f"{rate:,.0f}", f"{seconds:.2f}", f"{peak:,.0f}", f"{rate / bare_rate:.2f}"
    )
    if not alone:
        make(folder / "two", 2 * rows)
        rate, double, peak = measured("check", folder / "two", runs)
        table.add_row(
            f"the same, twice the rows: {double / seconds:.2f} times the time",
            f"{rate:,.0f}", f"{double:.2f}", f"{peak:,.0f}", f"{rate / bare_rate:.2f}",
        )  # fmt: skip
        for way, what in (
            ("plain", f"csv and TypeSerializer, {PLAIN_ROWS:,} rows"),
            ("frictionless", f"frictionless validate, {PLAIN_ROWS:,} rows"),
        ):
            if way == "frictionless" and not _installed(way):
                table.add_row(f"{what}: not installed", "", "", "", "")
                continue
            rate, seconds, peak = measured(way, folder / "one", 1)
            table.add_row(what, f"{rate:,.0f}", f"{seconds:.2f}", f"{peak:,.0f}", f"{rate / bare_rate:.3f}")
    console.print(table)


def _installed(package: str) -> bool:
    with contextlib.suppress(PackageNotFoundError):
        return bool(version(package))
    return False


if __name__ == "__main__":
    main()

"""`python -m benchmarks.export`: exports to files, and verification, next to plain ways and a bare scan."""

import argparse
import csv
import gzip
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import boto3
import polars as pl
from boto3.dynamodb.types import TypeDeserializer
from rich.console import Console
from rich.table import Table

from benchmarks.readings import FILES, item, line, make
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.scan import SEGMENTS, Pace, read_page
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.export.contents import exported_contents
from dynamodb_bulk.export.export_chain import chain_of
from dynamodb_bulk.export.location import place_of
from dynamodb_bulk.export.manifest import open_export
from dynamodb_bulk.export.to_files import export_to_files
from dynamodb_bulk.sources.reading import local_files
from dynamodb_bulk.verify.comparable import Comparable, comparable_rows, comparable_texts
from dynamodb_bulk.verify.item_source import TableItems
from dynamodb_bulk.verify.keyed_diff import Sides
from dynamodb_bulk.verify.run import ExpectedLoad, verify
from local_aws.testing.fixtures import running

ITEMS = 1_000_000
PLAIN_ITEMS = 100_000
SCANNED = 200_000
PAGE = 5_000
BUCKET = "bench-export"
# The allocator keeps freed memory, as in the bulk command.
_START = (
    "from dynamodb_bulk.machine import keep_freed_memory; keep_freed_memory(); "
    "from benchmarks.export import main; main()"
)


def to_files(folder: Path, kind: Any) -> int:
    """`bulk export --from … --to …`."""
    dataset = open_dataset(folder / "dataset.yaml")
    chain = chain_of([open_export(place_of(str(folder / "export"), None))])
    return export_to_files(exported_contents(chain), folder / kind, kind, dataset, overwrite=True).rows


def plain(folder: Path) -> int:
    """What one writes by hand: json, boto3's TypeDeserializer, csv."""
    deserializer = TypeDeserializer()
    rows = 0
    with (folder / "plain.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        for path in sorted((folder / "export/data").iterdir()):
            with gzip.open(path, "rt") as lines:
                for text in lines:
                    if rows == PLAIN_ITEMS:
                        return rows
                    found: dict[str, Any] = {
                        name: deserializer.deserialize(value)
                        for name, value in json.loads(text)["Item"].items()
                    }
                    where = found["where"]
                    writer.writerow(
                        [
                            found["PK"].removeprefix("READING#"), found["sensor"], found["temperature"],
                            found["working"], where["hall"], where["place"], found["remark"],
                        ]
                    )  # fmt: skip
                    rows += 1
    return rows


def compare(folder: Path) -> int:
    """Rows of a file against pages of a scan that are in memory already: no table, no network."""
    dataset = open_dataset(folder / "dataset.yaml")
    pages = [
        json.dumps({"Count": PAGE, "Items": [item(number) for number in range(start, start + PAGE)]},
                   separators=(",", ":")).encode()
        for start in range(0, SCANNED, PAGE)
    ]  # fmt: skip
    started, used = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as spilled, ThreadPoolExecutor(1) as beside:
        sides = Sides(Path(spilled))
        expecting = beside.submit(_expect, dataset, sides)
        for page in pages:
            sides.find(comparable_texts(read_page(page)[1], dataset.keys))
        expecting.result()
        same = sum(part.same for part in sides.compared())
    took = {"seconds": time.perf_counter() - started, "processor": time.process_time() - used}
    print(json.dumps(took), file=sys.stderr)
    return same


def _expect(dataset: Dataset, sides: Sides) -> None:
    for file in local_files(dataset):
        for items in comparable_rows(dataset, file):
            sides.expect(items, 0)


def memory(keys: int) -> int:
    """Two sides of so many keys each, one in a thousand of them different."""
    block = 100_000

    def made(start: int, value: pl.Expr) -> Comparable:
        number = pl.int_range(start, start + block, eager=True)
        frame = pl.DataFrame({"number": number}).select(
            pl.format("READING#reading-{}", pl.col("number")).alias("partition"),
            pl.concat_str(pl.lit('{"id":{"N":"'), value, pl.lit('"}}')).alias("item"),
        )
        return Comparable(keys=frame.select("partition"), items=frame["item"])

    with tempfile.TemporaryDirectory() as spilled:
        sides = Sides(Path(spilled))
        for start in range(0, keys, block):
            sides.expect(made(start, pl.col("number")), 0)
            changed = pl.col("number") + (pl.col("number") % 1000 == 7).cast(pl.Int64)
            sides.find(made(start, changed))
        return sum(part.keys["different"].height for part in sides.compared())


def main() -> None:
    """Make the input, measure each way in a separate process, print the fastest of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keys", type=int, help="verify so many keys, to see how much memory that takes")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        _one_way(asked.way, asked.folder, asked.keys)
        return
    console = Console(highlight=False, width=130)
    console.print(
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, polars "
        f"{version('polars')}; fastest of {asked.runs}, in turns"
    )
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("what", "items/s", "peak MB", "beside it"):
        table.add_column(heading, justify="right" if heading in ("items/s", "peak MB") else "left")
    if asked.keys:
        found = _measured("memory", Path(), asked.keys)
        rate = f"{asked.keys / found['seconds']:,.0f}"
        table.add_row(f"comparing {asked.keys:,} keys", rate, f"{found['megabytes']:,.0f}", "")
        console.print(table)
        return
    with tempfile.TemporaryDirectory(prefix="bench-export-") as made:
        folder = Path(made)
        each = make(folder, asked.items, SCANNED) / asked.items
        console.print(f"{asked.items:,} items of {each:.0f} bytes in {FILES} files of an export")
        for row_ in _file_ways(folder, asked.items, asked.runs):
            table.add_row(*row_)
        table.add_row(*_verifying(folder, asked.runs))
    console.print(table)


def _one_way(way: str, folder: Path, keys: int | None) -> None:
    ways: dict[str, Callable[[], int]] = {
        "csv": lambda: to_files(folder, "csv"),
        "parquet": lambda: to_files(folder, "parquet"),
        "plain": lambda: plain(folder),
        "compare": lambda: compare(folder),
        "memory": lambda: memory(keys or 0),
    }
    started = time.perf_counter()
    count = ways[way]()
    seconds = time.perf_counter() - started
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(text.split()[1]) for text in status if text.startswith("VmHWM"))
    print(json.dumps({"count": count, "seconds": seconds, "megabytes": peak / 1024}))


def _measured(way: str, folder: Path, keys: int = 0) -> dict[str, float]:
    command = [sys.executable, "-c", _START, "--way", way, "--folder", str(folder), "--keys", str(keys)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(ended.stdout)
    if ended.stderr.startswith("{"):
        found |= json.loads(ended.stderr)
    return found


def _file_ways(folder: Path, items: int, runs: int) -> Iterator[tuple[str, str, str, str]]:
    ways = {"csv": items, "parquet": items, "plain": PLAIN_ITEMS, "compare": SCANNED}
    turns = [{way: _measured(way, folder) for way in ways} for _ in range(runs)]
    rates = {way: count / min(turn[way]["seconds"] for turn in turns) for way, count in ways.items()}
    peaks = {way: max(turn[way]["megabytes"] for turn in turns) for way in ways}
    beside = f"json, TypeDeserializer, csv, on {PLAIN_ITEMS:,} items: {rates['plain']:,.0f} items/s"
    for way in ("csv", "parquet"):
        yield f"bulk export --to {way}", f"{rates[way]:,.0f}", f"{peaks[way]:,.0f}", beside
    processor = min(turn["compare"]["processor"] for turn in turns)
    what = f"comparing {SCANNED:,} rows of a file with as many items of pages in memory"
    beside = f"items of both sides; {2 * SCANNED / processor:,.0f} per second of one core"
    yield what, f"{2 * rates['compare']:,.0f}", f"{peaks['compare']:,.0f}", beside


def _verifying(folder: Path, runs: int) -> tuple[str, str, str, str]:
    dataset = open_dataset(folder / "dataset.yaml")
    with running("fast") as url:
        os.environ.update(AWS_ENDPOINT_URL=url, AWS_ACCESS_KEY_ID="local", AWS_SECRET_ACCESS_KEY="local")
        aws = Aws(region="eu-west-1")
        _load(aws)
        turns = [(_timed(lambda: _scan(aws)), _timed(lambda: _verify(dataset, aws))) for _ in range(runs)]
        bare, ours = ([turn[which] for turn in turns] for which in (0, 1))
    slower = f"bare parallel scan by boto3, {SEGMENTS} segments: {SCANNED / min(bare):,.0f} items/s"
    what = f"bulk verify of {SCANNED:,} items, {min(ours) / min(bare):.2f} times the bare scan"
    return what, f"{SCANNED / min(ours):,.0f}", "", slower


def _load(aws: Aws) -> None:
    aws.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    aws.s3.put_object(Bucket=BUCKET, Key="data/1.json", Body="".join(map(line, range(SCANNED))).encode())
    begun = aws.dynamodb.import_table(
        S3BucketSource={"S3Bucket": BUCKET, "S3KeyPrefix": "data/"},
        InputFormat="DYNAMODB_JSON",
        TableCreationParameters={
            "TableName": "readings",
            "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )["ImportTableDescription"]
    arn = begun.get("ImportArn", "")

    def done() -> bool:
        found = aws.dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
        return found.get("ImportStatus") == "COMPLETED"

    while not done():
        time.sleep(0.1)


def _scan(aws: Aws) -> int:
    def segment(number: int) -> int:
        client = boto3.Session(region_name=aws.region).client("dynamodb")
        pages = client.get_paginator("scan").paginate(
            TableName="readings", Segment=number, TotalSegments=SEGMENTS
        )
        return sum(len(page["Items"]) for page in pages)

    with ThreadPoolExecutor(SEGMENTS) as pool:
        return sum(pool.map(segment, range(SEGMENTS)))


def _verify(dataset: Dataset, aws: Aws) -> None:
    pace = Pace(None)
    held = TableItems("readings", dataset.keys, aws, pace)
    loads = [ExpectedLoad(name="readings", dataset=dataset)]
    found = verify(loads, held, dataset.keys, aws, lambda _: None, table="readings", pace=pace)
    if not found.good or found.same != SCANNED:
        raise SystemExit(f"not the same: {found.reasons}")


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()

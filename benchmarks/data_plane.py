"""How fast local DMS loads orders, and whether the memory of reading grows with the file."""

import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path

import yaml

from benchmarks.figure import Figure
from examples.orders.make import write
from tests.e2e.clone import Clone, make_clone

ROWS = 200_000
PLAIN_ROWS = 5_000
TABLES = 8


def measure() -> Iterator[Figure]:
    """Rows per second in `pulumi up`, next to boto3's batch writer; peak memory of reading."""
    with tempfile.TemporaryDirectory() as folder:
        clone = make_clone(Path(folder) / "dynamodb-bulk")
        data = clone.folder / "examples/orders/data"
        write(ROWS, data)
        clone.run(".venv/bin/bulk", "local", "up")
        settings = clone.settings()
        settings["config"]["bulk:loads"] = [{"dataset": "examples/orders/dataset.yaml", "method": "dms"}]
        (clone.folder / "Pulumi.bench.yaml").write_text(yaml.safe_dump(settings))
        clone.literal("pulumi stack init bench")
        one = _rate(clone)
        yield Figure(
            what="DMS data plane",
            measured=f"{one:,.0f} rows/s",
            beside=f"csv and boto3's batch_writer: {_plain(clone, data):,.0f} rows/s",
            conditions=f"orders of {ROWS:,} rows, 11 columns, nested map; plain way on {PLAIN_ROWS:,} rows",
        )
        _split(data, TABLES)
        with (data.parent / "dataset.yaml").open("a") as dataset:
            dataset.write(f"dms: {{parallel: {TABLES}}}\n")
        yield Figure(
            what=f"DMS data plane, the same rows as {TABLES} tables at once",
            measured=f"{_rate(clone):,.0f} rows/s",
            beside=f"as one table: {one:,.0f} rows/s",
            conditions=f"the rows in {TABLES} files; local AWS is one process, one lock on moto's tables: "
            "nothing to gain here, which says nothing of AWS",
        )
        clone.run(".venv/bin/bulk", "local", "down")
        _split(data, 0)
        for rows in (ROWS, 4 * ROWS):
            write(rows, data)
            peak = subprocess.run(
                [sys.executable, "-m", "benchmarks.reading", str(data.parent / "dataset.yaml")],
                capture_output=True,
                text=True,
                check=True,
            )
            yield Figure(
                what="memory of reading rows into items",
                measured=f"{int(peak.stdout) / 1024:,.0f} MB at peak",
                conditions=f"orders of {rows:,} rows; without the table, which moto holds in memory",
            )


def _rate(clone: Clone) -> float:
    """Load the orders by `pulumi up`, and return the rows per second as DMS counts them."""
    up = clone.literal("pulumi up --stack bench --yes --skip-preview")
    if up.code:
        raise SystemExit(up.output)
    (status,) = json.loads(clone.literal("bulk status --stack bench --json").output)
    return ROWS / status["seconds"]


def _split(data: Path, files: int) -> None:
    """Have the same rows in so many files."""
    lines = [line for file in sorted(data.glob("*.csv")) for line in file.read_bytes().splitlines(True)]
    for file in data.glob("*.csv"):
        file.unlink()
    for number in range(files):
        rows = lines[number * len(lines) // files : (number + 1) * len(lines) // files]
        (data / f"part-{number + 1}.csv").write_bytes(b"".join(rows))


def _plain(clone: Clone, data: Path) -> float:
    """What one writes by hand: csv, a resource's batch writer, one thread."""
    import boto3

    resource = boto3.resource(
        "dynamodb",
        region_name="eu-west-1",
        endpoint_url=clone.endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    table = resource.Table("dynamodb-bulk-bench-orders")
    with (data / "orders-1.csv").open(newline="") as stream, table.batch_writer() as batch:
        start = time.perf_counter()
        for row in islice(csv.reader(stream, delimiter="|"), PLAIN_ROWS):
            batch.put_item(
                Item={
                    "PK": f"CUSTOMER#{row[1]}",
                    "SK": f"ORDER#{row[0]}",
                    "order_id": row[0],
                    "customer_id": row[1],
                    "placed_at": row[2],
                    "order_status": row[3],
                    "item_count": int(row[4]),
                    "amount": Decimal(row[5]),
                    "express": row[6] == "true",
                    "address": {"street": row[7], "city": row[8], **({"zip": int(row[9])} if row[9] else {})},
                    **({"note": row[10]} if row[10] else {}),
                }
            )
    return PLAIN_ROWS / (time.perf_counter() - start)

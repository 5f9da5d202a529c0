"""An export of readings, and the rows that its items would be of: the input of benchmarks.export."""

import base64
import csv
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

FILES = 4
DATASET = """
name: readings
source: {files: [readings.csv]}
columns:
  - {name: id, type: STRING, length: 20}
  - {name: sensor, type: STRING, length: 20}
  - {name: temperature, type: NUMERIC, precision: 10, scale: 2}
  - {name: working, type: BOOLEAN}
  - {name: hall, type: STRING, length: 20}
  - {name: place, type: INT4}
  - {name: remark, type: STRING, length: 200}
table: {partition_key: {name: PK}}
attributes:
  PK: "READING#${id}"
  where: {map: {hall: "${hall}", place: {number: "${place}"}}}
exclude: [id, hall, place]
"""


def row(number: int) -> list[str]:
    """The row of a number."""
    return [
        f"reading-{number:09d}",
        f"sensor-{number % 977:04d}",
        f"{number % 4000 / 100:.2f}",
        "true" if number % 2 else "false",
        f"hall {number % 13}",
        str(number % 41),
        "checked, " + "x" * (number % 30),
    ]


def item(number: int) -> dict[str, Any]:
    """The item of that row, as DynamoDB has it: numbers without needless zeros."""
    name, sensor, temperature, working, hall, place, remark = row(number)
    return {
        "PK": {"S": f"READING#{name}"},
        "sensor": {"S": sensor},
        "temperature": {"N": temperature.rstrip("0").rstrip(".")},
        "working": {"BOOL": working == "true"},
        "where": {"M": {"hall": {"S": hall}, "place": {"N": place}}},
        "remark": {"S": remark},
    }


def line(number: int) -> str:
    """A line of an export."""
    return json.dumps({"Item": item(number)}, separators=(",", ":")) + "\n"


def make(folder: Path, items: int, rows: int) -> int:
    """An export of so many items, and a dataset of so many rows; bytes of the items' text."""
    (folder / "export/data").mkdir(parents=True)
    entries: list[str] = []
    written = 0
    for part in range(FILES):
        numbers = range(part * items // FILES, (part + 1) * items // FILES)
        text = "".join(map(line, numbers)).encode()
        written += len(text)
        content = gzip.compress(text, 1)
        key = f"AWSDynamoDB/1/data/{part}.json.gz"
        (folder / "export/data" / f"{part}.json.gz").write_bytes(content)
        entry = {"itemCount": len(numbers), "md5Checksum": _md5(content), "etag": "", "dataFileS3Key": key}
        entries.append(json.dumps(entry) + "\n")
    summary = {"tableArn": "arn:aws:dynamodb:::table/readings", "itemCount": items}
    for name, text in (("files", "".join(entries)), ("summary", json.dumps(summary))):
        (folder / f"export/manifest-{name}.json").write_text(text)
        (folder / f"export/manifest-{name}.checksum").write_text(_md5(text.encode()))
    with (folder / "readings.csv").open("w", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(map(row, range(rows)))
    (folder / "dataset.yaml").write_text(DATASET)
    return written


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()

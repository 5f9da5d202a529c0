"""Files that people have: `bulk init`, `pulumi up` and `bulk verify`, and nothing is edited by hand."""

import datetime
import json
from pathlib import Path
from typing import Any

import polars as pl

from tests.e2e.stack import Stack

GERMAN = (
    "Kunden-Nr;Name;Umsatz;Datum;Aktiv\r\n"
    "00042;Müller;1.234,56;31.12.2025;ja\r\n"
    "00043;Groß;-12,50;1.2.2026;nein\r\n"
)
RECORDS = (
    '{"id": "a", "at": {"x": 0.1, "y": [1, null, {"z": "é"}]}, "n": 12345678901234567890123456789012345678}\n'
    '{"id": "b", "at": {}, "n": -1.50, "gone": null, "ok": true}\n'
)
OUTFILE = (
    "1\tTab\\\there\t2026-03-29 10:15:00\t1.50\n"
    "2\tC:\\\\dir\t\\N\t\\N\n"
    "3\tline\\\nend\t2026-03-30 00:00:00\t0.25\n"
)
TYPED = {
    "id": [1, 2],
    "price": pl.Series(["1234567890.12", "-0.10"]).str.to_decimal(scale=2),
    "sold": [datetime.datetime(2026, 3, 29, 1, 2, 3, 123456), None],
    "tags": [["a", None], []],
    "raw": [b"\x00\xff", b"b"],
}
ITEMS: dict[str, list[dict[str, Any]]] = {
    "german": [
        {"Kunden-Nr": {"S": "00042"}, "Name": {"S": "Müller"}, "Umsatz": {"N": "1234.56"},
         "Datum": {"S": "2025-12-31"}, "Aktiv": {"BOOL": True}},
        {"Kunden-Nr": {"S": "00043"}, "Name": {"S": "Groß"}, "Umsatz": {"N": "-12.5"},
         "Datum": {"S": "2026-02-01"}, "Aktiv": {"BOOL": False}},
    ],
    "records": [
        {"id": {"S": "a"}, "n": {"N": "12345678901234567890123456789012345678"},
         "at": {"M": {"x": {"N": "0.1"},
                      "y": {"L": [{"N": "1"}, {"NULL": True}, {"M": {"z": {"S": "é"}}}]}}}},
        {"id": {"S": "b"}, "n": {"N": "-1.5"}, "at": {"M": {}}, "ok": {"BOOL": True}},
    ],
    "outfile": [
        {"column_1": {"N": "1"}, "column_2": {"S": "Tab\there"},
         "column_3": {"S": "2026-03-29 10:15:00"}, "column_4": {"N": "1.5"}},
        {"column_1": {"N": "2"}, "column_2": {"S": "C:\\dir"}},
        {"column_1": {"N": "3"}, "column_2": {"S": "line\nend"},
         "column_3": {"S": "2026-03-30 00:00:00"}, "column_4": {"N": "0.25"}},
    ],
    "typed": [
        {"id": {"N": "1"}, "price": {"N": "1234567890.12"}, "sold": {"S": "2026-03-29T01:02:03.123456"},
         "tags": {"L": [{"S": "a"}, {"NULL": True}]}, "raw": {"B": b"\x00\xff"}},
        {"id": {"N": "2"}, "price": {"N": "-0.1"}, "tags": {"L": []}, "raw": {"B": b"b"}},
    ],
}  # fmt: skip


def write(folder: Path) -> list[str]:
    """Write the files, each into a folder of its own; return their paths below `folder`."""
    for name in ITEMS:
        (folder / name).mkdir(parents=True)
    (folder / "german/german.csv").write_bytes(GERMAN.encode("cp1252"))
    (folder / "records/records.jsonl").write_text(RECORDS)
    (folder / "outfile/outfile.txt").write_text(OUTFILE)
    pl.DataFrame(TYPED).write_parquet(folder / "typed/typed.parquet")
    return sorted(str(path.relative_to(folder)) for path in folder.glob("*/*"))


def test_files_are_described_loaded_and_verified_with_no_edit_by_hand(stack: Stack) -> None:
    for file in write(stack.clone.folder / "people"):
        described = stack.clone.literal(f"bulk init people/{file} --yes")
        assert described.code == 0, described.output
    stack.settle(*({"dataset": f"people/{name}/dataset.yaml"} for name in ITEMS))
    loaded = stack.up()
    assert loaded.code == 0, loaded.output
    verdicts = {row["load"]: row["verdict"] for row in json.loads(stack.well("bulk status --json").output)}
    assert verdicts == dict.fromkeys(ITEMS, "good")
    for name, items in ITEMS.items():
        stack.well(f"bulk verify {name}")
        key = next(iter(items[0]))
        assert sorted(stack.items(name), key=lambda one: str(one[key])) == items

"""Exports as AWS lays them out, made in a folder."""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from dynamodb_bulk.export.location import place_of
from dynamodb_bulk.export.manifest import Export, open_export

TABLE_ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/people"
Item = dict[str, Any]


def person(name: str, age: int, **more: Any) -> Item:
    return {"id": {"S": name}, "age": {"N": str(age)}, **more}


def change(item: Item, micros: int, *, deleted: bool = False) -> Item:
    keys = {"id": item["id"]}
    image = {} if deleted else {"NewImage": item}
    return {"Metadata": {"WriteTimestampMicros": {"N": str(micros)}}, "Keys": keys, **image}


def make_export(folder: Path, files: Sequence[Iterable[Item]], **summary: Any) -> Path:
    """A full export of `files` of items; its manifests can be given otherwise by `summary`."""
    return _make(folder, [[{"Item": item} for item in file] for file in files], folder / "data", summary)


def make_changes(folder: Path, records: Sequence[Item], since: str, until: str, **summary: Any) -> Path:
    """An incremental export, whose data is next to its folder."""
    window = {"exportFromTime": since, "exportToTime": until, "exportType": "INCREMENTAL_EXPORT"}
    return _make(folder, [records], folder.parent / "data", {**window, "exportTime": None, **summary})


def opened(folder: Path) -> Export:
    return open_export(place_of(str(folder), None))


def _make(folder: Path, files: Sequence[Sequence[Item]], data: Path, summary: dict[str, Any]) -> Path:
    data.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    entries: list[str] = []
    for number, records in enumerate(files):
        text = "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records)
        content = gzip.compress(text.encode())
        name = f"{folder.name}-{number}.json.gz"
        (data / name).write_bytes(content)
        md5 = base64.b64encode(hashlib.md5(content).digest()).decode()
        entry = {
            "itemCount": len(records),
            "md5Checksum": md5,
            "etag": "x",
            "dataFileS3Key": f"a/data/{name}",
        }
        entries.append(json.dumps(entry) + "\n")
    rewrite(folder / "manifest-files.json", "".join(entries))
    document = {
        "tableArn": TABLE_ARN,
        "tableId": "1",
        "exportTime": "2026-11-24T10:00:00.000Z",
        "itemCount": sum(map(len, files)),
        "outputFormat": "DYNAMODB_JSON",
        **summary,
    }
    rewrite(folder / "manifest-summary.json", json.dumps(document))
    return folder


def rewrite(path: Path, text: str) -> None:
    """Write a manifest with its checksum."""
    path.write_text(text)
    md5 = base64.b64encode(hashlib.md5(text.encode()).digest()).decode()
    path.with_suffix(".md5").write_text(md5)

"""Datasets of records in JSON and Parquet, made for a test."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.sources.reading import local_files, open_items

KEY: dict[str, Any] = {"partition_key": {"name": "id"}}


def record_dataset(folder: Path, content: bytes | str | pl.DataFrame, **keys: Any) -> Path:
    """Write a file of JSON, or of Parquet from a frame, and its dataset; `keys` are those of the dataset."""
    is_json = not isinstance(content, pl.DataFrame)
    name, form = ("a.json", "json") if is_json else ("a.parquet", "parquet")
    if isinstance(content, pl.DataFrame):
        content.write_parquet(folder / name)
    else:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    source = {"format": form, "files": [name], **keys.pop("source", {})}
    path = folder / "dataset.yaml"
    path.write_text(yaml.safe_dump({"name": "records", "source": source, "table": KEY, **keys}))
    return path


def read_items(path: Path | Dataset) -> tuple[list[dict[str, Any]], list[Rejected]]:
    """All items in DynamoDB JSON, and all rejected records."""
    dataset = open_dataset(path) if isinstance(path, Path) else path
    items: list[dict[str, Any]] = []
    rejected: list[Rejected] = []
    for file in local_files(dataset):
        for batch in open_items(dataset, file):
            items += map(json.loads, batch.items)
            rejected += batch.rejected
    return items, rejected

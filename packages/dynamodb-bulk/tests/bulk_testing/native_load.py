"""A native load with little in it."""

from pathlib import Path

from dynamodb_bulk.loads.load import StagedFiles
from dynamodb_bulk.loads.native.load import NativeLoad


def load(*, tolerate: int = 0, converted: bool = False) -> NativeLoad:
    return NativeLoad(
        name="events",
        dataset=Path("dataset.yaml"),
        table="shop-events",
        records_bucket="files",
        files=StagedFiles(bucket="files", prefix="data/events/", converted=converted),
        tolerate=tolerate,
    )

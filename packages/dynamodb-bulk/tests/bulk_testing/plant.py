"""A dataset with known faults: a copy of an example, or a small one made for the test."""

import gzip
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.preflight.report import CheckReport
from dynamodb_bulk.preflight.run import check_dataset
from dynamodb_bulk.sources.reading import local_files

EXAMPLES = Path(__file__).parents[4] / "examples"
SMALL: dict[str, Any] = {
    "name": "small",
    "source": {"files": ["*.csv"]},
    "columns": [
        {"name": "id", "type": "STRING", "length": 8},
        {"name": "pieces", "type": "INT2"},
        {"name": "note", "type": "STRING", "length": 20},
    ],
    "table": {"partition_key": {"name": "id", "type": "S"}},
}


@cache
def opened(example: str) -> Dataset:
    return open_dataset(EXAMPLES / example / "dataset.yaml")


def checked(path: Path, **options: Any) -> CheckReport:
    dataset = open_dataset(path)
    return check_dataset(dataset, local_files(dataset), **options)


def places(report: CheckReport, kind: str) -> list[tuple[str, int | None]]:
    """File name and line of each example of a kind."""
    return [(Path(one.file).name, one.line) for one in report.findings[kind].examples]


def small(folder: Path, data: bytes | dict[str, bytes], **changes: Any) -> Path:
    """The small dataset with these files; `changes` replace keys, those of `source` one by one."""
    source = {**SMALL["source"], **changes.pop("source", {})}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ({"a.csv": data} if isinstance(data, bytes) else data).items():
        (folder / name).write_bytes(content)
    path = folder / "dataset.yaml"
    path.write_text(yaml.safe_dump({**SMALL, **changes, "source": source}))
    return path


def spoiled(example: str, folder: Path, spoil: Callable[[list[bytes]], list[bytes]]) -> tuple[Path, int]:
    """A copy of an example with the rows of its first file changed, and how many lines that file has."""
    made = b""

    def change(content: bytes) -> bytes:
        nonlocal made
        lines = content.split(b"\n")
        made = b"\n".join([*lines[:headers], *spoil(lines[headers:])])
        return made

    headers = opened(example).csv.header_rows
    return rewritten(example, folder, change), made.count(b"\n") + 1


def rewritten(
    example: str,
    folder: Path,
    change: Callable[[bytes], bytes],
    store: Callable[[bytes], bytes] | None = None,
) -> Path:
    """A copy of an example with the text of its first file changed, stored as it was or by `store`."""
    copy, dataset = folder / example, opened(example)
    shutil.copytree(EXAMPLES / example, copy)
    file = copy / dataset.files[0].relative_to(EXAMPLES / example)
    packed = dataset.source.compression == "gzip"
    content = gzip.decompress(file.read_bytes()) if packed else file.read_bytes()
    store = store or (gzip.compress if packed else bytes)
    file.write_bytes(store(change(content)))
    return copy / "dataset.yaml"

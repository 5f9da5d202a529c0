"""Several datasets at once, by file or by folder."""

import os
from collections.abc import Iterable
from pathlib import Path

from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path

FILE = "dataset.yaml"


def dataset_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The dataset files that are meant: a folder stands for every `dataset.yaml` in it, however deep.

    Raises InputError for a folder without one, and for one that cannot be looked into.
    """
    found: dict[Path, None] = {}
    for path in paths:
        inside = _below(path) if path.is_dir() else [path]
        if not inside:
            raise InputError(display_path(path), f"no {FILE} in this folder or below it")
        found.update(dict.fromkeys(inside))
    return tuple(found)


def _below(folder: Path) -> list[Path]:
    def refuse(error: OSError) -> None:
        raise InputError(display_path(Path(str(error.filename))), error.strerror or str(error))

    return sorted(Path(at, FILE) for at, _, files in os.walk(folder, onerror=refuse) if FILE in files)


def open_datasets(paths: Iterable[Path]) -> tuple[Dataset, ...]:
    """The datasets, opened; raises InputError where one is wrong or two have the same name."""
    datasets: dict[str, Dataset] = {}
    for path in dataset_files(paths):
        dataset = open_dataset(path)
        if dataset.name in datasets:
            other = display_path(datasets[dataset.name].path)
            raise InputError(display_path(path), f"named {dataset.name}, as is {other}", "rename one of them")
        datasets[dataset.name] = dataset
    return tuple(datasets.values())

"""Counts the rows of a dataset's files, and finds the first that cannot become items."""

from dataclasses import dataclass

from dataset.dataset import Dataset
from dataset.rows import Rejected
from dataset.sources import open_items
from operations.aws import Aws
from operations.cores import on_a_core
from operations.files import source_files

EXAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class Survey:
    """Rows in the files, how many of them the dataset's rules reject, and the first of those."""

    rows: int
    rejected: int
    examples: tuple[Rejected, ...]


def survey(dataset: Dataset, aws: Aws) -> Survey:
    """Read every row once, streaming; memory does not grow with the files."""
    rows = rejected = 0
    examples: list[Rejected] = []
    with on_a_core():
        for file in source_files(dataset, aws):
            for batch in open_items(dataset, file):
                rows += len(batch.items) + len(batch.rejected)
                rejected += len(batch.rejected)
                examples += batch.rejected[: EXAMPLES - len(examples)]
    return Survey(rows=rows, rejected=rejected, examples=tuple(examples))

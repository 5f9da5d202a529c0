"""Reads a dataset's rows into items and prints the peak memory of that, in KiB."""

import resource
import sys
from pathlib import Path

from dynamodb_bulk.csv.reader import read_rows
from dynamodb_bulk.dataset import open_dataset


def main() -> None:
    """`python -m benchmarks.reading DATASET`."""
    dataset = open_dataset(Path(sys.argv[1]))
    to_item = dataset.row_to_item()
    for file in dataset.files:
        with file.open("rb") as stream:
            for batch in read_rows(
                stream, file.name, [column.name for column in dataset.columns], dataset.csv
            ):
                to_item(batch)
    sys.stdout.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


if __name__ == "__main__":
    main()

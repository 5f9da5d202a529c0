"""The options of a conversion."""

from dataclasses import dataclass
from typing import Literal

Format = Literal["dynamodb_json", "ion"]
Compression = Literal["none", "gzip", "zstd"]

SUFFIXES: dict[str, str] = {
    "dynamodb_json": ".json",
    "ion": ".ion",
    "none": "",
    "gzip": ".gz",
    "zstd": ".zst",
}
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Options:
    """`part_bytes` is the most text that a file holds, before compression, unless one item is larger.

    `conditions`: each line holds the dataset's condition as well, for bulk put.

    Shuffling puts the items in an order that depends on the `seed` alone, so that a load spreads over a
    table's partitions: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.BestPractices.html
    """

    format: Format = "dynamodb_json"
    compression: Compression = "zstd"
    part_bytes: int = 256 * MEGABYTE
    shuffle: bool = False
    seed: int = 0
    conditions: bool = False

    @property
    def suffix(self) -> str:
        """The ending of the files' names."""
        return SUFFIXES[self.format] + SUFFIXES[self.compression]

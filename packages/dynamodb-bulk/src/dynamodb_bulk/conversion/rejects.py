"""The file of rows that did not become items, one JSON object per line."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import IO

from dynamodb_bulk.csv.batches import Rejected


class RejectsFile:
    """Rows with file, line, column, value, reason and the start of their text, added at the end."""

    def __init__(self, path: Path, *, rejected: int) -> None:
        self._stream: IO[bytes] = path.open("ab")
        self.rejected = rejected
        self.bytes = path.stat().st_size

    def add(self, row: Rejected) -> None:
        """Write a row."""
        text = json.dumps(asdict(row), ensure_ascii=False)
        line = f"{text}\n".encode("utf-8", "backslashreplace")
        self._stream.write(line)
        self.bytes += len(line)
        self.rejected += 1

    def sync(self) -> None:
        """Have all of it on disk."""
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

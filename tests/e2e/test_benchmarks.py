"""What the benchmarks measure is what it says it is."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks import export
from benchmarks.readings import make

ITEMS = 400


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_export_that_is_measured_becomes_a_file_of_as_many_rows(tmp_path: Path, kind: Any) -> None:
    make(tmp_path, ITEMS, ITEMS)
    assert export.to_files(tmp_path, kind) == ITEMS
    assert export.plain(tmp_path) == ITEMS

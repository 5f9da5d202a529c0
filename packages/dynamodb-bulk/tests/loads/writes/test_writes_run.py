"""A load by writes, from its files to its verdict."""

from pathlib import Path

import pytest

from bulk_testing.writes_stage import WritesStage
from local_aws.testing.stage import Stage


@pytest.fixture
def writes(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WritesStage:
    """A load into a table on demand."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    made = WritesStage(stage, tmp_path)
    stage.table(made.table)
    return made


def test_up_writes_every_row_and_judges_it(writes: WritesStage) -> None:
    writes.count(2_000)
    assert writes.up().startswith("2,000 items loaded in ")
    assert len(writes.items()) == 2_000
    assert writes.status().verdict == "good"
    assert writes.journal().journal.state == "ended"

"""What the tests of loads by writes share."""

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

"""How a load stands."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from dynamodb_bulk.loads.progress import Progress
from dynamodb_bulk.loads.run_record import Outcome

NOT_STARTED = "not started"


@dataclass(frozen=True, kw_only=True)
class LoadStatus:
    """A load at one moment; `good` is None while there is no verdict yet.

    `rows_in_files` is None if the files were not counted here. `progress`: only of a load that AWS works at.
    """

    load: str
    method: str
    table: str
    rows_in_files: int | None = 0
    items_written: int = 0
    condition_failed: int = 0
    rejected: int = 0
    seconds: float = 0.0
    good: bool | None = None
    verdict: str = NOT_STARTED
    progress: Progress | None = None

    def as_json(self, before: Progress | None = None) -> dict[str, Any]:
        """Return plain values; `before`: the progress at an earlier look, for the rate since then."""
        told = {"progress": self.progress.as_json(before)} if self.progress else {}
        return {**asdict(replace(self, progress=None)), **told}


def recorded(row: LoadStatus, rows_in_files: int | None, outcome: Outcome) -> LoadStatus:
    """Return the row with how the load ended."""
    return replace(
        row,
        rows_in_files=rows_in_files,
        items_written=outcome.written,
        condition_failed=outcome.condition_failed,
        rejected=outcome.rejected,
        seconds=round(outcome.seconds, 1),
        good=outcome.good,
        verdict=outcome.verdict,
    )

"""Looks at several things of a stack, of which one that fails does not hide the others."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from botocore.exceptions import BotoCoreError

from dynamodb_bulk.aws.refusals import cause_of
from dynamodb_bulk.export.record import ExportStatus
from dynamodb_bulk.loads.scheduled_runs import RunStatus
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.one_line import in_one_line

Row = TypeVar("Row", bound=LoadStatus | ExportStatus | RunStatus)
Thing = TypeVar("Thing")


class Looks:
    """What was found, and what failed."""

    def __init__(self) -> None:
        self._found = 0
        self._failed: list[Exception] = []

    def at(
        self,
        things: Iterable[Thing],
        look: Callable[[Thing], Sequence[Row]],
        unknown: Callable[[Thing], Row],
    ) -> list[Row]:
        """Return the rows of all; of one whose look fails, a row that is not known, with the reason.

        Raise at once where AWS cannot be asked, rather than ask for each of them.
        """
        rows: list[Row] = []
        for thing in things:
            try:
                rows += look(thing)
            except Exception as error:
                line = in_one_line(error)
                if line is None or (not self._found and isinstance(cause_of(error), BotoCoreError)):
                    raise
                self._failed.append(error)
                rows.append(replace(unknown(thing), verdict=f"unknown: {line}"))
            else:
                self._found += 1
        return rows

    def insist(self) -> None:
        """Raise why, where nothing at all was found."""
        if self._failed and not self._found:
            raise self._failed[0]

    def code(self, rows: Iterable[LoadStatus | ExportStatus | RunStatus]) -> int:
        """Return the exit code: 1 where something is not good, or not known."""
        return 1 if self._failed or any(row.good is False for row in rows) else 0

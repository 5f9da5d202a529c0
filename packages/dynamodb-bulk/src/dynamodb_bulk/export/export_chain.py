"""A full export and the incremental ones that follow it without a hole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dynamodb_bulk.export.manifest import Export
from dynamodb_bulk.export.request import LONGEST, SHORTEST, iso
from dynamodb_bulk.spec.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Chain:
    """A full export, and incremental ones in the order of their windows; the table as it was at `at`."""

    full: Export
    changes: tuple[Export, ...] = ()

    @property
    def at(self) -> datetime | None:
        """The time of the chain."""
        moments = (self.full.summary.export_time, *(one.summary.to_time for one in self.changes))
        return max((moment for moment in moments if moment), default=None)

    @property
    def windows(self) -> tuple[tuple[datetime, datetime], ...]:
        """The start and end of the changes; InputError if a manifest does not have them."""
        return tuple(map(_window, self.changes))

    @property
    def uncertain(self) -> tuple[datetime, datetime] | None:
        """The time whose puts may still be among the items though they were deleted later.

        A window that begins before the full export has no record of such an item, unless other windows lead
        from the full export to its end. Windows are in whole seconds, full exports are not: fractions do not
        count.
        """
        at = self.full.summary.export_time
        if at is None:
            return None
        whole = at.replace(microsecond=0)
        sure, before = at, list[tuple[datetime, datetime]]()
        for window in self.windows:
            if window[0] < whole:
                before.append(window)
            elif window[0] <= sure:
                sure = max(sure, window[1])
        begun = [start for start, end in before if end > sure]
        return (min(begun), at) if begun else None


def chain_of(exports: Sequence[Export], command: str = "bulk export …") -> Chain:
    """Return the exports in order; raise InputError if they are not a chain of one table.

    `command` is the start of the command that makes a missing export.
    """
    full = [export for export in exports if not export.summary.incremental]
    if len(full) != 1:
        names = ", ".join(export.place.shown for export in (full or exports))
        what = f"{len(full)} full exports" if full else "no full export, only changes"
        raise InputError(names, what, "name one full export and the incremental ones after it")
    base = full[0]
    reached = base.summary.export_time
    changes = sorted(
        (export for export in exports if export.summary.incremental), key=lambda one: _window(one)[0]
    )
    for export in changes:
        _same_table(base, export)
        start, end = _window(export)
        if reached is None:
            raise InputError(base.place.shown, "its manifest has no exportTime", "export it again")
        if start > reached:
            raise InputError(
                export.place.shown,
                f"a hole in the chain: nothing covers {iso(reached)} to {iso(start)}",
                "name the incremental export of that time too, or make one: "
                f"{command} --type incremental --since {iso(reached)} --until {iso(_end(reached, start))}",
            )
        reached = max(reached, end)
    return Chain(full=base, changes=tuple(changes))


def _window(export: Export) -> tuple[datetime, datetime]:
    summary = export.summary
    if summary.from_time is None or summary.to_time is None:
        raise InputError(
            export.place.shown, "its manifest has no exportFromTime and exportToTime", "export it again"
        )
    return summary.from_time, summary.to_time


def _same_table(base: Export, export: Export) -> None:
    for what, one, other in (
        ("table", base.summary.table_arn, export.summary.table_arn),
        ("life of the table", base.summary.table_id, export.summary.table_id),
    ):
        if one != other:
            raise InputError(
                export.place.shown, f"of another {what} than {base.place.shown}: {other}, not {one}"
            )


def _end(since: datetime, until: datetime) -> datetime:
    """Return the end of a window that AWS takes, and that covers as much of this time as one can.

    Whole seconds, as AWS accepts no others.
    """
    whole = until + timedelta(microseconds=-until.microsecond % 1_000_000)
    return min(max(whole, since.replace(microsecond=0) + SHORTEST), since.replace(microsecond=0) + LONGEST)

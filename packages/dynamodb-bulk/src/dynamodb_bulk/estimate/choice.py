"""Choose the method for a load, for `bulk estimate` and `method: auto`."""

from dataclasses import dataclass
from typing import Literal

Method = Literal["native", "bulk_put", "dms"]
# A task that takes longer is no way to load; the watch of a stack ends then too.
DMS_LIMIT_SECONDS = 12 * 3600


@dataclass(frozen=True, kw_only=True)
class LoadFacts:
    """The facts that decide; `dms_seconds` is the longest time of DMS, None if rows are not counted."""

    table_exists: bool
    global_table: bool = False
    ongoing_changes: bool = False
    has_condition: bool = False
    has_dms_documents: bool = False
    dms_obstacle: str | None = None
    bulk_put_offered: bool = True
    dms_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The method, or None if no method fits, and the reason in a sentence."""

    method: Method | None
    why: str


def choose_method(facts: LoadFacts) -> Choice:
    """Pick the method of a load; the time of DMS decides where the facts have it."""
    if facts.ongoing_changes:
        return _dms(facts, "only DMS supports ongoing changes")
    if facts.has_dms_documents and facts.dms_obstacle is None and not _slow(facts):
        return _dms(facts, "the dataset comes with DMS documents, and its rows are few enough for DMS")
    if not facts.table_exists and not facts.has_condition:
        return Choice(
            method="native", why="the table is new: ImportTable fills it without using its write capacity"
        )
    if facts.global_table:
        return _dms(facts, "the table is a global table, which supports neither an import nor bulk put")
    reason = "each item has a condition" if facts.has_condition else "the table exists already"
    if facts.bulk_put_offered:
        return Choice(method="bulk_put", why=f"{reason}, which bulk put supports and ImportTable does not")
    return _dms(facts, f"{reason}, and bulk put is not available here")


def _dms(facts: LoadFacts, why: str) -> Choice:
    if facts.dms_obstacle:
        return Choice(method=None, why=f"{why}, but {facts.dms_obstacle}")
    if _slow(facts) and not facts.ongoing_changes:
        hours, most = (facts.dms_seconds or 0) / 3600, DMS_LIMIT_SECONDS / 3600
        return Choice(
            method=None, why=f"{why}, but DMS may take {hours:,.0f} hours, and the limit is {most:,.0f}"
        )
    return Choice(method="dms", why=why)


def _slow(facts: LoadFacts) -> bool:
    return facts.dms_seconds is not None and facts.dms_seconds > DMS_LIMIT_SECONDS

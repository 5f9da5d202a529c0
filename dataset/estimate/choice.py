"""Which method fits a load, and why: decided here for `bulk estimate` and `method: auto` alike."""

from dataclasses import dataclass
from typing import Literal

Method = Literal["native", "bulk_put", "dms"]
# A task that takes longer is no way to load; the watch of a stack ends then too.
DMS_LIMIT_SECONDS = 12 * 3600


@dataclass(frozen=True, kw_only=True)
class LoadFacts:
    """What decides; `dms_seconds` is the longest time that DMS may take, None where rows are not counted."""

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
    """The method, or None where no method fits, and the reason in a sentence."""

    method: Method | None
    why: str


METHODS: frozenset[Method] = frozenset({"native", "bulk_put", "dms"})


def choose_method(facts: LoadFacts, offered: frozenset[Method] = METHODS) -> Choice:
    """Pick the method of a load; where the one that fits is not among those `offered`, DMS if it can."""
    best = _fitting(facts)
    if best.method in offered or best.method is None:
        return best
    why = f"{best.method.replace('_', ' ')} would fit ({best.why}), but is not offered here"
    if facts.dms_seconds is not None and facts.dms_seconds > DMS_LIMIT_SECONDS:
        hours = facts.dms_seconds / 3600
        return Choice(method=None, why=f"{why}, and DMS may take {hours:,.0f} hours")
    return _dms(facts, why)


def _fitting(facts: LoadFacts) -> Choice:
    dms_fits = facts.dms_obstacle is None
    slow = facts.dms_seconds is not None and facts.dms_seconds > DMS_LIMIT_SECONDS
    if facts.ongoing_changes:
        return _dms(facts, "only DMS carries ongoing changes")
    if facts.has_dms_documents and dms_fits and not slow:
        return _dms(facts, "the dataset comes with DMS documents, and its rows are few enough for DMS")
    if not facts.table_exists and not facts.has_condition:
        return Choice(
            method="native", why="the table is new: ImportTable fills it without using its write capacity"
        )
    if facts.global_table:
        return _dms(facts, "the table is a global table, which takes neither an import nor bulk put")
    reason = "each item has a condition" if facts.has_condition else "the table exists already"
    if facts.bulk_put_offered:
        return Choice(method="bulk_put", why=f"{reason}, which ImportTable does not take and bulk put does")
    return _dms(facts, f"{reason}, and bulk put is not offered here")


def _dms(facts: LoadFacts, why: str) -> Choice:
    if facts.dms_obstacle:
        return Choice(method=None, why=f"{why}, but {facts.dms_obstacle}")
    return Choice(method="dms", why=why)

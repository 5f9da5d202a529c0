"""Decide whether a load is good, for all methods. AWS's "finished" or "completed" is not enough."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.spec.errors import LoadFailed
from dynamodb_bulk.spec.text import number_of

if TYPE_CHECKING:
    from dynamodb_bulk.loads.changes import ChangeCounts

EXAMPLES = 5  # rows that an error names
NOT_COUNTED = (
    "not counted: the files in S3 are larger than the load's `count_up_to`, and AWS reported no error; raise "
    "it and run `pulumi up` to count the rows, or compare the table with the files by `bulk verify`"
)
# Measured of ImportTable: one error may stand for any number of rows.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Validation.html
_UNREAD = "AWS does not read a file beyond a record that it cannot read"
FIX_AND_REPEAT = "Items already written are kept. Fix the rejected rows and run `pulumi up` again."


def or_by_themselves(load: str) -> str:
    """What to do about rows that do not become items, after which nothing was loaded."""
    return (
        f"fix the rows and run `pulumi up` again; or write them to a file with `bulk rejected {load} --out "
        f"FILE`, fix them there, and load all with `bulk reload {load} --only-rejected FILE`"
    )


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Rows in the files and how many of them fit; `duplicates` have the key of an earlier row.

    `rows` is None if the files were not read. `examples` are lines for people.
    """

    rows: int | None
    rejected: int = 0
    duplicates: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fates:
    """The fates of a load's rows, by AWS's counts; `rejected` includes those that a conversion rejected.

    `read`: how many rows AWS read, with those that a conversion left out, where AWS counts them.
    """

    written: int
    condition_failed: int = 0
    rejected: int = 0
    read: int | None = None

    @property
    def accounted(self) -> int:
        """Rows whose fate is known."""
        return self.written + self.condition_failed + self.rejected


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Good, or every reason why not; `not_counted` where there is no reason, but no one counted the rows."""

    reasons: tuple[str, ...] = ()
    not_counted: bool = False

    @property
    def good(self) -> bool:
        """Whether every row of the files is accounted for."""
        return not self.reasons and not self.not_counted

    @property
    def words(self) -> str:
        """For users and for the record."""
        return "; ".join(self.reasons) or (NOT_COUNTED if self.not_counted else "good")

    def with_reasons(self, more: Sequence[str]) -> Self:
        """Return the verdict with more reasons why the load is not good."""
        reasons = (*self.reasons, *more)
        return replace(self, reasons=reasons, not_counted=self.not_counted and not reasons)


def account(counted: Counted, fates: Fates, *, reasons: Sequence[str] = (), tolerate: int = 0) -> Verdict:
    """Compare what became of the rows with what the files hold; `reasons` are those of AWS itself.

    Good: there are rows, each is written, failed its condition, or is rejected and tolerated, and no two have
    the same key. A duplicate key counts against `tolerate` as a rejected row does. Where rows were not
    counted nothing is tolerated.
    """
    tolerate = 0 if counted.rows is None else tolerate
    found = (*reasons, *_untolerated(counted, fates, tolerate), *_missing(counted, fates))
    return Verdict(reasons=found, not_counted=counted.rows is None and not found)


@dataclass(frozen=True, kw_only=True)
class ChangeFates:
    """The changes that AWS read, and those of them that it applied, by their operations."""

    read: Counter[str]
    applied: Counter[str]

    def pending(self, counted: "ChangeCounts") -> int:
        """How many of the files it has not read yet."""
        return (counted.changes - self.read).total()


def account_changes(counted: "ChangeCounts", fates: ChangeFates, *, late: Sequence[str] = ()) -> Verdict:
    """Compare what became of changes with what their files hold; `late` says of files that AWS skips.

    Good: none is rejected, each that AWS read is in the files and was applied. It may not have read all yet.
    """
    from dynamodb_bulk.loads.changes import in_words  # few loads have changes

    reasons = list(late)
    if counted.rejected:
        reasons.append(f"{number_of(counted.rejected, 'change')} rejected")
    if unknown := fates.read - counted.changes:
        reasons.append(f"AWS read {in_words(unknown)} that the files do not hold")
    if lost := fates.read - fates.applied:
        reasons.append(f"AWS did not apply {in_words(lost)}")
    return Verdict(reasons=tuple(reasons))


def not_good(
    load: DescribedLoad, reasons: str, lines: Sequence[str] = (), *, remedy: str = FIX_AND_REPEAT
) -> LoadFailed:
    """The failure of a load: why, the first rows, what to do."""
    first = f"load {load.name} into {load.table} is not good: {reasons}"
    return LoadFailed("\n  ".join([first, *lines, remedy]))


def _untolerated(counted: Counted, fates: Fates, tolerate: int) -> list[str]:
    if fates.rejected + counted.duplicates <= tolerate:
        return []
    tolerated = f" ({tolerate:,} tolerated)" if tolerate else ""
    found = ((fates.rejected, "rejected"), (counted.duplicates, "with a duplicate key"))
    return [f"{_of(count, counted.rows)} {what}{tolerated}" for count, what in found if count]


def _of(count: int, rows: int | None) -> str:
    return number_of(count, "row") if rows is None else f"{count:,} of {number_of(rows, 'row')}"


def _missing(counted: Counted, fates: Fates) -> list[str]:
    rows, accounted = counted.rows, fates.accounted
    if rows is None:
        lost = [_UNREAD] if fates.read is not None and fates.rejected else []
        return lost if accounted else ["AWS found no rows"]
    if not rows:
        return ["the files hold no rows"]
    if fates.read is not None and fates.read != rows:
        unread = f" ({_UNREAD})" if fates.read < rows and fates.rejected else ""
        return [f"the files hold {number_of(rows, 'row')}, but AWS read {fates.read:,}{unread}"]
    # AWS may or may not count an item that another one overwrites.
    if rows - counted.duplicates <= accounted <= rows:
        return []
    return [
        f"the files hold {number_of(rows, 'row')}, but AWS accounts for {accounted:,} ({fates.written:,} "
        f"written, {fates.condition_failed:,} condition failed, {fates.rejected:,} rejected)"
    ]

"""Columns of texts checked against their types, an entire batch at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import cast

import polars as pl

from dynamodb_bulk.column_types.base import ValueType
from dynamodb_bulk.csv.batches import SHOWN, RejectionKind, kind_of

_ALSO = "; also "
_MOST_ALSO = 3


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a row does not become an item."""

    reason: str
    column: str | None = None
    value: str | None = None
    kind: RejectionKind = "unparsable"


@dataclass(frozen=True, kw_only=True)
class Problems:
    """The first problem of each row, by the row's place in the batch."""

    by_row: dict[int, Problem] = field(default_factory=dict[int, Problem])

    def add(self, row: int, problem: Problem) -> None:
        """Note a problem unless the row has one already."""
        self.by_row.setdefault(row, problem)

    def add_value(self, row: int, problem: Problem) -> None:
        """Note a problem of one value; the first of the row names those of its other columns, too."""
        first = self.by_row.setdefault(row, problem)
        if first is not problem and first.kind == problem.kind and first.reason.count(_ALSO) < _MOST_ALSO:
            reason = f"{first.reason}{_ALSO}{problem.column or 'a value'} {problem.value!r}: {problem.reason}"
            self.by_row[row] = replace(first, reason=reason)

    def add_where(self, mask: pl.Series, problem: Problem) -> None:
        """Note the same problem for every row where the mask is true."""
        for row in cast("list[int]", mask.arg_true().to_list()) if mask.any() else ():
            self.add(row, problem)


@dataclass(frozen=True, kw_only=True)
class Check:
    """A text column of a frame, the type its values must have, and what messages call it."""

    name: str
    label: str
    type: ValueType

    @cached_property
    def plain(self) -> pl.Expr:
        """Whether no text needs more than to be rewritten."""
        return self.type.plain(pl.col(self.name)).alias(self.name)

    @cached_property
    def quick(self) -> pl.Expr:
        """Whether nothing needs to be done, where the type has a quicker answer to that."""
        return self.type.same(pl.col(self.name)).alias(self.name) if self.type.same else self.plain


def checked(frame: pl.DataFrame, checks: Sequence[Check], problems: Problems) -> pl.DataFrame:
    """Return the frame with each checked column in the form DynamoDB gets, null where a value is rejected."""
    checks = [check for check in checks if frame[check.name].null_count() < frame.height]
    plain = frame.select(check.quick for check in checks)
    odd = [check for check in checks if check.type.same and not plain[check.name].all()]
    if odd:
        plain = plain.with_columns(frame.select(check.plain for check in odd).get_columns())
    rewritten = frame.with_columns(
        check.type.rewrite(pl.col(check.name)).alias(check.name)
        for check in checks
        if check.type.rewrite and (check.type.same is None or check in odd)
    )
    parsed = [
        _parsed(frame[check.name], rewritten[check.name], plain[check.name], check, problems)
        for check in checks
        if not plain[check.name].all()
    ]
    return rewritten.with_columns(parsed) if parsed else rewritten


def _parsed(
    texts: pl.Series, rewritten: pl.Series, plain: pl.Series, check: Check, problems: Problems
) -> pl.Series:
    rows = (~plain).arg_true()
    results: list[str | None] = []
    for row, text in zip(
        cast("list[int]", rows.to_list()), cast("list[str]", texts.gather(rows).to_list()), strict=True
    ):
        try:
            results.append(check.type.parse(text))
        except ValueError as error:
            results.append(None)
            problems.add_value(
                row,
                Problem(
                    reason=str(error), column=check.label or None, value=text[:SHOWN], kind=kind_of(error)
                ),
            )
    return rewritten.clone().scatter(rows, pl.Series(results, dtype=pl.String))

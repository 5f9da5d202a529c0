"""Items as rows of a dataset's columns, so that the rows would become these very items again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import polars as pl

from dynamodb_bulk.column_types.base import ValueType
from dynamodb_bulk.column_types.reals import NUMBER
from dynamodb_bulk.csv.batches import SHOWN, frame_name
from dynamodb_bulk.dms.mappings import ObjectMapping
from dynamodb_bulk.items.numbers import canonical_numbers
from dynamodb_bulk.items.validation import Check, Problem, Problems, checked
from dynamodb_bulk.items_to_rows.columns import Source, cutting_patterns, find_sources, value_patterns
from dynamodb_bulk.items_to_rows.consistency import built_text, disagreements
from dynamodb_bulk.items_to_rows.extract import TextReader
from dynamodb_bulk.items_to_rows.template_tree import Leaf, item_shape, leaves
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.keys import TableKeys
from dynamodb_bulk.spec.target_values import Document


@dataclass(frozen=True, kw_only=True)
class NoRow:
    """An item that no row becomes: its place among the lines, from 0, and why."""

    place: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows: `frame` has a String column per column of the dataset, as items hold its values (dates in ISO).

    Columns are named by `frame_name`. `places` (UInt32) are the positions of the items among the lines,
    `others` the items that are not rows.
    """

    places: pl.Series
    frame: pl.DataFrame
    others: tuple[NoRow, ...]


class ItemToRow:
    """Make rows from items; `lost` are columns that items do not restore, null in every row.

    An item that no row could have made is not a row, nor is one that fits more than one row. A text that is
    empty inside a longer one is NULL, except for a column in a key. Numbers keep their
    digits; of `1.50` in a number attribute DynamoDB may have kept `1.5`.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        mapping: ObjectMapping,
        keys: TableKeys,
        attributes: Mapping[str, Document] | None = None,
        null_value: str = "",
    ) -> None:
        self._columns = tuple(columns)
        self._patterns = value_patterns(columns)
        self._exponents = {column.name for column in columns if column.column_type.exponents}
        shape = item_shape(columns, mapping, attributes)
        self._texts = TextReader(shape)
        self._leaves = tuple(leaves(shape))
        self._sources, self.lost = find_sources(columns, self._leaves)
        self._null_value = null_value
        self._keys = {key.name: role for role, key in keys.by_role.items()}
        self._in_keys = {name for leaf in self._leaves if leaf.shown in self._keys for name in leaf.columns}
        found = {name for source in self._sources for name in source.gives}
        self._checks = [
            Check(name=frame_name(column.name), label=column.name, type=_as_item(column))
            for column in columns
            if column.name in found
        ]
        self._found = found

    def __call__(self, lines: Sequence[bytes]) -> Rows:
        """Return the rows of items, each a line `{"Item":{…}}`."""
        texts = self._texts(lines)
        problems = Problems()
        frame = self._leaf_values(texts.frame, problems)
        for source in self._sources:
            frame = self._read(source, frame, problems)
        frame = checked(frame, self._checks, problems)
        for leaf in self._leaves:
            if self._found.issuperset(leaf.columns):
                for row, problem in disagreements(leaf, frame):
                    problems.add(row, problem)
            self._check_key(leaf, frame, problems)
        lost = [pl.lit(None, dtype=pl.String).alias(frame_name(one.column)) for one in self.lost]
        rows = frame.with_columns(lost).select(frame_name(column.name) for column in self._columns)
        places = texts.places
        others = [NoRow(place=at, reason=why) for at, why in texts.others]
        if problems.by_row:
            for row, problem in problems.by_row.items():
                reason = f"column {problem.column}: {problem.reason}" if problem.column else problem.reason
                others.append(NoRow(place=int(places[row]), reason=reason))
            good = pl.Series([row not in problems.by_row for row in range(len(places))], dtype=pl.Boolean)
            rows, places = rows.filter(good), places.filter(good)
        return Rows(places=places, frame=rows, others=tuple(sorted(others, key=lambda one: one.place)))

    def _leaf_values(self, frame: pl.DataFrame, problems: Problems) -> pl.DataFrame:
        """Return bytes as hexadecimal, numbers without needless zeros."""
        binary = [leaf.alias for leaf in self._leaves if leaf.kind == "B"]
        if binary:
            frame = frame.with_columns(
                pl.col(alias).str.decode("base64", strict=False).bin.encode("hex") for alias in binary
            )
        numbers = [leaf for leaf in self._leaves if leaf.kind == "N"]
        if not numbers:
            return frame
        labels = [Check(name=leaf.alias, label="", type=NUMBER.unwritten) for leaf in numbers]
        frame = checked(frame, labels, problems)
        whole = [leaf for leaf in numbers if leaf.sole not in self._exponents]
        return frame.with_columns(canonical_numbers(frame[leaf.alias]) for leaf in whole)

    def _read(self, source: Source, frame: pl.DataFrame, problems: Problems) -> pl.DataFrame:
        leaf = source.leaf
        if leaf.sole is not None:
            return frame.with_columns(pl.col(leaf.alias).alias(frame_name(leaf.sole)))
        if len(source.gives) == 1:
            return frame.with_columns(self._null(source.gives[0], _rest(leaf, source.gives[0])))
        longest, shortest = (
            frame[leaf.alias].str.extract_groups(pattern).struct.unnest()
            for pattern in cutting_patterns(leaf, self._patterns)
        )
        places = {name: place for place, name in enumerate(leaf.columns)}
        cut = longest.select(pl.nth(places[name]).alias(frame_name(name)) for name in source.gives)
        differ = longest.select(
            pl.any_horizontal(
                (longest.to_series(place) != shortest.to_series(place)).alias(str(place))
                for place in range(len(leaf.columns))
            )
        ).to_series()
        what = f"attribute {leaf.shown} can be cut into {', '.join(leaf.columns)} in more than one way"
        for row in cast("list[int]", differ.arg_true().to_list()):
            problems.add(row, Problem(reason=f"{what}: {frame[leaf.alias][row][:SHOWN]!r}"))
        found = (self._null(name, pl.col(frame_name(name))) for name in source.gives)
        return frame.with_columns(cut.select(found))

    def _null(self, column: str, text: pl.Expr) -> pl.Expr:
        if not (self._null_value and column in self._in_keys):
            text = pl.when(text != "").then(text)
        return text.alias(frame_name(column))

    def _check_key(self, leaf: Leaf, frame: pl.DataFrame, problems: Problems) -> None:
        role = self._keys.get(leaf.shown)
        for name in leaf.columns if role else ():
            if name in self._found:
                reason = f"attribute {leaf.shown}, the {role} key, holds nothing for column {name}"
                problems.add_where(frame[frame_name(name)].is_null(), Problem(reason=reason))


def _rest(leaf: Leaf, column: str) -> pl.Expr:
    """Return what is left of a text when all around one column is taken off."""
    at = 2 * leaf.columns.index(column) + 1
    before, after = built_text(leaf.pieces[:at]), built_text(leaf.pieces[at + 1 :])
    text = pl.col(leaf.alias)
    start, end = before.str.len_bytes().cast(pl.Int64), after.str.len_bytes().cast(pl.Int64)
    data = text.cast(pl.Binary)
    length = text.str.len_bytes().cast(pl.Int64) - start - end
    cut = pl.when(length >= 0).then(data.bin.slice(start, length))
    return cut.cast(pl.String, strict=False)


def _as_item(column: Column) -> ValueType:
    """Return the type of the column's values as they stand in items: dates in ISO, numbers with a point."""
    return column.column_type.values(column.in_items)

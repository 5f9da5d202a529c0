"""Rows as DynamoDB items: the one place that says what a row becomes.

Used by every check, conversion and load. Source of the rules:
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import polars as pl

from dataset.attributes import KeyRule, plan_attributes, plan_keys, where_of
from dataset.batches import SHOWN, Rejected, RowBatch
from dataset.checks import Check, Problem, Problems, checked
from dataset.columns import Column
from dataset.keys import TableKeys
from dataset.mappings import ObjectMapping
from dataset.sizes import ITEM_BYTES, item_bytes
from dataset.target_values import Document
from dataset.templates import Templates, escape, named, object_json
from dataset.values import value_type

_ITEM = "\0item"


@dataclass(frozen=True, kw_only=True)
class ItemBatch:
    """The items of a batch of rows: `items` (String) in DynamoDB JSON, `lines` (UInt64) where each begins.

    `rejected` holds every row of the batch that did not become an item, in the order of the file.
    """

    file: str
    lines: pl.Series
    items: pl.Series
    rejected: tuple[Rejected, ...]


class RowToItem:
    """Makes the items of one table.

    Raises InputError where the mapping cannot work with the columns and keys. Columns that are excluded and
    used nowhere are still checked, as DMS reads a row before it maps it, except for the types that it does
    not carry. A NULL column is not written, whether it is declared nullable or not.

    `attributes`, in DynamoDB JSON with templates, take the place of the mapping's own: then types are written
    that DMS does not carry.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        mapping: ObjectMapping,
        keys: TableKeys | None = None,
        attributes: Mapping[str, Document] | None = None,
    ) -> None:
        beyond_dms = attributes is not None
        templates = Templates(columns, where_of(mapping), beyond_dms=beyond_dms)
        planned = plan_attributes(columns, mapping, templates, attributes)
        self._keys = plan_keys(planned, columns, mapping, keys)
        self._columns = [
            Check(name=column.name, label=column.name, type=value_type(column))
            for column in columns
            if beyond_dms or column.rule.becomes is not None
        ]
        self._leaves = templates.leaves
        self._leaf_checks = [
            Check(name=leaf.alias, label=leaf.attribute, type=leaf.type) for leaf in self._leaves
        ]
        self._texts = [column.name for column in columns if column.type in ("STRING", "CLOB")]
        self._entries = [named(attribute.name, attribute.json) for attribute in planned]
        self._roots = [attribute.json.text.meta.root_names() for attribute in planned]

    def __call__(self, batch: RowBatch) -> ItemBatch:
        """Turn rows into items; a row is rejected for the first thing wrong with it."""
        problems = Problems()
        values = checked(batch.frame, self._columns, problems)
        if self._leaves:
            values = values.with_columns(leaf.text.alias(leaf.alias) for leaf in self._leaves)
            values = checked(values, self._leaf_checks, problems)
        for key in self._keys:
            _check_key(values, key, problems)
        if self._texts:
            values = values.with_columns(escape(values.select(self._texts)))
        items = self._items(values)
        _check_sizes(items, problems)
        rejected = list(batch.rejected)
        lines = batch.lines
        if problems.by_row:
            rejected += _rejected(batch, problems)
            rejected.sort(key=lambda one: one.line)
            bad = pl.Series(sorted(problems.by_row), dtype=pl.UInt32)
            good = ~pl.int_range(len(lines), dtype=pl.UInt32, eager=True).is_in(bad.implode())
            lines, items = lines.filter(good), items.filter(good)
        return ItemBatch(file=batch.file, lines=lines, items=items.rename("item"), rejected=tuple(rejected))

    def _items(self, values: pl.DataFrame) -> pl.Series:
        full = {
            name for name, nulls in zip(values.columns, values.null_count().row(0), strict=True) if not nulls
        }
        certain = [full.issuperset(roots) for roots in self._roots]
        return values.with_columns(object_json(self._entries, certain).alias(_ITEM))[_ITEM]


def _check_key(values: pl.DataFrame, key: KeyRule, problems: Problems) -> None:
    name = key.attribute.name
    for column in key.attribute.columns:
        reason = f"column {column} is NULL, and the {key.role} key {name} is made from it"
        problems.add_where(values[column].is_null(), Problem(reason=reason, column=column))
    sizes = values.with_columns(key.attribute.size.alias(_ITEM))[_ITEM]
    problems.add_where(sizes == 0, Problem(reason=f"the {key.role} key {name} is empty", column=name))
    for row in cast("list[int]", (sizes > key.longest).arg_true().to_list()):
        reason = f"the {key.role} key {name} has {sizes[row]} bytes, DynamoDB allows {key.longest}"
        problems.add(row, Problem(reason=reason, column=name))


def _check_sizes(items: pl.Series, problems: Problems) -> None:
    # An item is never larger than its text, so that only long texts have to be measured.
    for row in cast("list[int]", (items.str.len_bytes() > ITEM_BYTES).arg_true().to_list()):
        size = item_bytes(items[row])
        if size > ITEM_BYTES:
            problems.add(row, Problem(reason=f"the item has {size:,} bytes, DynamoDB allows {ITEM_BYTES:,}"))


def _rejected(batch: RowBatch, problems: Problems) -> list[Rejected]:
    rejected: list[Rejected] = []
    for row, problem in problems.by_row.items():
        fields = cast("tuple[str | None, ...]", batch.frame.row(row))
        rejected.append(
            Rejected(
                file=batch.file,
                line=batch.lines[row],
                reason=problem.reason,
                column=problem.column,
                value=problem.value,
                row=batch.delimiter.join((field or "")[:SHOWN] for field in fields)[:SHOWN],
            )
        )
    return rejected

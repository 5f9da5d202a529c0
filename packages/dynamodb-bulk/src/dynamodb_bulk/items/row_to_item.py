"""Rows as DynamoDB items: the one place that says what a row becomes.

Used by every check, conversion and load. Source of the rules:
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import polars as pl

from dynamodb_bulk.column_types.nested import MEMBERS
from dynamodb_bulk.csv.batches import OTHERS, SHOWN, Others, Rejected, RowBatch, frame_name
from dynamodb_bulk.dms.condition import Condition
from dynamodb_bulk.dms.mappings import ObjectMapping
from dynamodb_bulk.items.attributes import compared_attribute, plan_attributes, where_of
from dynamodb_bulk.items.key_rules import KeyRule, plan_index_keys, plan_keys
from dynamodb_bulk.items.sizes import ITEM_BYTES, item_bytes
from dynamodb_bulk.items.templates import Json, Templates, escape, named, object_json
from dynamodb_bulk.items.validation import Check, Problem, Problems, checked
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.keys import IndexKey, TableKeys
from dynamodb_bulk.spec.target_values import Document
from dynamodb_bulk.spec.text import Unit

_ITEM = "\0item"


@dataclass(frozen=True, kw_only=True)
class ItemBatch:
    """The items of a batch of rows: `items` (String) in DynamoDB JSON, `lines` (UInt64) where each begins.

    `rejected` holds every row of the batch that did not become an item, in the order of the file. `values`
    (String): what the condition of each item compares with, as ExpressionAttributeValues; None if it has
    no values of a row, or the items are from a file of items. `unit`: what `lines` counts.
    """

    file: str
    lines: pl.Series
    items: pl.Series
    rejected: tuple[Rejected, ...]
    values: pl.Series | None = None
    unit: Unit = "line"


@dataclass(frozen=True, kw_only=True)
class KeyBatch:
    """The rows of a batch that would become items: `lines` (UInt64), and the texts of their `keys`.

    `keys` has the String columns `partition` and `sort`, as far as the table has them. `rejected` as above.
    """

    file: str
    lines: pl.Series
    keys: pl.DataFrame
    rejected: tuple[Rejected, ...]


class RowToItem:
    """Make the items of one table.

    Raise InputError if the mapping cannot work with the columns and keys. Columns that are excluded and
    used nowhere are still checked, as DMS reads a row before it maps it, except for the types that it does
    not carry. A NULL column is not written, whether it is declared nullable or not.

    `attributes`, in DynamoDB JSON with templates, take the place of the mapping's own: then types are written
    that DMS does not support. A row without a value that the `condition` needs is rejected, and so is one
    with a value that none of the `index_keys` can be. `other_fields`: rows have a column `OTHERS`, more
    members. `sorted_members`: the members of items, and of maps in them, are in the order of their names; not
    those in columns of records.

    `types` are those of the attributes, by name.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        mapping: ObjectMapping,
        keys: TableKeys | None = None,
        attributes: Mapping[str, Document] | None = None,
        condition: Condition | None = None,
        index_keys: Sequence[IndexKey] = (),
        *,
        other_fields: bool = False,
        sorted_members: bool = False,
    ) -> None:
        beyond_dms = attributes is not None
        templates = Templates(
            columns, where_of(mapping), beyond_dms=beyond_dms, sorted_members=sorted_members
        )
        planned = plan_attributes(columns, mapping, templates, attributes)
        if sorted_members:
            planned.sort(key=lambda attribute: attribute.name)
        self.types = {attribute.name: attribute.type for attribute in planned}
        self._keys = plan_keys(planned, mapping, keys)
        self._index_keys = plan_index_keys(planned, index_keys, where_of(mapping))
        compared: Mapping[str, str] = condition.values if condition else {}
        self._compared = {
            placeholder: compared_attribute(name, planned, columns) for placeholder, name in compared.items()
        }
        self._columns = [
            Check(name=frame_name(column.name), label=column.name, type=column.column_type.values(column))
            for column in columns
            if beyond_dms or column.column_type.by_dms
        ]
        if other_fields:
            self._columns.append(Check(name=OTHERS, label="", type=MEMBERS))
        self._leaves = templates.leaves
        self._leaf_checks = [
            Check(name=leaf.alias, label=leaf.attribute, type=leaf.type) for leaf in self._leaves
        ]
        self._texts = [frame_name(column.name) for column in columns if column.column_type.any_text]
        self._written = {attribute.name: attribute.json.expression() for attribute in planned}
        self._entries = [named(attribute.name, attribute.json) for attribute in planned]
        self._roots = [attribute.json.text.meta.root_names() for attribute in planned]
        if other_fields:
            self._entries.append(Json("", pl.col(OTHERS), ""))
            self._roots.append([OTHERS])
        needed = {
            name
            for text in (
                *(key.attribute.text for key in (*self._keys, *self._index_keys)),
                *(attribute.json.text for attribute in self._compared.values()),
                *(leaf.text for leaf in self._leaves),
            )
            for name in text.meta.root_names()
        }
        self._bare_columns = [
            check if check.name in needed else replace(check, type=check.type.unwritten)
            for check in self._columns
        ]
        # For bounds on an item's size: in a list each element, which may be a byte, costs a byte more.
        roots = Counter(name for names in self._roots for name in names)
        roots.update(name for leaf in self._leaves for name in leaf.text.meta.root_names())
        self._copies = 2 * max(roots.values(), default=0)
        empty = pl.DataFrame(
            {name: [""] for name in (*(frame_name(column.name) for column in columns), *roots)}
        )
        self._fixed_bytes = len(self._items(empty)[0])

    def __call__(self, batch: RowBatch) -> ItemBatch:
        """Turn rows into items; a row is rejected for the first thing wrong with it."""
        return self.keyed(batch)[0]

    def keyed(self, batch: RowBatch) -> tuple[ItemBatch, pl.DataFrame]:
        """Return the items, and the texts of their keys as in a `KeyBatch`."""
        problems = Problems()
        values = batch.with_others(self._checked(batch, self._columns, problems))
        escaped = self._escaped(values)
        items = self._items(escaped)
        _check_sizes(items, problems)
        keys = self._key_texts(values)
        lines, [items, *others], rejected = _sorted_out(
            batch, [items, *keys, *self._values(escaped)], problems
        )
        compared = others[len(keys) :]
        items_batch = ItemBatch(
            file=batch.file,
            lines=lines,
            items=items.rename("item"),
            rejected=rejected,
            values=compared[0].rename("values") if compared else None,
            unit=batch.unit,
        )
        return items_batch, pl.DataFrame(others[: len(keys)])

    def check(self, batch: RowBatch) -> KeyBatch:
        """Find what a call would reject, and the keys of the rest, without writing the items."""
        problems = Problems()
        values = self._checked(batch, self._bare_columns, problems)
        if self._may_be_too_large(values, batch.others):
            whole = batch.with_others(self._checked(batch, self._columns, Problems()))
            _check_sizes(self._items(self._escaped(whole)), problems)
        keys = self._key_texts(values)
        lines, keys, rejected = _sorted_out(batch, keys, problems)
        return KeyBatch(file=batch.file, lines=lines, keys=pl.DataFrame(keys), rejected=rejected)

    def attribute(self, name: str, rows: pl.DataFrame) -> pl.Series | None:
        """Return one attribute in DynamoDB JSON, of values that are not checked; None if no item has it."""
        written = self._written.get(name)
        return None if written is None else self._escaped(rows).select(written.alias(_ITEM))[_ITEM]

    def _key_texts(self, values: pl.DataFrame) -> list[pl.Series]:
        texts = values.with_columns(key.attribute.text.alias(_ITEM + key.role) for key in self._keys)
        return [texts[_ITEM + key.role].alias(key.role) for key in self._keys]

    def _checked(self, batch: RowBatch, columns: Sequence[Check], problems: Problems) -> pl.DataFrame:
        values = checked(batch.frame, columns, problems)
        if self._leaves:
            values = values.with_columns(leaf.text.alias(leaf.alias) for leaf in self._leaves)
            values = checked(values, self._leaf_checks, problems)
        for key in (*self._keys, *self._index_keys):
            _check_key(values, key, problems)
        for attribute in self._compared.values():
            reason = f"{attribute.name} is NULL, and the condition needs it"
            missing = values.select(attribute.json.text.is_null().alias(_ITEM))[_ITEM]
            problems.add_where(missing, Problem(reason=reason, column=attribute.name, kind="value-missing"))
        return values

    def _may_be_too_large(self, values: pl.DataFrame, others: Others | None) -> bool:
        """Whether an item may be over the limit, were all of its values as long as the longest of each."""
        if not values.height:
            return False
        longest = values.select(pl.all().str.len_bytes().max().fill_null(0)).row(0)
        most = self._fixed_bytes + self._copies * sum(longest) + (others.longest if others else 0)
        return most > ITEM_BYTES

    def _escaped(self, values: pl.DataFrame) -> pl.DataFrame:
        return values.with_columns(escape(values.select(self._texts))) if self._texts else values

    def _values(self, values: pl.DataFrame) -> list[pl.Series]:
        if not self._compared:
            return []
        entries = [named(placeholder, attribute.json) for placeholder, attribute in self._compared.items()]
        return [values.with_columns(object_json(entries, [True] * len(entries)).alias(_ITEM))[_ITEM]]

    def _items(self, values: pl.DataFrame) -> pl.Series:
        full = {
            name for name, nulls in zip(values.columns, values.null_count().row(0), strict=True) if not nulls
        }
        certain = [full.issuperset(roots) for roots in self._roots]
        return values.with_columns(object_json(self._entries, certain).alias(_ITEM))[_ITEM]


def _check_key(values: pl.DataFrame, key: KeyRule, problems: Problems) -> None:
    name = key.attribute.name
    for column in () if key.optional else key.attribute.columns:
        reason = f"column {column} is NULL, and the {key.role} key {name} is made from it"
        problems.add_where(
            values[frame_name(column)].is_null(), Problem(reason=reason, column=column, kind="key-missing")
        )
    sizes = values.with_columns(key.attribute.size.alias(_ITEM))[_ITEM]
    empty = Problem(reason=f"the {key.role} key {name} is empty", column=name, kind="key-empty")
    problems.add_where(sizes == 0, empty)
    for row in cast("list[int]", (sizes > key.longest).arg_true().to_list()):
        reason = f"the {key.role} key {name} has {sizes[row]} bytes, DynamoDB allows {key.longest}"
        problems.add(row, Problem(reason=reason, column=name, kind="key-too-long"))


def _check_sizes(items: pl.Series, problems: Problems) -> None:
    # An item is never larger than its text, so that only long texts must be measured.
    for row in cast("list[int]", (items.str.len_bytes() > ITEM_BYTES).arg_true().to_list()):
        size = item_bytes(items[row])
        if size > ITEM_BYTES:
            reason = f"the item has {size:,} bytes, DynamoDB allows {ITEM_BYTES:,}"
            problems.add(row, Problem(reason=reason, kind="item-too-large"))


def _sorted_out(
    batch: RowBatch, columns: list[pl.Series], problems: Problems
) -> tuple[pl.Series, list[pl.Series], tuple[Rejected, ...]]:
    """Return the lines and columns of the rows without a problem, and the rows that are rejected."""
    if not problems.by_row:
        return batch.lines, columns, batch.rejected
    rejected = sorted((*batch.rejected, *_rejected(batch, problems)), key=lambda one: one.line)
    bad = pl.Series(sorted(problems.by_row), dtype=pl.UInt32)
    good = ~pl.int_range(len(batch.lines), dtype=pl.UInt32, eager=True).is_in(bad.implode())
    return batch.lines.filter(good), [column.filter(good) for column in columns], tuple(rejected)


def _rejected(batch: RowBatch, problems: Problems) -> list[Rejected]:
    rejected: list[Rejected] = []
    frame = batch.whole
    for row, problem in problems.by_row.items():
        fields = cast("tuple[str | None, ...]", frame.row(row))
        rejected.append(
            Rejected(
                file=batch.file,
                line=batch.lines[row],
                reason=problem.reason,
                column=problem.column,
                value=problem.value,
                kind=problem.kind,
                unit=batch.unit,
                row=batch.delimiter.join((field or "")[:SHOWN] for field in fields)[:SHOWN],
            )
        )
    return rejected

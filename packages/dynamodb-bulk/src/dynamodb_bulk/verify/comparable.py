"""Items in the form in which they can be compared: their keys, and all of them, each in one form."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import orjson
import polars as pl

from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.dms.changes import ChangeBatch
from dynamodb_bulk.item_files.canonical import canonical_keys, canonical_texts
from dynamodb_bulk.loads.changes import open_changes
from dynamodb_bulk.sources.reading import SourceFile, open_items, open_rows
from dynamodb_bulk.spec.keys import KeyAttribute, TableKeys


@dataclass(frozen=True, kw_only=True)
class Comparable:
    """`keys` has the columns `partition` and, where the table has one, `sort`; bytes are hexadecimal.

    `items` (String) are equal if the items are. `rejected` is how many further rows are not items.
    """

    keys: pl.DataFrame
    items: pl.Series
    rejected: int = 0


def comparable_texts(items: Iterable[bytes], keys: TableKeys) -> Comparable:
    """The same of items as text: each is parsed, written and dropped, so that it stays near the processor."""
    partition, sort = keys.partition, keys.sort
    loads, dumps, option = orjson.loads, orjson.dumps, orjson.OPT_SORT_KEYS
    texts: list[bytes] = []
    partitions: list[str] = []
    sorts: list[str] = []
    for text in items:
        item = loads(text)
        texts.append(dumps(item, option=option))
        partitions.append(item[partition.name][partition.type])
        if sort:
            sorts.append(item[sort.name][sort.type])
    found = zip(keys.by_role.items(), (partitions, sorts), strict=False)
    columns = {role: _key(texts, key) for (role, key), texts in found}
    written = pl.Series("item", texts, dtype=pl.Binary).cast(pl.String)
    return Comparable(keys=canonical_keys(pl.DataFrame(columns), keys), items=canonical_texts(written))


def comparable_rows(dataset: Dataset, file: SourceFile) -> Iterator[Comparable]:
    """Yield the items of a file of any format; raise InputError if it cannot be read."""
    keys = dataset.keys
    if not dataset.source.holds_items:
        to_item = dataset.row_to_item(sorted_members=True)
        # The map of a document is not sorted, nor are the members of records.
        document = dataset.object_mapping.rule_action == "map-record-to-document"
        unsorted = document or dataset.source.holds_records
        for rows in open_rows(dataset, file):
            batch, texts = to_item.keyed(rows)
            items = _written_again(batch.items, all_of_them=unsorted)
            yield Comparable(
                keys=canonical_keys(texts, keys), items=canonical_texts(items), rejected=len(batch.rejected)
            )
        return
    for batch in open_items(dataset, file):
        yield replace(comparable_texts(map(str.encode, batch.items), keys), rejected=len(batch.rejected))


def comparable_changes(dataset: Dataset, file: SourceFile) -> Iterator[tuple[Comparable, ChangeBatch]]:
    """Yield the items that changes in a file make, or would if they are deleted, and the changes of these."""
    to_item = dataset.row_to_item(sorted_members=True)
    for changes in open_changes(dataset, file):
        batch, texts = to_item.keyed(changes.rows)
        items = canonical_texts(_written_again(batch.items, all_of_them=True))
        rejected = len(batch.rejected)
        made = changes.rows.lines.is_in(batch.lines.implode()) if rejected else None
        yield (
            Comparable(keys=canonical_keys(texts, dataset.keys), items=items, rejected=rejected),
            changes if made is None else changes.where(made),
        )


def _key(texts: list[str], key: KeyAttribute) -> pl.Series:
    series = pl.Series(texts, dtype=pl.String)
    return series.str.decode("base64").bin.encode("hex") if key.type == "B" else series


def _written_again(items: pl.Series, *, all_of_them: bool) -> pl.Series:
    """Return texts with escapes in one form, as there is more than one way to write them."""
    odd = items.str.contains("" if all_of_them else "\\", literal=True)
    if not odd.any():
        return items
    texts = [
        orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS).decode()
        for text in items.filter(odd).to_list()
    ]
    return items.scatter(odd.arg_true(), pl.Series(texts, dtype=pl.String))

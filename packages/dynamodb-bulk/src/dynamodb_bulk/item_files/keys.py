"""Keys in the one form in which equal keys have equal texts, and their hashes."""

import polars as pl

from dynamodb_bulk.items.numbers import canonical_numbers
from dynamodb_bulk.spec.keys import KeyType, TableKeys

_SEEDS = {"partition": 1, "sort": 2}


def canonical(keys: pl.DataFrame, table: TableKeys) -> pl.DataFrame:
    """Return the key columns with each text brought to one form: 1, 1.0 and 1e0 are one number."""
    types: dict[str, KeyType] = {"partition": table.partition.type}
    if table.sort:
        types["sort"] = table.sort.type
    return keys.with_columns(_canonical(keys[role], kind) for role, kind in types.items())


def key_hash(keys: pl.DataFrame) -> pl.Series:
    """64 bits of each key (UInt64), the same for equal canonical keys."""
    mixed = pl.sum_horizontal(
        pl.col(role).hash(seed) for role, seed in _SEEDS.items() if role in keys.columns
    )
    return keys.select(mixed.alias("hash"))["hash"]


def _canonical(texts: pl.Series, kind: KeyType) -> pl.Series:
    match kind:
        case "S":
            return texts
        case "B":
            return texts.str.to_lowercase()
        case "N":
            return canonical_numbers(texts)

"""Keys in the one form in which equal keys have equal texts, and their hashes."""

from decimal import Context, Decimal

import polars as pl

from dataset.keys import KeyType, TableKeys

_EXACT = Context(prec=38)
_SEEDS = {"partition": 1, "sort": 2}


def canonical(keys: pl.DataFrame, table: TableKeys) -> pl.DataFrame:
    """The key columns with each text brought to one form: 1, 1.0 and 1e0 are one number."""
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
            return _numbers(texts)


def _numbers(texts: pl.Series) -> pl.Series:
    plain = texts.str.contains(r"\A-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?\z")
    text = pl.col(texts.name)
    cut = pl.when(text.str.contains(".", literal=True)).then(
        text.str.strip_chars_end("0").str.strip_chars_end(".")
    )
    short = cut.otherwise(text)
    simple = texts.to_frame().select(
        pl.when(short != "-0").then(short).otherwise(pl.lit("0")).alias(texts.name)
    )
    if plain.all():
        return simple[texts.name]
    others = texts.map_elements(_number, return_dtype=pl.String)
    return simple[texts.name].zip_with(plain, others)


def _number(text: str) -> str:
    return format(Decimal(text).normalize(_EXACT) + 0, "f")

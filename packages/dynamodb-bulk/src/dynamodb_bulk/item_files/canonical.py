"""Items, and keys, in the one form in which equal ones have equal texts.

Members are sorted, numbers are without needless zeros, sets are sorted: to DynamoDB these are the same items.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import Any, cast

import orjson
import polars as pl

from dynamodb_bulk.items.numbers import canonical_number, canonical_numbers
from dynamodb_bulk.spec.keys import KeyType, TableKeys

_SEEDS = {"partition": 1, "sort": 2}
_TAG = '"N":"'
_NUMBER = r'"N":"(?:0|-?[1-9][0-9]*|-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9])"'
_ZEROS = r'("N":"-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9])0+"'
_ONLY_ZEROS = r'("N":"-?(?:0|[1-9][0-9]*))\.0*"'
_SET = 'S":['  # the end of "SS", "NS" and "BS", and of few others
# Base64 has more than one text for the same bytes where the last character has bits to spare.
_BINARY = '"B":"'
_SPARE_BITS = r'"B":"[A-Za-z0-9+/]*(?:[^AQgw"]==|[^AEIMQUYcgkosw048="]=)"'


def canonical_items(documents: Iterable[object]) -> pl.Series:
    """Return items, or keys, in DynamoDB JSON (parsed) as texts (String), the same for equal ones."""
    dumps, option = orjson.dumps, orjson.OPT_SORT_KEYS
    texts = [dumps(document, option=option) for document in documents]
    return canonical_texts(pl.Series("item", texts, dtype=pl.Binary).cast(pl.String))


def canonical_texts(texts: pl.Series) -> pl.Series:
    """Return the same of texts of JSON that has no spaces and sorted members."""
    odd = _not_canonical(texts)
    if not odd.any():
        return texts
    cut = texts.filter(odd).str.replace_all(_ZEROS, '$1"').str.replace_all(_ONLY_ZEROS, '$1"')
    still = _not_canonical(cut)
    if still.any():
        others = [
            orjson.dumps(_canonical(orjson.loads(text)), option=orjson.OPT_SORT_KEYS).decode()
            for text in cast("list[str]", cut.filter(still).to_list())
        ]
        cut = cut.scatter(still.arg_true(), pl.Series(others, dtype=pl.String))
    return texts.scatter(odd.arg_true(), cut)


def canonical_item(item: Mapping[str, Any]) -> str:
    """Return the same of one item."""
    return canonical_items([item])[0]


def _not_canonical(texts: pl.Series) -> pl.Series:
    line = pl.col(texts.name)
    checks = line.str.count_matches(_TAG, literal=True) != line.str.count_matches(_NUMBER)
    checks = checks | line.str.contains(_SET, literal=True)
    if texts.str.contains(_BINARY, literal=True).any():
        checks = checks | line.str.contains(_SPARE_BITS)
    return texts.to_frame().select(checks.alias("odd"))["odd"]


def _canonical(members: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in members.items()}


def _value(value: dict[str, Any]) -> dict[str, Any]:
    [(kind, content)] = value.items()
    match kind:
        case "N":
            return {kind: canonical_number(content)}
        case "B":
            return {kind: _binary(content)}
        case "SS":
            return {kind: sorted(content)}
        case "NS":
            return {kind: sorted(map(canonical_number, content))}
        case "BS":
            return {kind: sorted(map(_binary, content))}
        case "M":
            return {kind: _canonical(content)}
        case "L":
            return {kind: [_value(element) for element in content]}
        case _:
            return value


def _binary(text: str) -> str:
    return b64encode(b64decode(text)).decode()


def canonical_keys(keys: pl.DataFrame, table: TableKeys) -> pl.DataFrame:
    """The key columns with each text brought to one form: 1, 1.0 and 1e0 are one number."""
    return keys.with_columns(_canonical_key(keys[role], key.type) for role, key in table.by_role.items())


def key_hash(keys: pl.DataFrame) -> pl.Series:
    """64 bits of each key (UInt64), the same for equal canonical keys."""
    mixed = pl.sum_horizontal(
        pl.col(role).hash(seed) for role, seed in _SEEDS.items() if role in keys.columns
    )
    return keys.select(mixed.alias("hash"))["hash"]


def _canonical_key(texts: pl.Series, kind: KeyType) -> pl.Series:
    match kind:
        case "S":
            return texts
        case "B":
            return texts.str.to_lowercase()
        case "N":
            return canonical_numbers(texts)

"""The words that DynamoDB reserves: an expression holds an attribute of such a name only by another name."""

from functools import cache
from importlib.resources import files


@cache
def reserved_words() -> frozenset[str]:
    """Return all of them, in capitals.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
    """
    lines = (files("dynamodb_bulk.spec") / "reserved_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))

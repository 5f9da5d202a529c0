"""The primary key of an item as one text, the same for equal keys."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from moto.dynamodb.models.dynamo_type import Item

from local_aws.dataplane.numbers import trimmed

Attributes = Mapping[str, Any]
"""An item, or its key, in DynamoDB JSON."""


def key_text(names: Sequence[str], item: Attributes) -> str:
    """Return the key of an item; raise KeyError, or ValueError if a number is none."""
    pairs: list[tuple[str, str]] = []
    for name in names:
        [(kind, value)] = item[name].items()
        pairs.append((kind, trimmed(value) if kind == "N" else value))
    return json.dumps(pairs)


def key_of(item: Item) -> str:
    """Return the key of an item that moto holds."""
    pairs: list[tuple[str, str]] = []
    for value in (item.hash_key, item.range_key):
        if value is None:
            continue
        held: Any = value.value
        plain = b64encode(held).decode() if isinstance(held, bytes) else held
        pairs.append((value.type, trimmed(plain) if value.type == "N" else plain))
    return json.dumps(pairs)


def key_attributes(names: Sequence[str], text: str) -> dict[str, Any]:
    """Return the key in DynamoDB JSON."""
    pairs: list[tuple[str, str]] = json.loads(text)
    return {name: {kind: value} for name, (kind, value) in zip(names, pairs, strict=True)}

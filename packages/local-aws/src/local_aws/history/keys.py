"""The primary key of an item as one text, the same for equal keys."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from moto.dynamodb.models.dynamo_type import Item

from local_aws.dataplane.item_json import as_json
from local_aws.dataplane.numbers import trimmed

Attributes = Mapping[str, Any]
"""An item, or its key, in DynamoDB JSON."""


def key_text(names: Sequence[str], item: Attributes) -> str:
    """Return the key of an item; raise KeyError, or ValueError if a number is none."""
    return _text(pair for name in names for [pair] in [item[name].items()])


def key_of(item: Item) -> str:
    """Return the key of an item that moto holds."""
    return _text((value.type, value.value) for value in (item.hash_key, item.range_key) if value is not None)


def _text(pairs: Iterable[tuple[str, Any]]) -> str:
    return json.dumps(
        [(kind, trimmed(value) if kind == "N" else value) for kind, value in pairs], default=as_json
    )


def key_attributes(names: Sequence[str], text: str) -> dict[str, Any]:
    """Return the key in DynamoDB JSON."""
    pairs: list[tuple[str, str]] = json.loads(text)
    return {name: {kind: value} for name, (kind, value) in zip(names, pairs, strict=True)}

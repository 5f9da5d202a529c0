"""An item that moto holds, as DynamoDB JSON at once: moto goes through its model for each value."""

import json
from base64 import b64encode
from typing import Any


def dynamodb_json(value: Any) -> str:
    """Return an item's attributes, or an answer that has items in it."""
    return json.dumps(value, default=as_json)


def as_json(value: Any) -> Any:
    """Return what `json.dumps` shall write of a value of moto's."""
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return value.to_json()

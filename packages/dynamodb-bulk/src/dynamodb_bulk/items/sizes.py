"""The size of an item as DynamoDB counts it.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

import json
from collections.abc import Mapping
from typing import Any

from dynamodb_bulk.spec.keys import KeyRole

ITEM_BYTES = 400 * 1024
KEY_BYTES: Mapping[KeyRole, int] = {"partition": 2048, "sort": 1024}
NAME_BYTES = 65_535
# Levels, of which an attribute is the first: at most 31 lists and maps one within the other.
NESTING = 32


def item_bytes(item: str) -> int:
    """Return bytes of an item in DynamoDB JSON: names and values, numbers as about a byte per two digits."""
    attributes: dict[str, dict[str, Any]] = json.loads(item)
    return sum(len(name.encode()) + _value_bytes(value) for name, value in attributes.items())


def _value_bytes(value: dict[str, Any]) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return _number_bytes(content)
        case "B":
            return _binary_bytes(content)
        case "SS":
            return sum(len(element.encode()) for element in content)
        case "NS":
            return sum(_number_bytes(element) for element in content)
        case "BS":
            return sum(_binary_bytes(element) for element in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_bytes(inner) for name, inner in content.items())
        case "L":
            return 3 + sum(1 + _value_bytes(inner) for inner in content)
        case _:
            return 1


def _number_bytes(text: str) -> int:
    digits = text.lower().split("e")[0].lstrip("-").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1


def _binary_bytes(text: str) -> int:
    return len(text) // 4 * 3 - text.endswith("=") - text.endswith("==")

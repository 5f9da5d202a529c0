"""The lines that bulk put reads. AWS does not document how one holds a condition: assumed here, nowhere else.

Documented is one JSON document per line, an item in DynamoDB JSON, and that a condition stands next to each
item in the file: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Format.html

Local AWS takes these words from here: that it reads what is written proves nothing of AWS. The tests write
them out.
"""

import json
from dataclasses import replace

import polars as pl

from dynamodb_bulk.dms.condition import Condition
from dynamodb_bulk.items.row_to_item import ItemBatch

ITEM = "Item"
CONDITION = "ConditionExpression"
NAMES = "ExpressionAttributeNames"
VALUES = "ExpressionAttributeValues"

ASSUMED_LINE = (
    "AWS does not document how a line for bulk put holds a condition; it is written as PutItem's "
    f"{CONDITION}, {NAMES} and {VALUES} beside {ITEM}"
)


def with_condition(batch: ItemBatch, condition: Condition | None) -> ItemBatch:
    """Return the batch with its condition, if any, behind each item: all after `"Item":` in a line."""
    return replace(batch, items=conditioned(batch, condition).rename("item")) if condition else batch


def conditioned(batch: ItemBatch, condition: Condition) -> pl.Series:
    """Return the items with the condition behind each."""
    stated = {CONDITION: condition.expression, **({NAMES: dict(condition.names)} if condition.names else {})}
    constants = json.dumps(condition.constants, ensure_ascii=False)[1:-1]
    before = "," + json.dumps(stated, ensure_ascii=False, separators=(",", ":"))[1:-1]
    if not condition.values:
        values = f',"{VALUES}":{{{constants}}}' if constants else ""
        return batch.items + (before + values)
    return batch.items + f'{before},"{VALUES}":' + _values(batch, condition)


def _values(batch: ItemBatch, condition: Condition) -> pl.Series:
    if batch.values is not None:
        return batch.values
    found = [json.loads(item) for item in batch.items]
    texts = [
        json.dumps(
            {placeholder: item[name] for placeholder, name in condition.values.items()},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for item in found
    ]
    return pl.Series("values", texts, dtype=pl.String)

"""The lines that bulk put reads. AWS does not document how one holds a condition: assumed here, nowhere else.

Documented is one JSON document per line, an item in DynamoDB JSON, and that a condition stands beside each
item in the file: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Format.html
"""

ITEM = "Item"
CONDITION = "ConditionExpression"
NAMES = "ExpressionAttributeNames"
VALUES = "ExpressionAttributeValues"

ASSUMED_LINE = (
    "AWS does not document how a line for bulk put holds a condition; it is written as PutItem's "
    f"{CONDITION}, {NAMES} and {VALUES} beside {ITEM}"
)

"""The tables in which all tasks of a Region keep the rows and changes that DMS could not write.

AWS documents the attributes of the one for changes; neither its keys, nor how STATEMENT holds an item of
DynamoDB: so they tell why rows were rejected, but not which ones.
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
"""

from collections import Counter

from dynamodb_bulk.aws import Aws

EXCEPTIONS_TABLES = ("awsdms_apply_exceptions", "awsdms_full_load_exceptions")


def errors_of(task: str, aws: Aws) -> Counter[str]:
    """Count the rows of a task, by its name, that each ERROR is about: those of its earlier runs, too."""
    found = Counter[str]()
    for table in EXCEPTIONS_TABLES:
        pages = aws.dynamodb.get_paginator("scan").paginate(
            TableName=table,
            FilterExpression="TASK_NAME = :task",
            ExpressionAttributeValues={":task": {"S": task}},
        )
        try:
            found.update(
                item.get("ERROR", {}).get("S", "no reason") for page in pages for item in page["Items"]
            )
        except aws.dynamodb.exceptions.ResourceNotFoundException:
            continue  # DMS makes it when it has a row for it
    return found

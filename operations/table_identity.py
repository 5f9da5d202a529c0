"""Tells a table from another that took its name."""

from operations.aws import Aws


def table_identity(name: str, aws: Aws) -> str:
    """The table's id, which a table made anew does not share; empty when there is no such table."""
    try:
        return aws.dynamodb.describe_table(TableName=name)["Table"].get("TableId", "")
    except aws.dynamodb.exceptions.ResourceNotFoundException:
        return ""

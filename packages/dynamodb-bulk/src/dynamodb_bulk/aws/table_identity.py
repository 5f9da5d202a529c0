"""Tells a table from another that took its name."""

from dynamodb_bulk.aws import Aws


def table_identity(name: str, aws: Aws) -> str:
    """When the table was made, which it shares with none of its name; empty when there is no table."""
    try:
        made = aws.dynamodb.describe_table(TableName=name)["Table"].get("CreationDateTime")
    except aws.dynamodb.exceptions.ResourceNotFoundException:
        return ""
    return made.isoformat() if made else ""

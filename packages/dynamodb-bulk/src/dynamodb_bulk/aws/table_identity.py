"""A table as DynamoDB describes it: whether it is active, and which of those that had its name it is.

By its creation time in the digests of stacks, by its id in the records of imports: DescribeImport names the
table that it made by its id, and digests of stacks that exist hold the time.
"""

from typing import TYPE_CHECKING

from dynamodb_bulk.aws import Aws

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import TableDescriptionTypeDef


def described_table(name: str, aws: Aws) -> "TableDescriptionTypeDef | None":
    """The table as DynamoDB describes it; None where it does not exist."""
    try:
        return aws.dynamodb.describe_table(TableName=name)["Table"]
    except aws.dynamodb.exceptions.ResourceNotFoundException:
        return None


def is_active(table: "TableDescriptionTypeDef") -> bool:
    """Whether it is, with its indexes and its replicas."""
    indexes, replicas = table.get("GlobalSecondaryIndexes", []), table.get("Replicas", [])
    return (
        table.get("TableStatus") == "ACTIVE"
        and all(index.get("IndexStatus", "ACTIVE") == "ACTIVE" for index in indexes)
        and all(replica.get("ReplicaStatus") == "ACTIVE" for replica in replicas)
    )


def table_identity(name: str, aws: Aws) -> str:
    """When the table was made, which it shares with none of its name; empty where it does not exist."""
    table = described_table(name, aws)
    made = table.get("CreationDateTime") if table else None
    return made.isoformat() if made else ""


def table_id(name: str, aws: Aws) -> str:
    """What DynamoDB calls the table beside its name; empty where it does not exist."""
    table = described_table(name, aws)
    return table.get("TableId", "") if table else ""

"""What is kept of a table next to moto's own fields."""

from typing import Any

from moto.dynamodb.exceptions import DeletionProtectedException, MockValidationException
from moto.dynamodb.models.table import GlobalSecondaryIndex, Table

Settings = dict[str, Any]
"""Members of CreateTable, UpdateTable and DescribeTable."""


class ProtectedError(DeletionProtectedException):
    """A table is to be deleted that is protected, in the words that DynamoDB's users report."""

    def __init__(self) -> None:
        MockValidationException.__init__(
            self,
            "Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first.",
        )


def kept(owner: Table | GlobalSecondaryIndex) -> Settings:
    """Settings of a table or index in the form of DescribeTable; they live with their owner."""
    return vars(owner).setdefault("kept_settings", {})


def replicas(table: Table) -> dict[str, Settings]:
    """What is set about each region's table of a global table; the regions share it; empty: it has none."""
    return vars(table).setdefault("replica_settings", {})

"""The imports that AWS lists: those of the last 90 days, in this account and Region."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dynamodb_bulk.aws import Aws

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import ImportSummaryTypeDef


def listed_imports(aws: Aws) -> "Iterator[ImportSummaryTypeDef]":
    """Yield every page of ListImports, for which boto3 has no paginator."""
    more: dict[str, Any] = {}
    while True:
        page = aws.dynamodb.list_imports(**more)
        yield from page.get("ImportSummaryList", [])
        if "NextToken" not in page:
            return
        more = {"NextToken": page["NextToken"]}


def table_of(found: "ImportSummaryTypeDef") -> str:
    """Return the name of the table that the import makes."""
    return found.get("TableArn", "").rpartition("/")[2]

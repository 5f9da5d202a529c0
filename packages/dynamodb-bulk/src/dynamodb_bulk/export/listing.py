"""The exports that AWS lists: those of the last 90 days."""

from collections.abc import Iterator
from typing import Any

from dynamodb_bulk.aws import Aws


def listed_exports(aws: Aws, **of: str) -> Iterator[dict[str, Any]]:
    """Yield every page of ListExports, for which boto3 has no paginator; `of` may name a TableArn."""
    more: dict[str, str] = {}
    while True:
        page: dict[str, Any] = aws.bulk.list_exports(**of, **more)
        yield from page.get("ExportSummaries", [])
        if not page.get("NextToken"):
            return
        more = {"NextToken": page["NextToken"]}

"""A bulk put as its stack's state describes it."""

from typing import Literal

from dynamodb_bulk.loads.load import StagedLoad


class BulkPutLoad(StagedLoad):
    """Items into a table that exists by StartBulkPutItems, which reports under `reports_prefix`.

    `kms_key` encrypts the reports.
    """

    method: str = "bulk_put"
    reports_prefix: str
    kms_key: str | None = None
    max_write_request_units: int | None = None
    performance_tier: Literal["STANDARD", "ACCELERATED"] | None = None

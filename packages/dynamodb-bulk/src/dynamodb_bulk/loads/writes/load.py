"""A load by writes as its stack's state describes it."""

from dynamodb_bulk.loads.load import DescribedLoad


class WritesLoad(DescribedLoad):
    """Items by BatchWriteItem, or PutItem where each has a condition.

    `tolerate`: at most this many rows may be rejected. `max_write_units`: the most write units per second
    that it consumes, of the table and its indexes together.
    """

    method: str = "writes"
    tolerate: int = 0
    max_write_units: float | None = None

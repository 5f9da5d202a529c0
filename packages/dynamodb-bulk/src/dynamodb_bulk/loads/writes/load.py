"""A load by writes as its stack's state describes it."""

from dynamodb_bulk.loads.load import CountedLoad


class WritesLoad(CountedLoad):
    """Items by BatchWriteItem, or PutItem where each has a condition.

    `max_write_units`: the most write units per second that it consumes, of the table and its indexes
    together.
    """

    method: str = "writes"
    max_write_units: float | None = None

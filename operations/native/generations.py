"""The tables that a load has made one after the other."""

import re

from operations.aws import Aws
from operations.run_record import read_record
from operations.table_identity import table_identity

_SUFFIX = re.compile(r"-[0-9a-f]{8}")


def incarnation(bucket: str, load: str, table: str, aws: Aws) -> int:
    """The number of the table of this name that the load fills: one more when the last one was deleted."""
    record = read_record(bucket, load, aws)
    if record is None or record.table != table:
        return 1
    deleted = record.outcome is not None and record.outcome.good and not table_identity(table, aws)
    return record.incarnation + 1 if deleted else record.incarnation


def earlier_tables(current: str, most: int, aws: Aws) -> tuple[str, ...]:
    """The youngest tables of the same name with another digest, at most so many."""
    if not most:
        return ()
    base = current[: -len("-00000000")]
    names = [
        name
        for page in aws.dynamodb.get_paginator("list_tables").paginate()
        for name in page.get("TableNames", [])
        if name.startswith(base) and _SUFFIX.fullmatch(name[len(base) :]) and name != current
    ]
    return tuple(sorted(names, key=lambda name: table_identity(name, aws), reverse=True)[:most])

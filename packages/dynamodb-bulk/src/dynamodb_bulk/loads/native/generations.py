"""The tables that a load has made one after the other."""

import re
from collections.abc import Mapping

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.table_identity import described_table, table_identity
from dynamodb_bulk.aws.tags import table_tags
from dynamodb_bulk.loads.run_record import RunRecord

_SUFFIX = re.compile(r"-[0-9a-f]{8}")


def table_generation(bucket: str, load: str, table: str, aws: Aws) -> int:
    """The number of the table of this name that the load fills: one more when the last one was deleted."""
    record = RunRecord.read(bucket, load, aws)
    if record is None or record.table != table:
        return 1
    deleted = record.outcome is not None and record.outcome.accepted and not table_identity(table, aws)
    return record.table_generation + 1 if deleted else record.table_generation


def own_table(table: str, tags: Mapping[str, str], aws: Aws) -> str | None:
    """The table, when it is there and carries these tags, which an import sets when it has ended well."""
    described = described_table(table, aws)
    if described is None:
        return None
    has = table_tags(aws, described.get("TableArn", ""))
    return table if tags.items() <= has.items() else None


def table_in_use(parameter: str, base: str, tags: Mapping[str, str], aws: Aws) -> str | None:
    """Return the table that the parameter names, or else the youngest of the base's that carries the tags."""
    try:
        named: str = aws.ssm.get_parameter(Name=parameter)["Parameter"]["Value"]
    except aws.ssm.exceptions.ParameterNotFound:
        named = ""
    for table in (named, *_youngest_first(base, aws)):
        if table and own_table(table, tags, aws):
            return table
    return None


def earlier_tables(current: str, most: int, aws: Aws) -> tuple[str, ...]:
    """The youngest tables of the same name with another digest that were made before, at most so many."""
    if not most:
        return ()
    made = table_identity(current, aws)
    names = _youngest_first(current[: -len("-00000000")], aws)
    return tuple(
        name for name in names if name != current and (not made or table_identity(name, aws) < made)
    )[:most]


def _youngest_first(base: str, aws: Aws) -> list[str]:
    names = [
        name
        for page in aws.dynamodb.get_paginator("list_tables").paginate()
        for name in page.get("TableNames", [])
        if name.startswith(base) and _SUFFIX.fullmatch(name[len(base) :])
    ]
    return sorted(names, key=lambda name: table_identity(name, aws), reverse=True)

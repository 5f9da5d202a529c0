"""A dataset's files as several tables of one task, which DMS loads at once into one DynamoDB table.

DMS reads a table of an S3 source from one folder, and S3 is not among the sources whose tables it reads in
segments; but it loads up to MaxFullLoadSubTasks tables at a time. That the object mappings of several tables
may name the same target is neither documented nor excluded.
Sources: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html and
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.FullLoad.html
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dynamodb_bulk.dms.definition import ExternalTable
from dynamodb_bulk.dms.mappings import Document as Rule
from dynamodb_bulk.dms.mappings import covers


@dataclass(frozen=True, kw_only=True)
class Part:
    """A table of the task, and those of the dataset's files that lie in its folder, in their order."""

    table: ExternalTable
    files: tuple[Path, ...]


def parts_of(table: ExternalTable, files: Sequence[Path], most: int) -> tuple[Part, ...]:
    """Divide the files among at most so many tables, each with a folder in that of the whole.

    The largest file goes first, each to the table that has the fewest bytes: a load takes as long as its
    largest table. The whole table is its own only part where there is one.
    """
    count = min(most, len(files))
    if count <= 1:
        return (Part(table=table, files=tuple(files)),)
    sizes = {file: file.stat().st_size for file in files}
    chosen: dict[Path, int] = {}
    loaded = [(0, number) for number in range(count)]
    for file in sorted(files, key=lambda one: -sizes[one]):
        size, number = heapq.heappop(loaded)
        chosen[file] = number
        # An empty file counts, too: no table is left without one.
        heapq.heappush(loaded, (size + max(sizes[file], 1), number))
    return tuple(
        Part(
            table=table.model_copy(
                update={"name": f"{table.name}-{number + 1}", "path": f"{table.path}{number + 1}/"}
            ),
            files=tuple(file for file in files if chosen[file] == number),
        )
        for number in range(count)
    )


def rules_of_parts(rules: Sequence[Rule], whole: ExternalTable, parts: Sequence[Part]) -> list[Rule]:
    """Return the rules for the table once for each of its parts; those of a table in one part as they are."""
    return list(rules) if len(parts) == 1 else numbered(narrowed(rules, whole, parts))


def narrowed(rules: Sequence[Rule], whole: ExternalTable, parts: Sequence[Part]) -> list[Rule]:
    """Return the rules for the table, each with the name of each part; those for other tables are left out.

    A part's name can hold `_`, a wildcard in all but explicit rules, and still match no other of these.
    """
    return [
        {
            **rule,
            "object-locator": {
                **rule.get("object-locator", {}),
                "schema-name": part.table.owner,
                "table-name": part.table.name,
            },
        }
        for rule in rules
        if covers(rule, whole.owner, whole.name)
        for part in parts
    ]


def numbered(rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules numbered anew in their order: of several for an object the smallest is applied."""
    return [
        {**rule, "rule-id": str(number), "rule-name": f"rule{number}"}
        for number, rule in enumerate(rules, start=1)
    ]

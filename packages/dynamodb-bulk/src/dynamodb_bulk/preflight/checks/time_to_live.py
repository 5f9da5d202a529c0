"""Values of the time to live that DynamoDB does not act on, so that their items stay.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html
"""

import json
import re
import time
from collections.abc import Iterator
from typing import Any, cast

import polars as pl

from dynamodb_bulk.preflight.check import Check, Detector, Example, Fault
from dynamodb_bulk.preflight.checks.documents import attribute_names
from dynamodb_bulk.preflight.rows import CheckedBatch
from dynamodb_bulk.spec.loader import display_path

_FIVE_YEARS = 5 * 365 * 24 * 3600
# As seconds this is the year 5138, as milliseconds 1973.
_MILLISECONDS = 10**11


class _NeverExpires(Detector):
    def before(self) -> Iterator[Fault]:
        name, names = self.dataset.table.time_to_live, attribute_names(self.dataset)
        if name is not None and names and name not in names:
            what = f"time_to_live: no item has the attribute {name}"
            yield Fault("never-expires", Example(file=display_path(self.dataset.path), what=what))

    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        name = self.dataset.table.time_to_live
        if name is None:
            return
        values, lines = self._values(batch, name)
        numbers = values.str.extract(r'^\{"N":"(.*)"\}$').cast(pl.Float64, strict=False)
        past = time.time() - _FIVE_YEARS
        faults = values.is_not_null() & (
            numbers.is_null() | (numbers >= _MILLISECONDS) | (numbers < past)
        ).fill_null(value=True)
        if not (count := int(faults.sum())):
            return
        row = faults.arg_max() or 0
        number = numbers[row]
        if number is None:
            what = f"{name} is not a number"
        elif number >= _MILLISECONDS:
            what = f"{name} is not a time in seconds; in milliseconds?"
        else:
            what = f"{name} is more than five years ago"
        value = re.sub(r'^\{"[A-Z]+":"?(.*?)"?\}$', r"\1", values[row])[:200]
        example = Example(file=batch.keys.file, line=lines[row], column=name, what=what, value=value)
        yield Fault("never-expires", example, count)

    def _values(self, batch: CheckedBatch, name: str) -> tuple[pl.Series, pl.Series]:
        """The attribute in DynamoDB JSON, null where there is none, and the lines."""
        if batch.rows is not None and self.subject.to_item is not None:
            values = self.subject.to_item.attribute(name, batch.rows.frame)
            if values is not None:
                return values, batch.rows.lines
        if batch.items is not None:
            found = (cast("dict[str, Any]", json.loads(item)).get(name) for item in batch.items)
            texts = [value and json.dumps(value, separators=(",", ":")) for value in found]
            return pl.Series(texts, dtype=pl.String), batch.keys.lines
        return pl.Series([], dtype=pl.String), pl.Series([], dtype=pl.UInt64)


CHECKS = (
    Check(
        _NeverExpires,
        "values",
        "warning",
        "never-expires",
        "The time to live of an item is not a number of seconds that DynamoDB acts on: it never expires",
        "write the time as a number of seconds since 1970",
    ),
)

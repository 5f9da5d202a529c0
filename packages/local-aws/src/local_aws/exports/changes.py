"""What changed of a table in a window of time: an entry for each item that was written in it.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from moto.dynamodb.models.table import Table

from local_aws.history.current_items import held
from local_aws.history.keys import key_attributes
from local_aws.history.log import Change, ChangeLog

_AT_ONCE = 100


def changes(table: Table, log: ChangeLog, start: int, stop: int) -> Iterator[Change]:
    """The items written from `start` to before `stop`, but those that are neither before nor after it."""
    found = log.window(start, stop)
    while entries := list(itertools.islice(found, _AT_ONCE)):
        for entry, new in zip(entries, _after(table, log, stop, entries), strict=True):
            if entry.old is not None or new is not None:
                yield replace(entry, new=new)


def _after(table: Table, log: ChangeLog, stop: int, entries: list[Change]) -> list[str | None]:
    """Return the items as they were at `stop`: as the log has them, or else as they are now."""
    kept = [entry.key for entry in entries if not entry.replaced]
    names = table.table_key_attrs
    now = dict(zip(kept, held().look(table, [key_attributes(names, key) for key in kept]), strict=True))
    # Written since the window was looked at: a change is in the log before it is made.
    now |= log.changed(kept, stop)
    return [entry.new if entry.replaced else now[entry.key] for entry in entries]

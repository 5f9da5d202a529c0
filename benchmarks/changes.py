"""How fast local DMS applies changes, and whether its memory grows with them."""

import io
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.figure import Figure

KEYS = 20_000
CHANGES = 200_000


def measure() -> Iterator[Figure]:
    """Changes per second of CPU time by the data plane alone, in a process for each number of changes."""
    for changes in (CHANGES, 4 * CHANGES):
        ended = subprocess.run(
            [sys.executable, "-m", "benchmarks.changes", str(changes)],
            capture_output=True,
            text=True,
            check=True,
        )
        rate, peak = ended.stdout.split()
        yield Figure(
            what="changes by local DMS",
            measured=f"{float(rate):,.0f} changes per CPU second, {int(peak):,} MB at peak",
            conditions=f"{changes:,} inserts, updates and deletes of {KEYS:,} keys, in files of 20,000",
        )


def apply(changes: int) -> None:
    """Apply changes to a table of moto; print how many per CPU second, and the peak of memory in MB."""
    from dynamodb_bulk.csv.format import CsvFormat
    from dynamodb_bulk.dms.changes import read_changes
    from dynamodb_bulk.dms.mappings import ObjectMapping
    from dynamodb_bulk.items.row_to_item import RowToItem
    from dynamodb_bulk.spec.keys import KeyAttribute, TableKeys
    from local_aws.dataplane.sink import table_sink
    from local_aws.dataplane.tables import keys_of
    from local_aws.dataplane.targets import create
    from local_aws.testing.orders import ORDERS, object_mapping

    keys = TableKeys(partition=KeyAttribute(name="id", type="S"))
    table = create("eu-west-1", "orders", keys)
    mapping = ObjectMapping.model_validate(object_mapping("orders"))
    to_item, sink = RowToItem(ORDERS.columns, mapping, keys_of(table)), table_sink(table)
    chance = random.Random(1)
    spent, left = 0.0, changes
    while left > 0:
        text = "".join(
            f"{chance.choice('IUUD')},orders,import,k{chance.randrange(KEYS)},{left}.5,a note\n"
            for _ in range(min(left, 20_000))
        ).encode()
        left -= 20_000
        start = time.process_time()
        for batch in read_changes(io.BytesIO(text), "changes", ORDERS, CsvFormat(), block_bytes=1 << 20):
            items = to_item(batch.rows)
            operations = batch.of(items.lines).to_list()
            sink.put(items.items.to_list(), deleted=[each == "DELETE" for each in operations])
        spent += time.process_time() - start
    print(changes / spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


if __name__ == "__main__":
    apply(int(sys.argv[1]))

"""One dataset into a table that exists by bulk put: its files, and the step that runs and judges it.

No provider has a resource for bulk put, so it is a step.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import pulumi

from components.load import LoadArgs, LoadComponent
from components.table import LoadTable
from dynamodb_bulk.loads.bulk_put.loader import BULK_PUT
from dynamodb_bulk.loads.run_record import failed_runs, reports_prefix


@dataclass(frozen=True, kw_only=True)
class BulkPutArgs(LoadArgs):
    """The table is there when `after` is.

    `max_write_request_units`: the most that it asks of the table per second, from 1,024.
    """

    table: LoadTable
    max_write_request_units: int | None = None
    performance_tier: Literal["STANDARD", "ACCELERATED"] | None = None


class BulkPut(LoadComponent):
    """Puts a dataset's items; a put replaces a whole item, and items that no file names stay."""

    def __init__(self, name: str, args: BulkPutArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:BulkPut", name, None, opts)
        conditions = args.dataset.condition is not None
        files = self._stage(args, converted=BULK_PUT.converts(args.dataset), conditions=conditions)
        client = args.stack.client
        key = args.stack.kms_key
        before = [args.table, *files.ready, *args.after]
        outputs = self._run(
            "put",
            BULK_PUT,
            args,
            {
                "table": args.table.name,
                "files": files.described,
                "tolerate": args.tolerate,
                "reports_prefix": reports_prefix(name),
                "max_write_request_units": args.max_write_request_units,
                "performance_tier": args.performance_tier,
                **({"kms_key": key} if key else {}),
            },
            check=files.check,
            conversion=files.conversion,
            depends={"data": self.digest, "table": args.table.identity(client)},
            after=[self._end_of_operation(BULK_PUT, args, before), *before],
            failed_runs=partial(failed_runs, args.bucket.plain_name, name, aws=client),
        )
        self.table = args.table
        self.register_outputs(outputs)

"""One dataset into a table that exists by bulk put: its files, and the step that runs and judges it.

No provider has a resource for bulk put, so it is a step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import pulumi

from components.bucket import FilesBucket
from components.load import LoadComponent, load_work
from components.load_cleanup import end_of_operation
from components.stack import Stack
from components.staged_files import LoadFiles, LoadFilesArgs
from components.step import Step, StepArgs
from components.table import LoadTable
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.loads.bulk_put.loader import BULK_PUT
from dynamodb_bulk.loads.run_record import failed_runs, reports_prefix
from dynamodb_bulk.loads.source_digest import data_digest, source_contents


@dataclass(frozen=True, kw_only=True)
class BulkPutArgs:
    """The dataset, the bucket its files go to, and the table, which is there when `after` is.

    `max_write_request_units`: the most that it asks of the table per second, from 1,024.
    """

    stack: Stack
    dataset: Dataset
    bucket: FilesBucket
    table: LoadTable
    after: Sequence[pulumi.Resource] = ()
    wait: bool = True
    tolerate: int = 0
    limit_minutes: int = 720
    max_write_request_units: int | None = None
    performance_tier: Literal["STANDARD", "ACCELERATED"] | None = None


class BulkPut(LoadComponent):
    """Puts a dataset's items; a put replaces a whole item, and items that no file names stay."""

    def __init__(self, name: str, args: BulkPutArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:BulkPut", name, None, opts)
        stack, dataset, client = args.stack, args.dataset, args.stack.client
        contents = source_contents(dataset, client)
        digest = data_digest(contents)
        conditions = dataset.condition is not None
        files = LoadFiles(
            name,
            LoadFilesArgs(
                stack=stack,
                contents=contents,
                bucket=args.bucket,
                digest=digest,
                converted=conditions or dataset.source.format == "csv",
                conditions=conditions,
                tolerate=args.tolerate,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        described = {
            "name": name,
            "method": BULK_PUT.name,
            "dataset": str(dataset.path),
            "table": args.table.name,
            "records_bucket": args.bucket.name,
            "limit_minutes": args.limit_minutes,
            "files": files.described,
            "tolerate": args.tolerate,
            "reports_prefix": reports_prefix(name),
            "max_write_request_units": args.max_write_request_units,
            "performance_tier": args.performance_tier,
        }
        removal = end_of_operation(
            name,
            BULK_PUT.name,
            stack,
            args.bucket,
            pulumi.ResourceOptions(
                parent=self, depends_on=[*files.ready, *args.bucket.ready, args.table, *args.after]
            ),
        )

        step = Step(
            f"{name}-put",
            StepArgs(
                work=load_work(BULK_PUT, files.check, client, wait=args.wait),
                subject=f"load {name}",
                arguments=described,
                depends={
                    "data": digest,
                    "table": args.table.identity(client),
                },
                failed_runs=partial(failed_runs, args.bucket.plain_name, name, aws=client),
            ),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[removal, args.table, *files.ready, *args.after]
            ),
        )
        self.table = args.table
        self.contents = contents
        self.digest = digest
        self.failed_runs = step.failed_runs
        self.ready = [step]
        self.register_outputs({"load": described, "aws": client.recorded})

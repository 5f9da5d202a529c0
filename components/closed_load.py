"""A load while its stack's window is closed: its table, and nothing that only loading needs."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.bucket import FilesBucket
from components.native_import import NativeImport, NativeImportArgs, Reload
from components.stack import Stack
from components.table import LoadTable, LoadTableArgs
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.loads.load import CLOSED
from dynamodb_bulk.loads.registry import LOADERS


@dataclass(frozen=True, kw_only=True)
class ClosedLoadArgs:
    """The same as the arguments of the open load; `into`: the load that owns the table.

    `exported`: an export reads the table when the window is open. `kms_key`: the ARN of the table's key.
    """

    stack: Stack
    dataset: Dataset
    bucket: FilesBucket
    method: str
    into: "ClosedLoad | None" = None
    reload: Reload = "refuse"
    keep_previous: int = 0
    after: Sequence[pulumi.Resource] = ()
    exported: bool = False
    kms_key: str | None = None


class ClosedLoad(pulumi.ComponentResource):
    """Declares what stays under the names that it has when the window is open: nothing happens to it."""

    table_name: pulumi.Input[str]
    kept: list[pulumi.Resource]

    def __init__(self, name: str, args: ClosedLoadArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:ClosedLoad", name, None, opts)
        self.kept = [self, *args.after]
        self.table_name = self._keep(name, args)
        described = {
            "name": name,
            "method": CLOSED,
            "by": args.method,
            "dataset": str(args.dataset.path),
            "table": self.table_name,
            "records_bucket": args.bucket.name,
        }
        self.register_outputs({"load": described, "aws": args.stack.client.recorded})

    def _keep(self, name: str, args: ClosedLoadArgs) -> pulumi.Input[str]:
        stack, dataset = args.stack, args.dataset
        if args.into is not None:
            return args.into.table_name
        if LOADERS[args.method].abilities.existing_table:
            table = LoadTable(
                name,
                LoadTableArgs(
                    stack=stack,
                    dataset=name,
                    table=dataset.table,
                    exported=args.exported,
                    kms_key=args.kms_key,
                ),
            )
            self.kept.append(table)
            return table.name
        imported = NativeImport(
            name,
            NativeImportArgs(
                stack=stack,
                dataset=dataset,
                bucket=args.bucket,
                reload=args.reload,
                keep_previous=args.keep_previous,
                exported=args.exported,
                kms_key=args.kms_key,
                is_open=False,
            ),
        )
        self.kept.append(imported)
        return imported.table_name

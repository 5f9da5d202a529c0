"""A load while its stack's window is closed: its table, and nothing that only loading needs."""

from dataclasses import dataclass
from typing import Any, Literal

import pulumi

from components.bucket import FilesBucket
from components.native_import import NativeImport, NativeImportArgs
from components.stack import Stack
from components.table import LoadTable, LoadTableArgs
from dataset.dataset import Dataset


@dataclass(frozen=True, kw_only=True)
class ClosedLoadArgs:
    """As the load's own arguments when it is open; `into_table` is another load's."""

    stack: Stack
    dataset: Dataset
    bucket: FilesBucket
    method: Literal["native", "bulk_put", "dms"]
    into_table: Any = None
    reload: Literal["refuse", "replace"] = "refuse"
    keep_previous: int = 0


def closed_load(name: str, args: ClosedLoadArgs) -> tuple[dict[str, Any], list[pulumi.Resource]]:
    """Declare what stays, under the names it has when the window is open.

    What commands need of the load, and what was declared.
    """
    stack, dataset = args.stack, args.dataset
    table, declared = args.into_table, list[pulumi.Resource]()
    if args.method == "native":
        imported = NativeImport(
            name,
            NativeImportArgs(
                stack=stack,
                dataset=dataset,
                bucket=args.bucket,
                reload=args.reload,
                keep_previous=args.keep_previous,
                is_open=False,
            ),
        )
        table = imported.described["table"]
        declared.append(imported)
    elif table is None:
        created = LoadTable(name, LoadTableArgs(stack=stack, dataset=name, table=dataset.table))
        table = created.name
        declared.append(created)
    described = {
        "name": name,
        "method": "closed",
        "by": args.method,
        "dataset": str(dataset.path),
        "table": table,
        "records_bucket": args.bucket.name,
    }
    return described, declared

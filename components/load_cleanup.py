"""Clean up what a load leaves in its stack's bucket and outside of it, once the load is removed."""

import pulumi

from components.bucket import FilesBucket
from components.removal import OnDestroy, OnDestroyArgs
from components.stack import Stack
from dynamodb_bulk.loads.run_record import reports_prefix


def load_record(name: str, method: str, stack: Stack, bucket: FilesBucket) -> OnDestroy:
    """Goes after everything else of the load, with its window open or closed: with it go the record of its
    runs, its reports, its imports' error logs, and a table that was imported and not adopted.
    """
    return OnDestroy(
        f"{name}-record",
        OnDestroyArgs(
            stack=stack,
            kind="record",
            arguments={
                "bucket": bucket.name,
                "load": name,
                "reports_prefix": reports_prefix(name),
            },
            also={"method": method, "keep_tables": stack.production},
        ),
        opts=pulumi.ResourceOptions(parent=bucket, depends_on=bucket.ready),
    )


def end_of_operation(
    name: str,
    method: str,
    stack: Stack,
    bucket: FilesBucket,
    opts: pulumi.ResourceOptions,
) -> OnDestroy:
    """Goes when an import or a bulk put that is under way has ended: before its files and its record."""
    return OnDestroy(
        f"{name}-operation",
        OnDestroyArgs(
            stack=stack,
            kind="operation",
            arguments={"bucket": bucket.name, "load": name, "method": method},
        ),
        opts=opts,
    )

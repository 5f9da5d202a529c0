"""Rows that conversions left on this machine, of stacks that the backend knows or that are named."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial

from rich.filesize import decimal

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.names import FILES, bucket_name
from dynamodb_bulk.cleanup.leftover import Leftover
from dynamodb_bulk.cleanup.stacks import Stacks
from dynamodb_bulk.cleanup.tagged import leftover
from dynamodb_bulk.loads.local_conversions import forget_conversions, local_conversions


def conversion_leftovers(aws: Aws, stacks: Stacks, named: Collection[str]) -> Iterator[Leftover]:
    """Yield a leftover for each bucket; a stack that exists goes on from its files."""
    account = aws.sts.get_caller_identity()["Account"]
    known = {
        bucket_name(account, stacks.project, stack, FILES): stack for stack in (*stacks.resources, *named)
    }
    for one in local_conversions():
        if stack := known.get(one.bucket):
            found = Leftover(
                kind="converted files",
                name=str(one.folder),
                reason=f"{decimal(one.bytes)} of rows and rejected rows on this machine",
                created=one.changed,
                delete=partial(forget_conversions, one.bucket),
            )
            if stacks.fate(stack) == "lives":
                yield replace(found, retained=f"the next `pulumi up` of the stack {stack} goes on from them")
            else:
                yield leftover(found, {"project": stacks.project, "stack": stack}, stacks, named)

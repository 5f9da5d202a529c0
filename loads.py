"""Declare a load: the component of its method, or what stays while the window is closed."""

from collections.abc import Mapping, Sequence

from components.bucket import FilesBucket
from components.bulk_put import BulkPut, BulkPutArgs
from components.closed_load import ClosedLoad, ClosedLoadArgs
from components.dms_load import DmsLoad, DmsLoadArgs
from components.load_cleanup import load_record
from components.native_import import NativeImport, NativeImportArgs
from components.replication import Replication
from components.stack import Stack
from components.table import LoadTable, LoadTableArgs
from components.verification import Verification, VerificationArgs
from plan import PlannedLoad, loads_together

OpenLoad = NativeImport | BulkPut | DmsLoad


def declare_load(
    plan: PlannedLoad,
    stack: Stack,
    bucket: FilesBucket,
    replication: Replication,
    before: Mapping[str, OpenLoad],
) -> OpenLoad:
    """The load, after those `before` it, by the names of their datasets; it may go into the table of one."""
    load, dataset, name = plan.load, plan.dataset, plan.dataset.name
    record = load_record(name, plan.method, stack, bucket)
    if plan.method == "native":
        return NativeImport(
            name,
            NativeImportArgs(
                stack=stack,
                dataset=dataset,
                bucket=bucket,
                tolerate=load.tolerate,
                reload=load.reload,
                keep_previous=load.keep_previous,
                limit_minutes=load.limit_minutes,
                after=[record],
                exported=plan.exported,
            ),
        )
    into = before.get(load.into or "")
    table = into.table if into else _table(plan, stack)
    after = [record, *(into.ready if into else ())]
    if plan.method == "bulk_put":
        return BulkPut(
            name,
            BulkPutArgs(
                stack=stack,
                dataset=dataset,
                bucket=bucket,
                table=table,
                after=after,
                wait=load.wait,
                tolerate=load.tolerate,
                limit_minutes=load.limit_minutes,
                max_write_request_units=load.max_write_request_units,
                performance_tier=load.performance_tier,
            ),
        )
    return DmsLoad(
        name,
        DmsLoadArgs(
            stack=stack,
            dataset=dataset,
            bucket=bucket,
            table=table,
            instance=replication.instance,
            after=after,
            wait=load.wait,
            limit_minutes=load.limit_minutes,
        ),
    )


def declare_closed_load(
    plan: PlannedLoad, stack: Stack, bucket: FilesBucket, before: Mapping[str, ClosedLoad]
) -> ClosedLoad:
    """Return what stays of the load while the window is closed."""
    name = plan.dataset.name
    return ClosedLoad(
        name,
        ClosedLoadArgs(
            stack=stack,
            dataset=plan.dataset,
            bucket=bucket,
            method=plan.method,
            into=before.get(plan.load.into or ""),
            reload=plan.load.reload,
            keep_previous=plan.load.keep_previous,
            after=[load_record(name, plan.method, stack, bucket)],
            exported=plan.exported,
        ),
    )


def declare_verification(
    plan: PlannedLoad,
    planned: Sequence[PlannedLoad],
    stack: Stack,
    bucket: FilesBucket,
    loads: Mapping[str, OpenLoad],
) -> None:
    """Compare the load's table with the files of all loads into it, where the load asks for it."""
    if not plan.load.verify:
        return
    together = [one.dataset.name for one in loads_together(plan, planned)]
    Verification(
        plan.dataset.name,
        VerificationArgs(
            stack=stack,
            bucket=bucket,
            table=loads[plan.dataset.name].table,
            contents={name: loads[name].contents for name in together},
            digests=[loads[name].digest for name in together],
            spoiled=[loads[name].spoiled for name in together],
            after=[resource for name in together for resource in loads[name].ready],
            read_units=None if plan.load.verify is True else plan.load.verify.read_units,
        ),
    )


def _table(plan: PlannedLoad, stack: Stack) -> LoadTable:
    dataset = plan.dataset
    return LoadTable(
        dataset.name,
        LoadTableArgs(stack=stack, dataset=dataset.name, table=dataset.table, exported=plan.exported),
    )

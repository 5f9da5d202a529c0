"""Declare a load: the component of its method, or what stays while the window is closed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pulumi

from components.bucket import FilesBucket
from components.bulk_put import BulkPut, BulkPutArgs
from components.closed_load import ClosedLoad, ClosedLoadArgs
from components.dms_load import DmsLoad, DmsLoadArgs, move
from components.dms_roles import DmsRoles, DmsRolesArgs
from components.glue_job import GlueJob, GlueJobArgs, GlueSource
from components.load import LoadComponent, load_record
from components.monitoring import NO_NOTICES, Monitoring, MonitoringArgs, Notices
from components.native_import import NativeImport, NativeImportArgs
from components.network import Network, NetworkArgs
from components.recorded_state import Recorded
from components.removal import OnDestroy
from components.replications import (
    ReplicationInstance,
    ReplicationInstanceArgs,
    Replications,
    ServerlessArgs,
    ServerlessReplications,
)
from components.scheduled_runs import ScheduledRuns, ScheduledRunsArgs
from components.stack import Stack
from components.table import LoadTable, LoadTableArgs
from components.verification import Verification, VerificationArgs
from components.writes import Writes, WritesArgs
from dynamodb_bulk.loads.bulk_put.loader import BULK_PUT
from dynamodb_bulk.loads.data_check import refusal
from dynamodb_bulk.loads.dms.instances import (
    choose,
    instance_demand,
    orderable,
    require_offered,
    require_parquet,
)
from dynamodb_bulk.loads.dms.loader import DMS
from dynamodb_bulk.loads.native.loader import NATIVE
from dynamodb_bulk.loads.row_counts import Refuse, refuse_nothing
from dynamodb_bulk.loads.scheduled_runs import require_events
from dynamodb_bulk.loads.writes.loader import WRITES
from dynamodb_bulk.requests.task_documents import OwnTask, SharedTask
from dynamodb_bulk.spec.errors import InputError
from plan import PlannedLoad, loads_together
from settings import Settings

REPLICATION = "replication"
GLUE = "glue"
_INSTANCE = "aws:dms/replicationInstance:ReplicationInstance"


def find_network(planned: Sequence[PlannedLoad], stack: Stack, settings: Settings) -> NetworkArgs:
    """Return the network of loads by DMS, checked before Pulumi begins to create what is declared."""
    network = NetworkArgs(stack=stack, **settings.network.model_dump())
    if settings.window == "open" and any(plan.method == DMS.name for plan in planned):
        network.require_usable(stack.name(REPLICATION))
    return network


@dataclass(frozen=True, kw_only=True)
class InstancePlan:
    """The class and the engine version of the replication instance, and `why` where the loads choose them.

    `window`: its maintenance window, as far as it is known. `kept`: the properties that one which exists
    keeps.
    """

    name: str
    engine: str | None
    window: str | None
    why: str = ""
    kept: tuple[str, ...] = ()


def find_instance(
    planned: Sequence[PlannedLoad], stack: Stack, settings: Settings, recorded: Recorded
) -> InstancePlan | None:
    """Return the class and engine version of the instance; None where no load needs one.

    An instance that exists keeps what `bulk:dms` does not name, whatever the Region offers by now. Raise
    InputError for what the Region does not offer.
    """
    plan = _find_instance(planned, stack, settings, recorded)
    if plan and any(one.dataset.source.format == "parquet" for one in planned if one.method == DMS.name):
        require_parquet(plan.engine, f"Pulumi.{stack.stack}.yaml: bulk:dms")
    return plan


def _find_instance(
    planned: Sequence[PlannedLoad], stack: Stack, settings: Settings, recorded: Recorded
) -> InstancePlan | None:
    by_dms = [plan for plan in planned if plan.method == DMS.name]
    if settings.window != "open" or not by_dms or settings.dms.serverless:
        return None
    dms, where = settings.dms, f"Pulumi.{stack.stack}.yaml: bulk:dms"
    before = recorded.get((_INSTANCE, REPLICATION), {})
    has: str | None = before.get("replicationInstanceClass")
    name = dms.instance_class or has
    named = {"replicationInstanceClass": dms.instance_class, "engineVersion": dms.engine_version}
    plan = InstancePlan(
        name=name or "",
        engine=dms.engine_version or before.get("engineVersion"),
        window=dms.maintenance_window or before.get("preferredMaintenanceWindow"),
        kept=tuple(key for key, value in named.items() if value is None) if has else (),
    )
    if has and all(value in (None, before.get(key)) for key, value in named.items()):
        return plan
    offered = orderable(stack.client)
    if not offered:
        denied = "not allowed to ask for what the Region offers: dms:DescribeOrderableReplicationInstances"
        if not name:
            raise InputError(f"{where}.instance_class", denied, "allow it, or set the class")
        pulumi.log.warn(f"{where}: not checked: {denied}")
        return plan
    if name:
        size = dms.storage_gb
        chosen = require_offered(name, offered, dms.engine_version, size, where, multi_az=dms.multi_az)
    else:
        demand = instance_demand([one.dataset for one in by_dms], stack.client)
        chosen = choose(offered, demand, dms.engine_version, where)
    return replace(plan, name=chosen.name, engine=plan.engine or chosen.engine, why=chosen.why)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the `planned` loads of a stack share, and those declared so far, by the names of their datasets.

    The data of `sampled` ones is checked whole before they begin. `early`: declared before their turn.
    """

    stack: Stack
    bucket: FilesBucket
    settings: Settings
    network: NetworkArgs
    instance_plan: InstancePlan | None
    loads: Mapping[str, LoadComponent]
    early: dict[str, LoadComponent] = field(default_factory=dict[str, LoadComponent])
    planned: Sequence[PlannedLoad] = ()
    sampled: frozenset[str] = frozenset()
    notices: Notices = NO_NOTICES

    @cached_property
    def replications(self) -> Replications:
        """What runs all loads by DMS, declared when the first asks: a stack without DMS has none of it."""
        stack, dms, key = self.stack, self.settings.dms, self.settings.instance_key_arn
        shared: Any = {
            "stack": stack,
            "roles": DmsRoles("account-roles", DmsRolesArgs(stack=stack, account_roles=dms.account_roles)),
            "network": Network("network", self.network),
            "kms_key": key,
            **dms.model_dump(include={"multi_az", "maintenance_window"}),
        }
        if units := dms.serverless:
            serverless = ServerlessArgs(**shared, least_units=units.min, most_units=units.max)
            return ServerlessReplications(REPLICATION, serverless)
        plan = self.instance_plan
        if plan is None:
            raise ValueError("no load was planned to need a replication instance")
        args = ReplicationInstanceArgs(
            **shared,
            instance_class=plan.name,
            engine_version=plan.engine,
            kept=plan.kept,
            storage_gb=dms.storage_gb,
        )
        return ReplicationInstance(REPLICATION, args)

    @cached_property
    def glue_job(self) -> GlueJob:
        """What works on the files of all loads by Glue, declared when the first asks."""
        read = [plan for plan in self.planned if plan.by_glue]
        sources = [
            GlueSource(bucket=place.bucket, prefix=place.prefix, key=plan.files_key)
            for plan in read
            if (place := plan.dataset.location)
        ]
        glue = self.settings.glue
        args = GlueJobArgs(
            stack=self.stack,
            bucket=self.bucket,
            sources=sources,
            runs=len(read),
            worker_type=glue.worker_type,
            workers=max(plan.workers.number for plan in read if plan.workers),
            flex=glue.flex,
            timeout_minutes=glue.timeout_minutes,
        )
        return GlueJob(GLUE, args)


def _refuse(plan: PlannedLoad, around: Surroundings) -> Refuse:
    if plan.dataset.name in around.sampled:
        converted = plan.converted(around.settings.client)
        return refusal(plan.dataset, plan.method, plan.load.tolerate, converted=converted)
    return refuse_nothing


def _native(plan: PlannedLoad, around: Surroundings, record: OnDestroy) -> NativeImport:
    load = plan.load
    return NativeImport(
        plan.dataset.name,
        NativeImportArgs(
            stack=around.stack,
            dataset=plan.dataset,
            bucket=around.bucket,
            tolerate=load.tolerate,
            count_up_to=load.count_up_to,
            glue_job=around.glue_job if plan.by_glue else None,
            reload=plan.reload,
            keep_previous=load.keep_previous,
            convert_to=load.convert_to,
            limit_minutes=load.limit_minutes,
            refuse=_refuse(plan, around),
            notices=around.notices,
            after=[record],
            exported=plan.exported,
            kms_key=plan.table_key,
        ),
    )


def _bulk_put(plan: PlannedLoad, around: Surroundings, record: OnDestroy) -> BulkPut:
    load, (table, ready) = plan.load, _table(plan, around)
    return BulkPut(
        plan.dataset.name,
        BulkPutArgs(
            stack=around.stack,
            dataset=plan.dataset,
            bucket=around.bucket,
            table=table,
            after=[record, *ready],
            wait=load.wait,
            tolerate=load.tolerate,
            count_up_to=load.count_up_to,
            glue_job=around.glue_job if plan.by_glue else None,
            limit_minutes=load.limit_minutes,
            refuse=_refuse(plan, around),
            notices=around.notices,
            max_write_request_units=load.max_write_request_units,
            performance_tier=load.performance_tier,
        ),
    )


def _dms(plan: PlannedLoad, around: Surroundings, record: OnDestroy) -> DmsLoad:
    """Declare the load, and those that share its task, which is declared once, with the first of them."""
    task, members = plan.load.task, [plan]
    if task:
        members = [one for one in around.planned if one.load.task == task]
    datasets = tuple(one.dataset for one in members)
    documents = SharedTask(task, datasets) if task else OwnTask(plan.dataset)
    loads: dict[str, DmsLoad] = {}
    for one in members:
        name = one.dataset.name
        mine = record if one is plan else load_record(name, one.method, around.stack, around.bucket)
        # Within a task nothing comes after another.
        into = loads.get(one.load.into or "")
        table, ready = (into.table, ()) if into else _table(one, around)
        args = DmsLoadArgs(
            stack=around.stack,
            dataset=one.dataset,
            bucket=around.bucket,
            table=table,
            folder=documents.folder(one.dataset),
            changes=documents.changes_folder(one.dataset),
            after=[mine, *ready],
            wait=one.load.wait,
            limit_minutes=one.load.limit_minutes,
            refuse=_refuse(one, around),
            notices=around.notices,
            files_key=one.files_key,
            wait_for=one.load.wait_for,
            write_units=one.load.write_units,
        )
        loads[name] = DmsLoad(name, args)
    move(documents, tuple(loads.values()), around.replications)
    around.early.update(loads)
    return loads[plan.dataset.name]


def _writes(plan: PlannedLoad, around: Surroundings, record: OnDestroy) -> Writes:
    load, (table, ready) = plan.load, _table(plan, around)
    return Writes(
        plan.dataset.name,
        WritesArgs(
            stack=around.stack,
            dataset=plan.dataset,
            bucket=around.bucket,
            table=table,
            after=[record, *ready],
            wait=load.wait,
            tolerate=load.tolerate,
            glue_job=around.glue_job if plan.by_glue else None,
            limit_minutes=load.limit_minutes,
            refuse=_refuse(plan, around),
            notices=around.notices,
            max_write_units=load.max_write_units,
            write_units=load.write_units,
        ),
    )


DECLARATIONS: dict[str, Callable[[PlannedLoad, Surroundings, OnDestroy], LoadComponent]] = {
    NATIVE.name: _native,
    BULK_PUT.name: _bulk_put,
    DMS.name: _dms,
    WRITES.name: _writes,
}
"""How a load by each method is declared, once the removal of its record is."""


def declare_load(plan: PlannedLoad, around: Surroundings) -> LoadComponent:
    """The load, after those before it; it may go into the table of one."""
    if early := around.early.get(plan.dataset.name):
        return early
    record = load_record(plan.dataset.name, plan.method, around.stack, around.bucket)
    return DECLARATIONS[plan.method](plan, around, record)


def declare_monitoring(stack: Stack, settings: Settings, instance: InstancePlan | None) -> Monitoring | None:
    """Return what the stack's loads are monitored by, where it is asked for and the window is open."""
    wanted = settings.monitoring
    if wanted is None or settings.window == "closed":
        return None
    webhook = wanted.notify.webhook
    return Monitoring(
        "monitoring",
        MonitoringArgs(
            stack=stack,
            dashboard=wanted.dashboard,
            stalled_minutes=wanted.stalled_minutes,
            email=wanted.notify.email,
            webhook=pulumi.Output.secret(webhook.get_secret_value()) if webhook else None,
            key=settings.topic_key_arn,
            instance=stack.name(REPLICATION) if instance else "",
        ),
    )


def declare_schedule(stack: Stack, settings: Settings) -> None:
    """Have the stack run by itself, where it is asked for and the window is open.

    Raises InputError for an object whose bucket tells EventBridge nothing.
    """
    wanted = settings.schedule
    if wanted is None or settings.window == "closed":
        return
    bucket, key = wanted.place
    if key:
        require_events(bucket, stack.client, f"Pulumi.{stack.stack}.yaml: bulk:schedule.on_arrival")
    given = wanted.model_dump(exclude={"on_arrival"})
    args = ScheduledRunsArgs(stack=stack, environment=settings.environment, bucket=bucket, key=key, **given)
    ScheduledRuns("runs", args)


def declare_closed_load(
    plan: PlannedLoad, around: Surroundings, before: Mapping[str, ClosedLoad]
) -> ClosedLoad:
    """Return what stays of the load while the window is closed."""
    name, stack, bucket = plan.dataset.name, around.stack, around.bucket
    return ClosedLoad(
        name,
        ClosedLoadArgs(
            stack=stack,
            dataset=plan.dataset,
            bucket=bucket,
            method=plan.method,
            into=before.get(plan.load.into or ""),
            reload=plan.reload,
            keep_previous=plan.load.keep_previous,
            after=[load_record(name, plan.method, stack, bucket)],
            exported=plan.exported,
            kms_key=plan.table_key,
        ),
    )


def declare_verification(plan: PlannedLoad, planned: Sequence[PlannedLoad], around: Surroundings) -> None:
    """Compare the load's table with the files of all loads into it, where the load asks for it."""
    if not plan.load.verify:
        return
    together = {one.dataset.name: around.loads[one.dataset.name] for one in loads_together(plan, planned)}
    Verification(
        plan.dataset.name,
        VerificationArgs(
            stack=around.stack,
            bucket=around.bucket,
            table=together[plan.dataset.name].table,
            contents={name: load.contents for name, load in together.items()},
            digests=[load.digest for load in together.values()],
            failed_runs=[load.failed_runs for load in together.values()],
            after=[resource for load in together.values() for resource in load.ready],
            read_units=None if plan.load.verify is True else plan.load.verify.read_units,
        ),
    )


def _table(plan: PlannedLoad, around: Surroundings) -> tuple[LoadTable, Sequence[pulumi.Resource]]:
    """The table that the load goes into, and what has to be over before."""
    if into := around.loads.get(plan.load.into or ""):
        return into.table, into.ready
    dataset = plan.dataset
    table = LoadTableArgs(
        stack=around.stack,
        dataset=dataset.name,
        table=dataset.table,
        exported=plan.exported,
        kms_key=plan.table_key,
    )
    return LoadTable(dataset.name, table), ()

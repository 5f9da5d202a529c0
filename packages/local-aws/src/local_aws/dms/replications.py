"""Serverless replications: the states they go through, and what deprovisioning takes from them.

Sources: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Serverless.Components.html
https://docs.aws.amazon.com/dms/latest/APIReference/API_StartReplication.html
"""

import time

from local_aws.dataplane.job import Job
from local_aws.dataplane.tasklog import TaskLog
from local_aws.dms import change_times, subnet_groups
from local_aws.dms.account_roles import may_log
from local_aws.dms.connections import unreachable
from local_aws.dms.faults import invalid_combination, invalid_state
from local_aws.dms.identifiers import resource_id
from local_aws.dms.instances import attach_interface
from local_aws.dms.lifecycle import PREPARING
from local_aws.dms.paging import filtered, page
from local_aws.dms.region import Fields, Region, Request, Resource, Run
from local_aws.dms.runs import FIRST, RESUME, begin
from local_aws.latency import Change

AT_REST = ("created", "stopped", "failed")
IDLE_SECONDS = 48 * 3600
"""How long a stopped one keeps its capacity."""
_NAME, _ARN = "ReplicationConfigIdentifier", "ReplicationConfigArn"
_FILTERS = {"replication-config-arn": (_ARN,), "replication-config-id": (_NAME,)}
_SHOWN = (_NAME, _ARN, "SourceEndpointArn", "TargetEndpointArn", "ReplicationType", "StartReplicationType")
_LATENCIES: dict[str, Change] = {
    "preparing_metadata_resources": "replication.preparing",
    "testing_connection": "connection.testing",
    "provisioning_capacity": "replication.provisioning",
    "replication_starting": "replication.starting",
}


def start(region: Region, request: Request) -> Fields:
    """StartReplication."""
    config = region.replication(request[_ARN])
    kind = request["StartReplicationType"]
    _check_startable(region, config, request)
    config.fields["StartReplicationType"] = kind
    config.fields.update({member: request[member] for member in change_times.MEMBERS if member in request})
    config.life.change(PREPARING[0])
    job = _job(region, config)
    begin(region, config, kind, change_times.start({}), job, lambda run: _prepare(region, config, run))
    return {"Replication": shown(region, config)}


def stop(region: Region, request: Request) -> Fields:
    """StopReplication, which does not take its capacity from it."""
    config = region.replication(request[_ARN])
    if config.life.status not in ("running", *PREPARING):
        raise invalid_state(f"Replication {config.arn} is currently not running.")
    config.life.change("stopping")
    region.runs[config.arn].stop.set()
    return {"Replication": shown(region, config)}


def describe(region: Region, request: Request) -> Fields:
    """DescribeReplications."""
    found = [shown(region, each) for each in region.replications.values()]
    return page(request, "Replications", filtered(request, found, _FILTERS, "Replication"))


def shown(region: Region, config: Resource) -> Fields:
    """Return the replication as the API shows it."""
    fields = config.fields
    answer: Fields = {
        **{key: fields[key] for key in (*_SHOWN, *change_times.MEMBERS) if key in fields},
        "Status": config.life.status,
        "ReplicationCreateTime": fields["ReplicationConfigCreateTime"],
        "ReplicationUpdateTime": fields["ReplicationConfigUpdateTime"],
    }
    run = region.runs.get(config.arn)
    if run is None:
        return answer
    answer |= {"ReplicationStats": run.stats, **run.end}
    if run.failure:
        answer["FailureMessages"] = [run.failure]
    if run.stopped:
        answer |= {
            "ReplicationLastStopTime": run.stopped,
            "ReplicationDeprovisionTime": run.stopped + IDLE_SECONDS,
        }
    # The names of the states of capacity are not documented.
    state = "deprovisioned" if deprovisioned(run) else "provisioned"
    if "PrivateIpAddress" in fields:
        units = fields["ComputeConfig"]["MinCapacityUnits"]
        answer["ProvisionData"] = {"ProvisionState": state, "ProvisionedCapacityUnits": units}
    if deprovisioned(run):
        answer.pop("ReplicationStats")
    return answer


def deprovisioned(run: Run) -> bool:
    """Return whether it has been stopped for too long: its capacity and its statistics are lost."""
    return run.stopped is not None and time.time() > run.stopped + IDLE_SECONDS


def log_group(config: Resource) -> str:
    """Return the name of its log group."""
    return f"dms-serverless-replication-{config.fields[_NAME]}"


def _prepare(region: Region, config: Resource, run: Run) -> str:
    """Go through the states before it runs; return why it cannot, if so."""
    for state in PREPARING:
        with region.lock:
            if run.stop.is_set():
                return ""
            config.life.change(state)
            if state == "provisioning_capacity":
                _provision(region, config)
        latency = _LATENCIES.get(state)
        run.stop.wait(region.latency[latency] if latency else 0)
        if state == "testing_connection":
            for end in ("SourceEndpointArn", "TargetEndpointArn"):
                if why := unreachable(region, config, config.fields[end]):
                    return why
    return ""


def _provision(region: Region, config: Resource) -> None:
    """Take the network interface of a replication, unless it has one."""
    compute = config.fields["ComputeConfig"]
    if "PrivateIpAddress" not in config.fields:
        group = subnet_groups.find(region, compute["ReplicationSubnetGroupId"])
        subnet = group["Subnets"][0]["SubnetIdentifier"]
        config.fields["PrivateIpAddress"] = attach_interface(
            region.name, subnet, compute["VpcSecurityGroupIds"]
        )


def _check_startable(region: Region, config: Resource, request: Request) -> None:
    kind, migration = request["StartReplicationType"], config.fields["ReplicationType"]
    run = region.runs.get(config.arn)
    if config.life.status not in AT_REST:
        raise invalid_state(f"Replication {config.arn} is {config.life.status} and cannot be started.")
    if kind not in (FIRST, RESUME, "reload-target"):
        raise invalid_combination(f"Start Type : {kind} is none of replications")
    if run and deprovisioned(run):
        raise invalid_state(f"Replication {config.arn} is deprovisioned and cannot be started again.")
    if change_times.starts_somewhere(request):  # the API has these members, and the guide rules them out
        raise invalid_combination("AWS DMS Serverless does not support setting custom CDC start points.")
    change_times.check({"MigrationType": migration, **request})
    if kind == FIRST and run:
        raise invalid_combination("start-replication is for the first run alone")
    if kind != FIRST and not run:
        raise invalid_combination(f"{kind} is for replications that have run before")
    if kind == RESUME and migration == "full-load":
        raise invalid_combination("resume-processing is not applicable for a full-load replication")
    if kind == "reload-target" and migration == "cdc":
        raise invalid_combination("reload-target is for replications with a full load")


def _job(region: Region, config: Resource) -> Job:
    fields = config.fields
    source, target = (region.endpoint(fields[end]) for end in ("SourceEndpointArn", "TargetEndpointArn"))
    settings = fields["ReplicationSettings"]
    group, stream = log_group(config), f"dms-serverless-serv-res-id-{resource_id(config.arn).lower()}"
    enabled = bool(settings["Logging"].get("EnableLogging")) and may_log(region.name, group, stream)
    return Job(
        region=region.name,
        task_name=fields[_NAME],
        source=source.fields["S3Settings"],
        target_role=target.fields["DynamoDbSettings"]["ServiceAccessRoleArn"],
        table_mappings=fields["TableMappings"],
        settings=settings,
        on_behalf_of=(config.arn, source.arn, target.arn),
        log=TaskLog(region=region.name, group=group, stream=stream, enabled=enabled),
        migration_type=fields["ReplicationType"],
        stop_at=change_times.stop_at(fields),
    )

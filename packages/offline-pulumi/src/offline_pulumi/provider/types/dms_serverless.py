"""Serverless replications of DMS: made, modified, started and stopped as the real provider does.

Source: internal/service/dms/replication_config.go of hashicorp/terraform-provider-aws.
"""

import time
from dataclasses import replace
from operator import itemgetter
from typing import Any

from offline_pulumi.provider.failures import Failure
from offline_pulumi.provider.model import Call, Change, Members, Props, Wait, argument
from offline_pulumi.provider.translate import same_json, same_set, same_text
from offline_pulumi.provider.types.dms_resource import dms_resource
from offline_pulumi.provider.types.dms_task import WAIT_SECONDS, same_settings, settings_as_read

_AT_REST = ("stopped", "created", "failed")


def _describe(client: Any, members: Members) -> Members | None:
    filters = [{"Name": "replication-config-arn", "Values": [members["ReplicationConfigArn"]]}]
    try:
        found = client.describe_replications(Filters=filters)["Replications"]
    except client.exceptions.ResourceNotFoundFault:
        return None
    return found[0] if found else None


def _status(client: Any, members: Members, _props: Props) -> Members:
    return {"Status": (_describe(client, members) or {}).get("Status", "")}


def _await(client: Any, members: Members, doing: str, wanted: tuple[str, ...]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    found: Members = {}
    while time.monotonic() < end:
        found = _describe(client, members) or {}
        status = found.get("Status")
        if status in wanted:
            return
        if status == "failed":
            break
        time.sleep(0.2)
    told = [*found.get("FailureMessages", []), found.get("StopReason", "")]
    raise Failure(
        f"waiting for DMS Serverless Replication ({members['ReplicationConfigArn']}) {doing}: "
        f"unexpected state '{found.get('Status')}', wanted target '{', '.join(wanted)}'. "
        f"last error: {' '.join(filter(None, told))}"
    )


def _stop(client: Any, members: Members, _props: Props) -> None:
    """Stop whatever is not at rest, in any other state, and wait for `stopped` alone."""
    found = _describe(client, members)
    if found is None or found["Status"] in _AT_REST:
        return
    client.stop_replication(ReplicationConfigArn=found["ReplicationConfigArn"])
    _await(client, members, "stop", ("stopped",))


def _start(client: Any, members: Members, props: Props) -> None:
    """Start it if it says `startReplication`, else stop it; a run that is over already will do."""
    if not props.get("startReplication"):
        _stop(client, members, props)
        return
    found = _describe(client, members) or {}
    if found.get("Status") == "running":
        return
    kind = "start-replication" if found.get("Status") == "created" else "resume-processing"
    client.start_replication(ReplicationConfigArn=found["ReplicationConfigArn"], StartReplicationType=kind)
    _await(client, members, "start", ("running", "stopped"))


def _by_arn(found: str) -> Members:
    return {"ReplicationConfigArn": found}


def _elsewhere(old: Props | None, new: Props | None) -> bool:
    """Whether it would stand elsewhere, or be encrypted by another key, which no request changes."""
    before, wanted = old or {}, new or {}
    fixed = ("availabilityZone", "kmsKeyId", "replicationSubnetGroupId")
    return any(name in wanted and wanted[name] != before.get(name) for name in fixed)


_COMPUTE = (
    argument("availabilityZone", computed=True),
    argument("dnsNameServers"),
    argument("kmsKeyId", computed=True),
    argument("maxCapacityUnits", kind="number"),
    argument("minCapacityUnits", kind="number", computed=True),
    argument("multiAz", "MultiAZ", kind="boolean", computed=True),
    argument("preferredMaintenanceWindow", computed=True),
    argument("replicationSubnetGroupId", required=True, reported=same_text),
    argument("vpcSecurityGroupIds", kind="list", computed=True, same=same_set),
)
_MODIFIED = frozenset(
    {
        "computeConfig", "replicationSettings", "replicationType", "sourceEndpointArn",
        "supplementalSettings", "tableMappings", "targetEndpointArn",
    }
)  # fmt: skip

_BY_IDENTIFIER = dms_resource(
    "ReplicationConfig",
    (
        argument("replicationConfigIdentifier", required=True, replaces=True, reported=same_text),
        argument("resourceIdentifier", computed=True, replaces=True, write_only=True),
        argument("replicationType", required=True),
        argument("sourceEndpointArn", required=True),
        argument("targetEndpointArn", required=True),
        argument("tableMappings", required=True, same=same_json),
        argument(
            "replicationSettings",
            computed=True,
            same=same_json,
            reported=same_settings,
            as_read=settings_as_read,
        ),
        argument("supplementalSettings", same=same_json),
        argument("computeConfig", kind="object", required=True, fields=_COMPUTE, replaces=_elsewhere),
        argument("startReplication", "", kind="boolean", default=False),
    ),
    before_update=_stop,
    changes=(
        Change(arguments=_MODIFIED, call=Call(operation="modify_replication_config")),
        Change(arguments=_MODIFIED | {"startReplication"}, call=_start, on_create=True),
    ),
    before_delete=_stop,
)

REPLICATION_CONFIG = replace(
    _BY_IDENTIFIER,
    id=itemgetter("ReplicationConfigArn"),
    parse_id=_by_arn,
    outputs={"arn": "ReplicationConfigArn"},
    create=Call(operation="create_replication_config", answer="ReplicationConfig"),
    read=(
        Call(
            operation="describe_replication_configs",
            answer="ReplicationConfigs.0",
            build=lambda members: {
                "Filters": [{"Name": "replication-config-arn", "Values": [members["ReplicationConfigArn"]]}]
            },
            only=True,
        ),
        _status,
    ),
    wait=Wait(path="Status", ready=frozenset({"running", *_AT_REST})),
)

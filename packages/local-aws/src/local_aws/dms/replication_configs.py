"""Configurations of serverless replications: what is moved, and between which capacities.

Sources: https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateReplicationConfig.html
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Serverless.Limitations.html
"""

import json
import time

from local_aws.account import ACCOUNT
from local_aws.dms import subnet_groups
from local_aws.dms.account_roles import require_vpc_role
from local_aws.dms.faults import invalid_combination, invalid_state, invalid_value
from local_aws.dms.identifiers import arn
from local_aws.dms.instances import release_interface, security_groups
from local_aws.dms.lifecycle import GONE, Lifecycle
from local_aws.dms.paging import filtered, page
from local_aws.dms.region import Fields, Region, Request, Resource, new_name
from local_aws.dms.replications import AT_REST, log_group
from local_aws.dms.task_settings import READ_ONLY, complete
from local_aws.dms.tasks import check_changes, check_mappings

CAPACITY_UNITS = (1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 384)
_NAME, _ARN = "ReplicationConfigIdentifier", "ReplicationConfigArn"
_MAXIMUM_NAME = 255
_FILTERS = {"replication-config-arn": (_ARN,), "replication-config-id": (_NAME,)}
_PLAIN = ("ReplicationType", "TableMappings", "SupplementalSettings")
_ENDS = ("SourceEndpointArn", "TargetEndpointArn")


def create(region: Region, request: Request) -> Fields:
    """CreateReplicationConfig: the replication is there at once, and nothing runs."""
    require_vpc_role()
    fields: Fields = {
        _NAME: new_name(request, _NAME, region.replications, "Replication Config", maximum=_MAXIMUM_NAME),
        _ARN: arn("replication-config", region.name, request.get("ResourceIdentifier")),
        **{key: request[key] for key in (*_PLAIN, *_ENDS) if key in request},
        "ComputeConfig": _compute(region, request["ComputeConfig"]),
        "ReplicationSettings": complete(request.get("ReplicationSettings")),
        "ReplicationConfigCreateTime": time.time(),
        "ReplicationConfigUpdateTime": time.time(),
    }
    _check(region, fields)
    life = Lifecycle(current="created")
    made = region.new(region.replications, fields, _ARN, life, request)
    return {"ReplicationConfig": _shown(made)}


def describe(region: Region, request: Request) -> Fields:
    """DescribeReplicationConfigs."""
    configs = [_shown(each) for each in region.replications.values()]
    return page(request, "ReplicationConfigs", filtered(request, configs, _FILTERS, "Replication Config"))


def modify(region: Region, request: Request) -> Fields:
    """ModifyReplicationConfig.

    Also after a run, as the guide has it; the page of the API says that only before the first one.
    """
    config = region.replication(request[_ARN])
    _require_at_rest(config, "modified")
    kind = config.fields["ReplicationType"]
    if "PrivateIpAddress" in config.fields and request.get("ReplicationType", kind) != kind:
        raise invalid_value(  # as users report of AWS (2026)
            f"replication-type {kind} cannot be modified as the replication is in {config.life.status}. "
            "You can only modify replication configs before provisioning capacity."
        )
    changed: Fields = {key: request[key] for key in (*_PLAIN, *_ENDS) if key in request}
    if "ComputeConfig" in request:
        changed["ComputeConfig"] = _compute(
            region, {**config.fields["ComputeConfig"], **request["ComputeConfig"]}
        )
    if request.get(_NAME, config.fields[_NAME]).lower() != config.fields[_NAME]:
        changed[_NAME] = new_name(
            request, _NAME, region.replications, "Replication Config", maximum=_MAXIMUM_NAME
        )
    if "ReplicationSettings" in request:
        changed["ReplicationSettings"] = complete(
            request["ReplicationSettings"], config.fields["ReplicationSettings"]
        )
    _check(region, {**config.fields, **changed})
    config.fields.update(changed, ReplicationConfigUpdateTime=time.time())
    return {"ReplicationConfig": _shown(config)}


def delete(region: Region, request: Request) -> Fields:
    """DeleteReplicationConfig: its capacity goes with it, and its log group stays."""
    config = region.replication(request[_ARN])
    _require_at_rest(config, "deleted")
    deleting = region.latency["replication.deleting"]
    config.life.change("deleting", then=GONE, after=deleting)
    if address := config.fields.pop("PrivateIpAddress", ""):
        release_interface(region.name, address, deleting + region.latency["interface.releasing"])
    return {"ReplicationConfig": _shown(config)}


def _check(region: Region, fields: Fields) -> None:
    ends = [region.endpoint(fields[end]) for end in _ENDS]
    for end, endpoint in zip(("SOURCE", "TARGET"), ends, strict=True):
        if endpoint.fields["EndpointType"] != end:
            raise invalid_combination(f"The endpoint {endpoint.arn} is not a {end.lower()} endpoint.")
    check_mappings(fields["TableMappings"])
    check_changes({"MigrationType": fields["ReplicationType"]}, ends[0])


def _compute(region: Region, given: Fields) -> Fields:
    """Return the compute configuration with what DMS chooses."""
    if "MaxCapacityUnits" not in given:
        raise invalid_value("MaxCapacityUnits is required")
    least, most = given.get("MinCapacityUnits", 1), given["MaxCapacityUnits"]
    for name, units in (("MinCapacityUnits", least), ("MaxCapacityUnits", most)):
        if units not in CAPACITY_UNITS:
            raise invalid_value(f"{name} must be one of {', '.join(map(str, CAPACITY_UNITS))}, not {units}")
    if least > most:
        raise invalid_combination(f"MinCapacityUnits {least} is more than MaxCapacityUnits {most}.")
    many = given.get("MultiAZ", False)
    named = given.get("ReplicationSubnetGroupId")
    group = subnet_groups.find(region, named) if named else subnet_groups.default(region.name)
    zones = [subnet["SubnetAvailabilityZone"]["Name"] for subnet in group["Subnets"]]
    zone = given.get("AvailabilityZone")
    if zone and many:
        raise invalid_combination("AvailabilityZone cannot be set where MultiAZ is true.")
    if zone and zone not in zones:
        raise invalid_value(f"The subnet group has no subnet in the availability zone {zone}")
    groups = security_groups(region.name, given.get("VpcSecurityGroupIds"), group["VpcId"])
    return {
        "KmsKeyId": f"arn:aws:kms:{region.name}:{ACCOUNT}:alias/aws/dms",
        "PreferredMaintenanceWindow": "sun:06:00-sun:14:00",
        **given,
        "MinCapacityUnits": least,
        "MultiAZ": many,
        **({} if many else {"AvailabilityZone": zone or zones[0]}),
        "ReplicationSubnetGroupId": group["ReplicationSubnetGroupIdentifier"],
        "VpcSecurityGroupIds": [each["VpcSecurityGroupId"] for each in groups],
    }


def _require_at_rest(config: Resource, done: str) -> None:
    if config.life.status not in AT_REST:
        raise invalid_state(
            f"Replication Config {config.arn} is {config.life.status} and cannot be {done}; stop it first."
        )


def _shown(config: Resource) -> Fields:
    written = config.fields["ReplicationSettings"]
    logging = written["Logging"]
    group = log_group(config) if logging.get("EnableLogging") else None
    logging = {**logging, **dict(zip(READ_ONLY, (group, None), strict=True))}
    shown = {**config.fields, "ReplicationSettings": json.dumps({**written, "Logging": logging})}
    shown.pop("PrivateIpAddress", None)
    return shown

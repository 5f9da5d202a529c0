"""DMS as a web application: JSON 1.1 requests checked against the service's own model, and tags."""

import json
import threading
from collections.abc import Callable
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.validate import ParamValidator

from local_aws.dms import (
    connections,
    endpoints,
    event_subscriptions,
    instances,
    replication_configs,
    replications,
    restarts,
    runs,
    statistics,
    subnet_groups,
    tasks,
)
from local_aws.dms.faults import DmsError, invalid_value, not_found
from local_aws.dms.identifiers import subnet_group_arn
from local_aws.dms.region import Fields, Region, Request

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel

    from local_aws.latency import Latency


def _add_tags(region: Region, request: Request) -> Fields:
    """AddTagsToResource."""
    _check_exists(region, request["ResourceArn"])
    region.tag(request["ResourceArn"], request["Tags"])
    return {}


def _remove_tags(region: Region, request: Request) -> Fields:
    """RemoveTagsFromResource."""
    _check_exists(region, request["ResourceArn"])
    for key in request["TagKeys"]:
        region.tags.get(request["ResourceArn"], {}).pop(key, None)
    return {}


def _list_tags(region: Region, request: Request) -> Fields:
    """ListTagsForResource: one resource, or a list of them."""
    one = request.get("ResourceArn")
    arns = [one] if one else request.get("ResourceArnList", [])
    for arn in arns:
        _check_exists(region, arn)
    return {
        "TagList": [
            {"Key": key, "Value": value, **({} if one else {"ResourceArn": arn})}
            for arn in arns
            for key, value in region.tags.get(arn, {}).items()
        ]
    }


def _check_exists(region: Region, arn: str) -> None:
    groups = (subnet_group_arn(region.name, name) for name in region.subnet_groups)
    kept = region.instances, region.endpoints, region.tasks, region.replications, region.subscriptions
    if arn not in {*chain(*kept), *groups}:
        raise not_found(f"Resource {arn} not found.")


OPERATIONS: dict[str, Callable[[Region, Request], Fields]] = {
    "CreateReplicationSubnetGroup": subnet_groups.create,
    "DescribeReplicationSubnetGroups": subnet_groups.describe,
    "ModifyReplicationSubnetGroup": subnet_groups.modify,
    "DeleteReplicationSubnetGroup": subnet_groups.delete,
    "CreateReplicationInstance": instances.create,
    "DescribeReplicationInstances": instances.describe,
    "DescribeOrderableReplicationInstances": instances.describe_orderable,
    "ModifyReplicationInstance": instances.modify,
    "DeleteReplicationInstance": instances.delete,
    "RebootReplicationInstance": restarts.reboot,
    "DescribeReplicationInstanceTaskLogs": tasks.describe_logs,
    "CreateEndpoint": endpoints.create,
    "DescribeEndpoints": endpoints.describe,
    "ModifyEndpoint": endpoints.modify,
    "DeleteEndpoint": endpoints.delete,
    "DescribeEndpointTypes": endpoints.describe_types,
    "DescribeSchemas": endpoints.describe_schemas,
    "TestConnection": connections.test,
    "DescribeConnections": connections.describe,
    "CreateReplicationTask": tasks.create,
    "DescribeReplicationTasks": tasks.describe,
    "ModifyReplicationTask": tasks.modify,
    "DeleteReplicationTask": tasks.delete,
    "MoveReplicationTask": tasks.move,
    "StartReplicationTask": runs.start,
    "StopReplicationTask": runs.stop,
    "DescribeTableStatistics": statistics.describe,
    "CreateReplicationConfig": replication_configs.create,
    "DescribeReplicationConfigs": replication_configs.describe,
    "ModifyReplicationConfig": replication_configs.modify,
    "DeleteReplicationConfig": replication_configs.delete,
    "StartReplication": replications.start,
    "StopReplication": replications.stop,
    "DescribeReplications": replications.describe,
    "DescribeReplicationTableStatistics": statistics.describe_of_replication,
    "CreateEventSubscription": event_subscriptions.create,
    "DescribeEventSubscriptions": event_subscriptions.describe,
    "ModifyEventSubscription": event_subscriptions.modify,
    "DeleteEventSubscription": event_subscriptions.delete,
    "AddTagsToResource": _add_tags,
    "ListTagsForResource": _list_tags,
    "RemoveTagsFromResource": _remove_tags,
}
"""The operations that local AWS has, by their names in the API."""


class DmsService:
    """Answers for all regions of DMS; what a caller sees of time is `latency`."""

    def __init__(self, latency: "Latency") -> None:
        self._latency = latency
        self._regions: dict[str, Region] = {}
        self._lock = threading.Lock()

    def answer(self, operation: str, body: bytes, region: str) -> tuple[int, Fields]:
        """Return the HTTP status and the fields that answer one request."""
        try:
            return 200, self._call(operation, body, region)
        except DmsError as fault:
            return 400, {"__type": fault.code, "message": fault.message}

    def tags(self, region_name: str) -> dict[str, dict[str, str]]:
        """The tags of what exists in a region, by ARN."""
        region = self._region(region_name)
        with region.lock:
            region.settle()
            return {arn: dict(tags) for arn, tags in region.tags.items()}

    def maintain(self, instance_arn: str, seconds: float | None = None) -> None:
        """Let the maintenance of an instance begin, which takes so long, or as long as the latency says."""
        region = self._region(instance_arn.split(":")[3])
        with region.lock:
            restarts.maintain(region, instance_arn, seconds)

    def _call(self, operation: str, body: bytes, region_name: str) -> Fields:
        handler = OPERATIONS.get(operation)
        if handler is None:
            known = operation in self._model.operation_names
            what = "is not supported by local AWS" if known else "is not an operation of DMS"
            raise DmsError("UnknownOperationException", f"{operation} {what}")
        try:
            request = json.loads(body or b"{}")
        except ValueError:
            raise DmsError("SerializationException", "The request is not JSON") from None
        _check(request, self._model.operation_model(operation))
        region = self._region(region_name)
        with region.lock:
            region.settle()
            return handler(region, request)

    def _region(self, name: str) -> Region:
        with self._lock:
            return self._regions.setdefault(name, Region(name=name, latency=self._latency))

    @cached_property
    def _model(self) -> "ServiceModel":
        return botocore.session.get_session().get_service_model("dms")


def _check(request: Any, model: "OperationModel") -> None:
    shape: Any = model.input_shape
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        raise invalid_value(report.generate_report())
    for name, member in shape.members.items():
        choices: list[str] = getattr(member, "enum", [])
        if name in request and choices and str(request[name]).lower() not in choices:
            raise invalid_value(
                f"Value '{request[name]}' at '{name}' failed to satisfy constraint: Member must satisfy "
                f"enum value set: [{', '.join(choices)}]"
            )

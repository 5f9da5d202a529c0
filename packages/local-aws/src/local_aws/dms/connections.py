"""Tests of endpoints from instances.

Source: https://docs.aws.amazon.com/dms/latest/APIReference/API_TestConnection.html
"""

from local_aws.dataplane.objects import SourceError, source_bucket
from local_aws.dataplane.roles import DeniedError, assume
from local_aws.dms.faults import invalid_state
from local_aws.dms.instances import require_available
from local_aws.dms.lifecycle import Lifecycle
from local_aws.dms.paging import page
from local_aws.dms.reach import no_route
from local_aws.dms.region import Connection, Fields, Region, Request, Resource

_FAILED = "Test Endpoint failed: Application-Status: 1020912, Application-Message: "


def test(region: Region, request: Request) -> Fields:
    """TestConnection."""
    instance = region.instance(request["ReplicationInstanceArn"])
    endpoint = region.endpoint(request["EndpointArn"])
    require_available(instance)
    known = region.connections.get((instance.arn, endpoint.arn))
    if known is not None and known.life.status == "testing":
        raise invalid_state(f"Endpoint {endpoint.arn} is already being tested.")
    return {"Connection": _shown(region, begin(region, instance.arn, endpoint.arn))}


def begin(region: Region, instance_arn: str, endpoint_arn: str) -> Connection:
    """Start a test, whose result is the roles and buckets as they are now."""
    failure = unreachable(region, region.instance(instance_arn), endpoint_arn)
    connection = Connection(
        instance_arn=instance_arn,
        endpoint_arn=endpoint_arn,
        life=Lifecycle(current="testing"),
        failure=failure,
    )
    result = "failed" if failure else "successful"
    connection.life.change("testing", then=result, after=region.latency["connection.testing"])
    region.connections[instance_arn, endpoint_arn] = connection
    return connection


def describe(region: Region, request: Request) -> Fields:
    """DescribeConnections."""
    wanted = {entry["Name"]: entry["Values"] for entry in request.get("Filters", ())}
    found = [
        _shown(region, connection)
        for connection in region.connections.values()
        if connection.endpoint_arn in wanted.get("endpoint-arn", (connection.endpoint_arn,))
        and connection.instance_arn in wanted.get("replication-instance-arn", (connection.instance_arn,))
    ]
    return page(request, "Connections", found)


def _shown(region: Region, connection: Connection) -> Fields:
    shown: Fields = {
        "ReplicationInstanceArn": connection.instance_arn,
        "EndpointArn": connection.endpoint_arn,
        "Status": connection.life.status,
        "EndpointIdentifier": region.endpoint(connection.endpoint_arn).fields["EndpointIdentifier"],
        "ReplicationInstanceIdentifier": region.instance(connection.instance_arn).fields[
            "ReplicationInstanceIdentifier"
        ],
    }
    if shown["Status"] == "failed":
        shown["LastFailureMessage"] = connection.failure
    return shown


def unreachable(region: Region, stands: Resource, endpoint_arn: str) -> str:
    """Return why the endpoint cannot be reached from an instance or replication, or an empty text."""
    endpoint, on_behalf_of = region.endpoint(endpoint_arn).fields, (stands.arn, endpoint_arn)
    if why := no_route(region, stands, endpoint["EngineName"]):
        return f"{_FAILED}{why}"
    try:
        if endpoint["EngineName"] == "s3":
            settings = endpoint["S3Settings"]
            role = assume(settings["ServiceAccessRoleArn"], on_behalf_of=on_behalf_of)
            source_bucket(settings, role, region.name)
        else:
            role = assume(endpoint["DynamoDbSettings"]["ServiceAccessRoleArn"], on_behalf_of=on_behalf_of)
            role.require(("dynamodb:ListTables",), "*")
    except (DeniedError, SourceError) as error:
        return f"{_FAILED}{error}"
    return ""

"""Endpoints: an S3 bucket as the source, DynamoDB as the target. Other engines are not supported here.

Sources: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html,
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
"""

from typing import Any

from dynamodb_bulk.dms.definition import parse_definition
from dynamodb_bulk.spec.errors import InputError
from local_aws.account import ACCOUNT
from local_aws.dms.faults import invalid_combination, invalid_state, invalid_value
from local_aws.dms.identifiers import arn, checked_name
from local_aws.dms.lifecycle import GONE, PREPARING, Lifecycle
from local_aws.dms.paging import filtered, page
from local_aws.dms.region import Fields, Region, Request, Resource, new_name

_NAME = "EndpointIdentifier"
_AT_WORK = ("starting", "running", "stopping", *PREPARING)
_MAXIMUM_NAME = 255
_SETTINGS = {("s3", "source"): "S3Settings", ("dynamodb", "target"): "DynamoDbSettings"}
_FILTERS = {
    "endpoint-arn": ("EndpointArn",),
    "endpoint-id": ("EndpointIdentifier",),
    "endpoint-type": ("EndpointType",),
    "engine-name": ("EngineName",),
}
_TYPE_FILTERS = {"engine-name": ("EngineName",), "endpoint-type": ("EndpointType",)}
_DISPLAYED = {"s3": "Amazon S3", "dynamodb": "Amazon DynamoDB"}
_REQUIRED = {
    "S3Settings": ("BucketName", "ServiceAccessRoleArn", "ExternalTableDefinition"),
    "DynamoDbSettings": ("ServiceAccessRoleArn",),
}
# What DMS shows of an S3 source for which nothing else was said; the row delimiter is a backslash and an n.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "S3Settings": {
        "CsvRowDelimiter": "\\n",
        "CsvDelimiter": ",",
        "BucketFolder": "",
        "CompressionType": "NONE",
        "EnableStatistics": True,
        "IgnoreHeaderRows": 0,
        "Rfc4180": True,
    },
    "DynamoDbSettings": {},
}
# https://github.com/hashicorp/terraform-provider-aws/issues/34029 and /28264
_TARGET_ONLY = ("GlueCatalogGeneration", "DatePartitionEnabled")


def create(region: Region, request: Request) -> Fields:
    """CreateEndpoint."""
    name = new_name(request, _NAME, region.endpoints, "Endpoint", maximum=_MAXIMUM_NAME)
    fields: Fields = {
        _NAME: name,
        "EndpointArn": arn("endpoint", region.name, request.get("ResourceIdentifier")),
        "KmsKeyId": request.get("KmsKeyId", f"arn:aws:kms:{region.name}:{ACCOUNT}:alias/aws/dms"),
        **_checked(request, {}),
    }
    endpoint = region.new(region.endpoints, fields, "EndpointArn", Lifecycle(current="active"), request)
    return {"Endpoint": shown(endpoint)}


def describe(region: Region, request: Request) -> Fields:
    """DescribeEndpoints."""
    endpoints = [shown(endpoint) for endpoint in region.endpoints.values()]
    return page(request, "Endpoints", filtered(request, endpoints, _FILTERS, "Endpoint"))


def describe_types(_region: Region, request: Request) -> Fields:
    """DescribeEndpointTypes: those that local AWS has, both of which DMS uses for ongoing changes, too."""
    types = [
        {
            "EngineName": engine,
            "EndpointType": kind,
            "EngineDisplayName": _DISPLAYED[engine],
            "SupportsCDC": True,
        }
        for engine, kind in _SETTINGS
    ]
    return page(request, "SupportedEndpointTypes", filtered(request, types, _TYPE_FILTERS, "Endpoint type"))


def describe_schemas(region: Region, request: Request) -> Fields:
    """DescribeSchemas: the owners of the tables that a source's definition has; a target has none."""
    endpoint = region.endpoint(request["EndpointArn"])
    definition = endpoint.fields.get("S3Settings", {}).get("ExternalTableDefinition")
    try:
        tables = parse_definition(definition, "ExternalTableDefinition") if definition else ()
    except InputError as error:
        raise invalid_state(f"The schemas of endpoint {endpoint.arn} cannot be read. {error}") from None
    return page(request, "Schemas", sorted({table.owner for table in tables}))


def modify(region: Region, request: Request) -> Fields:
    """ModifyEndpoint: settings are merged into the ones there are, unless ExactSettings says otherwise."""
    endpoint = region.endpoint(request["EndpointArn"])
    for user in _users(region, endpoint):
        if user.life.status in _AT_WORK:
            raise invalid_state(f"Endpoint {endpoint.arn} is in use by a running replication task.")
    changed = _checked(
        {**endpoint.fields, **request}, {} if request.get("ExactSettings") else endpoint.fields
    )
    if _NAME in request:
        changed[_NAME] = checked_name(request, _NAME, maximum=_MAXIMUM_NAME)
    endpoint.fields.update(changed)
    return {"Endpoint": shown(endpoint)}


def delete(region: Region, request: Request) -> Fields:
    """DeleteEndpoint."""
    endpoint = region.endpoint(request["EndpointArn"])
    if _users(region, endpoint):
        raise invalid_state(f"Endpoint {endpoint.arn} is part of one or more ReplicationTasks.")
    endpoint.life.change("deleting", then=GONE)
    return {"Endpoint": {**endpoint.fields, "Status": "deleting"}}


def _users(region: Region, endpoint: Resource) -> list[Resource]:
    """Return the tasks and serverless replications between whose endpoints it is."""
    return [
        each
        for each in (*region.tasks.values(), *region.replications.values())
        if endpoint.arn in (each.fields["SourceEndpointArn"], each.fields["TargetEndpointArn"])
    ]


def shown(endpoint: Resource) -> Fields:
    """Return the endpoint as the API shows it."""
    return {**endpoint.fields, "Status": endpoint.life.status}


def _checked(request: Request, before: Fields) -> Fields:
    engine, kind = request["EngineName"].lower(), request["EndpointType"].lower()
    member = _SETTINGS.get((engine, kind))
    if member is None:
        raise invalid_value(
            f"local AWS does not support a {kind} endpoint of the engine {engine}: only s3 as a source and "
            "dynamodb as a target"
        )
    if request.get("SslMode", "none") != "none":
        raise invalid_combination(f"SslMode {request['SslMode']} is not supported with the engine {engine}")
    settings = {**_DEFAULTS[member], **before.get(member, {}), **request.get(member, {})}
    # The AWS provider sends the CdcPath of the settings here, too.
    if request.get("ExtraConnectionAttributes") not in (None, "", f"CdcPath={settings.get('CdcPath')}"):
        raise invalid_value(f"local AWS does not read ExtraConnectionAttributes; write them as {member}")
    for key in _REQUIRED[member]:
        if not settings.get(key):
            raise invalid_value(f"{member}.{key} is required for a {kind} endpoint of the engine {engine}")
    for key in _TARGET_ONLY:
        if settings.get(key):
            raise invalid_combination(f"{key} feature is not available for S3 source endpoint")
    if settings.get("IgnoreHeaderRows", 0) not in (0, 1):
        raise invalid_value("S3Settings.IgnoreHeaderRows must be 0 or 1")
    return {
        "EndpointType": kind.upper(),
        "EngineName": engine,
        "EngineDisplayName": _DISPLAYED[engine],
        "SslMode": "none",
        member: settings,
    }

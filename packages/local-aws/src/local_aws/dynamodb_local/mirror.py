"""Tables in moto and in DynamoDB Local at once: moto keeps what is set of them, Local their items.

DynamoDB Local knows neither tags nor recovery, class, limits, warm throughput or protection; so tables are
made, changed and dropped in both, described by moto, and read and written in Local.
"""

import io
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

from local_aws.dynamodb_local.process import LocalDynamoDb
from local_aws.protocol import Tables, answer, refuse

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Settings = dict[str, Any]
_UNKNOWN_OF_INDEXES = {"OnDemandThroughput", "WarmThroughput"}
_FROM_LOCAL = ("ItemCount", "TableSizeBytes", "LatestStreamArn", "LatestStreamLabel")
# Of tables and their settings, which moto keeps; all others are of items, or such as Local refuses itself.
_OF_TABLES = frozenset(
    {"CreateTable", "UpdateTable", "DeleteTable", "DescribeTable", "ListTables", "DescribeEndpoints"}
    | {"TagResource", "UntagResource", "ListTagsOfResource", "DescribeTimeToLive", "UpdateTimeToLive"}
    | {"DescribeContinuousBackups", "UpdateContinuousBackups", "DescribeLimits"}
    | {"PutResourcePolicy", "GetResourcePolicy", "DeleteResourcePolicy"}
)
_NO_REPLICAS = "DynamoDB Local, which holds the items, has no replicas"
# As arguments of moto's, by the members they are in requests.
_OF_CREATE = {
    "KeySchema": "schema",
    "AttributeDefinitions": "attr",
    "BillingMode": "billing_mode",
    "ProvisionedThroughput": "throughput",
    "GlobalSecondaryIndexes": "global_indexes",
    "LocalSecondaryIndexes": "indexes",
    "StreamSpecification": "streams",
}
_OF_UPDATE = {
    "AttributeDefinitions": "attr_definitions",
    "BillingMode": "billing_mode",
    "ProvisionedThroughput": "throughput",
    "GlobalSecondaryIndexUpdates": "global_index",
    "StreamSpecification": "stream_spec",
}


def local_front(local: LocalDynamoDb, moto: "WSGIApplication") -> Tables:
    """Requests of tables go to moto, which has every table mirrored; requests of items go to Local."""

    def tables(
        environ: "WSGIEnvironment", start_response: "StartResponse", body: bytes, region: str
    ) -> Iterable[bytes]:
        target: str = environ["HTTP_X_AMZ_TARGET"]
        service, _, operation = target.partition(".")
        if service.startswith("DynamoDB_") and operation in _OF_TABLES:
            if b'"ReplicaUpdates"' in body:
                return refuse(start_response, _NO_REPLICAS)
            environ["wsgi.input"] = io.BytesIO(body)
            return moto(environ, start_response)
        said = local.forward(target, body, region)
        headers = {name: value for name, value in said.headers.items() if name.lower().startswith("x-amz")}
        return answer(start_response, said.status, said.data, **headers)

    return tables


def mirror_tables(local: LocalDynamoDb) -> None:
    """Let every table of this process be one of `local` too."""
    create, update = DynamoDBBackend.create_table, DynamoDBBackend.update_table
    delete, describe = DynamoDBBackend.delete_table, Table.describe

    def create_table(backend: DynamoDBBackend, name: str, **arguments: Any) -> Table:
        table = create(backend, name, **arguments)
        status, said = local.ask(
            "CreateTable", backend.region_name, TableName=name, **_members(_OF_CREATE, arguments)
        )
        if status != 200:
            del backend.tables[name]
            raise _refusal(said)
        return table

    def update_table(backend: DynamoDBBackend, name: str, **arguments: Any) -> Table:
        table = backend.get_table(name)
        members = _members(_OF_UPDATE, arguments)
        if members.keys() - {"AttributeDefinitions"}:
            status, said = local.ask("UpdateTable", table.region_name, TableName=table.name, **members)
            if status != 200:
                raise _refusal(said)
        return update(backend, name, **arguments)

    def delete_table(backend: DynamoDBBackend, name: str) -> Table:
        table = delete(backend, name)
        local.ask("DeleteTable", table.region_name, TableName=table.name)
        return table

    def described(table: Table, base_key: str = "TableDescription") -> Settings:
        found = describe(table, base_key)
        status, said = local.ask("DescribeTable", table.region_name, TableName=table.name)
        if status == 200:
            _complete(found[base_key], said["Table"])
        return found

    for replacement in (create_table, update_table, delete_table):
        setattr(DynamoDBBackend, replacement.__name__, replacement)
    setattr(Table, "describe", described)  # noqa: B010 - a method of another library's


def _members(names: Mapping[str, str], arguments: Mapping[str, Any]) -> Settings:
    """Return what Local takes of a request, of what moto was given."""
    members: Settings = {
        member: arguments[argument] for member, argument in names.items() if arguments.get(argument)
    }
    if members.get("StreamSpecification", {}).get("StreamEnabled") is False and names is _OF_CREATE:
        del members["StreamSpecification"]
    for name in ("GlobalSecondaryIndexes", "GlobalSecondaryIndexUpdates"):
        if name in members:
            members[name] = [known for index in members[name] if (known := _known(index))]
            if not members[name]:
                del members[name]
    if "ProvisionedThroughput" in members:
        units = members["ProvisionedThroughput"]
        members["ProvisionedThroughput"] = {
            unit: units[unit] for unit in ("ReadCapacityUnits", "WriteCapacityUnits")
        }
    return members


def _known(index: Settings) -> Settings:
    """Return an index, or an update of one, without what Local does not know; empty: nothing is left."""
    if "IndexName" in index:
        return {name: value for name, value in index.items() if name not in _UNKNOWN_OF_INDEXES}
    ((action, given),) = index.items()
    known = _known(given)
    return {} if action == "Update" and known.keys() == {"IndexName"} else {action: known}


def _complete(table: Settings, said: Settings) -> None:
    """Fill in what only Local knows: how much is in the table, its stream, indexes in progress."""
    table |= {name: said[name] for name in _FROM_LOCAL if name in said}
    indexes: list[Settings] = said.get("GlobalSecondaryIndexes", [])
    under_way = {index["IndexName"]: index for index in indexes}
    for index in table.get("GlobalSecondaryIndexes", []):
        known = under_way.get(index["IndexName"], {})
        names = ("IndexStatus", "Backfilling", "IndexSizeBytes", "ItemCount")
        index |= {name: known[name] for name in names if name in known}


def _refusal(said: Settings) -> JsonRESTError:
    code = str(said.get("__type", "")).rpartition("#")[2]
    return JsonRESTError(code, str(said.get("message") or said.get("Message") or code))

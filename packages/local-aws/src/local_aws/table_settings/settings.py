"""Fix how moto creates, changes, describes and deletes tables.

Table class, on-demand limits, warm throughput that never falls, encryption changed later, streams turned
on again, replicas, one index at a time, and the words in which a protected table refuses to go.
"""

import uuid

from moto.core.exceptions import JsonRESTError
from moto.core.utils import unix_time
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import (
    DEFAULT_WARM_THROUGHPUT_RCU,
    DEFAULT_WARM_THROUGHPUT_WCU,
    GlobalSecondaryIndex,
    Table,
)
from moto.dynamodb.responses import DynamoHandler, DynamoResult

from local_aws.dataplane.keys import OF_TABLES, UnusableKeyError, find_key, require_key
from local_aws.dataplane.roles import DeniedError
from local_aws.table_settings import replicas
from local_aws.table_settings.decreases import decreases_today, take_decreases
from local_aws.table_settings.kept import ProtectedError, Settings, kept
from local_aws.table_settings.time_to_live import change_time_to_live, describe_time_to_live

NO_LIMIT = -1
"""What a maximum of request units is set to, to have none.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughput.html
"""
# The texts in which DynamoDB itself refuses, as its users report them.
LOWER_WARM_THROUGHPUT = (
    "One or more parameter values were invalid: Requested {unit} for WarmThroughput for {of} is lower than "
    "current WarmThroughput, decreasing WarmThroughput is not supported"
)
ONE_INDEX_AT_A_TIME = (
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
)
NOTHING_TO_UPDATE = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
    "SSESpecification or ReplicaUpdates is required"
)
_UNITS = (("ReadUnitsPerSecond", "ReadCapacityUnits"), ("WriteUnitsPerSecond", "WriteCapacityUnits"))
_WARM_FROM_THE_START = {
    "ReadUnitsPerSecond": DEFAULT_WARM_THROUGHPUT_RCU,
    "WriteUnitsPerSecond": DEFAULT_WARM_THROUGHPUT_WCU,
}
_ON_DEMAND = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0, "NumberOfDecreasesToday": 0}

_create, _update = DynamoHandler.create_table, DynamoHandler.update_table
_describe, _describe_index = Table.describe, GlobalSecondaryIndex.describe
_delete, _update_indexes = DynamoDBBackend.delete_table, DynamoDBBackend.update_table_global_indexes


def keep_table_settings() -> None:
    """Let the tables of this process keep, report and guard all their settings."""
    for owner, name, replacement in (
        (DynamoHandler, "create_table", _create_table),
        (DynamoHandler, "update_table", _update_table),
        (Table, "describe", _description),
        (GlobalSecondaryIndex, "describe", _index_description),
        (DynamoDBBackend, "delete_table", _delete_table),
        (DynamoDBBackend, "update_table_global_indexes", _change_indexes),
        (DynamoDBBackend, "update_table_streams", _change_stream),
        (DynamoDBBackend, "update_time_to_live", change_time_to_live),
        (DynamoDBBackend, "describe_time_to_live", describe_time_to_live),
    ):
        setattr(owner, name, replacement)


def _create_table(handler: DynamoHandler) -> DynamoResult:
    body: Settings = handler.body
    _check_key(handler)
    _create(handler)
    table = handler.dynamodb_backend.get_table(body["TableName"])
    take_settings(table, body)
    return DynamoResult(table.describe())


def take_settings(table: Table, body: Settings) -> None:
    """Keep the settings of a creating request that moto passes over."""
    _take(table, body)
    by_name = {index.name: index for index in table.global_indexes}
    indexes: list[Settings] = body.get("GlobalSecondaryIndexes") or []
    for given in indexes:
        _limit(by_name[given["IndexName"]], given)
    for owner in (table, *table.global_indexes):
        _warm_up(owner)


def _warm_up(owner: Table | GlobalSecondaryIndex) -> None:
    """Warm throughput is at least what is provisioned, or what on-demand tables begin with."""
    for warm, unit in _UNITS:
        least = owner.throughput[unit] or _WARM_FROM_THE_START[warm]
        owner.warm_throughput[warm] = max(owner.warm_throughput.get(warm, 0), least)


def _update_table(handler: DynamoHandler) -> DynamoResult:
    body: Settings = handler.body
    _check_key(handler)
    table = handler.dynamodb_backend.get_table(body["TableName"])
    wanted = [value for name, value in body.items() if name not in ("TableName", "AttributeDefinitions")]
    if all(value in (None, [], {}) for value in wanted):
        raise MockValidationException(NOTHING_TO_UPDATE)
    if warm := body.get("WarmThroughput"):
        body["WarmThroughput"] = _raised(table.warm_throughput, warm, "table")
    replicas.change_replicas(table, body.get("ReplicaUpdates") or [])
    take_decreases(table, body)
    _update(handler)
    _take(table, body)
    owners = (table, *table.global_indexes)
    if body.get("BillingMode") == "PAY_PER_REQUEST":
        for owner in owners:
            owner.throughput = dict(_ON_DEMAND)
    if body.get("BillingMode") == "PROVISIONED":
        for owner in owners:
            kept(owner).pop("OnDemandThroughput", None)
    for owner in owners:
        _warm_up(owner)
        owner.throughput = {**owner.throughput, "NumberOfDecreasesToday": len(decreases_today(owner))}
    return DynamoResult(table.describe())


def _check_key(handler: DynamoHandler) -> None:
    """Check that a table's key can be used, and name it by its ARN, as DynamoDB does whatever it is given."""
    encryption: Settings = handler.body.get("SSESpecification") or {}
    name = encryption.get("KMSMasterKeyId")
    if not encryption.get("Enabled") or not name:
        return
    try:
        key = find_key(name, handler.dynamodb_backend.region_name)
        require_key(key, OF_TABLES, "dynamodb", None)
    except UnusableKeyError as error:
        raise MockValidationException(f"KMS validation error: {error}") from None
    except DeniedError as error:
        raise JsonRESTError("AccessDeniedException", f"KMS key access denied error: {error}") from None
    if key:
        encryption["KMSMasterKeyId"] = key.arn


def _take(table: Table, body: Settings) -> None:
    if table_class := body.get("TableClass"):
        before: Settings = kept(table).get("TableClassSummary", {"TableClass": "STANDARD"})
        after: Settings = {"TableClass": table_class}
        if table_class != before["TableClass"]:
            after["LastUpdateDateTime"] = unix_time()
        kept(table)["TableClassSummary"] = before | after
    if encryption := body.get("SSESpecification"):
        table.sse_specification = dict(encryption)
        if encryption.get("Enabled") and "KMSMasterKeyId" not in encryption:
            key = table._get_default_encryption_key(  # pyright: ignore[reportPrivateUsage]
                table.account_id, table.region_name
            )
            table.sse_specification["KMSMasterKeyId"] = key
    _limit(table, body)


def _limit(owner: Table | GlobalSecondaryIndex, body: Settings) -> None:
    if limits := body.get("OnDemandThroughput"):
        merged: dict[str, int] = kept(owner).get("OnDemandThroughput", {}) | limits
        kept(owner)["OnDemandThroughput"] = {
            unit: value for unit, value in merged.items() if value != NO_LIMIT
        }


def _raised(current: Settings, wanted: Settings, of: str) -> Settings:
    for unit, _ in _UNITS:
        if wanted.get(unit, current[unit]) < current[unit]:
            raise MockValidationException(LOWER_WARM_THROUGHPUT.format(unit=unit, of=of))
    return current | wanted


def _description(table: Table, base_key: str = "TableDescription") -> Settings:
    found = _describe(table, base_key)
    kept(table).setdefault("TableId", str(uuid.uuid4()))
    found[base_key] |= {name: value for name, value in kept(table).items() if value}
    found[base_key] |= replicas.described(table)
    return found


def _index_description(index: GlobalSecondaryIndex) -> Settings:
    return _describe_index(index) | {name: value for name, value in kept(index).items() if value}


def _delete_table(backend: DynamoDBBackend, name: str) -> Table:
    table = backend.get_table(name)
    if kept(table).get("TableStatus") == "CREATING":
        raise JsonRESTError(
            "ResourceInUseException",
            f"Attempt to change a resource which is still in use: Table is being created: {table.name}",
        )
    if table.deletion_protection_enabled:
        raise ProtectedError
    replicas.forget(table, table.region_name)
    return _delete(backend, name)


def _change_indexes(backend: DynamoDBBackend, table: Table, updates: list[dict[str, Settings]]) -> None:
    """As moto, with warm throughput and limits of indexes kept and guarded."""
    before = {index.name: index for index in table.global_indexes}
    if sum("Update" not in update for update in updates) > 1:
        raise JsonRESTError("LimitExceededException", ONE_INDEX_AT_A_TIME)
    for update in updates:
        for action, given in update.items():
            _check_index(action, given, before)
    _update_indexes(backend, table, updates)
    after = {index.name: index for index in table.global_indexes}
    for update in updates:
        for given in update.values():
            if given["IndexName"] in after:
                _limit(after[given["IndexName"]], given)


def _check_index(action: str, given: Settings, known: dict[str, GlobalSecondaryIndex]) -> None:
    name: str = given["IndexName"]
    if action == "Create":
        if name in known:
            raise MockValidationException(f"Attempting to create an index which already exists: {name}")
    elif name not in known:
        raise JsonRESTError("ResourceNotFoundException", f"Requested resource not found: Index: {name}")
    elif "WarmThroughput" in given:
        given["WarmThroughput"] = _raised(
            known[name].warm_throughput, given["WarmThroughput"], f"index {name}"
        )


def _change_stream(_backend: DynamoDBBackend, table: Table, specification: Settings) -> None:
    """Turn a stream on or off; moto takes a table that ever had one for one that has it.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
    """
    now = bool((table.stream_specification or {}).get("StreamEnabled"))
    if bool(specification.get("StreamEnabled")) is now:
        raise MockValidationException(f"Table {'already has' if now else 'does not have'} an enabled stream")
    table.set_stream_specification(specification)

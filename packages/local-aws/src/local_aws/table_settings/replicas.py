"""Replicas of a table in other regions, which come and go by UpdateTable.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GlobalTables.html
"""

import copy
from collections.abc import Callable, Mapping

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

from local_aws.table_settings.kept import ProtectedError, Settings, kept, replicas

GLOBAL_TABLES = "2019.11.21"
_OWN = ("KMSMasterKeyId", "ProvisionedThroughputOverride", "OnDemandThroughputOverride", "TableClassOverride")
_STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


def change_replicas(table: Table, updates: list[Mapping[str, Settings]]) -> None:
    """Carries out the `ReplicaUpdates` of an UpdateTable."""
    for update in updates:
        for action, wanted in update.items():
            _ACTIONS[action](table, wanted)


def described(table: Table) -> Settings:
    """Return what DescribeTable says of the other regions."""
    others = {region: settings for region, settings in replicas(table).items() if region != table.region_name}
    if not others:
        return {}
    found = [
        {"RegionName": region, "ReplicaStatus": "ACTIVE"} | settings for region, settings in others.items()
    ]
    return {"GlobalTableVersion": GLOBAL_TABLES, "Replicas": found}


def _create(table: Table, wanted: Settings) -> None:
    """Another region's table of the same name: it shares the items, so there is nothing to copy."""
    region: str = wanted["RegionName"]
    there = dynamodb_backends[table.account_id][region].tables
    if region == table.region_name or table.name in there:
        raise MockValidationException(
            f"Failed to create a the new replica of table with name: '{table.name}' because one or more "
            f"replicas already existed as tables."
        )
    if not (table.stream_specification or {}).get("StreamEnabled"):
        table.set_stream_specification(dict(_STREAM))
    group = replicas(table)
    group.setdefault(table.region_name, {})
    group[region] = {name: wanted[name] for name in _OWN if name in wanted}
    replica = copy.copy(table)
    replica.region_name = region
    replica.table_arn = table.table_arn.replace(f":{table.region_name}:", f":{region}:")
    replica.tags, replica.deletion_protection_enabled = [], False
    replica.continuous_backups = copy.deepcopy(table.continuous_backups)
    replica.continuous_backups["PointInTimeRecoveryDescription"] = {"PointInTimeRecoveryStatus": "DISABLED"}
    replica.lambda_event_source_mappings = {}
    vars(replica)["kept_settings"] = dict(kept(table))
    there[table.name] = replica


def _change(table: Table, wanted: Settings) -> None:
    _known(table, wanted["RegionName"]).update(
        {name: value for name, value in wanted.items() if name != "RegionName"}
    )


def _delete(table: Table, wanted: Settings) -> None:
    region: str = wanted["RegionName"]
    _known(table, region)
    there = dynamodb_backends[table.account_id][region].tables
    if table.name in there and there[table.name].deletion_protection_enabled:
        raise ProtectedError
    there.pop(table.name, None)
    forget(table, region)


def forget(table: Table, region: str) -> None:
    """Take the table of a region out of its global table."""
    group = replicas(table)
    group.pop(region, None)
    if len(group) == 1:
        group.clear()


def _known(table: Table, region: str) -> Settings:
    group = replicas(table)
    if region not in group:
        raise MockValidationException(
            "Replica specified in the Replica Update or Replica Delete action of the request was not found."
        )
    return group[region]


_ACTIONS: Mapping[str, Callable[[Table, Settings], None]] = {
    "Create": _create,
    "Update": _change,
    "Delete": _delete,
}

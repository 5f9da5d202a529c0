"""Replicas of a table: made, changed and dropped in the table's region, set up in their own."""

from typing import Any

from offline_pulumi.provider.clients import elsewhere
from offline_pulumi.provider.model import Members, Props, at
from offline_pulumi.provider.types.dynamodb.changes import update_table


def read_replicas(client: Any, members: Members, _props: Props) -> Members:
    """Return what DescribeTable does not say of replicas, read where they are."""
    replicas = [each | _read(client, members["TableName"], each) for each in at("Replicas", members, [])]
    return {"Replicas": replicas}


def change_replicas(client: Any, members: Members, _props: Props) -> None:
    """One UpdateTable per region that comes or goes; AWS accepts no more at once."""
    name = members["TableName"]
    before = {each["RegionName"]: each for each in at("_observed.Replicas", members, [])}
    after = {each["RegionName"]: each for each in at("Replicas", members, [])}
    for region in sorted(before.keys() - after.keys()):
        update_table(client, name, ReplicaUpdates=[{"Delete": {"RegionName": region}}])
    for region, wanted in sorted(after.items()):
        if region not in before:
            asked = {key: wanted[key] for key in ("RegionName", "KMSMasterKeyId") if key in wanted}
            update_table(client, name, ReplicaUpdates=[{"Create": asked}])
        _set_up(client, members, wanted)


def drop_replicas(client: Any, members: Members, _props: Props) -> None:
    """Before the table goes, its replicas do."""
    change_replicas(client, {"TableName": members["TableName"], "_observed": members}, {})


def _set_up(client: Any, members: Members, wanted: Members) -> None:
    name, there = members["TableName"], elsewhere(client, wanted["RegionName"])
    now = _read(client, name, wanted)
    protected = wanted.get("DeletionProtectionEnabled")
    if protected is not None and protected != now["DeletionProtectionEnabled"]:
        there.update_table(TableName=name, DeletionProtectionEnabled=protected)
    recovers = bool(wanted.get("PointInTimeRecovery"))
    if recovers != now["PointInTimeRecovery"]:
        there.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": recovers}
        )
    if wanted.get("PropagateTags") and members.get("Tags"):
        there.tag_resource(ResourceArn=now["Arn"], Tags=members["Tags"])


def _read(client: Any, name: str, replica: Members) -> Members:
    there = elsewhere(client, replica["RegionName"])
    table = there.describe_table(TableName=name)["Table"]
    backups = there.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    status = at("PointInTimeRecoveryDescription.PointInTimeRecoveryStatus", backups)
    return {
        "Arn": table["TableArn"],
        "StreamArn": table.get("LatestStreamArn"),
        "StreamLabel": table.get("LatestStreamLabel"),
        "DeletionProtectionEnabled": bool(table.get("DeletionProtectionEnabled")),
        "PointInTimeRecovery": status == "ENABLED",
        "ConsistencyMode": table.get("MultiRegionConsistency", "EVENTUAL"),
    }

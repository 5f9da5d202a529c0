"""What it takes to bring a table's global indexes up to date."""

from typing import Any

from offline_pulumi.provider.model import Members, Props, at
from offline_pulumi.provider.types.dynamodb.changes import capacity, limits, update_table, warm_throughput


def change_indexes(client: Any, members: Members, _props: Props) -> None:
    """Delete, create and resize indexes, one per UpdateTable, as AWS requires."""
    before = {each["IndexName"]: each for each in members["_observed"]["GlobalSecondaryIndexes"]}
    after = {each["IndexName"]: each for each in at("GlobalSecondaryIndexes", members, [])}
    kept = before.keys() & after.keys()
    anew = {index for index in kept if not _is_same_index(before[index], after[index])}
    updates: list[Members] = [
        {"Delete": {"IndexName": index}} for index in sorted({*before} - {*after} | anew)
    ]
    updates += [{"Create": after[index]} for index in sorted({*after} - {*before} | anew)]
    for index in sorted(kept - anew):
        settings = _settings(after[index], before[index], members)
        updates += [{"Update": {"IndexName": index, **each}} for each in settings]
    for update in updates:
        update_table(
            client,
            members["TableName"],
            AttributeDefinitions=members["AttributeDefinitions"],
            GlobalSecondaryIndexUpdates=[update],
        )


def _settings(wanted: Members, current: Members, table: Members) -> list[Members]:
    found: list[Members] = []
    if table.get("BillingMode") == "PAY_PER_REQUEST":
        if changed := limits(wanted, current):
            found.append({"OnDemandThroughput": changed})
    elif "ProvisionedThroughput" in wanted and capacity(wanted) != capacity(current):
        found.append({"ProvisionedThroughput": capacity(wanted)})
    if warm := warm_throughput(wanted, current):
        found.append({"WarmThroughput": warm})
    return found


def _is_same_index(before: Members, after: Members) -> bool:
    """Return whether an index can stay: same keys, same projection, warm throughput that does not fall."""
    old, new = before["Projection"], after["Projection"]
    warm = before.get("WarmThroughput", {})
    return (
        before["KeySchema"] == after["KeySchema"]
        and old["ProjectionType"] == new["ProjectionType"]
        and sorted(old.get("NonKeyAttributes", [])) == sorted(new.get("NonKeyAttributes", []))
        and all(warm.get(unit, 0) <= value for unit, value in after.get("WarmThroughput", {}).items())
    )

"""A dataset's table as a DynamoDB table has it, and its attributes from a sample of items."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from dynamodb_bulk.aws import Aws, aws_in
from dynamodb_bulk.aws.refusals import reason
from dynamodb_bulk.init.proposal import KeyCandidate, Proposal
from dynamodb_bulk.spec.errors import InputError

_TYPES = {
    "S": "text", "N": "number", "B": "bytes", "BOOL": "true or false", "NULL": "null", "M": "map",
    "L": "list",
    "SS": "set of text", "NS": "set of numbers", "BS": "set of bytes",
}  # fmt: skip
_PROVISIONED = "PROVISIONED"


def propose_table(name: str, sample: int, region: str | None) -> Proposal:
    """Return a dataset of JSON files for a table like this one; raise InputError."""
    aws = _aws(name, region)
    proposal = Proposal(name=name, source={"files": [f"{name}*.jsonl"], "format": "json"}, rows=0)
    proposal.head.append(f"From the table {name}: put its items, as JSON Lines, into the files below.")
    found: dict[str, Counter[str]] = {}
    for item in _items(aws, name, sample):
        proposal.rows += 1
        for attribute, value in item.items():
            found.setdefault(attribute, Counter())[next(iter(value))] += 1
    proposal.fields = [
        f"{attribute}: {' or '.join(_TYPES.get(kind, kind) for kind in kinds)}, "
        f"in {kinds.total():,} of {proposal.rows:,} items"
        for attribute, kinds in found.items()
    ]
    take_table(proposal, name, region)
    return proposal


def take_table(proposal: Proposal, name: str, region: str | None) -> None:
    """Give the proposal the keys, indexes and billing of a table; raise InputError.

    That is also where the files have no column for a key, or one of another type.
    """
    aws = _aws(name, region)
    with _Told(name):
        table = cast("dict[str, Any]", aws.dynamodb.describe_table(TableName=name)["Table"])
        lifetime = aws.dynamodb.describe_time_to_live(TableName=name).get("TimeToLiveDescription", {})
    types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    keys = _keys(table["KeySchema"])
    for key in keys.values():
        if proposal.columns and (kind := proposal.types.get(key)) != types[key]:
            what = f"the key {key} is {types[key]}, and the files have " + (kind or "no such column")
            raise InputError(
                f"table {name}", what, "rename the column in the files, or map it under `attributes`"
            )
    proposal.table = {role: _key(key, types) for role, key in keys.items()}
    proposal.keys = [
        KeyCandidate(columns=tuple(keys.values()), types=tuple(types[key] for key in keys.values()))
    ]
    if table.get("BillingModeSummary", {}).get("BillingMode", _PROVISIONED) == _PROVISIONED:
        proposal.table["billing"] = _units(table["ProvisionedThroughput"])
    if indexes := table.get("GlobalSecondaryIndexes"):
        proposal.table["global_secondary_indexes"] = [_index(index, types) for index in indexes]
    if table.get("StreamSpecification", {}).get("StreamEnabled"):
        proposal.table["stream"] = table["StreamSpecification"]["StreamViewType"]
    if lifetime.get("TimeToLiveStatus") == "ENABLED" and "AttributeName" in lifetime:
        proposal.table["time_to_live"] = lifetime["AttributeName"]
    if (kind := table.get("TableClassSummary", {}).get("TableClass", "STANDARD")) != "STANDARD":
        proposal.table["class"] = kind
    proposal.note(
        "table", f"As {name} is: to load into that table itself, add `existing: true` and its `name`."
    )
    if table.get("LocalSecondaryIndexes"):
        proposal.note(
            "table", "Its local secondary indexes are left out: a table that an import makes has none."
        )


def _items(aws: Aws, name: str, most: int) -> list[Mapping[str, Any]]:
    items: list[Mapping[str, Any]] = []
    start: dict[str, Any] = {}
    with _Told(name):
        while len(items) < most:
            page = cast("Any", aws.dynamodb).scan(TableName=name, Limit=most - len(items), **start)
            items += page["Items"]
            if not page.get("LastEvaluatedKey"):
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    return items


def _aws(name: str, region: str | None) -> Aws:
    aws = aws_in(region)
    if aws is None:
        raise InputError(f"table {name}", "the Region is unknown", "pass --region, or set AWS_REGION")
    return aws


def _keys(schema: list[dict[str, Any]]) -> dict[str, str]:
    kinds = {one["KeyType"]: one["AttributeName"] for one in schema}
    roles = {"partition_key": kinds["HASH"], "sort_key": kinds.get("RANGE")}
    return {role: name for role, name in roles.items() if name}


def _key(name: str, types: Mapping[str, str]) -> dict[str, str]:
    return {"name": name, "type": types[name]}


def _units(throughput: Mapping[str, Any]) -> dict[str, int]:
    return {"read": throughput["ReadCapacityUnits"], "write": throughput["WriteCapacityUnits"]}


def _index(index: dict[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    projection = index["Projection"]
    kind = projection["ProjectionType"]
    found: dict[str, Any] = {
        "name": index["IndexName"],
        **{role: _key(name, types) for role, name in _keys(index["KeySchema"]).items()},
    }
    if kind != "ALL":
        found["projection"] = list(projection["NonKeyAttributes"]) if kind == "INCLUDE" else kind
    return found


class _Told:
    """Turns a refusal of AWS into one line."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, BotoCoreError | ClientError):
            raise InputError(
                f"table {self._name}", reason(error), "check the name, --region and your permissions"
            ) from None

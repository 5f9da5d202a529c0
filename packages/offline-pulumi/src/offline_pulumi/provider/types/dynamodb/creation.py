"""How a table comes to be: by CreateTable, or by ImportTable from files in S3."""

from collections.abc import Mapping
from typing import Any

from offline_pulumi.provider.failures import InitFailure
from offline_pulumi.provider.model import Members, Props
from offline_pulumi.provider.requests import pauses

IMPORT_MINUTES = 30
"""As long as the real provider waits for a table to be made."""


def create_table(client: Any, members: Members, props: Props) -> None:
    """Make the table with what the request takes; what else was asked for follows when it is active."""
    if "importTable" in props:
        _import_table(client, members, props)
        return
    stream = members.get("StreamSpecification")
    off = {"StreamSpecification"} if stream and not stream.get("StreamEnabled") else set[str]()
    accepted = client.meta.service_model.operation_model("CreateTable").input_shape.members
    client.create_table(**_only(members, accepted.keys() - off))


def _import_table(client: Any, members: Members, props: Props) -> None:
    """Fails when the import does; the engine then knows of a table half-made, as with the real provider.

    An import takes neither tags nor stream, class or local indexes. The header list is a set to the real
    provider, so its order is lost. https://github.com/hashicorp/terraform-provider-aws/issues/41639
    """
    shape = client.meta.service_model.operation_model("ImportTable").input_shape.members
    source = dict(members["ImportTable"])
    options = source.get("InputFormatOptions", {}).get("Csv", {})
    if "HeaderList" in options:
        options["HeaderList"] = sorted(set(options["HeaderList"]))
    parameters = _only(members, shape["TableCreationParameters"].members)
    found = client.import_table(**source, TableCreationParameters=parameters)["ImportTableDescription"]
    for _ in pauses(IMPORT_MINUTES * 60):
        if found["ImportStatus"] not in {"IN_PROGRESS", "CANCELLING"}:
            break
        found = client.describe_import(ImportArn=found["ImportArn"])["ImportTableDescription"]
    if found["ImportStatus"] != "COMPLETED":
        raise InitFailure(
            f"waiting for DynamoDB Table Import ({found['ImportArn']}): unexpected state "
            f"'{found['ImportStatus']}', wanted target 'COMPLETED': {found.get('FailureCode', '')} "
            f"{found.get('FailureMessage', '')}".rstrip(),
            members["TableName"],
            props,
            props,
        )


def _only(members: Members, accepted: Mapping[str, Any] | set[str]) -> Members:
    return {name: value for name, value in members.items() if name in accepted}

"""What the state has, and resources that AWS has and the state does not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import grpc
import pytest
from pulumi.runtime.mocks import MockCallArgs

from components.adoption import adopt_orphans
from components.bucket import FilesBucket, FilesBucketArgs
from components.recorded_state import recorded_outputs
from components.table import LoadTable, LoadTableArgs
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.table import Table
from tests.recording import BUCKET, TABLE, Engine, declare, stack

NAME = "shop-test-orders"
URN = "urn:pulumi:test::shop::bulk:components:LoadTable$aws:dynamodb/table:Table::orders"


def table(stack_tag: str) -> None:
    """One under the name that the program gives its own."""
    boto3.client("dynamodb").create_table(
        TableName=NAME,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": "project", "Value": "shop"}, {"Key": "stack", "Value": stack_tag}],
    )


def declared(in_state: Mapping[str, Any] | None = None, *, preview: bool = False) -> Engine:
    def program() -> None:
        adopt_orphans(stack(), recorded_outputs())
        keys = Table.model_validate({"partition_key": {"name": "id"}})
        LoadTable("orders", LoadTableArgs(stack=stack(), dataset="orders", table=keys))
        FilesBucket("files", FilesBucketArgs(stack=stack()))

    return declare(program, Engine(in_state=in_state or {}), preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_table_is_imported_unchanged_when_aws_has_it_and_the_state_does_not(preview: bool) -> None:
    table("test")
    found = declared(preview=preview).one(TABLE)
    assert found.imported_as == NAME
    assert {"tags", "billingMode", "pointInTimeRecovery", "attributes"} <= found.ignored
    assert not {"name", "hashKey"} & found.ignored


def test_table_is_declared_as_before_when_the_state_has_it() -> None:
    table("other")
    found = declared({URN: {"outputs": {"name": NAME}}}).one(TABLE)
    assert (found.imported_as, found.ignored) == ("", frozenset())


def test_table_is_imported_when_the_state_has_it_under_a_different_name() -> None:
    table("test")
    assert declared({URN: {"outputs": {"name": "shop-test-before"}}}).one(TABLE).imported_as == NAME


def test_table_of_a_different_stack_is_refused_in_one_line() -> None:
    table("other")
    with pytest.raises(InputError) as refused:
        declared()
    text = str(refused.value)
    assert text.startswith(f"table {NAME}: exists, and belongs to the stack shop/other")
    assert f"pulumi import aws:dynamodb/table:Table orders {NAME}" in text
    assert "\n" not in text


@pytest.mark.parametrize("preview", [False, True])
def test_empty_bucket_is_recreated_only_by_up(preview: bool) -> None:
    s3 = boto3.client("s3")
    name = stack().bucket_name("files")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert declared(preview=preview).one(BUCKET).imported_as == ""
    assert [each.get("Name") for each in s3.list_buckets()["Buckets"]] == ([name] if preview else [])


HALF = "failed to load checkpoint: EOF"


class Refused(grpc.RpcError):
    """What the engine answers."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return str(self.args[0])


@dataclass
class Writing(Engine):
    """Refuses look-ups of the state with these words first."""

    refusals: list[str] = field(default_factory=list[str])

    def call(self, args: MockCallArgs) -> tuple[dict[str, object], list[tuple[str, str]] | None]:
        if args.token.endswith("readStackResourceOutputs") and self.refusals:
            raise Refused(self.refusals.pop(0))
        return super().call(args)


def test_state_is_read_again_when_the_engine_is_writing_it() -> None:
    found: list[object] = []
    declare(lambda: found.append(recorded_outputs()), Writing(refusals=[HALF, HALF]))
    assert found == [{}]


def test_refusal_to_read_the_state_is_raised_at_once_when_it_is_another() -> None:
    engine = Writing(refusals=["no access", "no access"])
    with pytest.raises(Exception, match="no access"):
        declare(recorded_outputs, engine)
    assert engine.refusals == ["no access"]

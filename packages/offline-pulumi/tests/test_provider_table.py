import importlib
import inspect
from collections.abc import Iterable
from functools import cache
from typing import Any

import boto3
import botocore.model
import pytest

from offline_pulumi.provider.inputs import failures
from offline_pulumi.provider.model import Argument, Call, ResourceType, snake
from offline_pulumi.provider.types import TYPES

NOT_ITS_OWN = {"hashKey", "rangeKey"}  # the keys of tables and indexes travel in KeySchema


def sdk_arguments(token: str) -> set[str]:
    module = token.split("/")[0].removeprefix("aws:")
    sdk = getattr(importlib.import_module(f"pulumi_aws.{module}"), token.rpartition(":")[2])
    internal = sdk._internal_init  # pyright: ignore
    return set(inspect.signature(internal).parameters) - {"self", "resource_name", "opts", "__props__"}


@cache
def client_of(service: str) -> Any:
    return boto3.client(service, "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")  # pyright: ignore


def shapes_of(entry: ResourceType) -> list[botocore.model.StructureShape]:
    """The shapes of the requests that carry arguments as the table says."""
    client = client_of(entry.service)
    calls = [
        each for each in (entry.create, *(change.call for change in entry.changes)) if isinstance(each, Call)
    ]
    names = [client.meta.method_to_api_mapping[each.operation] for each in calls]
    return [client.meta.service_model.operation_model(name).input_shape for name in names]


def sent_by_functions(entry: ResourceType) -> set[str]:
    return {
        name
        for change in entry.changes
        if not isinstance(change.call, Call)
        for name in entry.changed_by(change)
    }


def unknown_members(arguments: Iterable[Argument], shape: botocore.model.StructureShape) -> list[str]:
    return [each.member for each in arguments if each.member and not has(shape, each)]


def has(shape: botocore.model.Shape, each: Argument) -> bool:
    for step in each.member.split("."):
        if step == "0":
            shape = shape.member  # pyright: ignore
        elif step in shape.members:  # pyright: ignore
            shape = shape.members[step]  # pyright: ignore
        else:
            return False
    inner = shape.member if each.kind == "objects" else shape  # pyright: ignore
    return not each.fields or not unknown_members(each.fields, inner)  # pyright: ignore


@pytest.mark.parametrize("token", sorted(TYPES))
def test_arguments_of_the_table_are_known_to_the_sdk(token: str) -> None:
    table = {snake(each.name) for each in TYPES[token].arguments}
    table |= {"tags"} if TYPES[token].tagging else set()
    assert table - sdk_arguments(token) == set()


@pytest.mark.parametrize("token", [token for token in sorted(TYPES) if isinstance(TYPES[token].create, Call)])
def test_members_of_the_table_are_known_to_the_service_model(token: str) -> None:
    elsewhere = NOT_ITS_OWN | sent_by_functions(TYPES[token])
    sent = [each for each in TYPES[token].arguments if each.member and each.name not in elsewhere]
    shapes = shapes_of(TYPES[token])
    assert [each.member for each in sent if not any(has(shape, each) for shape in shapes)] == []


@pytest.mark.parametrize("token", sorted(TYPES))
def test_required_arguments_of_the_table_are_named_when_missing(token: str) -> None:
    required = {each.name for each in TYPES[token].arguments if each.required}
    assert set(failures(TYPES[token], {})) == required

"""The functions of the replacement provider (`aws.get_…`): questions about what is there already."""

import re
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from offline_pulumi.provider.failures import Failure, text
from offline_pulumi.provider.lifecycle import Lifecycle
from offline_pulumi.provider.model import Props, at
from offline_pulumi.provider.settings import Clients
from offline_pulumi.provider.types import TYPES
from offline_pulumi.provider.types.dynamodb.table import TABLE
from offline_pulumi.provider.types.iam import ROLE

Function = Callable[[Clients, Props], Props]
FUNCTIONS: dict[str, Function] = {}
"""Functions by token."""


def _function(
    token: str, service: str
) -> Callable[[Callable[[Any, Props], Props]], Callable[[Any, Props], Props]]:
    """Enters a function of client and arguments into the table; its answer repeats the arguments."""

    def enter(answer: Callable[[Any, Props], Props]) -> Callable[[Any, Props], Props]:
        def run(clients: Clients, args: Props) -> Props:
            client = clients.get(service, str(args.get("region") or "") if service != "iam" else "")
            try:
                found = args | answer(client, args)
            except (ClientError, BotoCoreError) as error:
                name = token.rpartition(":")[2]
                raise Failure(
                    f"invoking {name}: {text(error, client.meta.service_model.service_id)}"
                ) from error
            return found if service == "iam" else {"region": client.meta.region_name} | found

        FUNCTIONS[token] = run
        return answer

    return enter


@_function("aws:index/getCallerIdentity:getCallerIdentity", "sts")
def _caller(client: Any, _args: Props) -> Props:
    who = client.get_caller_identity()
    return {"accountId": who["Account"], "arn": who["Arn"], "userId": who["UserId"], "id": who["Account"]}


@_function("aws:index/getPartition:getPartition", "sts")
def _partition(_client: Any, _args: Props) -> Props:
    return {
        "partition": "aws",
        "id": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


@_function("aws:index/getRegion:getRegion", "ec2")
def _region(client: Any, args: Props) -> Props:
    name = args.get("name") or client.meta.region_name
    return {
        "name": name,
        "region": name,
        "id": name,
        "endpoint": f"ec2.{name}.amazonaws.com",
        "description": name,
    }


def _read(token: str, client: Any, resource_id: str) -> Props:
    """Return what the resource type of the table reads of a resource."""
    found = Lifecycle(TYPES[token], lambda _service, _region: client, {}).read(resource_id, {})
    if found is None:
        raise Failure(f"reading {TYPES[token].title.format(id=resource_id)}: couldn't find resource")
    return found.state | {"id": found.id}


@_function("aws:dynamodb/getTable:getTable", "dynamodb")
def _table(client: Any, args: Props) -> Props:
    found = _read(TABLE.type, client, args["name"])
    index: Props = {"rangeKey": "", "nonKeyAttributes": []}
    indexes = [index | each | _listed(each) for each in at("globalSecondaryIndexes", found, [])]
    nothing: Props = {"rangeKey": "", "localSecondaryIndexes": [], "replicas": []}
    return nothing | found | _listed(found) | {"globalSecondaryIndexes": indexes}


def _listed(owner: Props) -> Props:
    """Return the blocks of a table or index that `getTable` tells as lists of one."""
    names = ("onDemandThroughput", "warmThroughput")
    return {f"{name}s": [owner[name]] if owner.get(name) else [] for name in names}


@_function("aws:iam/getRole:getRole", "iam")
def _role(client: Any, args: Props) -> Props:
    nothing: Props = {"roleLastUseds": [], "permissionsBoundary": "", "description": ""}
    return nothing | _read(ROLE.type, client, args["name"])


@_function("aws:iam/getRoles:getRoles", "iam")
def _roles(client: Any, args: Props) -> Props:
    prefix = {"PathPrefix": args["pathPrefix"]} if args.get("pathPrefix") else {}
    wanted = re.compile(args.get("nameRegex") or "")
    pages = client.get_paginator("list_roles").paginate(**prefix)
    roles = [each for page in pages for each in page["Roles"] if wanted.search(each["RoleName"])]
    return {
        "id": "aws",
        "arns": sorted(each["Arn"] for each in roles),
        "names": sorted(each["RoleName"] for each in roles),
    }

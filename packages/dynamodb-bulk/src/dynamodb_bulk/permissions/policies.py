"""The policies of a stack: what is granted for each task, written as IAM's documents."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from dynamodb_bulk.aws.keys import TABLE_KEY_ACTIONS
from dynamodb_bulk.aws.names import FILES, bucket_name, physical_name
from dynamodb_bulk.permissions.grants import PLACES, Condition, Grant, Permissions, Task, called, writes
from dynamodb_bulk.permissions.resource_types import RESOURCE_TYPES

MOST_CHARACTERS = 6_144
"""Of a managed policy, white space left out.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""
_LONGEST = 63  # of most names; roles may have 64, tables 255
_MOST_ARNS = 10  # in a statement, so that each fits into a policy
_BOUND = ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary")

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a stack declares: its parts, and the names of what bears none of its own.

    `tables`: the stack's with a name that the dataset chose; `other_tables`: those that it uses unchanged.
    `sources`, `exports`: places in buckets, as bucket/prefix; `arrivals`: objects, as bucket/key.
    `run_roles`: ARNs of what its scheduled runs run as.
    """

    project: str
    stack: str
    account: str
    region: str
    partition: str
    parts: tuple[Permissions, ...]
    tables: frozenset[str] = frozenset()
    other_tables: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    exports: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    arrivals: frozenset[str] = frozenset()
    run_roles: frozenset[str] = frozenset()
    replicated: bool = False
    role_path: str = "/"
    permissions_boundary: str | None = None

    @property
    def resource_types(self) -> frozenset[str]:
        """The types of the resources that it declares."""
        return frozenset(each for part in self.parts for each in part.declares)

    def name(self, *parts: str) -> str:
        """Return a name as the stack gives it."""
        return physical_name(self.project, self.stack, *parts)


def policies(declared: Declared, task: Task) -> dict[str, Document]:
    """Return the policies for a task by name: one, or as many as it takes to keep each in IAM's limit."""
    documents = list(_documents(_statements(declared, task)))
    name = declared.name(task)
    if len(documents) == 1:
        return {name: documents[0]}
    return {f"{name}-{number}": document for number, document in enumerate(documents, start=1)}


def grants(declared: Declared) -> Iterator[Grant]:
    """Yield all that the stack's resources and our own code need."""
    for part in declared.parts:
        yield from part.calls
    for each in sorted(declared.resource_types):
        yield from RESOURCE_TYPES[each]
    yield called("keys", "kms:DescribeKey", "deploy", "preview")
    # DynamoDB and S3 use keys in the name of who calls them.
    yield called("keys", " ".join(TABLE_KEY_ACTIONS), "deploy")
    yield called("keys", "kms:Decrypt GenerateDataKey", "operate")
    if declared.permissions_boundary and "aws:iam/role:Role" in declared.resource_types:
        yield writes("roles", "iam:PutRolePermissionsBoundary")


def _statements(declared: Declared, task: Task) -> list[Document]:
    """Join the actions that have the same place and condition."""
    by_place: dict[tuple[tuple[str, ...], str], set[str]] = {}
    for grant in grants(declared):
        places = tuple(_arns(PLACES[grant.on], declared))
        if task not in grant.to or not places:
            continue
        for action in grant.actions:
            condition = _condition(grant.condition, action, declared)
            by_place.setdefault((places, json.dumps(condition, sort_keys=True)), set()).add(action)
    return [
        {
            "Effect": "Allow",
            "Action": sorted(actions),
            "Resource": list(places[at : at + _MOST_ARNS]),
            **({"Condition": json.loads(condition)} if condition != "{}" else {}),
        }
        for (places, condition), actions in sorted(by_place.items())
        for at in range(0, len(places), _MOST_ARNS)
    ]


def _documents(statements: Sequence[Document]) -> Iterator[Document]:
    """Fill one document after the other."""
    held: list[Document] = []
    for statement in statements:
        if held and _length([*held, statement]) > MOST_CHARACTERS:
            yield _document(held)
            held = []
        held.append(statement)
    yield _document(held)


def _document(statements: Sequence[Document]) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _length(statements: Sequence[Document]) -> int:
    return len(json.dumps(_document(statements), separators=(",", ":")))


def _condition(wanted: Condition, action: str, declared: Declared) -> dict[str, dict[str, str]]:
    names = _names(declared)
    found = {
        operator: {
            key: value.format_map({name: one[0] for name, one in names.items() if one})
            for key, value in keys.items()
        }
        for operator, keys in wanted.items()
    }
    if declared.permissions_boundary and action in _BOUND:
        found.setdefault("StringEquals", {})["iam:PermissionsBoundary"] = declared.permissions_boundary
    return found


def _arns(templates: Iterable[str], declared: Declared) -> Iterator[str]:
    """Yield each template with every name that it asks for: none where the stack has no such name."""
    names = _names(declared)
    for template in templates:
        asked = re.findall(r"{(\w+)}", template)
        for chosen in product(*(names[each] for each in asked)):
            yield template.format_map(dict(zip(asked, chosen, strict=True)))


def _names(declared: Declared) -> Mapping[str, Sequence[str]]:
    account = f"arn:{declared.partition}:kms:{declared.region}:{declared.account}:"
    return {
        "partition": [declared.partition],
        "region": [declared.region],
        "table_region": ["*" if declared.replicated else declared.region],
        "account": [declared.account],
        "project": [declared.project],
        "stack": [declared.stack],
        "prefix": [_beginning(declared.name())],
        "project_prefix": [_beginning(physical_name(declared.project))],
        "bucket": [bucket_name(declared.account, declared.project, declared.stack, FILES)],
        "role_path": [declared.role_path],
        "own_tables": sorted(declared.tables),
        "other_tables": sorted(declared.other_tables),
        "source_buckets": sorted({place.partition("/")[0] for place in declared.sources}),
        "source_objects": sorted(declared.sources),
        "export_buckets": sorted({place.partition("/")[0] for place in declared.exports}),
        "export_objects": sorted(declared.exports),
        "arrival_buckets": sorted({place.partition("/")[0] for place in declared.arrivals}),
        "arrival_objects": sorted(declared.arrivals),
        "run_roles": sorted(declared.run_roles),
        "keys": sorted(key if key.startswith("arn:") else f"{account}{_key(key)}" for key in declared.keys),
    }


def _key(key: str) -> str:
    """An alias stands for a key that only KMS knows."""
    return "key/*" if key.startswith("alias/") else f"key/{key}"


def _beginning(name: str) -> str:
    """Return what every longer name begins with, also where `physical_name` shortens it."""
    room = _LONGEST - 9
    return f"{name}-" if len(name) < room else name[:room].rstrip("-")

"""What the resource types of DMS have in common: identifiers, ARNs, tags, and the names of operations."""

from dataclasses import replace
from typing import Any

from offline_pulumi.provider.model import Argument, Call, Change, ResourceType, argument, snake
from offline_pulumi.provider.requests import tagging
from offline_pulumi.provider.translate import same_text


def identifier(noun: str) -> Argument:
    """Return the argument that names a resource, which DMS keeps in lower case."""
    name = f"{noun[0].lower()}{noun[1:]}Id"
    return argument(name, f"{noun}Identifier", required=True, replaces=True, reported=same_text)


def dms_resource(noun: str, arguments: tuple[Argument, ...], arn: str = "", **settings: Any) -> ResourceType:
    """Return a type by the noun in the names of its operations and members, such as `ReplicationTask`.

    `arn` is the member with its ARN, unless that has the noun in it; `settings` add to what is read and
    reported, and take the place of the rest.
    """
    name, arn, operation = f"{noun}Identifier", arn or f"{noun}Arn", snake(noun)
    token = noun[0].lower() + noun[1:]
    describe = Call(
        operation=f"describe_{operation}s",
        answer=f"{noun}s.0",
        build=lambda members: {
            "Filters": [{"Name": f"{operation.replace('_', '-')}-id", "Values": [members[name]]}]
        },
        only=True,
    )
    made = ResourceType(
        type=f"aws:dms/{token}:{noun}",
        title=f"DMS {operation.replace('_', ' ').title()} ({{id}})",
        service="dms",
        arguments=arguments,
        id=lambda members: members[name].lower(),
        parse_id=lambda found: {name: found},
        outputs={f"{token}Arn": arn, **settings.pop("outputs", {})},
        create=Call(operation=f"create_{operation}"),
        read=(describe, *settings.pop("read", ())),
        changes=(Change(call=Call(operation=f"modify_{operation}")),),
        delete=Call(operation=f"delete_{operation}"),
        tagging=tagging(
            lambda members: {"ResourceArn": members[arn]},
            put="add_tags_to_resource",
            remove="remove_tags_from_resource",
            answer="TagList",
        ),
        gone=frozenset({"ResourceNotFoundFault"}),
    )
    return replace(made, **settings)

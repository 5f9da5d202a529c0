"""Requests to the services: sent by boto3, again after a while; their forms of times and tags."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from offline_pulumi.provider.model import Action, Call, Members, Props, Tagging


def pauses(seconds: float) -> Iterable[float]:
    """Count up at growing intervals, 0.05 to 2 s, until the time is over."""
    end, pause = time.monotonic() + seconds, 0.05
    while (now := time.monotonic()) < end:
        yield now
        time.sleep(pause)
        pause = min(pause * 1.5, 2.0)


def act(client: Any, action: Action, members: Members, props: Props) -> Members | None:
    """Send the members of the request that an operation takes, or call the function."""
    if not isinstance(action, Call):
        return action(client, members, props)
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[action.operation])
    known = {} if action.only else members
    request = {name: known[name] for name in model.input_shape.members if known.get(name) is not None}
    request |= action.fixed
    if action.build:
        request |= action.build(members)
    return getattr(client, action.operation)(**request)


def moment(value: Any) -> str:
    """Return a time as the real provider writes it, or an empty text."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else ""


def tag_map(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags as a map, from the services' lists of Key and Value."""
    return {each["Key"]: each.get("Value", "") for each in tags}


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as a list of Key and Value."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tagging(
    resource: Callable[[Members], Members],
    *,
    listing: str = "list_tags_for_resource",
    put: str = "tag_resource",
    remove: str = "untag_resource",
    answer: str = "Tags",
    member: str = "Tags",
    keys: str = "TagKeys",
    read: Callable[[Any], dict[str, str]] = tag_map,
    write: Callable[[Mapping[str, str]], Any] = tag_list,
) -> Tagging:
    """Return how a service tags by three operations, which name the resource by the members `resource`."""

    def listed(client: Any, members: Members) -> dict[str, str]:
        request = resource(members)
        if client.can_paginate(listing):
            return read(client.get_paginator(listing).paginate(**request).build_full_result()[answer])
        return read(getattr(client, listing)(**request)[answer])

    return Tagging(
        read=listed,
        put=lambda client, members, tags: getattr(client, put)(**resource(members), **{member: write(tags)}),
        remove=lambda client, members, gone: getattr(client, remove)(**resource(members), **{keys: gone}),
        on_create=lambda tags: {member: write(tags)},
    )

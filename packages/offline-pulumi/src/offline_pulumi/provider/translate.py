"""Between Pulumi's properties and the members of the services' requests and answers."""

import json
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from offline_pulumi.provider.model import Argument, Members, Props, ResourceType, Same, at, put
from offline_pulumi.provider.properties import UNKNOWN


def to_members(arguments: Iterable[Argument], props: Props) -> Members:
    """Return the request members that the properties amount to; arguments without a member are left out."""
    members: Members = {}
    for each in arguments:
        value = props.get(each.name)
        if each.member and value is not None:
            put(each.member, members, _encode(each, value))
    return members


def _encode(each: Argument, value: Any) -> Any:
    if each.kind == "object":
        return to_members(each.fields, value)
    if each.kind == "objects":
        return [to_members(each.fields, one) for one in value]
    return value


def to_props(arguments: Iterable[Argument], members: Members) -> Props:
    """Return the properties that what was read amounts to; an argument that was not reported is left out."""
    props: Props = {}
    for each in arguments:
        value = at(each.member, members) if each.member and not each.write_only else None
        if value is not None:
            props[each.name] = _decode(each, value)
    return props


def _decode(each: Argument, value: Any) -> Any:
    if each.kind == "object":
        return to_props(each.fields, value)
    if each.kind == "objects":
        return [to_props(each.fields, one) for one in value]
    if each.kind == "string":
        return (
            value
            if isinstance(value, str)
            else json.dumps(value)
            if isinstance(value, dict | list)
            else str(value)
        )
    return value


def is_same(each: Argument | None, before: Any, after: Any) -> bool:
    """Return whether what there is (`before`) means to AWS what is wanted (`after`).

    Within a block, what AWS chooses and no one asks for is as wanted.
    """
    if before == after:
        return True
    if before == UNKNOWN or after == UNKNOWN:
        return False
    if each is None:
        return False
    before, after = _or_default(each, before), _or_default(each, after)
    if before == after:
        return True
    if each.same is not None and before is not None and after is not None:
        return each.same(before, after)
    if each.kind == "object" and before is not None and after is not None:
        return _same_blocks(each, before, after)
    if each.kind == "objects" and before is not None and after is not None and len(before) == len(after):
        return all(
            _same_blocks(each, one, other)
            for one, other in zip(_sorted(each, before), _sorted(each, after), strict=True)
        )
    if each.kind == "number" and isinstance(before, str | int) and isinstance(after, str | int):
        return str(before) == str(after)
    return False


def _sorted(each: Argument, blocks: list[Props]) -> list[Props]:
    return sorted(blocks, key=lambda block: str(block.get(each.fields[0].name))) if each.unordered else blocks


def _same_blocks(each: Argument, before: Props, after: Props) -> bool:
    return all(
        is_same(field, before.get(field.name), after.get(field.name))
        or (field.computed and after.get(field.name) is None)
        for field in each.fields
    )


def completed(each: Argument, given: Any, seen: Any) -> Any:
    """Return what was given, and within blocks what AWS chose where nothing was given."""
    if each.kind == "object":
        return _completed(each, given, seen)
    if each.kind == "objects" and each.unordered and isinstance(given, list) and isinstance(seen, list):
        key = each.fields[0].name
        found = {str(block.get(key)): block for block in cast("list[Props]", seen)}
        blocks = cast("list[Props | str]", given)
        return [
            block if isinstance(block, str) else _completed(each, block, found.get(str(block.get(key))))
            for block in blocks
        ]
    return cast("Any", given)


def _completed(each: Argument, given: Any, seen: Any) -> Any:
    if not isinstance(given, dict) or not isinstance(seen, dict):
        return cast("Any", given)
    given, seen = cast("Props", given), cast("Props", seen)
    chosen = {
        field.name: seen[field.name]
        for field in each.fields
        if field.computed and given.get(field.name) is None and seen.get(field.name) is not None
    }
    return given | chosen


def _or_default(each: Argument, value: Any) -> Any:
    if value is None or value == [] or value == {}:
        return each.default
    return value


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Holds a resource as AWS reports it: what the engine keeps as inputs and as state."""

    id: str
    inputs: Props
    state: Props


def snapshot(
    entry: ResourceType, resource_id: str, inputs: Props, observed: Members, default_tags: Mapping[str, str]
) -> Snapshot:
    """Return what AWS reports next to what was given (`inputs`, empty on import); drift shows as inputs."""
    reported = to_props(entry.arguments, observed)
    state, current = dict(inputs), dict(inputs)
    for each in entry.arguments:
        if (seen := reported.get(each.name)) is None:
            if each.as_read:
                state.pop(each.name, None)
            continue
        given = inputs.get(each.name)
        agrees = given is not None and _agrees(each, given, seen)
        state[each.name] = completed(each, given, seen) if agrees else seen
        drifted = given is not None and not agrees
        added = given is None and not each.computed and not is_same(each, seen, None)
        if drifted or added:
            current[each.name] = seen
    if entry.tagging:
        tags: dict[str, str] = observed["_tags"]
        given_tags: dict[str, str] = at("tags", inputs, {})
        own = {
            key: value for key, value in tags.items() if key in given_tags or default_tags.get(key) != value
        }
        state |= {"tags": own, "tagsAll": tags}
        if own != given_tags:
            current["tags"] = own
    if entry.regional:
        state["region"] = inputs.get("region") or observed["_region"]
    for name, source in entry.outputs.items():
        state[name] = at(source, observed) if isinstance(source, str) else source(observed)
    return Snapshot(id=resource_id, inputs=current, state=state)


def _agrees(each: Argument, given: Any, seen: Any) -> bool:
    return is_same(each, seen, given) or (each.reported is not None and each.reported(given, seen))


def of_json(same: Same) -> Same:
    """Return what tells whether two JSON texts hold documents that are the same in this sense."""

    def compared(before: Any, after: Any) -> bool:
        try:
            return same(json.loads(before), json.loads(after))
        except (TypeError, ValueError):
            return False

    return compared


def _policy(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _policy(value) for name, value in node.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(node, list):
        parts = sorted((_policy(value) for value in node), key=_sortable)  # pyright: ignore[reportUnknownVariableType]
        return parts[0] if len(parts) == 1 else parts
    return node


same_json = of_json(operator.eq)
"""Whether two JSON texts hold the same document."""
same_policy = of_json(lambda before, after: _policy(before) == _policy(after))
"""Whether two policy documents mean the same: one value is a list of one, and order does not count."""


def same_set(before: Any, after: Any) -> bool:
    """Return whether two lists hold the same values in any order."""
    return sorted(map(_sortable, before)) == sorted(map(_sortable, after))


def _sortable(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def same_text(before: Any, after: Any) -> bool:
    """Return whether two texts differ in nothing but capitals."""
    return str(before).lower() == str(after).lower()

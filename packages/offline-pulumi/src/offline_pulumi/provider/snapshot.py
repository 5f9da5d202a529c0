"""A resource as AWS reports it, turned into what the engine keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from offline_pulumi.provider.model import Argument, Members, Props, ResourceType, at
from offline_pulumi.provider.translate import completed, is_same, to_props


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A resource as AWS reports it: what the engine keeps as inputs and as state."""

    id: str
    inputs: Props
    state: Props


def snapshot(
    entry: ResourceType,
    resource_id: str,
    inputs: Props,
    observed: Members,
    default_tags: Mapping[str, str],
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

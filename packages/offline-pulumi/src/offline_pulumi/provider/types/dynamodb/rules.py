"""The real provider's own rules on a table's inputs."""

from collections.abc import Mapping
from typing import Any

from offline_pulumi.provider.model import Props, at
from offline_pulumi.provider.properties import UNKNOWN, has_unknown

_INDEXES = ("globalSecondaryIndexes", "localSecondaryIndexes")


def check_table(props: Props) -> Mapping[str, str]:
    """Failures by argument: attributes that no key uses, keys that no attribute defines, a stream without
    its view.
    """
    if props.get("streamEnabled") is True and not props.get("streamViewType"):
        return {"streamViewType": "stream_view_type is required when stream_enabled = true"}
    attributes = at("attributes", props, UNKNOWN)
    parts = [props.get(name) for name in ("hashKey", "rangeKey", *_INDEXES)]
    if has_unknown([attributes, *parts]):
        return {}
    used = {props.get("hashKey"), props.get("rangeKey")} - {None}
    for name in _INDEXES:
        used |= {key for index in at(name, props, []) for key in _keys(index)}
    defined = {each["name"] for each in attributes}
    if unused := sorted(map(str, defined - used)):
        return {"attributes": f"all attributes must be indexed. Unused attributes: {unused}"}
    if missing := sorted(map(str, used - defined)):
        return {"attributes": f"all indexes must match a defined attribute. Unmatched indexes: {missing}"}
    return {}


def falls(before: Any, after: Any) -> bool:
    """Return whether warm throughput would be lower than it is, which takes a new table."""
    before, after = before or {}, after or {}
    return any(isinstance(value, int) and value < before.get(unit, 0) for unit, value in after.items())


def comes_or_goes(before: Any, after: Any) -> bool:
    """Return whether a block is added or removed."""
    return (before is None) is not (after is None)


def _keys(index: Props) -> set[str]:
    schema = [each["attributeName"] for each in at("keySchemas", index, [])]
    return {str(key) for key in (*schema, index.get("hashKey"), index.get("rangeKey")) if key}

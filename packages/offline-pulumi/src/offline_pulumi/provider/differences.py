"""What an update would change, and what can only be replaced."""

from dataclasses import dataclass

from offline_pulumi.provider.inputs import REGION, TAGS, generated
from offline_pulumi.provider.model import Argument, Props, ResourceType
from offline_pulumi.provider.properties import UNKNOWN
from offline_pulumi.provider.translate import completed, is_same


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Tells which properties changed, which of them force a replacement, and its order."""

    changed: tuple[str, ...]
    replaces: tuple[str, ...]
    delete_first: bool


def difference(
    entry: ResourceType, old: Props, new: Props, *, state: Props, default_tags: Props, name: str
) -> Difference:
    """Compare old and new inputs of the resource called `name`; `state` holds the old outputs."""
    arguments = {each.name: each for each in (*entry.arguments, REGION, TAGS)}
    changed = [name for name in sorted({*old, *new}) if _differs(arguments.get(name), name, old, new, state)]
    tags = default_tags | new["tags"] if isinstance(new.get("tags"), dict) else dict(default_tags)
    if entry.tagging and "tagsAll" in state and "tags" not in changed and state["tagsAll"] != tags:
        changed.append("tagsAll")
    replaces = [
        name
        for name in changed
        if (each := arguments.get(name)) is not None and _replaces(each, old | state, new)
    ]
    fixed = entry.autoname or _fixed_name(entry)
    delete_first = bool(replaces and fixed) and fixed not in changed and not generated(new.get(fixed), name)
    return Difference(changed=tuple(changed), replaces=tuple(replaces), delete_first=delete_first)


def _differs(each: Argument | None, name: str, old: Props, new: Props, state: Props) -> bool:
    before, after = old.get(name), new.get(name)
    if (
        each is not None
        and each.computed
        and (after is None or (before is None and is_same(each, state.get(name), after)))
    ):
        return False
    if each is not None and each.as_read and state and UNKNOWN not in (state.get(name), after):
        return not each.as_read(state.get(name), after)
    return not is_same(each, before if each is None else completed(each, before, state.get(name)), after)


def _replaces(each: Argument, old: Props, new: Props) -> bool:
    if callable(each.replaces):
        return each.replaces(old.get(each.name), new.get(each.name))
    return each.replaces


def _fixed_name(entry: ResourceType) -> str:
    """Return the required argument that names the resource physically: two cannot have it at once."""
    return next((each.name for each in entry.arguments if each.required and each.replaces is True), "")

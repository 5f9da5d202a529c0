"""Creates, reads, updates and deletes resources as an entry of the table says."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from offline_pulumi.provider.failures import Failure, InitFailure, code, matches, text
from offline_pulumi.provider.model import Action, Call, Members, Props, ResourceType, at, put
from offline_pulumi.provider.properties import UNKNOWN
from offline_pulumi.provider.requests import act, pauses, tag_map
from offline_pulumi.provider.translate import Snapshot, snapshot, to_members

PROPAGATION_SECONDS = 60
"""How long IAM's eventual consistency is waited out; the real provider waits 2 to 5 minutes."""
EMPTY: Mapping[str, Any] = {"string": "", "boolean": False, "list": [], "objects": [], "map": {}}


@dataclass(frozen=True)
class Lifecycle:
    """Performs operations on one resource type, with tags that every resource gets."""

    entry: ResourceType
    client_of: Callable[[str, str], Any]
    """Return the client of a service in a Region; of the provider's own, if that is empty."""
    default_tags: Mapping[str, str]

    def preview(self, inputs: Props, state: Props | None = None) -> Props:
        """The state after an operation that has not happened: what AWS decides is unknown, or as before."""
        computed = [each.name for each in self.entry.arguments if each.computed] + list(self.entry.outputs)
        unknown = dict.fromkeys(computed, UNKNOWN) if state is None else state
        return unknown | inputs | self._all_tags(inputs)

    def create(self, inputs: Props) -> Snapshot:
        """Create the resource and wait for it; raise `Failure`, or `InitFailure` if it is half-made."""
        client = self._client(inputs)
        members = self._desired(inputs)
        tags = self._tags(inputs)
        tagging = self.entry.tagging
        if tags and tagging and tagging.on_create:
            members |= tagging.on_create(tags)
        title = self._title(members, inputs)
        answer = self._act(f"creating {title}", client, self.entry.create, members, inputs)
        path = self.entry.create.answer if isinstance(self.entry.create, Call) else ""
        created = members | at(path, answer, {})
        resource_id = self.entry.id(created)
        known = created | self.entry.parse_id(resource_id)
        try:
            self._wait(client, resource_id, f"waiting for {title} create")
            for change in self.entry.changes:
                if change.on_create and any(
                    inputs.get(name) is not None for name in self.entry.changed_by(change)
                ):
                    self._act(f"updating {title}", client, change.call, known, inputs)
                    self._wait(client, resource_id, f"waiting for {title} update")
            if tags and tagging and not tagging.on_create:
                current = known | (self._observe(client, resource_id) or {})
                self._patiently(f"tagging {title}", lambda: tagging.put(client, current, tags))
            found = self.read(resource_id, inputs)
        except Failure as failure:
            raise InitFailure(str(failure), resource_id, inputs | self._all_tags(inputs), inputs) from failure
        if found is None:
            raise Failure(f"reading {title}: couldn't find resource")
        return found

    def read(self, resource_id: str, inputs: Props) -> Snapshot | None:
        """The resource as it is, or None when it is gone; `inputs` are the last known, empty on import."""
        client = self._client(inputs)
        title = self._title(self.entry.parse_id(resource_id), inputs)
        observed = self._patiently(f"reading {title}", lambda: self._observe(client, resource_id))
        if observed is None:
            return None
        return snapshot(self.entry, resource_id, inputs, observed, self.default_tags)

    def update(self, resource_id: str, inputs: Props, changed: Iterable[str], old: Props) -> Snapshot:
        """Bring the changed arguments up to date and waits; raise `Failure`.

        What a change finds in `_before` is the `old` state, not what AWS has: the real provider compares
        with nothing else, and AWS may refuse a change that was made behind its back.
        """
        client = self._client(inputs)
        title = self._title(self.entry.parse_id(resource_id), inputs)
        current = self._patiently(f"reading {title}", lambda: self._observe(client, resource_id))
        if current is None:
            raise Failure(f"updating {title}: couldn't find resource")
        changed = frozenset(changed)
        filled = inputs | {
            name: empty for name in changed - inputs.keys() if (empty := self._empty(name)) is not None
        }
        roots = {each.member.split(".")[0] for each in self.entry.arguments if each.member}
        members = {name: value for name, value in current.items() if name not in roots}
        members |= self.entry.parse_id(resource_id) | self._desired(filled) | {"_before": self._desired(old)}
        if self.entry.tagging and self.entry.tagging.on_create and (tags := self._tags(filled)):
            members |= self.entry.tagging.on_create(tags)
        if self.entry.before_update and changed - {"tags", "tagsAll"}:
            self._act(f"updating {title}", client, self.entry.before_update, members, filled)
        for change in self.entry.changes:
            if self.entry.changed_by(change) & changed:
                self._act(f"updating {title}", client, change.call, members, filled)
                self._wait(client, resource_id, f"waiting for {title} update")
        if self.entry.tagging and {"tags", "tagsAll"} & changed:
            self._retag(client, title, members | current, old, inputs)
        found = self.read(resource_id, inputs)
        if found is None:
            raise Failure(f"reading {title}: couldn't find resource")
        return found

    def delete(self, resource_id: str, state: Props) -> None:
        """Delete the resource and wait until it no longer exists; a missing one is fine."""
        client = self._client(state)
        title = self._title(self.entry.parse_id(resource_id), state)
        current = self._patiently(f"reading {title}", lambda: self._observe(client, resource_id))
        if current is None:
            return
        members = self.entry.parse_id(resource_id) | current
        for action in (self.entry.before_delete, self.entry.delete):
            if action is not None:
                self._act(f"deleting {title}", client, action, members, state, gone=True)
        if self.entry.delete is None or self.entry.wait is None:
            return
        for _ in pauses(self.entry.wait.minutes * 60):
            if self._patiently(f"deleting {title}", lambda: self._observe(client, resource_id)) is None:
                return
        raise Failure(f"waiting for {title} delete: timeout while waiting for resource to be gone")

    def _client(self, props: Props) -> Any:
        return self.client_of(self.entry.service, str(props.get("region") or ""))

    def _title(self, members: Members, props: Props) -> str:
        try:
            shown = props.get(self.entry.autoname) or self.entry.id(members)
        except KeyError:
            shown = ""
        title = self.entry.title.format_map(_Shown(props | {"id": shown}))
        return title.replace(" ()", "")

    def _desired(self, inputs: Props) -> Members:
        return self.entry.shape(to_members(self.entry.arguments, inputs), inputs)

    def _empty(self, name: str) -> Any:
        each = self.entry.named(name)
        return None if each is None else each.default if each.default is not None else EMPTY.get(each.kind)

    def _tags(self, inputs: Props) -> dict[str, str]:
        return {**self.default_tags, **(at("tags", inputs, {}))} if self.entry.tagging else {}

    def _all_tags(self, inputs: Props) -> Props:
        if not self.entry.tagging:
            return {}
        return {"tagsAll": UNKNOWN if inputs.get("tags") == UNKNOWN else self._tags(inputs)}

    def _retag(self, client: Any, title: str, members: Members, old: Props, inputs: Props) -> None:
        tagging = self.entry.tagging
        if tagging is None:
            return
        before, tags = {*(at("tagsAll", old, {})), *members.get("_tags", {})}, self._tags(inputs)
        if removed := sorted(before - tags.keys()):
            self._patiently(f"untagging {title}", lambda: tagging.remove(client, members, removed))
        if tags:
            self._patiently(f"tagging {title}", lambda: tagging.put(client, members, tags))

    def _observe(self, client: Any, resource_id: str) -> Members | None:
        try:
            return self._observed(client, resource_id)
        except ClientError as error:
            if code(error) in self.entry.gone:
                return None
            raise

    def _observed(self, client: Any, resource_id: str) -> Members | None:
        known = self.entry.parse_id(resource_id)
        observed: Members = {"_region": client.meta.region_name}
        for action in self.entry.read:
            call = action if isinstance(action, Call) else Call(operation="")
            try:
                part = at(call.answer, act(client, action, known | observed, {}))
            except ClientError as error:
                if code(error) not in self.entry.gone:
                    raise
                part = None
            if part is None and (part := call.absent) is None:
                return None
            if call.into:
                put(call.into, observed, part)
            else:
                observed |= part
        tagging = self.entry.tagging
        if tagging:
            tags = (
                tagging.read(client, known | observed) if tagging.read else tag_map(at("Tags", observed, []))
            )
            observed["_tags"] = {key: value for key, value in tags.items() if not key.startswith("aws:")}
        return self.entry.observe(known | observed)

    def _wait(self, client: Any, resource_id: str, doing: str) -> None:
        wait = self.entry.wait
        if wait is None:
            return
        status = None
        for _ in pauses(wait.minutes * 60):
            observed = self._patiently(doing, lambda: self._observe(client, resource_id))
            status = at(wait.path, observed)
            if status is None or status in wait.ready:
                return
            if status in wait.failed:
                raise Failure(
                    f"{doing}: unexpected state '{status}', wanted target '{', '.join(sorted(wait.ready))}'"
                )
        raise Failure(
            f"{doing}: timeout while waiting for state to become '{', '.join(sorted(wait.ready))}' "
            f"(last state: '{status}')"
        )

    def _act(
        self, doing: str, client: Any, action: Action, members: Members, props: Props, *, gone: bool = False
    ) -> Members | None:
        return self._patiently(doing, lambda: act(client, action, members, props), gone=gone)

    def _patiently(self, doing: str, operation: Any, *, gone: bool = False) -> Any:
        """Run an operation, again while IAM changes have not propagated; reword its errors."""
        last: BaseException | None = None
        for _ in pauses(PROPAGATION_SECONDS):
            try:
                return operation()
            except (ClientError, BotoCoreError, ResponseParserError) as error:
                last = error
                if gone and code(error) in self.entry.gone:
                    return None
                if doing.startswith("reading") or not matches(error, dict(self.entry.retry)):
                    break
        service_id = self._client({}).meta.service_model.service_id
        raise Failure(f"{doing}: {text(last, service_id) if last else 'timeout'}") from last


class _Shown(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""

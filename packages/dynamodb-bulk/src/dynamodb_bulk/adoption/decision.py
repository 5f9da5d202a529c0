"""Decide what to do with an AWS resource that has the name of a resource that is not in the state."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from botocore.exceptions import ClientError

from dynamodb_bulk.adoption.kinds import Kind, Listed, Owner
from dynamodb_bulk.aws import Aws, is_denied
from dynamodb_bulk.aws.refusals import is_gone
from dynamodb_bulk.aws.tags import Tags, owner_of

Fate = Literal["adopted", "recreated", "another's"]


@dataclass(frozen=True, kw_only=True)
class Orphan:
    """An existing resource: its import ID, its fate, and its owner if it is someone else's."""

    id: str
    fate: Fate
    whose: str = ""


@dataclass(frozen=True)
class Orphans:
    """Find them in the account and Region; one listing serves all of a kind."""

    aws: Aws
    owner: Owner
    _listed: dict[Callable[[Aws, Owner], Listed], dict[str, str]] = field(
        default_factory=dict[Callable[[Aws, Owner], Listed], dict[str, str]]
    )

    def find(self, kind: Kind, name: str) -> Orphan | None:
        """Return the resource of that kind and name; None if it does not exist or may not be listed.

        It is the stack's when it bears the stack's tags. Without any tags, a bucket is the stack's while it
        is empty, a log group in any case; another's is never touched. An empty bucket is recreated rather
        than adopted: no import reads `force_destroy`, and without it the stack's destroy would stop.
        """
        try:
            if (arn := self._all(kind).get(name)) is None:
                return None
            tags = kind.tags(self.aws, name, arn)
            imported = arn if kind.by_arn else name
            if not self._ours(kind, tags):
                return Orphan(id=imported, fate="another's", whose=_whose(tags))
            empty = kind.empty is not None and kind.empty(self.aws, name)
        except ClientError as error:
            # What was listed may be gone already: S3 lists a bucket a while longer than it has it.
            if not is_gone(error) and not is_denied(error):
                raise
            return None
        if kind.empty is not None and not tags and not empty:
            return Orphan(id=imported, fate="another's", whose="has no tags, and is not empty")
        return Orphan(id=imported, fate="recreated" if empty else "adopted")

    def _all(self, kind: Kind) -> dict[str, str]:
        if kind.listed not in self._listed:
            self._listed[kind.listed] = dict(kind.listed(self.aws, self.owner))
        return self._listed[kind.listed]

    def _ours(self, kind: Kind, tags: Tags) -> bool:
        if not tags:
            return kind.untagged
        return (tags.get("project"), tags.get("stack")) == self.owner


def _whose(tags: Tags) -> str:
    if owner := owner_of(tags):
        return f"belongs to the stack {owner}"
    return "has other tags than this stack's" if tags else "has no tags"

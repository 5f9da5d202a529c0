"""What the Tagging API lists and moto does not: our DMS, VPC endpoints, rules, projects, ghosts.

It goes on listing what was deleted for hours, which many take for a leftover:
https://github.com/boto/boto3/issues/3341
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.codebuild.models import codebuild_backends
from moto.core.resource_tagging import TaggedResource, iter_taggable_backends
from moto.ec2.models import ec2_backends
from moto.events.models import events_backends
from moto.resourcegroupstaggingapi import models
from moto.s3.models import S3Backend
from moto.scheduler.models import scheduler_backends

from local_aws import clock
from local_aws.account import ACCOUNT, PARTITION

GHOST_SECONDS = 3600  # rounded from what users see; not documented

# Tags by ARN of the DMS resources in a Region.
DmsTags = Callable[[str], Mapping[str, Mapping[str, str]]]


def list_tagged_resources(dms_tags: DmsTags) -> None:
    """Let the Tagging API of this process list as AWS's does."""
    regions: dict[tuple[str, str], _Region] = {}

    def backends(account: str, name: str) -> Iterator[Any]:
        yield regions.setdefault((account, name), _Region(account, name, dms_tags))
        # These only tag, and list nothing any more.
        yield from map(_Tagging, iter_taggable_backends(account, name))

    setattr(models, "iter_taggable_backends", backends)  # noqa: B010 - the type checker calls it private


@dataclass
class _Region:
    account: str
    name: str
    dms_tags: DmsTags
    seen: dict[str, tuple[TaggedResource, float]] = field(
        default_factory=dict[str, tuple[TaggedResource, float]]
    )

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        """Yield what exists, and what a listing of the last hour had."""
        now = clock.now()
        for found in self._existing():
            self.seen[found.arn] = found, now
        for found, at in list(self.seen.values()):
            if now - at < GHOST_SECONDS:
                yield found

    def owns_arn(self, _arn: str) -> bool:
        """Nothing is tagged here."""
        return False

    def _existing(self) -> Iterator[TaggedResource]:
        for backend in iter_taggable_backends(self.account, self.name):
            for found in backend.iter_tagged_resources():
                # moto has one S3 for all Regions.
                if not isinstance(backend, S3Backend) or self._has_bucket(backend, found.arn):
                    yield found
        ec2 = ec2_backends[self.account][self.name]
        for endpoint in ec2.vpc_end_points:
            arn = f"arn:{PARTITION}:ec2:{self.name}:{self.account}:vpc-endpoint/{endpoint}"
            yield TaggedResource(arn, dict(ec2.tags.get(endpoint, {})), "ec2:vpc-endpoint")
        scheduler: Any = scheduler_backends[self.account][self.name]
        for group in scheduler.schedule_groups.values():
            tags = scheduler.tagger.get_tag_dict_for_resource(group.arn)
            yield TaggedResource(group.arn, tags, "scheduler:schedule-group")
        events = events_backends[self.account][self.name]
        for rule in (rule for bus in events.event_buses.values() for rule in bus.rules.values()):
            tags = events.tagger.get_tag_dict_for_resource(rule.arn)
            yield TaggedResource(rule.arn, tags, "events:rule")
        for project in codebuild_backends[self.account][self.name].codebuild_projects.values():
            tags = {tag["key"]: tag["value"] for tag in project.project_metadata["tags"] or ()}
            yield TaggedResource(project.arn, tags, "codebuild:project")
        if self.account == ACCOUNT:
            for arn, tags in self.dms_tags(self.name).items():
                yield TaggedResource(arn, dict(tags), f"dms:{arn.split(':')[5]}")

    def _has_bucket(self, s3: S3Backend, arn: str) -> bool:
        return s3.buckets[arn.rpartition(":")[2]].region_name == self.name


class _Tagging:
    def __init__(self, backend: Any) -> None:
        self.owns_arn, self.tag_resource = backend.owns_arn, backend.tag_resource
        self.untag_resource = backend.untag_resource

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        return iter(())

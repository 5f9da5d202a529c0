"""Resources with the tags of a destroyed stack. Stacks tag everything with `project` and `stack`."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.names import physical_name
from dynamodb_bulk.cleanup.delete import (
    delete_bucket,
    delete_gateway,
    delete_instance,
    delete_role,
    delete_table,
    delete_task,
)
from dynamodb_bulk.cleanup.leftover import Leftover, owner_of
from dynamodb_bulk.cleanup.stacks import Stacks
from dynamodb_bulk.loads.dms.alive import dms_in_vpc

Tags = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Tagged:
    """One thing with its tags, and how it is deleted; `kept` where it is not."""

    kind: str
    name: str
    tags: Tags
    delete: Callable[[], object]
    created: datetime | None = None
    kept: str = ""
    holds: str = ""


def tagged_leftovers(aws: Aws, stacks: Stacks, named: Collection[str]) -> list[Iterator[Leftover]]:
    """Return those of this project's destroyed stacks, in the order of deletion.

    Those of unknown stacks are included, and kept unless `named`.
    """
    return [of_gone_stacks(finder(aws, stacks.project), stacks, named) for finder in _FINDERS]


def of_gone_stacks(tagged: Iterator[Tagged], stacks: Stacks, named: Collection[str]) -> Iterator[Leftover]:
    """Yield those whose stack is gone, and those whose stack this backend does not know."""
    for found in tagged:
        stack = found.tags.get("stack", "")
        fate = stacks.fate(stack)
        if found.tags.get("project") != stacks.project or fate == "lives":
            continue
        unknown = fate == "unknown" and stack not in named
        yield Leftover(
            kind=found.kind,
            name=found.name,
            reason=f"its stack is {'not in this backend' if fate == 'unknown' else 'destroyed'}"
            + (f"; holds {found.holds}" if found.holds else ""),
            owner=owner_of(found.tags),
            created=found.created,
            kept=found.kept or (f"`--stack {stack}` deletes it too" if unknown else ""),
            delete=found.delete,
        )


def _tasks(aws: Aws, _project: str) -> Iterator[Tagged]:
    for page in aws.dms.get_paginator("describe_replication_tasks").paginate(WithoutSettings=True):
        for found in page.get("ReplicationTasks", []):
            arn = found.get("ReplicationTaskArn", "")
            yield Tagged(
                kind="DMS task",
                name=found.get("ReplicationTaskIdentifier", ""),
                tags=_dms_tags(aws, arn),
                created=found.get("ReplicationTaskCreationDate"),
                delete=partial(delete_task, aws, arn),
            )


def _endpoints(aws: Aws, _project: str) -> Iterator[Tagged]:
    for page in aws.dms.get_paginator("describe_endpoints").paginate():
        for found in page.get("Endpoints", []):
            arn = found.get("EndpointArn", "")
            yield Tagged(
                kind="DMS endpoint",
                name=found.get("EndpointIdentifier", ""),
                tags=_dms_tags(aws, arn),
                delete=partial(aws.dms.delete_endpoint, EndpointArn=arn),
            )


def _instances(aws: Aws, _project: str) -> Iterator[Tagged]:
    for page in aws.dms.get_paginator("describe_replication_instances").paginate():
        for found in page.get("ReplicationInstances", []):
            arn = found.get("ReplicationInstanceArn", "")
            yield Tagged(
                kind="replication instance",
                name=found.get("ReplicationInstanceIdentifier", ""),
                tags=_dms_tags(aws, arn),
                created=found.get("InstanceCreateTime"),
                delete=partial(delete_instance, aws, arn),
            )


def _subnet_groups(aws: Aws, _project: str) -> Iterator[Tagged]:
    caller = aws.sts.get_caller_identity()
    partition = caller["Arn"].split(":")[1]
    for page in aws.dms.get_paginator("describe_replication_subnet_groups").paginate():
        for found in page.get("ReplicationSubnetGroups", []):
            name = found.get("ReplicationSubnetGroupIdentifier", "")
            arn = f"arn:{partition}:dms:{aws.region}:{caller['Account']}:subgrp:{name}"
            yield Tagged(
                kind="replication subnet group",
                name=name,
                tags=_dms_tags(aws, arn),
                delete=partial(
                    aws.dms.delete_replication_subnet_group, ReplicationSubnetGroupIdentifier=name
                ),
            )


def _schedules(aws: Aws, project: str) -> Iterator[Tagged]:
    """Yield the groups of schedules, which have no tags themselves and are deleted with their group."""
    pages = aws.scheduler.get_paginator("list_schedule_groups").paginate(NamePrefix=name_prefix(project))
    for page in pages:
        for group in page["ScheduleGroups"]:
            found = aws.scheduler.list_tags_for_resource(ResourceArn=group["Arn"])["Tags"]
            yield Tagged(
                kind="schedule group",
                name=group["Name"],
                tags={tag["Key"]: tag["Value"] for tag in found},
                created=group.get("CreationDate"),
                delete=partial(aws.scheduler.delete_schedule_group, Name=group["Name"]),
            )


def _machines(aws: Aws, project: str) -> Iterator[Tagged]:
    for page in aws.states.get_paginator("list_state_machines").paginate():
        for machine in page["stateMachines"]:
            if not machine["name"].startswith(name_prefix(project)):
                continue
            arn = machine["stateMachineArn"]
            tags = aws.states.list_tags_for_resource(resourceArn=arn)["tags"]
            yield Tagged(
                kind="state machine",
                name=machine["name"],
                tags={tag["key"]: tag["value"] for tag in tags},
                created=machine["creationDate"],
                delete=partial(aws.states.delete_state_machine, stateMachineArn=arn),
            )


def _gateways(aws: Aws, project: str) -> Iterator[Tagged]:
    pages = aws.ec2.get_paginator("describe_vpc_endpoints").paginate(
        Filters=[{"Name": "tag:project", "Values": [project]}]
    )
    for page in pages:
        for found in page["VpcEndpoints"]:
            if found.get("State", "").lower() not in ("deleting", "deleted"):
                name = found.get("VpcEndpointId", "")
                users = dms_in_vpc(aws, found.get("VpcId", ""))
                yield Tagged(
                    kind="VPC endpoint",
                    name=name,
                    tags={tag.get("Key", ""): tag.get("Value", "") for tag in found.get("Tags", [])},
                    created=found.get("CreationTimestamp"),
                    kept=f"{users[0]} in its VPC needs it" if users else "",
                    delete=partial(delete_gateway, aws, name),
                )


def _tables(aws: Aws, _project: str) -> Iterator[Tagged]:
    pages = aws.dynamodb.get_paginator("list_tables").paginate()
    names = [name for page in pages for name in page.get("TableNames", [])]
    with ThreadPoolExecutor(8) as pool:
        yield from (found for found in pool.map(partial(_table, aws), names) if found)


def _table(aws: Aws, name: str) -> Tagged | None:
    try:
        table = aws.dynamodb.describe_table(TableName=name)["Table"]
        pages = aws.dynamodb.get_paginator("list_tags_of_resource").paginate(
            ResourceArn=table.get("TableArn", "")
        )
        tags = {tag["Key"]: tag["Value"] for page in pages for tag in page.get("Tags", [])}
    except aws.dynamodb.exceptions.ResourceNotFoundException:  # deleted in the meantime
        return None
    return Tagged(
        kind="table",
        name=name,
        tags=tags,
        created=table.get("CreationDateTime"),
        kept="it is protected against deletion" if table.get("DeletionProtectionEnabled") else "",
        holds=f"about {table.get('ItemCount', 0):,} items",
        delete=partial(delete_table, aws, name),
    )


def project_buckets(aws: Aws, project: str) -> Iterator[tuple[str, Tags, datetime | None]]:
    """Yield the buckets that carry the project's tag, with their tags and when they were made."""
    for bucket in aws.s3.list_buckets().get("Buckets", []):
        name = bucket.get("Name", "")
        try:
            tags = {tag["Key"]: tag["Value"] for tag in aws.s3.get_bucket_tagging(Bucket=name)["TagSet"]}
        except aws.s3.exceptions.ClientError:  # no tags, or another's, or of another Region
            continue
        if tags.get("project") == project:
            yield name, tags, bucket.get("CreationDate")


def _buckets(aws: Aws, project: str) -> Iterator[Tagged]:
    for name, tags, created in project_buckets(aws, project):
        yield Tagged(
            kind="bucket", name=name, tags=tags, created=created, delete=partial(delete_bucket, aws, name)
        )


def _parameters(aws: Aws, project: str) -> Iterator[Tagged]:
    for page in aws.ssm.get_paginator("get_parameters_by_path").paginate(Path=f"/{project}/", Recursive=True):
        for found in page["Parameters"]:
            _, _, stack, *_ = found["Name"].split("/")
            yield Tagged(
                kind="parameter",
                name=found["Name"],
                tags={"project": project, "stack": stack},
                created=found.get("LastModifiedDate"),
                delete=partial(aws.ssm.delete_parameter, Name=found["Name"]),
            )


def _roles(aws: Aws, project: str) -> Iterator[Tagged]:
    for page in aws.iam.get_paginator("list_roles").paginate():
        for role in page["Roles"]:
            name = role["RoleName"]
            if not name.startswith(name_prefix(project)):
                continue
            tags = aws.iam.list_role_tags(RoleName=name)["Tags"]
            yield Tagged(
                kind="role",
                name=name,
                tags={tag["Key"]: tag["Value"] for tag in tags},
                created=role["CreateDate"],
                delete=partial(delete_role, aws, name),
            )


def name_prefix(project: str) -> str:
    """Return what the names of all that its stacks make begin with."""
    return f"{physical_name(project)}-"


def _dms_tags(aws: Aws, arn: str) -> Tags:
    found = aws.dms.list_tags_for_resource(ResourceArn=arn).get("TagList", [])
    return {tag.get("Key", ""): tag.get("Value", "") for tag in found}


# A task goes before its endpoints and its instance, that before its subnet group; what acts, before its role.
_FINDERS: tuple[Callable[[Aws, str], Iterator[Tagged]], ...] = (
    _tasks,
    _endpoints,
    _instances,
    _subnet_groups,
    _schedules,
    _machines,
    _gateways,
    _tables,
    _buckets,
    _parameters,
    _roles,
)

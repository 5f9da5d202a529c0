"""Ordering: what must be there first comes first, since the engine only keeps the order it is told."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, cast

from policies.iam_documents import listed
from policies.naming import ACCOUNT_ROLES
from policies.resources import UNKNOWN, Resource, Stack
from policies.rule import Family, Finding, Findings, Settings, switch
from policies.tokens import (
    ATTACHMENT,
    BUCKETS,
    ENDPOINTS,
    GLUE_JOB,
    INSTANCE,
    OBJECTS,
    SERVERLESS,
    STEP,
    TABLE,
    TASK,
)

ORDERING = Family("ordering", "Resources are created after the resources that they need.")

VPC_POLICY = "AmazonDMSVPCManagementRole"
VPC_ROLE = ACCOUNT_ROLES[VPC_POLICY]
ENDS = ("source", "target")


@ORDERING.on_stack(
    "vpc-role-first",
    why="DMS reports that dms-vpc-role is not configured properly if its policy comes after the instance.",
    remedy="add the role's policy attachment to `depends_on`; if the account has the role, set `adopted`, or "
    "look it up in a component whose output `adopted` names it",
    settings={"adopted": switch("the account has the role, and the stack does not create it")},
)
def vpc_role_comes_first(stack: Stack, settings: Settings) -> Findings:
    """Check the attachment, since the role alone is not enough. The engine does not show lookups."""
    attached = [each for each in stack.of(ATTACHMENT) if _is_vpc_attachment(stack, each)]
    if not attached and (settings["adopted"] or _says_adopted(stack)):
        return
    for resource in stack.of(INSTANCE, SERVERLESS):
        before = stack.before(resource)
        if not any(each in before for each in attached):
            yield Finding(resource, "dependsOn", _names(before), f"the policy of {VPC_ROLE} comes before it")


@ORDERING.on_stack(
    "uploads-first",
    why="An import reads the files that exist when it starts: files uploaded later are not in the table.",
    remedy="add the uploads, or the step that converts them, to `depends_on`",
)
def uploads_come_before_their_table(stack: Stack, _: Settings) -> Findings:
    """Check that tables with an import block, and steps that import, come after the objects they read."""
    files = [(file, _buckets(stack, file, "bucket", file.peek("bucket"))) for file in stack.of(*OBJECTS)]
    for reader, buckets, prefix in _imports(stack):
        before = stack.before(reader)
        for file, places in files:
            key = file.peek("key")
            is_read = buckets & places and (UNKNOWN in (key, prefix) or str(key).startswith(prefix or ""))
            if is_read and file not in before:
                yield Finding(reader, "dependsOn", _names(before), f"{file.name} comes before it")


@ORDERING.on_stack(
    "endpoints-first",
    why="A task cannot be created without its endpoints, nor deleted after them.",
    remedy="use the endpoints' ARNs in the task, or add the endpoints to `depends_on`",
)
def endpoints_come_before_their_task(stack: Stack, _: Settings) -> Findings:
    """Take a literal ARN as that of an endpoint outside the stack, unless the stack has one."""
    ours = {end: [each for each in stack.of(*ENDPOINTS) if each.peek("endpointType") == end] for end in ENDS}
    for task in stack.of(TASK, SERVERLESS):
        before = stack.before(task)
        for end, endpoints in ours.items():
            path = f"{end}EndpointArn"
            if endpoints and not any(each in before for each in endpoints):
                yield Finding(task, path, task.peek(path), f"the {end} endpoint comes before it")


@ORDERING.on_stack(
    "step-last",
    why="A load that starts before its task, job or table exists fails, or creates a separate table.",
    remedy="add the task, the job or the table to `depends_on` of the step",
)
def steps_come_after_what_they_work_on(stack: Stack, _: Settings) -> Findings:
    """Check that a step comes after its task, job and table; a table that a step creates, after the step."""
    tables = _tables(stack)
    for step, arguments in _steps(stack):
        before, name = stack.before(step), arguments.get("table")
        if "task_arn" in arguments and not any(each.type in (TASK, SERVERLESS) for each in before):
            path = "arguments.task_arn"
            yield Finding(step, path, step.peek(path), "the task comes before it")
        for job in stack.of(GLUE_JOB):
            if arguments.get("glue_job") == job.peek("name") and job not in before:
                path = "arguments.glue_job"
                yield Finding(step, path, step.peek(path), "the Glue job comes before it")
        for table in tables.get(str(name), ()):
            makes_it = "incarnation" in arguments  # the number of the table that the step makes
            if makes_it and step not in stack.before(table):
                yield Finding(table, "name", name, f"the step {step.name}, which creates it, comes before it")
            elif not makes_it and table not in before:
                yield Finding(step, "arguments.table", name, "the table comes before it")


def _names(resources: Iterable[Resource]) -> list[str]:
    return sorted(each.name for each in resources)


def _says_adopted(stack: Stack) -> bool:
    return any(VPC_ROLE in listed(each.peek("adopted")) for each in stack.resources.values())


def _is_vpc_attachment(stack: Stack, attachment: Resource) -> bool:
    return str(attachment.peek("policyArn")).endswith(f"/{VPC_POLICY}") and (
        attachment.peek("role") == VPC_ROLE
        or any(role.peek("name") == VPC_ROLE for role in stack.source(attachment, "role"))
    )


def _imports(stack: Stack) -> Iterator[tuple[Resource, set[str], Any]]:
    """What reads objects, the buckets that they may be in, and the prefix of their keys."""
    source = "importTable.s3BucketSource"
    for table in stack.of(TABLE):
        if table.peek("importTable") is not None:
            buckets = _buckets(stack, table, "importTable", table.peek(f"{source}.bucket"))
            yield table, buckets, table.peek(f"{source}.keyPrefix")
    for step, arguments in _steps(stack):
        files = arguments.get("files")
        if "method" in arguments and isinstance(files, dict):  # a conversion has files, too, which it makes
            named = cast("dict[str, Any]", files)
            yield step, _buckets(stack, step, "arguments", named.get("bucket")), named.get("prefix")


def _buckets(stack: Stack, resource: Resource, path: str, name: Any) -> set[str]:
    """A bucket by its name and, since that may not be known, by what the property takes it from."""
    taken = {each.urn for each in stack.source(resource, path) if each.type in BUCKETS}
    return taken if name in (None, UNKNOWN) else {*taken, str(name)}


def _steps(stack: Stack) -> Iterator[tuple[Resource, dict[str, Any]]]:
    for step in stack.of(STEP):
        arguments = step.peek("arguments")
        if isinstance(arguments, dict):
            yield step, cast("dict[str, Any]", arguments)


def _tables(stack: Stack) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = defaultdict(list)
    for table in stack.of(TABLE):
        if isinstance(name := table.peek("name"), str):
            found[name].append(table)
    return found

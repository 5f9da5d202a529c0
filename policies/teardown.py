"""Teardown: what may go goes, what must stay stays, and nothing outlives its purpose."""

from collections.abc import Mapping
from typing import Any

from policies.iam_documents import section, task_settings
from policies.naming import ACCOUNT_ROLES
from policies.resources import UNKNOWN, Resource, Stack
from policies.rule import Family, Finding, Findings, Settings, at_most, choice, expect, is_on, number
from policies.tokens import (
    ATTACHMENT,
    BUCKETS,
    ENDPOINTS,
    INSTANCE,
    LOG_GROUP,
    OBJECTS,
    ROLE,
    SERVERLESS,
    STASH,
    SUBNET_GROUP,
    TABLE,
    TASK,
)

TEARDOWN = Family("teardown", "What may go goes, what must stay stays, and nothing outlives its purpose.")

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTIONS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
# The engine does not show `retain_on_delete` to policies.
RETAIN = "set `retain_on_delete=True` in a component that says so by its output `retained`"
LOADING = frozenset({INSTANCE, SERVERLESS, SUBNET_GROUP, TASK, *ENDPOINTS, *OBJECTS})


@TEARDOWN.on(
    frozenset(),
    "unprotected",
    why="A protected resource stops `pulumi destroy` of a stack that is meant to come and go.",
    remedy="take `protect` out, or make the stack a production stack",
    level="disabled",
)
def is_not_protected(resource: Resource, _: Settings) -> Findings:
    """For environments that come and go."""
    if resource.options.protect:
        yield Finding(resource, "protect", True, "nothing is protected here")


@TEARDOWN.on_stack(
    "emptied",
    why="AWS deletes no bucket that holds objects, so a bucket that the stack filled stops its destroy.",
    remedy="set `force_destroy=True`",
    level="disabled",
)
def filled_buckets_are_emptied(stack: Stack, _: Settings) -> Findings:
    """For environments that come and go: buckets with objects of the stack, or written by its steps."""
    for bucket in stack.of(*BUCKETS):
        filled = any(stack.belongs(each, bucket) for each in stack.of(*OBJECTS))
        written = any(bucket in stack.before(step) for step in stack.of(STASH))
        if filled or written:
            yield from expect(bucket, "forceDestroy", is_on, "the stack fills this bucket")


@TEARDOWN.on(
    TABLE,
    "deletable",
    why="DynamoDB refuses to delete a table with deletion protection, so it stops the stack's destroy.",
    remedy="take `deletion_protection` out of the dataset, or make the stack a production stack",
    level="disabled",
)
def table_can_be_deleted(table: Resource, _: Settings) -> Findings:
    """For environments that come and go."""
    yield from expect(
        table, "deletionProtectionEnabled", lambda on: not is_on(on), "tables go with the stack here"
    )


@TEARDOWN.on(
    TABLE,
    "deletion-protection",
    why="A table of production data is one wrong call away from being gone.",
    remedy="turn deletion protection on",
    level="disabled",
)
def table_is_deletion_protected(table: Resource, _: Settings) -> Findings:
    """For production."""
    yield from expect(table, "deletionProtectionEnabled", is_on, "tables are protected from deletion here")


@TEARDOWN.on_stack(
    "tables-kept",
    why="`pulumi destroy`, and any change that replaces a table, deletes its data.",
    remedy=f"set `protect=True`, or {RETAIN}",
    level="disabled",
)
def tables_are_kept(stack: Stack, _: Settings) -> Findings:
    """For production."""
    for table in stack.of(TABLE):
        if not table.options.protect and not _retained(stack, table):
            yield Finding(table, "protect", False, "tables are protected or retained here")


@TEARDOWN.on(
    BUCKETS,
    "files-kept",
    why="`force_destroy` deletes every file and every record of a load without asking.",
    remedy="leave `force_destroy` out",
    level="disabled",
)
def bucket_keeps_its_files(bucket: Resource, _: Settings) -> Findings:
    """For production."""
    yield from expect(bucket, "forceDestroy", lambda force: not is_on(force), "buckets keep their files here")


@TEARDOWN.on(
    frozenset({TASK, SERVERLESS}),
    "no-drop",
    why="DROP_AND_CREATE has DMS delete the table, and make it anew with 200 units of provisioned capacity.",
    remedy="set FullLoadSettings.TargetTablePrepMode to DO_NOTHING",
)
def task_does_not_drop_its_table(task: Resource, _: Settings) -> Findings:
    """https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.FullLoad.html."""
    path, settings = task_settings(task)
    mode = section(settings, "FullLoadSettings").get("TargetTablePrepMode")
    if mode == "DROP_AND_CREATE":
        yield Finding(task, f"{path}.FullLoadSettings.TargetTablePrepMode", mode, "a load drops no table")


@TEARDOWN.on_stack(
    "account-roles-kept",
    why="DMS's account roles serve every DMS user of the account: with them go the others' loads.",
    remedy=f"{RETAIN}, or set `protect=True`",
)
def account_roles_are_kept(stack: Stack, _: Settings) -> Findings:
    """Return the roles, and the policies attached to them."""
    for resource in stack.of(ROLE, ATTACHMENT):
        path = "name" if resource.type == ROLE else "role"
        name = resource.peek(path)
        if name in ACCOUNT_ROLES.values() and not resource.options.protect and not _retained(stack, resource):
            yield Finding(resource, path, name, "an account role stays when the stack goes")


@TEARDOWN.on(
    LOG_GROUP,
    "log-retention",
    why="A log group without retention keeps its lines, and costs, for ever.",
    remedy="set `retention_in_days`, or set this rule to `remediate`, which sets the most days allowed",
    settings={"days": number(90, "the most days that logs are kept", 1)},
)
def logs_have_an_end(group: Resource, settings: Settings) -> Findings:
    """Within the days allowed, and of the values that AWS takes."""
    most = int(settings["days"])

    def ends(days: Any) -> bool:
        return days not in (None, 0, "0") and at_most(most)(days)

    yield from expect(group, "retentionInDays", ends, f"logs are kept for {most} days at most")
    yield from expect(
        group,
        "retentionInDays",
        lambda days: not days or str(days).removesuffix(".0") in map(str, RETENTIONS),
        f"AWS takes {', '.join(map(str, RETENTIONS))}",
    )
    yield from expect(group, "skipDestroy", lambda skip: not is_on(skip), "a log group goes with its stack")


@logs_have_an_end.mends
def end_logs(group: Resource, settings: Settings) -> Mapping[str, Any] | None:
    """Return the longest retention that AWS takes within the days allowed."""
    days, most = group.peek("retentionInDays"), int(settings["days"])
    if days is UNKNOWN or (isinstance(days, float | int) and 0 < days <= most):
        return None
    return {"retentionInDays": max(each for each in RETENTIONS if each <= most)}


@TEARDOWN.on_stack(
    "window",
    why="DMS and uploaded files cost money, and carry risk, for as long as they are there.",
    remedy="take the resource out, or open the window (`bulk:window: open`)",
    settings={
        "window": choice(
            "stack", ("stack", "open", "closed"), "`stack`: what the stack's output `window` says"
        ),
    },
)
def nothing_outlives_the_window(stack: Stack, settings: Settings) -> Findings:
    """With the window closed, tables stay and what only loading needs does not."""
    window = stack.output("window") if settings["window"] == "stack" else settings["window"]
    if window == "closed":
        for resource in stack.of(*LOADING):
            yield Finding(resource, "type", resource.type, "the window is closed: this only serves loading")


def _retained(stack: Stack, resource: Resource) -> bool:
    component = stack.parent(resource)
    return component is not None and component.peek("retained") is True

"""Teardown: what may go goes, what must stay stays, and nothing outlives its purpose."""

from collections.abc import Mapping
from typing import Any

from policies.iam_documents import section, task_settings
from policies.naming import ACCOUNT_ROLES
from policies.resources import UNKNOWN, Resource, Stack
from policies.rule import (
    Family,
    Finding,
    Findings,
    Settings,
    at_most,
    choice,
    expect,
    is_not_on,
    is_on,
    number,
)
from policies.tokens import (
    ALARM,
    ATTACHMENT,
    BUCKETS,
    DASHBOARD,
    ENDPOINTS,
    EVENT_SUBSCRIPTION,
    GLUE_JOB,
    GLUE_SECURITY,
    INSTANCE,
    LOG_GROUP,
    NETWORK,
    OBJECTS,
    ROLE,
    SERVERLESS,
    STEP,
    SUBNET_GROUP,
    TABLE,
    TASK,
)

TEARDOWN = Family(
    "teardown",
    "Temporary resources can be deleted, production data is kept, and nothing outlives its purpose.",
)

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTIONS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
# The engine does not show `retain_on_delete` to policies.
RETAIN = "set `retain_on_delete=True` in a component that says so by its output `retained`"
LOADING = frozenset(
    {
        INSTANCE,
        SERVERLESS,
        SUBNET_GROUP,
        EVENT_SUBSCRIPTION,
        TASK,
        ALARM,
        DASHBOARD,
        GLUE_JOB,
        GLUE_SECURITY,
        *ENDPOINTS,
        *NETWORK,
        *OBJECTS,
    }
)


@TEARDOWN.on(
    frozenset(),
    "unprotected",
    why="A protected resource stops `pulumi destroy` of a temporary stack.",
    remedy="remove `protect`, or make the stack a production stack",
    level="disabled",
)
def is_not_protected(resource: Resource, _: Settings) -> Findings:
    """For temporary environments."""
    if resource.options.protect:
        yield Finding(resource, "protect", True, "nothing is protected in this environment")


@TEARDOWN.on_stack(
    "emptied",
    why="AWS does not delete a bucket with objects, so a bucket that the stack filled stops its destroy.",
    remedy="set `force_destroy=True`",
    level="disabled",
)
def filled_buckets_are_emptied(stack: Stack, _: Settings) -> Findings:
    """For temporary environments: buckets with objects of the stack, or written by its steps."""
    for bucket in stack.of(*BUCKETS):
        filled = any(stack.belongs(each, bucket) for each in stack.of(*OBJECTS))
        written = any(bucket in stack.before(step) for step in stack.of(STEP))
        if filled or written:
            yield from expect(bucket, "forceDestroy", is_on, "the stack fills this bucket")


TEARDOWN.expect(
    TABLE,
    "deletable",
    "deletionProtectionEnabled",
    is_not_on,
    "tables are deleted with the stack in this environment",
    why="DynamoDB does not delete a table with deletion protection, so it stops the stack's destroy.",
    remedy="remove `deletion_protection` from the dataset, or make the stack a production stack",
    level="disabled",
)


TEARDOWN.expect(
    TABLE,
    "deletion-protection",
    "deletionProtectionEnabled",
    is_on,
    "tables are protected from deletion in this environment",
    why="Without deletion protection, one wrong call deletes a table of production data.",
    remedy="turn deletion protection on",
    level="disabled",
)


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
            yield Finding(table, "protect", False, "tables are protected or retained in this environment")


TEARDOWN.expect(
    BUCKETS,
    "files-kept",
    "forceDestroy",
    is_not_on,
    "buckets keep their files in this environment",
    why="`force_destroy` deletes every file and every record of a load without asking.",
    remedy="omit `force_destroy`",
    level="disabled",
)


@TEARDOWN.on(
    frozenset({TASK, SERVERLESS}),
    "no-drop",
    why="With DROP_AND_CREATE, DMS deletes the table and creates it again with 200 provisioned units.",
    remedy="set FullLoadSettings.TargetTablePrepMode to DO_NOTHING",
)
def task_does_not_drop_its_table(task: Resource, _: Settings) -> Findings:
    """https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.FullLoad.html."""
    path, settings = task_settings(task)
    mode = section(settings, "FullLoadSettings").get("TargetTablePrepMode")
    if mode == "DROP_AND_CREATE":
        yield Finding(
            task, f"{path}.FullLoadSettings.TargetTablePrepMode", mode, "a load does not drop a table"
        )


@TEARDOWN.on_stack(
    "account-roles-kept",
    why="Every DMS user of the account needs DMS's account roles: without them, the loads of others fail.",
    remedy=f"{RETAIN}, or set `protect=True`",
)
def account_roles_are_kept(stack: Stack, _: Settings) -> Findings:
    """Judge the roles and the policies attached to them."""
    for resource in stack.of(ROLE, ATTACHMENT):
        path = "name" if resource.type == ROLE else "role"
        name = resource.peek(path)
        if name in ACCOUNT_ROLES.values() and not resource.options.protect and not _retained(stack, resource):
            yield Finding(resource, path, name, "an account role stays when the stack is destroyed")


@TEARDOWN.on(
    LOG_GROUP,
    "log-retention",
    why="A log group without retention keeps its events, and costs money, forever.",
    remedy="set `retention_in_days`, or set this rule to `remediate`, which sets the maximum",
    settings={"days": number(90, "the maximum number of days to keep logs", 1)},
)
def logs_have_an_end(group: Resource, settings: Settings) -> Findings:
    """Check the retention against the maximum, and against the values that AWS accepts."""
    most = int(settings["days"])

    def ends(days: Any) -> bool:
        return days not in (None, 0, "0") and at_most(most)(days)

    yield from expect(group, "retentionInDays", ends, f"logs are kept for at most {most} days")
    yield from expect(
        group,
        "retentionInDays",
        lambda days: not days or str(days).removesuffix(".0") in map(str, RETENTIONS),
        f"AWS accepts {', '.join(map(str, RETENTIONS))}",
    )
    yield from expect(group, "skipDestroy", is_not_on, "a log group is deleted with its stack")


@logs_have_an_end.mends
def end_logs(group: Resource, settings: Settings) -> Mapping[str, Any] | None:
    """Return the longest retention that AWS accepts within the maximum."""
    days, most = group.peek("retentionInDays"), int(settings["days"])
    if days is UNKNOWN or (isinstance(days, float | int) and 0 < days <= most):
        return None
    return {"retentionInDays": max(each for each in RETENTIONS if each <= most)}


@TEARDOWN.on_stack(
    "window",
    why="DMS and uploaded files cost money, and are a risk, as long as they exist.",
    remedy="remove the resource, or open the window (`bulk:window: open`)",
    settings={
        "window": choice(
            "stack", ("stack", "open", "closed"), "`stack`: as the stack's output `window` says"
        ),
    },
)
def nothing_outlives_the_window(stack: Stack, settings: Settings) -> Findings:
    """With the window closed, only tables stay."""
    window = stack.output("window") if settings["window"] == "stack" else settings["window"]
    if window == "closed":
        for resource in stack.of(*LOADING):
            yield Finding(resource, "type", resource.type, "the window is closed: this only serves loading")


def _retained(stack: Stack, resource: Resource) -> bool:
    component = stack.parent(resource)
    return component is not None and component.peek("retained") is True

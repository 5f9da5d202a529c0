"""Correctness: what the provider takes and AWS, or the provider itself, then does otherwise."""

from operator import not_
from typing import Any

from policies.iam_documents import section, statements, task_settings
from policies.resources import Resource
from policies.rule import Family, Finding, Findings, Settings, expect, is_not_on, number
from policies.tokens import ENDPOINT, S3_ENDPOINT, SERVERLESS, TABLE, TASK, TOPIC, TOPIC_POLICY

CORRECTNESS = Family("correctness", "Inputs that the provider accepts but does not apply as expected.")

# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.Logging.html
READ_ONLY = ("CloudWatchLogGroup", "CloudWatchLogStream")
# https://github.com/hashicorp/terraform-provider-aws/issues/49616
DROPPED = {"dataFormat": "csv", "compressionType": "NONE"}


# https://github.com/hashicorp/terraform-provider-aws/issues/43466
CORRECTNESS.expect(
    TASK,
    "start-task",
    "startReplicationTask",
    is_not_on,
    "the provider does not start it",
    why="The provider waits for `running`, so a short load fails `pulumi up`, and the next loads nothing.",
    remedy="leave `start_replication_task` false, and start the task with a step or a command",
)


CORRECTNESS.expect(
    SERVERLESS,
    "start-serverless",
    "startReplication",
    is_not_on,
    "the provider does not start it",
    why="The provider does not wait for the end: `pulumi up` ends before the load has its verdict.",
    remedy="leave `start_replication` false, and start it with a step or a command",
)


CORRECTNESS.expect(
    TABLE,
    "header-list",
    "importTable.inputFormatOptions.csv.headerLists",
    not_,
    "the order of a header list is lost",
    why="The provider stores the header list as a set: the order is lost, and values get the wrong names.",
    remedy="omit the list, and give every file a header line",
)


@CORRECTNESS.on(
    frozenset({TASK, SERVERLESS}),
    "log-settings",
    why="DMS chooses the log group and stream itself, and refuses settings that name them.",
    remedy="remove them from the Logging section, even if they are null",
)
def log_settings_leave_read_only_keys_out(task: Resource, _: Settings) -> Findings:
    """Settings that were copied from an existing task contain them."""
    path, settings = task_settings(task)
    for key, value in section(settings, "Logging").items():
        if key in READ_ONLY:
            yield Finding(task, f"{path}.Logging.{key}", value, "AWS sets it, and refuses it")


@CORRECTNESS.on(
    TABLE,
    "import-block",
    why="Adding an import block to a table, or changing its source, replaces the table: its data is lost.",
    remedy='set `ignore_changes=["importTable"]`, which has no effect on a new table, or `protect=True`',
)
def import_block_cannot_replace_a_table(table: Resource, _: Settings) -> Findings:
    """Check the resource's options: a policy cannot see whether the table exists."""
    ignored = {"importTable", "*"} & set(table.options.ignore_changes)
    if table.peek("importTable") is not None and not ignored and not table.options.protect:
        yield Finding(
            table, "ignoreChanges", list(table.options.ignore_changes), "the block replaces the table"
        )


@CORRECTNESS.on(
    TABLE,
    "import-timeout",
    why="The provider stops waiting for an import after 30 minutes, while AWS continues it.",
    remedy="set `custom_timeouts=CustomTimeouts(create=...)`",
    level="advisory",
    settings={"minutes": number(120, "the minimum timeout of an import in minutes")},
)
def import_is_given_time(table: Resource, settings: Settings) -> Findings:
    """The default timeout of `aws.dynamodb.Table` is 30 minutes."""
    minutes = table.options.custom_timeouts.create_seconds / 60
    if table.peek("importTable") is not None and minutes < settings["minutes"]:
        wanted = f"the timeout of an import is {settings['minutes']:g} minutes or more"
        yield Finding(table, "customTimeouts.create", f"{minutes:g} minutes" if minutes else None, wanted)


# https://www.pulumi.com/registry/packages/aws/how-to-guides/7-0-migration/
CORRECTNESS.expect(
    ENDPOINT,
    "s3-endpoint",
    "engineName",
    lambda engine: engine != "s3",
    "an endpoint for S3 is an S3Endpoint",
    why="`aws.dms.Endpoint` has no S3 settings since 7.0: its endpoint reads nothing.",
    remedy="use `aws.dms.S3Endpoint`",
)


@CORRECTNESS.on(
    S3_ENDPOINT,
    "source-settings",
    why="The provider silently drops these settings of a source: DMS reads plain CSV.",
    remedy="omit it, and give DMS plain CSV",
)
def source_has_no_settings_that_are_dropped(endpoint: Resource, _: Settings) -> Findings:
    """https://github.com/hashicorp/terraform-provider-aws/issues/49616."""
    if endpoint["endpointType"] != "source":
        return
    for path, plain in DROPPED.items():

        def holds(value: Any, plain: str = plain) -> bool:
            return value is None or str(value).lower() == plain.lower()

        yield from expect(endpoint, path, holds, "the provider drops it for a source")


@CORRECTNESS.on(
    frozenset({TOPIC, TOPIC_POLICY}),
    "topic-of-events",
    why="EventBridge cannot publish to a topic by a statement with a condition, nor to one that is encrypted "
    "with `alias/aws/sns`: its messages are lost without an error.",
    remedy="allow events.amazonaws.com without a condition, and use no key or one of your own",
)
def events_can_be_published(topic: Resource, _: Settings) -> Findings:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html."""
    for each in statements(topic, "policy"):
        if each.allows and each.conditions and "events.amazonaws.com" in each.principals.get("Service", ()):
            wanted = "EventBridge publishes without a condition"
            yield Finding(topic, f"policy, {each.sid}, Condition", dict(each.conditions), wanted)
    yield from expect(
        topic,
        "kmsMasterKeyId",
        lambda key: not str(key).endswith("alias/aws/sns"),
        "EventBridge may use the key",
    )

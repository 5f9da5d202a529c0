"""Correctness: what the provider takes and AWS, or the provider itself, then does otherwise."""

from typing import Any

from policies.iam_documents import section, task_settings
from policies.resources import Resource
from policies.rule import Family, Finding, Findings, Settings, expect, is_on, number
from policies.tokens import ENDPOINT, S3_ENDPOINT, SERVERLESS, TABLE, TASK

CORRECTNESS = Family("correctness", "What the provider takes and then does otherwise.")

HEADERS = "importTable.inputFormatOptions.csv.headerLists"
# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.Logging.html
READ_ONLY = ("CloudWatchLogGroup", "CloudWatchLogStream")
# https://github.com/hashicorp/terraform-provider-aws/issues/49616
DROPPED = {"dataFormat": "csv", "compressionType": "NONE"}


@CORRECTNESS.on(
    TASK,
    "start-task",
    why="The provider waits for `running`, so a short load fails `pulumi up`, and the next loads nothing.",
    remedy="leave `start_replication_task` false, and start the task by a step or a command",
)
def task_is_not_started_by_the_provider(task: Resource, _: Settings) -> Findings:
    """https://github.com/hashicorp/terraform-provider-aws/issues/43466."""
    yield from expect(
        task, "startReplicationTask", lambda start: not is_on(start), "the provider does not start it"
    )


@CORRECTNESS.on(
    SERVERLESS,
    "start-serverless",
    why="The provider does not wait for the end: `pulumi up` is over before the load is judged.",
    remedy="leave `start_replication` false, and start it by a step or a command",
)
def serverless_is_not_started_by_the_provider(config: Resource, _: Settings) -> Findings:
    """Return the provider waits for `running` alone."""
    yield from expect(
        config, "startReplication", lambda start: not is_on(start), "the provider does not start it"
    )


@CORRECTNESS.on(
    TABLE,
    "header-list",
    why="The provider keeps the header list as a set: its order is lost, and values come under other names.",
    remedy="leave the list out, and give every file a header line",
)
def header_list_is_left_out(table: Resource, _: Settings) -> Findings:
    """Schema of `import_table` in the provider: a set of texts."""
    yield from expect(table, HEADERS, lambda names: not names, "the order of a header list is lost")


@CORRECTNESS.on(
    frozenset({TASK, SERVERLESS}),
    "log-settings",
    why="DMS chooses the log group and stream itself, and refuses settings that name them.",
    remedy="take them out of the Logging section, also where they are null",
)
def log_settings_leave_read_only_keys_out(task: Resource, _: Settings) -> Findings:
    """Found in settings that were copied from an existing task."""
    path, settings = task_settings(task)
    for key, value in section(settings, "Logging").items():
        if key in READ_ONLY:
            yield Finding(task, f"{path}.Logging.{key}", value, "AWS sets it, and refuses it")


@CORRECTNESS.on(
    TABLE,
    "import-block",
    why="An import block that is added to a table, or whose source changes, replaces it: its data is gone.",
    remedy='set `ignore_changes=["importTable"]`, which a new table does not heed, or `protect=True`',
)
def import_block_cannot_replace_a_table(table: Resource, _: Settings) -> Findings:
    """Decides on the resource's options: a policy is not shown whether the table is there already."""
    ignored = {"importTable", "*"} & set(table.options.ignore_changes)
    if table.peek("importTable") is not None and not ignored and not table.options.protect:
        yield Finding(
            table, "ignoreChanges", list(table.options.ignore_changes), "the block replaces the table"
        )


@CORRECTNESS.on(
    TABLE,
    "import-timeout",
    why="The provider gives up an import after 30 minutes, while AWS goes on with it.",
    remedy="set `custom_timeouts=CustomTimeouts(create=...)`",
    level="advisory",
    settings={"minutes": number(120, "the least time that an import is given")},
)
def import_is_given_time(table: Resource, settings: Settings) -> Findings:
    """Default timeout of `aws.dynamodb.Table`: 30 minutes."""
    minutes = table.options.custom_timeouts.create_seconds / 60
    if table.peek("importTable") is not None and minutes < settings["minutes"]:
        wanted = f"an import is given {settings['minutes']:g} minutes or more"
        yield Finding(table, "customTimeouts.create", f"{minutes:g} minutes" if minutes else None, wanted)


@CORRECTNESS.on(
    ENDPOINT,
    "s3-endpoint",
    why="`aws.dms.Endpoint` has no S3 settings since 7.0: the endpoint it makes reads nothing.",
    remedy="use `aws.dms.S3Endpoint`",
)
def s3_is_an_s3_endpoint(endpoint: Resource, _: Settings) -> Findings:
    """https://www.pulumi.com/registry/packages/aws/how-to-guides/7-0-migration/."""
    yield from expect(
        endpoint, "engineName", lambda engine: engine != "s3", "an endpoint of S3 is an S3Endpoint"
    )


@CORRECTNESS.on(
    S3_ENDPOINT,
    "source-settings",
    why="The provider does not send these settings for a source, and does not say so: DMS reads plain CSV.",
    remedy="leave it out, and give DMS plain CSV",
)
def source_has_no_settings_that_are_dropped(endpoint: Resource, _: Settings) -> Findings:
    """https://github.com/hashicorp/terraform-provider-aws/issues/49616."""
    if endpoint["endpointType"] != "source":
        return
    for path, plain in DROPPED.items():

        def holds(value: Any, plain: str = plain) -> bool:
            return value is None or str(value).lower() == plain.lower()

        yield from expect(endpoint, path, holds, "the provider drops it for a source")

"""Exports by the clock: EventBridge Scheduler calls DynamoDB itself, with no function to keep.

A full export alone is the API's call as it is. The windows of incremental ones must be computed, which
Scheduler cannot: it knows the time that an invocation was scheduled for and no arithmetic. So it starts a
state machine of one state that is the same call. A full one before such windows is of the time that one of
them ends: an item put before another time, and deleted behind it in the same window, would be in the full
export, and its deletion nowhere. Either may come twice, and is one export by its client token.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html and
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.bucket import FilesBucket
from components.stack import Stack
from dynamodb_bulk.export.schedule import BEHIND_MINUTES, CHANGES, FULL, ends_of_windows

_MINUTE = 60_000  # milliseconds
_SCHEDULED = "<aws.scheduler.scheduled-time>"
# A window from before recovery was on, or a table that is gone: asked for again, these are refused again.
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html has the prefix.
_FOR_GOOD = [
    f"DynamoDb.{name}Exception"
    for name in ("InvalidExportTime", "PointInTimeRecoveryUnavailable", "ExportConflict", "TableNotFound")
]
# A machine is deleted when its executions have got to their next step, and the provider waits five minutes:
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
_LONGEST_PAUSE_SECONDS = 240


@dataclass(frozen=True, kw_only=True)
class ExportScheduleArgs:
    """`request`: what both kinds of export are asked for, without table and bucket; goes under `prefix`.

    `full`: a cron or rate expression, in `timezone`; `incremental_minutes`: the length of the windows, one of
    `WINDOWS`, which leave no hole. `kms_key`: the ARN of the request's key.
    """

    stack: Stack
    bucket: FilesBucket
    table_arn: pulumi.Input[str]
    prefix: str
    request: Mapping[str, Any]
    full: str | None
    incremental_minutes: int | None
    timezone: str
    kms_key: str | None = None


class ExportSchedule(pulumi.ComponentResource):
    """A role that may export this table to this prefix and no more, and the schedules that use it."""

    def __init__(
        self, name: str, args: ExportScheduleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("bulk:components:ExportSchedule", name, None, opts)
        self._args = args
        stack = args.stack
        # In a group of its own, as a schedule has no tags to be known by.
        self._group_name = stack.name(name)
        self._group = aws.scheduler.ScheduleGroup(
            name, name=self._group_name, tags=stack.tagged(), opts=pulumi.ResourceOptions(parent=self)
        )
        request: dict[str, pulumi.Input[Any]] = {
            **args.request,
            "TableArn": args.table_arn,
            "S3Bucket": args.bucket.name,
            "S3Prefix": args.prefix.strip("/"),
        }
        if args.incremental_minutes:
            self._chain(name, request, args.incremental_minutes)
        elif args.full:
            asked = {**request, "ClientToken": f"{stack.name(name, FULL)}-{_SCHEDULED}"}
            call = f"arn:{stack.partition}:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime"
            role = self._role(f"{name}-full", "scheduler", self._exporting())
            given = pulumi.Output.json_dumps(asked)
            self._schedule(f"{name}-full", FULL, args.full, args.timezone, call, role, given)
        described = {
            "name": name,
            "group": self._group.name,
            "table_arn": args.table_arn,
            "bucket": args.bucket.name,
            "prefix": args.prefix,
            "full": args.full,
            "incremental_minutes": args.incremental_minutes,
            "timezone": args.timezone,
        }
        self.register_outputs({"schedule": described, "aws": stack.client.recorded})

    def _chain(self, name: str, request: Mapping[str, pulumi.Input[Any]], minutes: int) -> None:
        """Windows of changes, and the full exports that they begin with."""
        args = self._args
        when = {CHANGES: (ends_of_windows(minutes), "UTC")}
        if args.full:
            when[FULL] = (args.full, args.timezone)
        makes = self._role(f"{name}-machine", "states", self._exporting())
        starts = self._role(f"{name}-invoke", "scheduler", self._starting(f"{name}-{kind}" for kind in when))
        given = json.dumps({"scheduled": _SCHEDULED})
        for kind, (expression, timezone) in when.items():
            asked = {**request, **_ASKED[kind](minutes)}
            machine = self._machine(f"{name}-{kind}", asked, makes)
            self._schedule(f"{name}-{kind}", kind, expression, timezone, machine.arn, starts, given)

    def _exporting(self) -> list[dict[str, Any]]:
        """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html."""
        args, stack = self._args, self._args.stack
        # By the bucket's name, which a preview knows.
        objects = args.bucket.name.apply(lambda bucket: f"arn:{stack.partition}:s3:::{bucket}/{args.prefix}*")
        writes = ["s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"]
        statements: list[dict[str, Any]] = [
            {"Effect": "Allow", "Action": "dynamodb:ExportTableToPointInTime", "Resource": args.table_arn},
            {"Effect": "Allow", "Action": writes, "Resource": objects},
        ]
        if args.kms_key:
            statements.append(stack.use_of_key(args.kms_key, ["kms:GenerateDataKey", "kms:Decrypt"], "s3"))
        return statements

    def _starting(self, machines: Iterable[str]) -> list[dict[str, Any]]:
        stack = self._args.stack
        prefix = f"arn:{stack.partition}:states:{stack.region}:{stack.account}:stateMachine"
        named = [f"{prefix}:{stack.name(machine)}" for machine in machines]
        return [{"Effect": "Allow", "Action": "states:StartExecution", "Resource": named}]

    def _role(self, name: str, service: str, statements: Sequence[Mapping[str, Any]]) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        return self._args.stack.role(name, service, "schedule", statements, child)

    def _schedule(
        self,
        name: str,
        called: str,
        expression: str,
        timezone: str,
        target: pulumi.Input[str],
        role: pulumi.Input[str],
        given: pulumi.Input[str],
    ) -> None:
        aws.scheduler.Schedule(
            name,
            name=called,
            group_name=self._group_name,  # by a name that is known, it can be adopted
            schedule_expression=expression,
            schedule_expression_timezone=timezone,
            flexible_time_window={"mode": "OFF"},
            target={"arn": target, "role_arn": role, "input": given},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._group, *self._args.bucket.ready]),
        )

    def _machine(
        self, name: str, asked: Mapping[str, pulumi.Input[Any]], role: pulumi.Input[str]
    ) -> aws.sfn.StateMachine:
        stack = self._args.stack
        token = f"{{% '{stack.name(name)}-' & $states.input.scheduled %}}"
        export = {
            "Type": "Task",
            "Resource": f"arn:{stack.partition}:states:::aws-sdk:dynamodb:exportTableToPointInTime",
            "Arguments": {**asked, "ClientToken": token},
            "Retry": [
                {"ErrorEquals": _FOR_GOOD, "MaxAttempts": 0},
                {
                    "ErrorEquals": ["States.ALL"],
                    "IntervalSeconds": 30,
                    "BackoffRate": 2,
                    "MaxDelaySeconds": _LONGEST_PAUSE_SECONDS,
                    "MaxAttempts": 20,
                },
            ],
            "End": True,
        }
        definition = {"QueryLanguage": "JSONata", "StartAt": "Export", "States": {"Export": export}}
        return aws.sfn.StateMachine(
            name,
            name=stack.name(name),
            role_arn=role,
            definition=pulumi.Output.json_dumps(definition),
            tags=stack.tagged(),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _window(minutes: int) -> dict[str, Any]:
    """Return the last window that was over when this was scheduled for."""
    window = {
        "ExportFromTime": f"{{% $fromMillis({_end(minutes)} - {minutes * _MINUTE}) %}}",
        "ExportToTime": f"{{% $fromMillis({_end(minutes)}) %}}",
        "ExportViewType": "NEW_AND_OLD_IMAGES",
    }
    return {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": window}


def _full(minutes: int) -> dict[str, Any]:
    """Return the table as it was at that window's end."""
    return {"ExportType": "FULL_EXPORT", "ExportTime": f"{{% $fromMillis({_end(minutes)}) %}}"}


def _end(minutes: int) -> str:
    """Return the JSONata that computes the same as `last_end`."""
    length = minutes * _MINUTE
    return f"$floor($toMillis($states.input.scheduled) / {length}) * {length} - {BEHIND_MINUTES * _MINUTE}"


_ASKED = {CHANGES: _window, FULL: _full}

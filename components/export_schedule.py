"""Exports by the clock: EventBridge Scheduler calls DynamoDB itself, with no function to keep.

A full export is the API's call as it is. Of an incremental one the window has to be computed, which Scheduler
cannot: it knows the time that an invocation was scheduled for and no arithmetic. So it starts a state machine
of one state that is the same call. Either may come twice, and is one export by its client token.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html and
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.bucket import FilesBucket
from components.stack import Stack
from operations.export.schedule import BEHIND_MINUTES, CHANGES, FULL, ends_of_windows

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
    `WINDOWS`, which leave no hole. `kms_key`: an ARN, or a key's ID.
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
        self._group = aws.scheduler.ScheduleGroup(
            name, name=stack.name(name), tags=stack.tagged(), opts=pulumi.ResourceOptions(parent=self)
        )
        request: dict[str, pulumi.Input[Any]] = {
            **args.request,
            "TableArn": args.table_arn,
            "S3Bucket": args.bucket.name,
            "S3Prefix": args.prefix.strip("/"),
        }
        if args.full:
            asked = {**request, "ClientToken": f"{stack.name(name, 'full')}-{_SCHEDULED}"}
            call = f"arn:{stack.partition}:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime"
            role = self._role(f"{name}-full", "scheduler", self._exporting())
            given = pulumi.Output.json_dumps(asked)
            self._schedule(f"{name}-full", FULL, args.full, args.timezone, call, role, given)
        if args.incremental_minutes:
            machine = self._machine(f"{name}-changes", request, args.incremental_minutes)
            role = self._role(f"{name}-hand", "scheduler", self._starting(f"{name}-changes"))
            ends, given = ends_of_windows(args.incremental_minutes), json.dumps({"scheduled": _SCHEDULED})
            self._schedule(f"{name}-changes", CHANGES, ends, "UTC", machine.arn, role, given)
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
        self.register_outputs({"schedule": described, "aws": asdict(stack.client)})

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
            actions = ["kms:GenerateDataKey", "kms:Decrypt"]
            account = f"arn:{stack.partition}:kms:{stack.region}:{stack.account}"
            key = args.kms_key if args.kms_key.startswith("arn:") else f"{account}:key/{args.kms_key}"
            statements.append({"Effect": "Allow", "Action": actions, "Resource": key})
        return statements

    def _starting(self, machine: str) -> list[dict[str, Any]]:
        stack = self._args.stack
        machines = f"arn:{stack.partition}:states:{stack.region}:{stack.account}:stateMachine"
        named = f"{machines}:{stack.name(machine)}"
        return [{"Effect": "Allow", "Action": "states:StartExecution", "Resource": named}]

    def _role(self, name: str, service: str, statements: Sequence[Mapping[str, Any]]) -> pulumi.Output[str]:
        """The ARN of a role, when it has its policy."""
        stack = self._args.stack
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": stack.account}},
        }
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            name,
            name=stack.name(name),
            assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
            tags=stack.tagged(),
            opts=child,
        )
        document = pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})
        policy = aws.iam.RolePolicy(name, role=role.name, policy=document, opts=child)
        return pulumi.Output.all(role.arn, policy.id).apply(lambda known: str(known[0]))

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
            group_name=self._group.name,
            schedule_expression=expression,
            schedule_expression_timezone=timezone,
            flexible_time_window={"mode": "OFF"},
            target={"arn": target, "role_arn": role, "input": given},
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._args.bucket.ready),
        )

    def _machine(
        self, name: str, request: Mapping[str, pulumi.Input[Any]], minutes: int
    ) -> aws.sfn.StateMachine:
        stack = self._args.stack
        end = f"$toMillis($states.input.scheduled) - {BEHIND_MINUTES * 60_000}"
        window = {
            "ExportFromTime": f"{{% $fromMillis({end} - {minutes * 60_000}) %}}",
            "ExportToTime": f"{{% $fromMillis({end}) %}}",
            "ExportViewType": "NEW_AND_OLD_IMAGES",
        }
        export = {
            "Type": "Task",
            "Resource": f"arn:{stack.partition}:states:::aws-sdk:dynamodb:exportTableToPointInTime",
            "Arguments": {
                **request,
                "ExportType": "INCREMENTAL_EXPORT",
                "IncrementalExportSpecification": window,
                "ClientToken": f"{{% '{stack.name(name)}-' & $states.input.scheduled %}}",
            },
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
            role_arn=self._role(name, "states", self._exporting()),
            definition=pulumi.Output.json_dumps(definition),
            tags=stack.tagged(),
            opts=pulumi.ResourceOptions(parent=self),
        )

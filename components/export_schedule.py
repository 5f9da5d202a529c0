"""Exports by the clock: EventBridge Scheduler calls DynamoDB itself, with no function to keep.

A full export is the API's call as it is. Of an incremental one the window has to be computed, which Scheduler
cannot: it knows the time that an invocation was scheduled for and no arithmetic. So it starts a state machine
of one state that is the same call.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html and
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.bucket import FilesBucket
from components.stack import Stack

_SCHEDULED = "<aws.scheduler.scheduled-time>"
# A window ends so long before its export starts, when recovery has surely got there.
_BEHIND_MINUTES = 10


@dataclass(frozen=True, kw_only=True)
class ExportScheduleArgs:
    """`request`: what both kinds of export are asked for, without table and bucket; goes under `prefix`.

    `full`: a cron or rate expression; `incremental_minutes`: the length of the windows, which leave no hole.
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
        partition = args.stack.partition
        call = f"arn:{partition}:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime"
        request: dict[str, pulumi.Input[Any]] = {
            **args.request,
            "TableArn": args.table_arn,
            "S3Bucket": args.bucket.name,
            "S3Prefix": args.prefix.strip("/"),
        }
        if args.full:
            role = self._role(f"{name}-full", "scheduler", self._exporting())
            self._schedule(f"{name}-full", args.full, call, role, pulumi.Output.json_dumps(request))
        if args.incremental_minutes:
            machine = self._machine(f"{name}-changes", request, args.incremental_minutes)
            starts = [{"Effect": "Allow", "Action": "states:StartExecution", "Resource": machine.arn}]
            role = self._role(f"{name}-hand", "scheduler", starts)
            rate = f"rate({args.incremental_minutes} minutes)"
            scheduled = json.dumps({"scheduled": _SCHEDULED})
            self._schedule(f"{name}-changes", rate, machine.arn, role, scheduled)
        self.register_outputs({})

    def _exporting(self) -> list[dict[str, Any]]:
        """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html."""
        args = self._args
        objects = args.bucket.arn.apply(lambda arn: f"{arn}/{args.prefix}*")
        writes = ["s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"]
        statements: list[dict[str, Any]] = [
            {"Effect": "Allow", "Action": "dynamodb:ExportTableToPointInTime", "Resource": args.table_arn},
            {"Effect": "Allow", "Action": writes, "Resource": objects},
        ]
        if args.kms_key:
            actions = ["kms:GenerateDataKey", "kms:Decrypt"]
            statements.append({"Effect": "Allow", "Action": actions, "Resource": args.kms_key})
        return statements

    def _role(self, name: str, service: str, statements: Sequence[Mapping[str, Any]]) -> aws.iam.Role:
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
        aws.iam.RolePolicy(name, role=role.name, policy=document, opts=child)
        return role

    def _schedule(
        self,
        name: str,
        expression: str,
        target: pulumi.Input[str],
        role: aws.iam.Role,
        given: pulumi.Input[str],
    ) -> None:
        aws.scheduler.Schedule(
            name,
            name=self._args.stack.name(name),
            schedule_expression=expression,
            schedule_expression_timezone=self._args.timezone,
            flexible_time_window={"mode": "OFF"},
            target={"arn": target, "role_arn": role.arn, "input": given},
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._args.bucket.ready),
        )

    def _machine(
        self, name: str, request: Mapping[str, pulumi.Input[Any]], minutes: int
    ) -> aws.sfn.StateMachine:
        stack = self._args.stack
        end = f"$toMillis($states.input.scheduled) - {_BEHIND_MINUTES * 60_000}"
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
                {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "MaxAttempts": 8, "BackoffRate": 2}
            ],
            "End": True,
        }
        definition = {"QueryLanguage": "JSONata", "StartAt": "Export", "States": {"Export": export}}
        return aws.sfn.StateMachine(
            name,
            name=stack.name(name),
            role_arn=self._role(name, "states", self._exporting()).arn,
            definition=pulumi.Output.json_dumps(definition),
            tags=stack.tagged(),
            opts=pulumi.ResourceOptions(parent=self),
        )

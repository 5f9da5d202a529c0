"""Loads by the clock, and on the arrival of an object: `pulumi up`, run by AWS CodeBuild.

CodeBuild starts a container for a run and keeps nothing for the time between: no server, no image, no network
of one's own, as a Fargate task would need. A Lambda function ends after 15 minutes, before most imports do.
The whole stack is run: `pulumi up` loads just what has changed, in the order of the stack, and judges it.

The role is given, and not made here: who may deploy the stack is not for the stack to decide.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.stack import Stack
from dynamodb_bulk.loads.scheduled_runs import AT

PULUMI = "3.276.0"  # as the workflows have it
UV = "0.13.9"
_IMAGE = "aws/codebuild/standard:7.0"
_LOG_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class ScheduledRunsArgs:
    """`at`: a cron or rate expression, in `timezone`. `bucket` and `key`: of an object that starts a run when
    it arrives.

    `source`: a repository of GitHub, or `s3://bucket/project.zip`; `version`: a branch, a tag or a commit.
    `role`: an ARN. `backend`: where the state is; `passphrase`: the ARN of the secret that has it.
    """

    stack: Stack
    environment: str
    source: str
    role: str
    backend: str
    limit_minutes: int
    at: str | None = None
    timezone: str = "UTC"
    bucket: str = ""
    key: str = ""
    version: str | None = None
    passphrase: str | None = None


class ScheduledRuns(pulumi.ComponentResource):
    """A project of CodeBuild that runs one build at a time, and what starts it."""

    def __init__(
        self, name: str, args: ScheduledRunsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("bulk:components:ScheduledRuns", name, None, opts)
        self._stack = args.stack
        self._child = pulumi.ResourceOptions(parent=self)
        physical = args.stack.name(name)
        self._project = self._declare_project(name, physical, args)
        if args.at:
            self._by_the_clock(name, args.at, args.timezone)
        if args.key:
            self._on_arrival(name, args.bucket, args.key)
        described = {
            "project": physical,
            "group": physical,
            "at": args.at,
            "timezone": args.timezone,
            "bucket": args.bucket,
            "key": args.key,
        }
        self.register_outputs({"runs": described, "aws": args.stack.client.recorded})

    def _declare_project(self, name: str, physical: str, args: ScheduledRunsArgs) -> aws.codebuild.Project:
        # CodeBuild would make it at the first build, without an end to it, and leave it behind.
        logs = aws.cloudwatch.LogGroup(
            name,
            name=f"/aws/codebuild/{physical}",
            retention_in_days=_LOG_DAYS,
            tags=self._stack.tagged(),
            opts=self._child,
        )
        variables = [
            {"name": "PULUMI_BACKEND_URL", "value": args.backend, "type": "PLAINTEXT"},
            {"name": "UV_NO_DEV", "value": "1", "type": "PLAINTEXT"},
        ]
        if args.passphrase:
            secret = {"value": args.passphrase, "type": "SECRETS_MANAGER"}
            variables.append({"name": "PULUMI_CONFIG_PASSPHRASE", **secret})
        in_s3 = args.source.removeprefix("s3://") if args.source.startswith("s3://") else ""
        return aws.codebuild.Project(
            name,
            name=physical,
            description=f"pulumi up of {self._stack.owner}",
            service_role=args.role,
            build_timeout=args.limit_minutes,
            # A second one is refused, not queued: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html
            concurrent_build_limit=1,
            artifacts={"type": "NO_ARTIFACTS"},
            environment=aws.codebuild.ProjectEnvironmentArgs(
                compute_type="BUILD_GENERAL1_SMALL",
                image=_IMAGE,
                type="LINUX_CONTAINER",
                environment_variables=[
                    aws.codebuild.ProjectEnvironmentEnvironmentVariableArgs(**each) for each in variables
                ],
            ),
            source={
                "type": "S3" if in_s3 else "GITHUB",
                "location": in_s3 or args.source,
                "buildspec": json.dumps(buildspec(self._stack.stack, args.environment)),
            },
            source_version=args.version,
            logs_config={"cloudwatch_logs": {"group_name": logs.name}},
            tags=self._stack.tagged(),
            opts=self._child,
        )

    def _by_the_clock(self, name: str, at: str, timezone: str) -> None:
        group = aws.scheduler.ScheduleGroup(
            name, name=self._stack.name(name), tags=self._stack.tagged(), opts=self._child
        )
        aws.scheduler.Schedule(
            name,
            name=AT,
            group_name=self._stack.name(name),  # by a name that is known, it can be adopted
            schedule_expression=at,
            schedule_expression_timezone=timezone,
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": f"arn:{self._stack.partition}:scheduler:::aws-sdk:codebuild:startBuild",
                "role_arn": self._starting(f"{name}-clock", "scheduler"),
                "input": pulumi.Output.json_dumps({"ProjectName": self._project.name}),
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[group]),
        )

    def _on_arrival(self, name: str, bucket: str, key: str) -> None:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html."""
        detail = {"bucket": {"name": [bucket]}, "object": {"key": [key]}}
        pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail}
        rule = aws.cloudwatch.EventRule(
            name,
            name=self._stack.name(name),
            event_pattern=json.dumps(pattern),
            tags=self._stack.tagged(),
            opts=self._child,
        )
        aws.cloudwatch.EventTarget(
            name,
            rule=rule.name,
            target_id="project",
            arn=self._project.arn,
            role_arn=self._starting(f"{name}-arrival", "events"),
            opts=self._child,
        )

    def _starting(self, name: str, service: str) -> pulumi.Output[str]:
        """Return the ARN of a role that may start a build of the project and no more, with its policy."""
        start = {"Effect": "Allow", "Action": "codebuild:StartBuild", "Resource": self._project.arn}
        return self._stack.role(name, service, "start", [start], self._child)


def command(stack: str, environment: str) -> str:
    """Return what a build runs: what a person would."""
    policies = f"--policy-pack policies --policy-pack-config policies/config/{environment}.json"
    return f"pulumi up --stack {stack} --yes --skip-preview {policies}"


def buildspec(stack: str, environment: str) -> Mapping[str, Any]:
    """Return the build: https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html."""
    install = [
        f"curl -fsSL https://get.pulumi.com | sh -s -- --version {PULUMI}",
        'export PATH="$HOME/.pulumi/bin:$PATH"',
        f"pip install uv=={UV}",
        "make .venv/locked",
    ]
    return {
        "version": 0.2,
        "env": {"shell": "bash"},
        "phases": {
            "install": {"runtime-versions": {"python": "3.11"}, "commands": install},
            "build": {"commands": [command(stack, environment)]},
        },
    }

"""How people and programs learn how loads go: notices of their ends, alarms, and a dashboard.

All notices go the same way: EventBridge has an event, a rule of the stack matches it, and sends it to the
topic, and to the webhook if there is one. An API destination calls the webhook, with no function to keep. A
subscription of the topic could not: it wants an answer to its confirmation, which chat services do not give,
and shows its address to everyone who may list subscriptions.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
Failures of DMS tasks come the same way, since AWS recommends it instead of DMS's own event subscriptions.
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Events.html
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws

from components.stack import Stack
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.loads.end_event import DETAIL_TYPE, SOURCE, announced_end
from dynamodb_bulk.monitoring.dashboard import Watched, dashboard_body
from dynamodb_bulk.monitoring.metrics import Metric, of_rule, of_task

_PERIOD = 60  # seconds
# What a rule's paths find in an event goes where the template names it; outside of quotes, as JSON.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
_SUMMARY = {"summary": "$.detail.summary"}, "<summary>"
_ALARM = {"alarm": "$.detail.alarmName", "why": "$.detail.state.reason"}, "alarm <alarm>: <why>"
_TASK = {"task": "$.resources[0]", "what": "$.detail.detailMessage"}, "DMS task <task>: <what>"
_FAILURE = "DMS Replication Task State Change", "REPLICATION_TASK_FAILED"
# AWS documents the first, and users report the second (2026):
# https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-dms.html
_FAILURE_SERVERLESS = "DMS Replication State Change", "REPLICATION_FAILED"
_Text = tuple[Mapping[str, str], str]


@dataclass(frozen=True, kw_only=True)
class Notices:
    """Who gets notices: the `owner` in their events, empty where nobody does, and what sends them."""

    owner: str = ""
    ready: Sequence[pulumi.Resource] = ()

    def of_end(self, load: str, bucket: str, client: Aws) -> Callable[[Report], AbstractContextManager[None]]:
        """Return the context of a step that loads, which announces its end."""
        return partial(announced_end, load, self.owner, bucket, client)


NO_NOTICES = Notices()


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """`email`: addresses, each of which has to confirm. `webhook`: a secret. `key`: of the topic.

    `stalled_minutes`: how long a load by DMS may write nothing, or be behind its source, before its alarm.
    """

    stack: Stack
    dashboard: bool
    stalled_minutes: int
    email: Sequence[str] = ()
    webhook: pulumi.Output[str] | None = None
    key: str | None = None


class Monitoring(pulumi.ComponentResource):
    """A topic and the rules that send to it; once the loads are declared, their alarms and a dashboard."""

    notices: Notices
    topic: pulumi.Output[str]

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:Monitoring", name, None, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._rules: list[str] = []
        self._targets: list[pulumi.Resource] = []
        self.topic = self._topic(name).arn
        self._webhook = self._destination(name, args.webhook) if args.webhook else None
        of_stack = {"project": [args.stack.project], "stack": [args.stack.stack]}
        ended = {"source": [SOURCE], "detail-type": [DETAIL_TYPE]}
        others = [{"anything-but": ["failed"]}]
        self._rule("load-ended", {**ended, "detail": {**of_stack, "verdict": others}}, _SUMMARY)
        self._failed = self._rule(
            "load-failed", {**ended, "detail": {**of_stack, "verdict": ["failed"]}}, _SUMMARY
        )
        self.notices = Notices(owner=args.stack.owner, ready=tuple(self._targets))

    def watch(self, loads: Mapping[str, Mapping[str, pulumi.Input[Any]]], instance: str) -> None:
        """Declare the alarms of these loads, as they are described, and the dashboard.

        `instance`: what the replication instance is called, where there is one.
        """
        # Loads that share a task have it under its name.
        tasks = {str(one.get("task", name)): one for name, one in loads.items() if "task_arn" in one}
        if not any("instance_arn" in task for task in tasks.values()):
            instance = ""
        self._alarm(
            "load-failed",
            of_rule("TriggeredRules", self._failed),
            "a load failed: its event has the reason",
            minutes=1,
            above=0,
        )
        stalled = [self._stalled(name, task, instance) for name, task in tasks.items()]
        if tasks:
            changed = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}
            now = {"alarmName": stalled, "state": {"value": ["ALARM"]}}
            self._rule("load-stalled", {**changed, "detail": now}, _ALARM)
            kind, event = _FAILURE if instance else _FAILURE_SERVERLESS
            failing = {"source": ["aws.dms"], "detail-type": [kind], "detail": {"eventType": [event]}}
            arns = [task["task_arn"] for task in tasks.values()]
            self._rule("task-failed", {**failing, "resources": arns}, _TASK)
        if self._args.dashboard:
            self._dashboard(loads, tasks, instance)
        self.register_outputs({"topic": self.topic})

    def _topic(self, name: str) -> aws.sns.Topic:
        """Declare the topic, and who gets its messages."""
        args, stack = self._args, self._args.stack
        physical = stack.name(name)
        arn = f"arn:{stack.partition}:sns:{stack.region}:{stack.account}:{physical}"
        # Without a condition: with one, EventBridge can publish nothing, and nobody is told.
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
        statement = {
            "Sid": "RulesOfEventBridge",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": arn,
        }
        topic = aws.sns.Topic(
            name,
            name=physical,
            kms_master_key_id=args.key,
            policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
            tags=stack.tagged(),
            opts=self._child,
        )
        for number, address in enumerate(args.email, start=1):
            aws.sns.TopicSubscription(
                f"{name}-{number}",
                topic=topic.arn,
                protocol="email",
                endpoint=address,
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            )
        return topic

    def _destination(
        self, name: str, webhook: pulumi.Output[str]
    ) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """Declare what calls the webhook; return its ARN, and that of the role that may have it called."""
        stack = self._args.stack
        # Each connection has some authorization. That of a webhook is in its address.
        connection = aws.cloudwatch.EventConnection(
            name,
            name=stack.name(name),
            authorization_type="API_KEY",
            auth_parameters={"api_key": {"key": "X-Sent-By", "value": stack.owner}},
            opts=self._child,
        )
        destination = aws.cloudwatch.EventApiDestination(
            name,
            name=stack.name(name),
            connection_arn=connection.arn,
            http_method="POST",
            invocation_endpoint=webhook,
            opts=self._child,
        )
        call = {"Effect": "Allow", "Action": "events:InvokeApiDestination", "Resource": destination.arn}
        return destination.arn, stack.role(name, "events", "webhook", [call], self._child)

    def _rule(self, name: str, pattern: Mapping[str, Any], text: _Text) -> str:
        """Declare a rule that sends a text about each event; return its physical name."""
        stack = self._args.stack
        physical = stack.name(name)
        rule = aws.cloudwatch.EventRule(
            name,
            name=physical,
            event_pattern=pulumi.Output.json_dumps(pattern),
            tags=stack.tagged(),
            opts=self._child,
        )
        paths, words = text
        alone = words.startswith("<") and words.endswith(">")
        targets: dict[str, dict[str, pulumi.Input[Any]]] = {
            "topic": {"arn": self.topic, "template": json.dumps(words)}
        }
        if self._webhook:
            arn, role = self._webhook
            body = f'{{"text": {words if alone else json.dumps(words)}}}'
            targets["webhook"] = {"arn": arn, "role_arn": role, "template": body}
        for kind, target in targets.items():
            transformer = aws.cloudwatch.EventTargetInputTransformerArgs(
                input_paths=paths, input_template=target["template"]
            )
            self._targets.append(
                aws.cloudwatch.EventTarget(
                    f"{name}-{kind}",
                    rule=rule.name,
                    target_id=kind,
                    arn=target["arn"],
                    role_arn=target.get("role_arn"),
                    input_transformer=transformer,
                    opts=self._child,
                )
            )
        self._rules.append(physical)
        return physical

    def _stalled(self, load: str, task: Mapping[str, pulumi.Input[Any]], instance: str) -> str:
        """Declare the alarm of a load by DMS; return its physical name.

        A task that changes nothing while it runs has no data to be late with. While no task runs, DMS
        reports nothing, which is as it should be.
        """
        minutes, whose = self._args.stalled_minutes, f"{'task' if 'task' in task else 'load'} {load}"
        if task["migration_type"] == "full-load":
            metric, words, limit = "FullLoadThroughputRowsTarget", "wrote no row", {"below": 0.001}
        else:
            metric, words, limit = "CDCLatencyTarget", "is behind its source", {"above": minutes * 60}
        described = f"{whose} {words} for {minutes} minutes while its task ran"
        found = pulumi.Output.from_input(task["task_arn"]).apply(lambda arn: of_task(metric, instance, arn))
        return self._alarm(f"{load}-stalled", found, described, minutes=minutes, **limit)

    def _alarm(
        self,
        name: str,
        metric: pulumi.Input[Metric],
        description: str,
        *,
        minutes: int,
        below: float | None = None,
        above: float | None = None,
    ) -> str:
        stack, found = self._args.stack, pulumi.Output.from_input(metric)
        physical = stack.name(name)
        aws.cloudwatch.MetricAlarm(
            name,
            name=physical,
            alarm_description=f"{stack.owner}: {description}",
            namespace=found.apply(lambda one: one.namespace),
            metric_name=found.apply(lambda one: one.name),
            dimensions=found.apply(lambda one: dict(one.dimensions)),
            statistic=found.apply(lambda one: one.statistic),
            comparison_operator="LessThanThreshold" if above is None else "GreaterThanThreshold",
            threshold=below if above is None else above,
            period=_PERIOD,
            evaluation_periods=minutes,
            treat_missing_data="notBreaching",
            tags=stack.tagged(),
            opts=self._child,
        )
        return physical

    def _dashboard(
        self,
        loads: Mapping[str, Mapping[str, pulumi.Input[Any]]],
        tasks: Mapping[str, Mapping[str, pulumi.Input[Any]]],
        instance: str,
    ) -> None:
        stack = self._args.stack

        def body(known: Mapping[str, Mapping[str, str]]) -> str:
            return dashboard_body(
                Watched(
                    title=f"Loads of {stack.owner}",
                    region=stack.region,
                    rules=self._rules,
                    instance=instance,
                    **known,
                )
            )

        shown = {
            "tables": {name: load["table"] for name, load in loads.items()},
            "tasks": {name: task["task_arn"] for name, task in tasks.items()},
            "jobs": {name: load["glue_job"] for name, load in loads.items() if "glue_job" in load},
        }
        aws.cloudwatch.Dashboard(
            "loads",
            dashboard_name=stack.name("loads"),
            dashboard_body=pulumi.Output.all(**shown).apply(body),
            opts=self._child,
        )

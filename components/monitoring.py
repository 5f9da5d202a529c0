"""How people and programs learn how loads go: notices of their ends, alarms, and a dashboard.

EventBridge has an event, a rule of the stack matches it, and sends it to the topic, and to the webhook if
there is one. An API destination calls the webhook, with no function to keep. A subscription of the topic
could not: it wants an answer to its confirmation, which chat services do not give, and shows its address to
everyone who may list subscriptions.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
Of a replication instance and its tasks, DMS tells the topic itself, by event subscriptions, so that rules
send their events to the webhook alone. Serverless replications have none.
https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateEventSubscription.html
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from components.stack import Stack
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.loads.end_event import DETAIL_TYPE, SOURCE, announced_end
from dynamodb_bulk.monitoring.dashboard import Watched, dashboard_body
from dynamodb_bulk.monitoring.metrics import Metric, of_rule, of_task

_PERIOD = 60  # seconds


class _Text(NamedTuple):
    """What the topic and the webhook get of an event: what `paths` find goes where a template names it.

    Outside of quotes it is JSON, as what may have quotes or several lines has to be.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """

    paths: Mapping[str, str]
    topic: str
    webhook: str


_SUMMARY = _Text({"summary": "$.detail.summary"}, '"<summary>"', '{"text": <summary>}')
_ALARM = _Text(
    {"alarm": "$.detail.alarmName", "why": "$.detail.state.reason"},
    '"alarm <alarm>: <why>"',
    '{"text": "alarm <alarm>: <why>"}',
)
_DMS = _Text(
    {"of": "$.resources[0]", "what": "$.detail.detailMessage"},
    '{"of": <of>, "what": <what>}',
    '{"text": <what>, "attachments": [{"text": <of>}]}',
)
# AWS documents the first, and users report the second (2026):
# https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-dms.html
_FAILED_SERVERLESS = {
    "detail-type": ["DMS Replication State Change"],
    "detail": {"eventType": ["REPLICATION_FAILED"]},
}
# Of categories by which loads fail, halt, or are about to. Changes of a task's state would tell of each end
# of a load a second time. https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Events.html
_TASK_FAILED, _INSTANCE_TROUBLE = "task-failed", "instance-trouble"
_OF_TASKS = ("failure",)
_OF_INSTANCE = ("failover", "failure", "low storage", "maintenance")


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
    `instance`: what the replication instance is called, where there is one.
    """

    stack: Stack
    dashboard: bool
    stalled_minutes: int
    email: Sequence[str] = ()
    webhook: pulumi.Output[str] | None = None
    key: str | None = None
    instance: str = ""


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

    def watch(self, loads: Mapping[str, Mapping[str, pulumi.Input[Any]]]) -> None:
        """Declare the alarms of these loads, as they are described, and the dashboard."""
        # Loads that share a task have it under its name.
        tasks = {str(one.get("task", name)): one for name, one in loads.items() if "task_arn" in one}
        self._alarm(
            "load-failed",
            of_rule("TriggeredRules", self._failed),
            "a load failed: its event has the reason",
            minutes=1,
            above=0,
        )
        stalled = [self._stalled(name, task) for name, task in tasks.items()]
        if tasks:
            changed = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}
            now = {"alarmName": stalled, "state": {"value": ["ALARM"]}}
            self._rule("load-stalled", {**changed, "detail": now}, _ALARM)
            self._tell_of_dms(tasks)
        if self._args.dashboard:
            self._dashboard(loads, tasks)
        self.register_outputs({"topic": self.topic})

    def _tell_of_dms(self, tasks: Mapping[str, Mapping[str, pulumi.Input[Any]]]) -> None:
        """Declare who hears when a task, its instance or a serverless replication is in trouble."""
        instance, arns = self._args.instance, {name: task["task_arn"] for name, task in tasks.items()}
        if not instance:
            failed = {"source": ["aws.dms"], **_FAILED_SERVERLESS, "resources": list(arns.values())}
            self._rule(_TASK_FAILED, failed, _DMS)
            return
        named = {self._args.stack.name(name): arn for name, arn in arns.items()}
        self._subscription(_TASK_FAILED, "replication-task", named, _OF_TASKS)
        named = {instance: next(iter(tasks.values()))["instance_arn"]}
        self._subscription(_INSTANCE_TROUBLE, "replication-instance", named, _OF_INSTANCE)

    def _subscription(
        self, name: str, kind: str, sources: Mapping[str, pulumi.Input[str]], categories: Sequence[str]
    ) -> None:
        """Declare that the topic hears of these events of DMS from it, and the webhook from EventBridge.

        `sources`: ARNs by their names, which DMS takes when they exist.
        """
        stack = self._args.stack

        def made(source: str) -> pulumi.Output[str]:
            return pulumi.Output.from_input(sources[source]).apply(lambda _: source)

        aws.dms.EventSubscription(
            name,
            name=stack.name(name),
            source_type=kind,
            source_ids=[made(source) for source in sources],
            event_categories=categories,
            sns_topic_arn=self.topic,
            tags=stack.tagged(),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        if self._webhook:
            # EventBridge writes `LowStorage`: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_EventBridge.html
            wanted = {"category": [each.title().replace(" ", "") for each in categories]}
            pattern = {"source": ["aws.dms"], "resources": list(sources.values()), "detail": wanted}
            self._rule(name, pattern, _DMS, topic=False)

    def _topic(self, name: str) -> aws.sns.Topic:
        """Declare the topic, and who gets its messages."""
        args, stack = self._args, self._args.stack
        physical = stack.name(name)
        arn = f"arn:{stack.partition}:sns:{stack.region}:{stack.account}:{physical}"
        # Without a condition: with one, EventBridge can publish nothing, and nobody is told.
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
        publish = {"Effect": "Allow", "Action": "sns:Publish", "Resource": arn}
        statements: list[Mapping[str, Any]] = [
            {"Sid": "RulesOfEventBridge", "Principal": {"Service": "events.amazonaws.com"}, **publish}
        ]
        if args.instance:
            # https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Events.html#USER_Events.Subscribing.Access
            account = f"arn:{stack.partition}:dms:{stack.region}:{stack.account}"
            own = [f"{account}:es:{stack.name(one)}" for one in (_TASK_FAILED, _INSTANCE_TROUBLE)]
            dms = {"Sid": "EventsOfDms", "Principal": {"Service": "dms.amazonaws.com"}}
            statements.append({**dms, **publish, "Condition": {"ArnEquals": {"aws:SourceArn": own}}})
        topic = aws.sns.Topic(
            name,
            name=physical,
            kms_master_key_id=args.key,
            policy=json.dumps({"Version": "2012-10-17", "Statement": statements}),
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

    def _rule(self, name: str, pattern: Mapping[str, Any], text: _Text, *, topic: bool = True) -> str:
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
        targets: dict[str, dict[str, pulumi.Input[Any]]] = {}
        if topic:
            targets["topic"] = {"arn": self.topic, "template": text.topic}
        if self._webhook:
            arn, role = self._webhook
            targets["webhook"] = {"arn": arn, "role_arn": role, "template": text.webhook}
        for kind, target in targets.items():
            transformer = aws.cloudwatch.EventTargetInputTransformerArgs(
                input_paths=text.paths, input_template=target["template"]
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

    def _stalled(self, load: str, task: Mapping[str, pulumi.Input[Any]]) -> str:
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
        instance = self._args.instance
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
    ) -> None:
        stack = self._args.stack

        def body(known: Mapping[str, Mapping[str, str]]) -> str:
            return dashboard_body(
                Watched(
                    title=f"Loads of {stack.owner}",
                    region=stack.region,
                    rules=self._rules,
                    instance=self._args.instance,
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

"""Where a matching event goes: to a topic by the topic's policy, to a webhook by a role."""

import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from local_aws.event_targets import transformed
from local_aws.testing.provider_calls import error_of
from local_aws.testing.stage import Stage

ACCOUNT = "123456789012"
TRUST = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
SUMMARY = {"InputPathsMap": {"summary": "$.detail.summary"}, "InputTemplate": '{"text": <summary>}'}


class Hook:
    """A webhook on this machine, and what it was sent."""

    def __init__(self) -> None:
        got: list[Any] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
                pass

        self.got = got
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    yield hook
    hook.server.shutdown()


def put(stage: Stage, source: str, summary: str) -> None:
    entry = {"Source": source, "DetailType": "Load ended", "Detail": json.dumps({"summary": summary})}
    assert stage.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def rule(stage: Stage, source: str, **target: Any) -> None:
    events = stage.client("events")
    events.put_rule(Name=source, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule=source, Targets=[{"Id": "it", **target}])


@pytest.mark.parametrize(
    ("condition", "arrives"),
    [({}, True), ({"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}, False)],
    ids=["no condition", "a condition, as AWS documents"],
)
def test_event_reaches_the_subscribers_of_a_topic_by_a_statement_without_condition(
    stage: Stage, condition: dict[str, Any], arrives: bool
) -> None:
    name = f"notices-{uuid.uuid4().hex[:8]}"
    sns, sqs = stage.client("sns"), stage.client("sqs")
    topic = sns.create_topic(Name=name)["TopicArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**allowed, "Resource": topic, **condition}]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    queue_arn = f"arn:aws:sqs:{stage.region}:{ACCOUNT}:{name}"
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"}
    )
    rule(stage, name, Arn=topic, InputTransformer=SUMMARY | {"InputTemplate": '"<summary>"'})
    put(stage, name, "load orders is good")
    messages = [one["Body"] for one in sqs.receive_message(QueueUrl=queue).get("Messages", [])]
    assert messages == (["load orders is good"] if arrives else [])


@pytest.mark.parametrize("may", [True, False])
def test_event_reaches_a_webhook_by_a_role_that_may_invoke_it(stage: Stage, hook: Hook, may: bool) -> None:
    name = f"hook-{uuid.uuid4().hex[:8]}"
    events = stage.client("events")
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Sent-By", "ApiKeyValue": "tests"}}
    connecting = {"Name": name, "AuthorizationType": "API_KEY", "AuthParameters": key}
    connection = events.create_connection(**connecting)["ConnectionArn"]
    assert error_of(events.create_connection, **connecting) == "ResourceAlreadyExistsException"
    calling = {
        "Name": name,
        "ConnectionArn": connection,
        "HttpMethod": "POST",
        "InvocationEndpoint": hook.url,
    }
    destination = events.create_api_destination(**calling)["ApiDestinationArn"]
    assert error_of(events.create_api_destination, **calling) == "ResourceAlreadyExistsException"
    role = stage.role(
        name, ("events:InvokeApiDestination", destination if may else f"{destination}-other"), trust=TRUST
    )
    rule(stage, name, Arn=destination, RoleArn=role, InputTransformer=SUMMARY)
    put(stage, name, 'load "orders" failed')
    assert hook.got == ([{"text": 'load "orders" failed'}] if may else [])


@pytest.mark.parametrize(
    ("template", "value", "sent"),
    [
        ('{"text": <x>}', 'a "b"', '{"text": "a \\"b\\""}'),
        ('"x is <x>"', "7", '"x is 7"'),
        ('"x is <x>"', 'a "b"', None),
    ],
    ids=["outside of quotes as JSON", "in quotes as it is", "in quotes with quotes: no JSON, so lost"],
)
def test_template_is_filled_as_aws_documents_it(template: str, value: str, sent: str | None) -> None:
    target = {"InputTransformer": {"InputPathsMap": {"x": "$.detail.x"}, "InputTemplate": template}}
    assert transformed(target, {"detail": {"x": value}}) == sent

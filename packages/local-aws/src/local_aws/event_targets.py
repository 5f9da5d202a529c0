"""What EventBridge does with a matching event that moto does not: send it to a topic, or to a webhook.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
"""

import json
import re
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from jsonpath_ng.ext.parser import parse
from moto.events.exceptions import ResourceAlreadyExistsException, ResourceNotFoundException
from moto.events.models import EventsBackend, Rule, events_backends
from moto.sns.exceptions import TopicNotFound
from moto.sns.models import sns_backends

from local_aws.account import ACCOUNT
from local_aws.dataplane.policies import allows, of_service, statements
from local_aws.dataplane.roles import DeniedError, assume

SERVICE = "events.amazonaws.com"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PARTS = re.compile(r'"(?:[^"\\]|\\.)*"|[^"]+')  # a text in quotes, or what is between two
_send = Rule.send_to_targets
_create_connection = EventsBackend.create_connection
_create_destination = EventsBackend.create_api_destination


def send_to_all_targets() -> None:
    """Let the rules of this process send to topics and to API destinations, and their names be taken once."""
    setattr(Rule, "send_to_targets", _sent)  # noqa: B010 - as the others: methods of moto's own
    setattr(EventsBackend, "create_connection", _connection)  # noqa: B010
    setattr(EventsBackend, "create_api_destination", _destination)  # noqa: B010


def put_service_event(region: str, source: str, detail_type: str, resource: str, detail: Any) -> None:
    """Put an event of an AWS service on the default bus."""
    entry = {"Source": source, "DetailType": detail_type, "Resources": [resource]}
    events_backends[ACCOUNT][region].put_events([{**entry, "Detail": json.dumps(detail)}])


def transformed(target: Mapping[str, Any], event: Mapping[str, Any]) -> str | None:
    """Return what a target gets of an event; None where the template does not become JSON."""
    transformer = target.get("InputTransformer")
    if transformer is None:
        return target.get("Input") or json.dumps(event)
    paths: Mapping[str, str] = transformer.get("InputPathsMap") or {}
    values: dict[str, Any] = {
        name: found[0].value for name, path in paths.items() if (found := parse(path).find(event))
    }

    def filled(part: re.Match[str]) -> str:
        quoted = part[0].startswith('"')

        def value(name: re.Match[str]) -> str:
            found = values.get(name[1], "")
            return str(found) if quoted and isinstance(found, str) else json.dumps(found)

        return re.sub(r"<([\w.-]+)>", value, part[0])

    text = _PARTS.sub(filled, transformer["InputTemplate"])
    try:
        json.loads(text)
    except ValueError:
        return None
    return text


def _sent(rule: Rule, original_event: Any, transform_input: bool = True) -> None:
    if rule.state != "ENABLED" or not rule.event_pattern.matches_event(original_event):
        return
    ours = [target for target in rule.targets if _kind(target["Arn"])]
    for target in ours:
        body = transformed(target, original_event)
        if body is not None:
            _SENDING[_kind(target["Arn"])](rule, target, body)
    others = [target for target in rule.targets if target not in ours]
    if others:
        kept, rule.targets = rule.targets, others
        try:
            _send(rule, original_event, transform_input)
        finally:
            rule.targets = kept


def _kind(arn: str) -> str:
    service, resource = arn.split(":")[2], arn.split(":", 5)[5]
    if service == "sns":
        return "topic"
    return "destination" if service == "events" and resource.startswith("api-destination/") else ""


def _publish(rule: Rule, target: Mapping[str, Any], body: str) -> None:
    """By the topic's policy alone, and never by a statement with a condition."""
    try:
        topic = sns_backends[rule.account_id][rule.region_name].get_topic(target["Arn"])
    except TopicNotFound:
        return
    rules = [each for each in statements([topic.policy]) if not each.get("Condition")]
    if allows(of_service(rules, SERVICE), "sns:Publish", topic.arn, {}):
        found = json.loads(body)
        topic.publish(found if isinstance(found, str) else body)


def _call(rule: Rule, target: Mapping[str, Any], body: str) -> None:
    """A webhook on this machine; no other is called from here."""
    name = target["Arn"].split("/")[1]
    destination = events_backends[rule.account_id][rule.region_name].destinations.get(name)
    try:
        role = assume(target.get("RoleArn", ""), service=SERVICE)
    except DeniedError:
        return
    if destination is None or not role.may("events:InvokeApiDestination", target["Arn"]):
        return
    url = destination.invocation_endpoint
    if urlsplit(url).hostname in LOOPBACK:
        request = urllib.request.Request(  # noqa: S310 - a loopback address
            url, data=body.encode(), headers={"Content-Type": "application/json"}, method="POST"
        )
        try:
            urllib.request.urlopen(request, timeout=5).close()  # noqa: S310
        except OSError:
            return


_SENDING = {"topic": _publish, "destination": _call}


def _connection(backend: EventsBackend, name: str, *rest: Any, **named: Any) -> Any:
    if name in backend.connections:
        raise ResourceAlreadyExistsException(f"Connection {name} already exists.")
    return _create_connection(backend, name, *rest, **named)


def _destination(
    backend: EventsBackend, name: str, description: str, connection_arn: str, *rest: Any, **named: Any
) -> Any:
    if name in backend.destinations:
        raise ResourceAlreadyExistsException(f"An api-destination '{name}' already exists.")
    if connection_arn not in {one.arn for one in backend.connections.values()}:
        raise ResourceNotFoundException(f"Connection '{connection_arn}' does not exist.")
    return _create_destination(backend, name, description, connection_arn, *rest, **named)

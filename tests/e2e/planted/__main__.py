"""Declares everything that is planted, each violation under names of its own."""

import json
import sys
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.resource import register_resource_outputs

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from policies.tokens import STACK, STEP
from tests.policies.factories import Node
from tests.policies.planted import PLANTED

SHARED = ("shop-test-files", "shop-test-orders")  # so many plants use that one would guard another


def named(value: Any, number: int) -> Any:
    """A value with the shared names in it made this violation's own."""
    text = json.dumps(value)
    for name in SHARED:
        text = text.replace(f'{name}"', f'{name}-{number}"')
    return json.loads(text)


class Step(pulumi.Resource):
    """A resource without a provider. The SDK cannot read the annotations of `pulumi.Resource` itself."""


def declare(node: Node, number: int, made: dict[str, pulumi.Resource]) -> None:
    """One node, after those that it names."""
    props = named(dict(node.props), number)
    if node.type == STACK:
        for name, value in props.items():
            pulumi.export(name, value)
        return
    props |= {path: made[name].urn for path, name in node.taken.items()}
    opts = pulumi.ResourceOptions(
        parent=made.get(node.parent),
        depends_on=[made[name] for name in node.depends_on],
        protect=node.protect or None,
        ignore_changes=list(node.ignore_changes),
        custom_timeouts=pulumi.CustomTimeouts(create=f"{node.create_minutes}m")
        if node.create_minutes
        else None,
    )
    name = f"{number}-{node.name}"
    if node.type == STEP:
        made[node.name] = step = Step(STEP, name, False, props, opts)
        register_resource_outputs(step, props)
    elif node.type.startswith("aws:"):
        made[node.name] = pulumi.CustomResource(node.type, name, props, opts)
    else:
        made[node.name] = component = pulumi.ComponentResource(node.type, name, None, opts)
        component.register_outputs(props)


for number, planted in enumerate(PLANTED):
    made: dict[str, pulumi.Resource] = {}
    for node in planted.nodes:
        declare(node, number, made)

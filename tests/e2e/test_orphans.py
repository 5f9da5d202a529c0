"""What a killed `up` made and did not live to record, and what the next one makes of it."""

import json
import threading
from pathlib import Path
from typing import Any

from local_aws.testing.fault_proxy import fault_proxy
from tests.e2e.account import ROLES, inventory
from tests.e2e.clone import PATIENCE
from tests.e2e.stack import DESTROY, UP, Stack

PRIVATE = {"VPC", "subnet", "security group", "VPC endpoint"}


def make_table(stack: Stack, owner: str) -> str:
    """As the provider makes it for the stack that is its owner; its name."""
    tags = {"project": "dynamodb-bulk", "stack": owner, "dataset": "people"}
    dynamodb, table = stack.clone.client("dynamodb"), stack.table("people")
    dynamodb.create_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    dynamodb.put_item(TableName=table, Item={"id": {"S": "before"}})
    return table


def state(stack: Stack) -> dict[str, Any]:
    return json.loads(stack.run("pulumi stack export").output)


def in_state(stack: Stack) -> set[str]:
    return {resource.get("id", "") for resource in state(stack)["deployment"].get("resources", [])}


def kill_while_it_makes_the_bucket(stack: Stack) -> None:
    """Kill `pulumi up` when the bucket is there, and would be configured next."""
    made = threading.Event()
    with fault_proxy(stack.clone.endpoint) as proxy:
        proxy.before(r"PUT /[^/?]+/?\?", made.set)
        proxy.fail(r"PUT /[^/?]+/?\?", "hang")
        proxy.fail("CreateTable", "hang")  # it may be made at the same time
        killed = stack.begin(through=proxy.url)
        assert made.wait(PATIENCE)
        stack.clone.kill(killed)
    assert f"bucket {stack.bucket}" in inventory(stack.clone)


def test_up_adopts_what_a_kill_left_and_later_every_kind_of_thing_when_the_state_is_lost(
    stack: Stack, people: Path
) -> None:
    schedule = {"full": "rate(7 days)", "incremental_minutes": 60}
    load = {"dataset": "people/dataset.yaml", "method": "dms"}
    exports = [{"table": "people", "schedule": schedule}]
    network = {"mode": "create", "cidr": "10.77.0.0/26"}
    stack.settle(load, exports=exports, network=network, monitoring=True)
    before = inventory(stack.clone)
    kill_while_it_makes_the_bucket(stack)
    table = make_table(stack, stack.name)
    stack.well("pulumi cancel --yes")
    preview = stack.well("pulumi preview").output
    assert f"table {table} is this stack's, but not in its state: would be adopted" in preview
    assert f"bucket {stack.bucket} is this stack's, but not in its state: would be recreated" in preview
    assert "importing this resource will fail" not in preview

    first = stack.well(UP).output
    assert f"table {table} is this stack's, but not in its state: adopted" in first
    assert {item["id"]["S"] for item in stack.items("people")} == {"before", "p1", "p2", "p3"}
    assert {stack.bucket, table} <= in_state(stack)
    made = inventory(stack.clone)
    kinds = [each.rpartition(" ")[0] for each in made - before]
    assert {kind: kinds.count(kind) for kind in PRIVATE} == {
        "VPC": 1,
        "subnet": 2,
        "security group": 2,  # the VPC's default one, which the instance does not use
        "VPC endpoint": 2,
    }

    lost = state(stack)
    lost["deployment"] |= {"resources": [], "pending_operations": []}
    (stack.clone.folder / "lost.json").write_text(json.dumps(lost))
    stack.well("pulumi stack import --file lost.json")
    up = stack.well(UP)
    adopted = inventory(stack.clone)
    kinds = ("bucket", "table", "role", "log group", "replication subnet group", "replication instance")
    more = ("DMS endpoint", "DMS task", "VPC endpoint", "schedule group", "schedule", "state machine")
    others = ("VPC", "subnet", "security group", "DMS event subscription")
    for kind in (*kinds, *more, *others):
        found, had = ({each for each in held if each.startswith(f"{kind} ")} for held in (adopted, made))
        assert found == had != set(), kind
    assert "loaded before; nothing has changed since" in up.output

    assert "is this stack's" not in stack.well(UP).output
    stack.well("pulumi preview --expect-no-changes")
    stack.settle(load, network=network | {"cidr": "10.76.0.0/26"})
    stack.run("pulumi preview").refused("bulk:network: the replication instance is in vpc-")
    stack.well(DESTROY)
    assert inventory(stack.clone) - before <= ROLES

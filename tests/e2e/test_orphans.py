"""What a killed `up` made and did not live to record, and what the next one makes of it."""

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_aws.state import folders
from tests.e2e.account import ROLES, inventory
from tests.e2e.clone import Clone
from tests.e2e.conftest import TABLE, UP

pytestmark = pytest.mark.engine

BUCKET = "dynamodb-bulk-people-files-123456789012"
DOWN = "pulumi destroy --stack people --yes --skip-preview"
PREVIEW = "pulumi preview --stack people"


def make_table(clone: Clone, stack: str) -> None:
    """As the provider makes it."""
    tags = {"project": "dynamodb-bulk", "stack": stack, "dataset": "people"}
    dynamodb = clone.client("dynamodb")
    dynamodb.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    dynamodb.put_item(TableName=TABLE, Item={"id": {"S": "before"}})


def state(clone: Clone) -> dict[str, Any]:
    return json.loads(clone.literal("pulumi stack export --stack people").output)


def in_state(clone: Clone) -> set[str]:
    return {resource.get("id", "") for resource in state(clone)["deployment"].get("resources", [])}


def test_up_adopts_bucket_and_table_that_a_kill_left(clone: Clone, people: Path) -> None:
    clone.loads("people", "people/dataset.yaml", method="bulk_put")
    before = inventory(clone)
    place = {"LocationConstraint": "eu-west-1"}
    clone.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    make_table(clone, "people")

    preview = clone.literal(PREVIEW)
    assert f"table {TABLE} is this stack's, but not in its state: would be adopted" in preview.output
    assert f"bucket {BUCKET} is this stack's, but not in its state: would be recreated" in preview.output
    assert "importing this resource will fail" not in preview.output

    up = clone.literal(UP)
    assert up.code == 0, up.output
    assert f"table {TABLE} is this stack's, but not in its state: adopted" in up.output
    assert {item["id"]["S"] for item in clone.items(TABLE)} == {"before", "p1", "p2", "p3"}
    assert {BUCKET, TABLE} <= in_state(clone)

    again = clone.literal(PREVIEW)
    assert "replace" not in again.output
    assert "is this stack's" not in again.output
    assert clone.literal(DOWN).code == 0
    assert inventory(clone) == before


def test_up_refuses_a_table_of_a_different_stack_in_one_line(clone: Clone, people: Path) -> None:
    make_table(clone, "other")
    refused = clone.literal(UP)
    clone.client("dynamodb").delete_table(TableName=TABLE)
    assert refused.code != 0
    assert f"table {TABLE}: exists, and belongs to the stack dynamodb-bulk/other" in refused.output
    assert "Traceback" not in refused.output


def kill_between_writes(clone: Clone, group: int) -> None:
    """Kill when the engine has written its state whole: it does not read half a file."""
    backend = folders(clone.folder, clone.environ).backend
    file = backend / ".pulumi" / "stacks" / "dynamodb-bulk" / "people.json"
    while True:
        os.killpg(group, signal.SIGSTOP)
        time.sleep(0.02)
        with suppress(ValueError, OSError):
            json.loads(file.read_text())
            os.killpg(group, signal.SIGKILL)
            return
        os.killpg(group, signal.SIGCONT)
        time.sleep(0.01)


def test_up_when_one_was_killed_while_it_made_bucket_and_table_passes(clone: Clone, people: Path) -> None:
    clone.loads("people", "people/dataset.yaml", method="bulk_put")
    before = inventory(clone)
    killed = clone.begin(UP)
    end = time.monotonic() + 120
    s3 = clone.client("s3")
    while time.monotonic() < end and BUCKET not in {each["Name"] for each in s3.list_buckets()["Buckets"]}:
        time.sleep(0.01)
    assert killed.poll() is None
    kill_between_writes(clone, killed.pid)
    killed.communicate()
    assert clone.literal("pulumi cancel --stack people --yes").code == 0

    up = clone.literal(UP)
    assert up.code == 0, up.output
    assert len(clone.items(TABLE)) == 3
    assert clone.literal(DOWN).code == 0
    assert inventory(clone) == before


def test_up_when_the_state_is_lost_adopts_every_kind_of_thing(clone: Clone, people: Path) -> None:
    clone.loads("people", "people/dataset.yaml")
    settings = yaml.safe_load((clone.folder / "Pulumi.people.yaml").read_text())
    schedule = {"full": "rate(7 days)", "incremental_minutes": 60}
    settings["config"]["bulk:exports"] = [{"table": "people", "schedule": schedule}]
    (clone.folder / "Pulumi.people.yaml").write_text(yaml.safe_dump(settings))
    before = inventory(clone)
    first = clone.literal(UP)
    assert first.code == 0, first.output
    made = inventory(clone)

    lost = state(clone)
    lost["deployment"] |= {"resources": [], "pending_operations": []}
    (clone.folder / "lost.json").write_text(json.dumps(lost))
    assert clone.literal("pulumi stack import --stack people --file lost.json").code == 0
    up = clone.literal(UP)
    assert up.code == 0, up.output
    kinds = ("bucket", "table", "role", "log group", "replication subnet group", "replication instance")
    more = ("DMS endpoint", "DMS task", "VPC endpoint", "schedule group", "schedule", "state machine")
    for kind in (*kinds, *more):
        found, had = (
            {each for each in held if each.startswith(f"{kind} ")} for held in (inventory(clone), made)
        )
        assert found == had, kind
    assert "loaded before; nothing has changed since" in up.output

    settled = clone.literal(UP)
    assert settled.code == 0, settled.output
    assert "is this stack's" not in settled.output
    assert clone.literal(DOWN).code == 0
    assert inventory(clone) - before <= ROLES

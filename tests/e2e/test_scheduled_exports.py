"""Exports by the clock, deployed by the real engine; then what the clock would do at night is done."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from local_aws.dataplane.policies import Statement, allows, statements
from local_aws.testing.scheduled_calls import arguments, filled, moments
from tests.e2e.account import inventory
from tests.e2e.clone import Clone, until
from tests.e2e.stack import ACCOUNT

EVENTS = "examples/customer-events"
POLICIES = "--policy-pack policies --policy-pack-config policies/config/development.json"
UP = f"pulumi up --stack nightly --yes --skip-preview {POLICIES}"
NAME = "dynamodb-bulk-nightly-customer-events"
PREFIX = "exports/customer-events/scheduled/"
WEBHOOK = "https://hooks.example.com/very-secret"
MINUTES = 15


def settle(clone: Clone, **schedule: Any) -> None:
    """Write the stack's settings: a load, and its export by this schedule."""
    settings = clone.settings()
    settings["config"] |= {
        "bulk:loads": [{"dataset": f"{EVENTS}/dataset.yaml", "method": "native"}],
        "bulk:exports": [{"table": "customer_events", "schedule": schedule}],
        "bulk:monitoring": {"notify": {"email": ["ops@example.com"]}},
        "bulk:schedule": {
            "at": "cron(0 5 * * ? *)",
            "source": "https://github.com/shop/loads",
            "role": f"arn:aws:iam::{ACCOUNT}:role/deploy",
            "backend": "s3://state",
        },
    }
    (clone.folder / "Pulumi.nightly.yaml").write_text(yaml.safe_dump(settings))
    secret = f"pulumi config set --secret --path bulk:monitoring.notify.webhook {WEBHOOK} --stack nightly"
    assert clone.literal(secret).code == 0


@pytest.fixture(scope="module")
def before(clone: Clone) -> set[str]:
    """What is in the account without the stack: a rule that sends each event of a load to a queue."""
    assert clone.run(".venv/bin/bulk", "local", "up").code == 0
    events = clone.client("events")
    events.put_rule(Name="loads", EventPattern='{"source": ["dynamodb-bulk"]}')
    clone.client("sqs").create_queue(QueueName="loads")
    events.put_targets(
        Rule="loads", Targets=[{"Id": "queue", "Arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:loads"}]
    )
    return inventory(clone)


@pytest.fixture(scope="module")
def nightly(clone: Clone, before: set[str]) -> Iterator[Clone]:
    """The stack, deployed with the policies; gone at the end."""
    assert clone.literal("pulumi stack init nightly").code == 0
    settle(clone, full="cron(0 2 * * ? *)", incremental_minutes=MINUTES, timezone="Europe/Lisbon")
    up = clone.literal(UP)
    assert up.code == 0, up.output
    assert "very-secret" not in up.output
    yield clone
    down = clone.literal("pulumi destroy --stack nightly --yes --skip-preview")
    assert down.code == 0, down.output
    # The export leaves nothing: no schedule, no machine, no role, no file.
    assert inventory(clone) == before
    assert clone.literal("pulumi stack rm nightly --yes").code == 0


@pytest.fixture(scope="module", autouse=True)
def tidy(clone: Clone) -> Iterator[None]:
    """No settings are left for other tests to find."""
    yield
    (clone.folder / "Pulumi.nightly.yaml").unlink(missing_ok=True)


def input_of(clone: Clone, schedule: str) -> str:
    """What a deployed schedule gives its target."""
    found = clone.client("scheduler").get_schedule(Name=schedule, GroupName=NAME)
    return found["Target"]["Input"]


def machine(clone: Clone, kind: str) -> dict[str, Any]:
    """The deployed state machine of one kind."""
    states = clone.client("stepfunctions")
    (arn,) = [
        each["stateMachineArn"]
        for each in states.list_state_machines()["stateMachines"]
        if each["name"] == f"{NAME}-{kind}"
    ]
    return states.describe_state_machine(stateMachineArn=arn)


def exported(clone: Clone, call: dict[str, Any]) -> dict[str, Any]:
    """The very call, and how the export ended."""
    dynamodb = clone.client("dynamodb")
    arn = dynamodb.export_table_to_point_in_time(**call)["ExportDescription"]["ExportArn"]

    def found() -> dict[str, Any]:
        return dynamodb.describe_export(ExportArn=arn)["ExportDescription"]

    until(lambda: found()["ExportStatus"] != "IN_PROGRESS")
    return found()


def forward(clone: Clone, minutes: int) -> datetime:
    """Let time pass; the time then."""
    assert clone.run(".venv/bin/bulk", "local", "forward", str(minutes)).code == 0
    with urllib.request.urlopen(
        urllib.request.Request(f"{clone.endpoint}/_bulk/clock", data=b"{}")
    ) as answer:
        return datetime.fromtimestamp(json.loads(answer.read())["now"], UTC)


def permissions(clone: Clone, role_arn: str) -> list[Statement]:
    """The statements of a role's own policies."""
    iam, role = clone.client("iam"), role_arn.rpartition("/")[2]
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
    return statements([json.dumps(document) for document in documents])


def status(clone: Clone) -> dict[str, dict[str, Any]]:
    """The rows of the schedule, by their types."""
    shown = clone.literal("bulk status --stack nightly --json").output
    return {row["type"]: row for row in json.loads(shown) if row.get("type", "").startswith("scheduled")}


def test_what_is_scheduled_makes_a_chain_that_files_are_made_of(nightly: Clone) -> None:
    dynamodb, scheduler = nightly.client("dynamodb"), nightly.client("scheduler")
    made = forward(nightly, 0)
    now = forward(nightly, 45)
    makes_full = machine(nightly, "full")
    call = arguments(makes_full["definition"], filled(input_of(nightly, "full"), now))
    full = exported(nightly, call)
    assert full["ExportStatus"] == "COMPLETED", full
    assert full["ItemCount"] == 130
    assert exported(nightly, call)["ExportArn"] == full["ExportArn"]

    (gone, changed, *_) = nightly.items(NAME)
    dynamodb.delete_item(TableName=NAME, Key={name: gone[name] for name in ("PK", "SK")})
    forward(nightly, 20)
    dynamodb.put_item(TableName=NAME, Item={**changed, "note": {"S": "seen"}})
    end = forward(nightly, 60)
    every = moments(
        scheduler.get_schedule(Name="changes", GroupName=NAME)["ScheduleExpression"],
        made - timedelta(hours=1),
    )
    deployed = machine(nightly, "changes")
    calls = [
        arguments(deployed["definition"], filled(input_of(nightly, "changes"), moment))
        for moment in every
        if moment <= end
    ]
    windows = [(one["IncrementalExportSpecification"]["ExportToTime"], one) for one in calls]
    behind = [one for until, one in windows if datetime.fromisoformat(until) > full["ExportTime"]]
    window = MINUTES * 60
    assert len(behind) == end.timestamp() // window - now.timestamp() // window
    changes = [exported(nightly, call) for call in behind]
    assert {one["ExportStatus"] for one in changes} == {"COMPLETED"}

    # Before recovery was on nothing can be exported: the first windows of a new table are refused.
    with pytest.raises(dynamodb.exceptions.InvalidExportTimeException):
        dynamodb.export_table_to_point_in_time(**calls[0])

    rows = status(nightly)
    assert {row["verdict"] for row in rows.values()} == {"good"}
    assert rows["scheduled full"]["detail"].startswith("1 kept, the newest as of ")
    assert rows["scheduled changes"]["detail"].startswith(f"{len(behind)} after the newest full one")
    told = nightly.literal("bulk status --stack nightly").output
    assert f"  customer-events, scheduled changes: {len(behind)} after the newest full one, up to " in told
    files = nightly.literal(
        "bulk export customer-events --stack nightly --scheduled --to ndjson --items --out nightly-files"
    )
    assert files.code == 0, files.output
    assert f"{len(behind)} exports of changes" in files.output
    assert "deleted" not in files.output  # no window begins before the full one: nothing is uncertain
    parts = sorted((nightly.folder / "nightly-files/data").iterdir())
    written = [json.loads(line)["Item"] for part in parts for line in part.read_text().splitlines()]
    assert sorted(written, key=json.dumps) == sorted(nightly.items(NAME), key=json.dumps)

    _may_write_there_and_nowhere_else(nightly, makes_full["roleArn"], deployed["roleArn"], full["S3Bucket"])


def test_load_is_announced_at_its_end_and_the_webhook_is_nowhere_in_plain_text(nightly: Clone) -> None:
    sqs = nightly.client("sqs")
    queue = sqs.get_queue_url(QueueName="loads")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    ended = json.loads(message["Body"])["detail"]
    assert (ended["load"], ended["verdict"], ended["written"]) == ("customer-events", "good", 130)
    assert ended["summary"].startswith("dynamodb-bulk/nightly: load customer-events is good: 130 items")
    destination = nightly.client("events").describe_api_destination(Name="dynamodb-bulk-nightly-monitoring")
    assert destination["InvocationEndpoint"] == WEBHOOK
    assert "very-secret" not in nightly.literal("pulumi stack export --stack nightly").output
    assert "very-secret" not in (nightly.folder / "Pulumi.nightly.yaml").read_text()


def test_command_of_a_scheduled_run_deploys_what_changed_in_place_and_its_missed_runs_show(
    nightly: Clone,
) -> None:
    builds, project = nightly.client("codebuild"), "dynamodb-bulk-nightly-runs"
    with pytest.raises(builds.exceptions.InvalidInputException, match="local AWS runs no builds"):
        builds.start_build(projectName=project)
    (found,) = builds.batch_get_projects(names=[project])["projects"]
    (runs,) = json.loads(found["source"]["buildspec"])["phases"]["build"]["commands"]
    settle(nightly, full="cron(0 3 * * ? *)", incremental_minutes=60, timezone="Europe/Lisbon")
    ran = nightly.literal(runs)
    assert ran.code == 0, ran.output
    changes = nightly.changes("nightly")
    assert changes.keys() == {"same", "update"}
    assert changes["update"] == 4  # both schedules and their machines
    scheduler = nightly.client("scheduler")
    assert {
        name: scheduler.get_schedule(Name=name, GroupName=NAME)["ScheduleExpression"]
        for name in ("full", "changes")
    } == {"full": "cron(0 3 * * ? *)", "changes": "cron(0 * * * ? *)"}
    shown = nightly.literal("bulk status --stack nightly")
    assert f"scheduled runs ({project}): none yet: nothing was due so far" in shown.output


def _may_write_there_and_nowhere_else(clone: Clone, *roles_and_bucket: str) -> None:
    *roles, bucket = roles_and_bucket
    listed = clone.client("s3").list_objects_v2(Bucket=bucket, Prefix=PREFIX)["Contents"]
    table = f"arn:aws:dynamodb:eu-west-1:123456789012:table/{NAME}"
    assert listed
    for role in roles:
        rules = permissions(clone, role)
        assert allows(rules, "dynamodb:ExportTableToPointInTime", table, {})
        assert all(allows(rules, "s3:PutObject", f"arn:aws:s3:::{bucket}/{one['Key']}", {}) for one in listed)
        assert not allows(rules, "dynamodb:ExportTableToPointInTime", f"{table}-2", {})
        assert not allows(rules, "s3:PutObject", f"arn:aws:s3:::{bucket}/exports/customer-events/x", {})

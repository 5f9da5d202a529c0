"""`bulk permissions` against every call that three stacks of all methods make: no less, and no more."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import pytest

from bulk_testing.iam_actions import actions_of
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.permissions import parts
from dynamodb_bulk.permissions.grants import EVERYTHING, TASKS, Permissions
from dynamodb_bulk.permissions.grants import called as granted_to
from local_aws.call_log import FOLDER, recorded_calls
from local_aws.dataplane.policies import Statement, allows
from tests.e2e.clone import Clone
from tests.e2e.conftest import new_stack, running_clone, write_dataset
from tests.e2e.stack import ACCOUNT, DESTROY, UP, Stack

PREVIEW, REFRESH = "pulumi preview", "pulumi refresh --yes --skip-preview"
NAME = "test-legacy"
PRICES = "examples/price-updates/dataset.yaml"
# Called only when a load is stopped, resumed or rejects rows, for what that, or a kill, leaves, for roles,
# keys and buckets that are not the stack's, and in a network that these stacks do not have. A Glue job runs
# where Spark is.
SPARK = bool(find_spec("pyspark") and find_spec("pyarrow") and shutil.which("java"))
_OF_OTHERS = (
    "iam:ListAttachedRolePolicies ListRolePolicies GetRolePolicy GetPolicy GetPolicyVersion kms:DescribeKey "
    "s3:GetBucketVersioning"
)
# Called by stacks without an instance, or that raise the capacity of a table, which have their own tests.
_OF_OTHER_STACKS = (
    "application-autoscaling:DescribeScalableTargets "
    "dms:DescribeReplications DescribeReplicationTableStatistics StartReplication StopReplication "
    "DeleteReplicationConfig"
)
IN_TROUBLE = {
    "deploy": f"{_OF_OTHER_STACKS} ec2:DescribeAvailabilityZones "
    "dynamodb:CancelBulkOperation UpdateTable UpdateTimeToLive DescribeTimeToLive "
    "logs:GetLogEvents FilterLogEvents dms:StopReplicationTask TestConnection s3:GetObjectTagging "
    f"glue:BatchStopJobRun {'' if SPARK else 'StartJobRun GetJobRun GetJobRuns'} {_OF_OTHERS}",
    "operate": f"{_OF_OTHER_STACKS} ec2:DescribeSecurityGroups DescribeSubnets DescribeVpcs "
    "dynamodb:CancelBulkOperation UpdateTable ListImports ListTagsOfResource s3:ListBucketVersions "
    "logs:GetLogEvents FilterLogEvents DescribeLogStreams ListTagsForResource dms:StopReplicationTask "
    f"glue:BatchStopJobRun {'' if SPARK else 'GetJobRuns GetJob'} kms:DescribeKey events:PutEvents "
    "codebuild:BatchGetBuilds",  # local AWS runs none
    "preview": f"{_OF_OTHER_STACKS} ec2:DescribeAvailabilityZones {_OF_OTHERS}",
}


@dataclass(frozen=True)
class Account:
    """The policies of each stack and task, and what was called by them."""

    rules: dict[str, list[Statement]] = field(default_factory=dict[str, list[Statement]])
    calls: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


def by(stack: Stack, *tasks: str) -> str:
    """What a command of people with the policies of these tasks begins with: how its calls are known."""
    return f"env AWS_SDK_UA_APP_ID={'+'.join(f'{stack.name}.{task}' for task in tasks)} "


def deployed(stack: Stack, *commands: str) -> None:
    """Preview and deploy a stack, preview it with a refresh, then run its commands."""
    stack.well(by(stack, "preview") + PREVIEW)
    stack.well(by(stack, "deploy") + UP)
    stack.well(by(stack, "preview") + f"{PREVIEW} --refresh")
    for command in commands:
        stack.well(by(stack, "operate") + command)


def imports(clone: Clone) -> Stack:
    """Imports, bulk puts, writes, verification, exports and their schedules."""
    write_dataset(clone.folder / "people", a="p1|31\np2|\n")
    write_dataset(clone.folder / "written", a="p1|31\np2|\n")
    write_dataset(clone.folder / "once", "condition: attribute_not_exists(id)\n", a="p1|31\np2|\n")
    stack = new_stack(clone, "imports")
    windows = {"full": "rate(1 day)", "incremental_minutes": 60}
    stack.settle(
        {"dataset": "examples/customer-events/dataset.yaml", "reload": "replace", "verify": True},
        {"dataset": PRICES, "performance_tier": "STANDARD", "into": "customer-events"},  # auto: by bulk put
        {"dataset": "people/dataset.yaml", "method": "native"},
        {"dataset": "written/dataset.yaml", "method": "writes"},
        {"dataset": "once/dataset.yaml", "method": "writes"},
        exports=[
            {"table": "customer-events", "schedule": windows},
            {"table": "people", "schedule": {"full": "rate(1 day)"}},
        ],
        monitoring={"notify": {"email": ["ops@example.com"]}},
    )
    stack.well("pulumi config set --secret --path bulk:monitoring.notify.webhook https://example.com/hook")
    return stack


def tasks(clone: Clone) -> Stack:
    """DMS, in the default network and monitored, its roles under a path and with a boundary."""
    stack = new_stack(clone, "tasks")
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    orders = {"dataset": "examples/orders/dataset.yaml", "method": "dms"}
    stack.settle(orders, role_path="/loads/", permissions_boundary=boundary, monitoring=True)
    return stack


def others(clone: Clone) -> Stack:
    """Files, which a Glue job counts when one arrives, and a table that is not the stack's."""
    s3, dynamodb = clone.client("s3"), clone.client("dynamodb")
    for bucket in ("test-inbox", "test-outbox"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="test-inbox", Key="in/a.json", Body=b'{"Item":{"id":{"S":"1"}}}\n')
    dynamodb.create_table(
        TableName=NAME,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    recovery = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName=NAME, PointInTimeRecoverySpecification=recovery)
    folder = clone.folder / "arrivals"
    folder.mkdir()
    (folder / "dataset.yaml").write_text(
        "name: arrivals\n"
        "source: {format: dynamodb_json, location: 's3://test-inbox/in/'}\n"
        f"table: {{name: {NAME}, existing: true, partition_key: {{name: id}}}}\n"
    )
    stack = new_stack(clone, "others")
    export = {"table": "arrivals", "bucket": "test-outbox", "prefix": "out"}
    engine = "glue" if SPARK else "local"
    arrivals = {"dataset": "arrivals/dataset.yaml", "method": "bulk_put", "engine": engine}
    s3.put_bucket_notification_configuration(
        Bucket="test-inbox", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    runs = {
        "on_arrival": "s3://test-inbox/done",
        "source": "https://github.com/shop/loads",
        "role": f"arn:aws:iam::{ACCOUNT}:role/deploy",
        "backend": "s3://state",
    }
    stack.settle(arrivals, exports=[export], glue={"workers": 2}, schedule=runs)
    return stack


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """All that three stacks call, from their first preview to what is left of them."""
    folder = tmp_path_factory.mktemp("permissions")
    clones = running_clone(folder, **{FOLDER: str(folder / "calls")})
    clone, found = next(clones), Account()
    stacks = [imports(clone), tasks(clone), others(clone)]
    for stack in stacks:
        printed = stack.well(f"bulk permissions --account {ACCOUNT}").output
        documents = json.loads(printed[printed.index("{") :])
        for task in TASKS:
            found.rules[f"{stack.name}.{task}"] = [
                rule
                for name, document in documents.items()
                if name.startswith(f"dynamodb-bulk-{stack.name}-{task}")
                for rule in document["Statement"]
            ]
    files = "bulk export people --to csv --out back"
    watched = [f"bulk watch {load}" for load in ("people", "written", "price-updates")]
    deployed(stacks[0], "bulk status", *watched, "bulk verify people", "bulk report --html page.html", files)
    deployed(stacks[1], "bulk status", "bulk watch orders", "bulk verify orders", "bulk stop orders")
    deployed(stacks[2], "bulk status", "bulk watch arrivals", "bulk verify arrivals")
    stacks[2].well(by(stacks[2], "deploy") + REFRESH)
    # A backend that knows no stack: all that they made is left over.
    (folder / "backend").mkdir()
    leftovers = f"PULUMI_BACKEND_URL={(folder / 'backend').as_uri()} bulk leftovers"
    assert clone.literal(by(stacks[0], "operate") + leftovers).code == 0
    emptied = clone.literal(by(stacks[2], "deploy", "operate") + f"{leftovers} --delete --yes --stack others")
    assert f"bucket {stacks[2].bucket}: deleted" in emptied.output
    for stack in stacks[:2]:
        stack.well(by(stack, "deploy") + f"{DESTROY} --refresh")
    found.calls.extend(recorded_calls(folder / "calls"))
    yield found
    next(clones, None)


def on(call: Mapping[str, Any]) -> str:
    """What was called on; requests name a role without its path."""
    return str(call["resource"]).replace(":role/dynamodb-bulk-tasks", ":role/loads/dynamodb-bulk-tasks")


def of_task(account: Account, task: str) -> Iterator[tuple[str, list[Statement], dict[str, Any]]]:
    """The calls of one task, with the rules of those who made them."""
    for call in account.calls:
        names = call["app"].split("+")
        if names[0].endswith(f".{task}"):
            yield call["app"], [rule for name in names for rule in account.rules[name]], call


def granted(rules: list[Statement], action: str, resource: str) -> bool:
    """Whether an action is granted, on its resource where that is known."""
    if resource:
        on = f"{resource}/object" if "Object" in action and resource.count("/") == 0 else resource
        return allows(rules, action, on, {})
    return any(action in rule["Action"] for rule in rules)


@pytest.mark.parametrize("task", TASKS)
def test_policy_grants_every_call_of_its_task(account: Account, task: str) -> None:
    lacking: set[str] = set()
    for app, rules, call in of_task(account, task):
        service, operation = call["service"], call["operation"]
        assert operation, call
        actions = actions_of(service, operation, tagged=call["tagged"])
        for action in actions:
            resource = on(call) if action.startswith(f"{service}:") else ""
            if not granted(rules, action, resource) and not action.startswith("kms:"):
                lacking.add(f"{app} lacks {action} on {resource}")
        context = {"iam:passedtoservice": frozenset((f"{service}.amazonaws.com",))}
        for role in call["passed"]:
            if not allows(rules, "iam:PassRole", role, context):
                lacking.add(f"{app} may not pass {role} to {service}")
    assert lacking == set()


@pytest.mark.parametrize("task", TASKS)
def test_policy_grants_nothing_of_our_own_that_its_task_does_not_call(account: Account, task: str) -> None:
    ours = {
        action
        for part in (*vars(parts).values(), *(loader.permissions for loader in LOADERS.values()))
        if isinstance(part, Permissions)
        for grant in part.calls
        if task in grant.to
        for action in grant.actions
    }
    called = {
        action
        for _, _, call in of_task(account, task)
        for action in actions_of(call["service"], call["operation"], tagged=call["tagged"])
    }
    assert ours - called - {*granted_to(EVERYTHING, IN_TROUBLE[task]).actions} == set()

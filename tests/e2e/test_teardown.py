"""What is left of a stack: after a destroy nothing but what is named, after a closed window the tables."""

import threading
from collections.abc import Iterator

import pytest

from local_aws.testing.fault_proxy import fault_proxy
from tests.e2e.account import IMPORT_LOGS, ROLES, inventory
from tests.e2e.clone import PATIENCE, Clone, until
from tests.e2e.conftest import empty, new_stack, write_dataset
from tests.e2e.stack import DESTROY, UP, Stack

BY_DMS = {"dataset": "people/dataset.yaml", "method": "dms"}
BY_IMPORT_OF_PEOPLE = {"dataset": "people/dataset.yaml", "method": "native"}
BY_IMPORT = {"dataset": "examples/customer-events/dataset.yaml", "method": "native"}
BY_BULK_PUT = {
    "dataset": "examples/price-updates/dataset.yaml",
    "method": "bulk_put",
    "into": "customer-events",
}


@pytest.fixture
def leaving(own: Clone) -> Iterator[Stack]:
    """A stack in an account in which nothing else is, with a dataset `people` to load."""
    assert left(own) == set()
    write_dataset(own.folder / "people", a="p1|31\np2|\n", b="p3|7\n")
    stack = new_stack(own)
    yield stack
    if left(own):
        stack.destroy()
    empty(own.folder / "people")


def left(clone: Clone) -> set[str]:
    """What is in the account besides what belongs to it."""
    return inventory(clone) - ROLES - {IMPORT_LOGS}


def gateways(clone: Clone) -> set[str]:
    return {each for each in inventory(clone) if each.startswith("VPC endpoint ")}


def statuses(clone: Clone) -> set[str]:
    tasks = clone.client("dms").describe_replication_tasks()["ReplicationTasks"]
    return {task["Status"] for task in tasks}


def parameter(stack: Stack) -> str:
    return f"/dynamodb-bulk/{stack.name}/tables/customer-events"


def is_protected(leaving: Stack, *tables: str) -> None:
    """Check that a stack in production is not destroyed, and its error reports the two steps."""
    before = inventory(leaving.clone)
    leaving.destroy().refused(
        "nothing was destroyed: this stack is in production, and its tables are protected",
        "set bulk:window to closed and bulk:environment to staging",
    )
    assert inventory(leaving.clone) == before
    dynamodb = leaving.clone.client("dynamodb")
    for table in tables:
        assert dynamodb.describe_table(TableName=table)["Table"]["DeletionProtectionEnabled"]


def test_window_leaves_the_tables_of_production_when_closed_and_loads_nothing_again_when_opened(
    leaving: Stack,
) -> None:
    clone, people = leaving.clone, leaving.table("people")
    loads = (BY_DMS, BY_IMPORT | {"reload": "replace"}, BY_BULK_PUT)
    leaving.settle(*loads, environment="production")
    leaving.well(UP)
    events = clone.client("ssm").get_parameter(Name=parameter(leaving))["Parameter"]["Value"]
    dynamodb = clone.client("dynamodb")
    for table, key in ((people, {"id": {"S": "p1"}}), (events, {"PK": {"S": "ours"}, "SK": {"S": "1"}})):
        dynamodb.put_item(TableName=table, Item={**key, "changed": {"S": "since"}})
    items = clone.items(people), clone.items(events)
    is_protected(leaving, people, events)

    leaving.settle(*loads, environment="staging", window="closed")
    leaving.well(UP)
    tables = {f"table {people}", f"table {events}"}
    assert left(clone) == {*tables, f"bucket {leaving.bucket}", f"parameter {parameter(leaving)}"}
    kept = clone.client("s3").list_objects_v2(Bucket=leaving.bucket)["Contents"]
    assert {each["Key"].partition("/")[0] for each in kept} == {"runs", "reports"}
    assert (clone.items(people), clone.items(events)) == items
    assert leaving.well("bulk status").output.count("good") == 3
    assert "good" in leaving.well("bulk watch people").output, "as it is recorded"
    closed = leaving.run("bulk reload people")
    assert closed.code == 2
    assert "its window is closed; set `bulk:window` to open and run `pulumi up`" in closed.output

    leaving.settle(*loads, environment="staging")
    opened = leaving.well(UP).output
    assert "3 rows loaded before; nothing has changed since" in opened
    assert "130 items loaded before; nothing has changed since" in opened
    assert (clone.items(people), clone.items(events)) == items
    assert statuses(clone) == {"ready"}, "the new task has not run"

    leaving.well(DESTROY)
    assert inventory(clone) == ROLES


def test_destroy_stops_what_an_up_that_died_left_running_waits_for_its_import_and_leaves_nothing(
    leaving: Stack,
) -> None:
    clone = leaving.clone
    write_dataset(clone.folder / "others", a="p1|31\n")
    put = {"dataset": "others/dataset.yaml", "method": "bulk_put"}
    leaving.settle(BY_DMS | {"wait": False}, put | {"wait": False}, BY_IMPORT)
    with clone.held() as hold:
        killed = leaving.begin()
        until(lambda: hold() == 3, killed)
        clone.kill(killed)
        with fault_proxy(clone.endpoint) as proxy:
            looked = threading.Event()
            proxy.before("DescribeImport", looked.set)
            destroying = leaving.begin(DESTROY, through=proxy.url)
            assert looked.wait(PATIENCE)
            assert hold(), "it looks at the import, which goes on"
            until(lambda: hold() == 1, destroying)  # the others are stopped
            hold(most=0)
            destroyed = clone.ended(destroying)
    assert destroyed.code == 0, destroyed.output
    puts = clone.client("dynamodb").list_bulk_operations(MaxResults=1)
    assert puts["BulkOperationsSummaryList"][0]["BulkOperationStatus"] == "CANCELLED"
    assert left(clone) == set()


def test_destroy_keeps_the_endpoints_of_a_different_stack_s_instance_and_is_finished_by_the_next_when_killed(
    leaving: Stack,
) -> None:
    clone = leaving.clone
    leaving.settle(BY_DMS)
    leaving.well(UP)
    opened = gateways(clone)
    assert len(opened) == 2
    dms, ec2 = clone.client("dms"), clone.client("ec2")
    subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]]
    dms.create_replication_subnet_group(
        ReplicationSubnetGroupIdentifier="other",
        ReplicationSubnetGroupDescription="of another stack",
        SubnetIds=subnets,
    )
    other = dms.create_replication_instance(
        ReplicationInstanceIdentifier="other",
        ReplicationInstanceClass="dms.t3.medium",
        ReplicationSubnetGroupIdentifier="other",
    )["ReplicationInstance"]["ReplicationInstanceArn"]

    down = leaving.destroy()
    assert down.code == 0, down.output
    assert gateways(clone) == opened
    assert "since other in vpc-" in down.output
    named = clone.literal("bulk leftovers").output
    assert named.count("other in its VPC needs it") == 2

    again = leaving.well(UP)
    assert gateways(clone) == opened
    assert (
        "VPC endpoint com.amazonaws.eu-west-1.s3 is this stack's, but not in its state: adopted"
        in again.output
    )

    dms.get_waiter("replication_instance_available").wait(WaiterConfig={"Delay": 1})
    dms.delete_replication_instance(ReplicationInstanceArn=other)
    dms.get_waiter("replication_instance_deleted").wait(
        Filters=[{"Name": "replication-instance-id", "Values": ["other"]}], WaiterConfig={"Delay": 1}
    )
    dms.delete_replication_subnet_group(ReplicationSubnetGroupIdentifier="other")
    kill_in_the_middle(leaving)
    assert left(clone), "it was killed in the middle"
    leaving.well(DESTROY)
    assert left(clone) == set()


def kill_in_the_middle(leaving: Stack) -> None:
    """Kill `pulumi destroy` when it deletes the replication instance."""
    reached = threading.Event()
    with fault_proxy(leaving.clone.endpoint) as proxy:
        proxy.before("DeleteReplicationInstance", reached.set)
        proxy.fail("DeleteReplicationInstance", "hang")
        killed = leaving.begin(DESTROY, through=proxy.url)
        assert reached.wait(PATIENCE)
        leaving.clone.kill(killed)


def test_destroy_after_a_failed_import_deletes_its_table_and_error_log(leaving: Stack) -> None:
    clone, folder = leaving.clone, leaving.clone.folder / "people"
    empty(folder)
    (folder / "dataset.yaml").write_text(
        "name: people\n"
        "source: {format: dynamodb_json, files: ['*.json']}\n"
        "table: {partition_key: {name: id}}\n"
    )
    (folder / "a.json").write_text('{"Item":{"id":{"S":"1"}}}\n{"Item":{"no":{"S":"2"}}}\n')
    leaving.settle({**BY_IMPORT_OF_PEOPLE, "check": "off"})
    leaving.up().refused()
    assert f"table {leaving.table('people')}" in left(clone)
    assert [name for name in left(clone) if name.startswith("log stream /aws-dynamodb/imports")]
    before = inventory(clone) & ROLES
    leaving.well(DESTROY)
    assert inventory(clone) == {*before, IMPORT_LOGS}
    named = clone.literal("bulk leftovers")
    assert named.code == 1
    assert "log group /aws-dynamodb/imports: made by the account's first import" in named.output
    deleted = clone.literal("bulk leftovers --delete --yes")
    assert deleted.code == 0, deleted.output
    assert "log group /aws-dynamodb/imports: deleted" in deleted.output
    assert inventory(clone) == before

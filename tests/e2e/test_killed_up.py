"""`pulumi up`, killed at ten moments of a load by each method, one after another, in one stack."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dynamodb_bulk.loads.writes.journal import Journal
from local_aws.testing.fault_proxy import FaultProxy, fault_proxy
from tests.e2e.account import ROLES, inventory
from tests.e2e.clone import PATIENCE, until
from tests.e2e.conftest import write_dataset
from tests.e2e.stack import Stack

ROWS = {"native": 3, "put": 4, "dms": 5, "writes": 400}
SLOW, FAST = 100, 10_000  # write units per second: a journal is kept every three seconds
AWAY = 8  # calls in a row, more than an SDK repeats by itself


@dataclass(frozen=True)
class Moment:
    """The Nth call of a kind that an `up` makes, when AWS has `done` it or does not get it."""

    call: str
    done: bool = True
    number: int = 1


def kept(what: str, *, done: bool = True, number: int = 1) -> Moment:
    """When an object is written, of which this is in the key."""
    return Moment(rf"PUT /[^/]+/{what}", done, number)


MOMENTS: Mapping[str, tuple[Moment, ...]] = {
    "native": (
        kept("converted/native/", done=False),
        kept("runs/native", done=False),
        kept("runs/native"),
        Moment("ImportTable", done=False),
        Moment("ImportTable"),
        kept("runs/native"),  # with its operation, which the next `up` finds by its token
        Moment("DescribeImport", number=3),
        Moment("DescribeImport"),  # it has ended
        kept("runs/native", done=False),  # the verdict
        kept("runs/native"),
    ),
    "put": (
        kept("converted/put/"),
        kept("runs/put", done=False),
        kept("runs/put"),
        Moment("StartBulkPutItems", done=False),
        Moment("StartBulkPutItems"),
        kept("runs/put", done=False),
        Moment("DescribeBulkOperation", number=3),
        Moment("DescribeBulkOperation"),
        Moment("GET .*/manifest.json"),  # of its report
        kept("runs/put"),
    ),
    "dms": (
        Moment("CreateReplicationTask"),
        Moment("DescribeConnections"),
        kept("runs/dms", done=False),
        kept("runs/dms"),
        Moment("StartReplicationTask", done=False),
        Moment("StartReplicationTask"),
        Moment("DescribeTableStatistics", number=4),
        Moment("DescribeTableStatistics"),
        kept("runs/dms", done=False),
        kept("runs/dms"),
    ),
    "writes": (
        kept("runs/writes", done=False),
        kept("runs/writes"),
        kept("reports/writes/journal", done=False),
        kept("reports/writes/journal"),
        Moment("BatchWriteItem", done=False),
        Moment("BatchWriteItem", number=3),
        kept("reports/writes/journal", number=2),  # after a part of the rows
        Moment("BatchWriteItem", number=2),
        kept("reports/writes/journal", number=2),  # after all of them
        kept("runs/writes", done=False, number=2),  # the verdict
    ),
}
WHILE_THEY_RUN, ENDED = 6, 7


def test_loads_by_each_method_are_right_when_up_is_killed_at_ten_moments(stack: Stack) -> None:
    clone = stack.clone
    for name, count in ROWS.items():
        write_dataset(clone.folder / name, a="".join(f"p{number}|31\n" for number in range(count)))
    settle(stack, SLOW)
    before = inventory(clone)
    with fault_proxy(clone.endpoint) as proxy, clone.held() as hold:
        for number, moments in enumerate(zip(*MOMENTS.values(), strict=True)):
            if number == WHILE_THEY_RUN:
                until(lambda: hold() == 3)
                lose_server(proxy)
            if number == ENDED:
                hold(most=0)
                until(lambda: not at_work(stack))
            if number > ENDED:
                settle(stack, FAST)
            kill(stack, proxy, moments)
        up = stack.up(through=proxy.url)
        begun = {call: proxy.calls.count(call) for call in STARTS}
    assert up.code == 0, up.output
    assert begun == dict.fromkeys(STARTS, 2), "the first of each did not arrive"
    for name, count in ROWS.items():
        held = {item["id"]["S"]: item.get("age") for item in stack.items(name)}
        assert held == {f"p{number}": {"N": "31"} for number in range(count)}
    rows = json.loads(stack.well("bulk status --json").output)
    assert {row["load"]: (row["verdict"], row["items_written"]) for row in rows} == {
        name: ("good", count) for name, count in ROWS.items()
    }
    assert journal(stack).processes == 6, "each went on where the one before had come to"
    destroyed = stack.destroy()
    assert destroyed.code == 0, destroyed.output
    assert inventory(clone) - before <= ROLES
    left = stack.run("bulk leftovers").output.splitlines()
    # What is kept on this machine is there for the tests of all workers.
    assert [line for line in left if stack.table("") in line and "on this machine" not in line] == []


STARTS = ("ImportTable", "StartBulkPutItems", "StartReplicationTask")


def settle(stack: Stack, units: int) -> None:
    """A load by each method."""
    stack.settle(
        {"dataset": "native/dataset.yaml", "method": "native"},
        {"dataset": "put/dataset.yaml", "method": "bulk_put"},
        {"dataset": "dms/dataset.yaml", "method": "dms"},
        {"dataset": "writes/dataset.yaml", "method": "writes", "max_write_units": units},
    )


def kill(stack: Stack, proxy: FaultProxy, moments: tuple[Moment, ...]) -> None:
    """Kill an `up` when each load has come to its moment."""
    killed = threading.Event()
    reached = [threading.Event() for _ in moments]

    def stay(moment: Moment, here: threading.Event) -> Callable[[], None]:
        def action() -> None:
            here.set()
            assert killed.wait(PATIENCE)
            if not moment.done:
                proxy.fail(moment.call, "reset", times=1)

        return action

    for moment, here in zip(moments, reached, strict=True):
        proxy.before(moment.call, stay(moment, here), number=moment.number)
    up = stack.begin(through=proxy.url)
    until(lambda: all(each.is_set() for each in reached), up)
    stack.clone.kill(up)
    killed.set()


def lose_server(proxy: FaultProxy) -> None:
    """Nothing answers for a while, when each load of the next `up` is under way."""
    for call in ("DescribeImport", "DescribeBulkOperation", "DescribeTableStatistics", "BatchWriteItem"):
        proxy.before(call, lambda call=call: proxy.fail(call, "reset", times=AWAY))


def at_work(stack: Stack) -> bool:
    """Whether AWS runs a load of the stack."""
    dynamodb, dms = (stack.clone.client(service) for service in ("dynamodb", "dms"))
    ongoing = [
        *(one["ImportStatus"] for one in dynamodb.list_imports()["ImportSummaryList"]),
        *(one["BulkOperationStatus"] for one in dynamodb.list_bulk_operations()["BulkOperationsSummaryList"]),
        *(one["Status"] for one in dms.describe_replication_tasks()["ReplicationTasks"]),
    ]
    return bool({"IN_PROGRESS", "running", "starting"} & set(ongoing))


def journal(stack: Stack) -> Journal:
    """The journal of the load by writes."""
    answer = stack.clone.client("s3").get_object(Bucket=stack.bucket, Key=Journal.key("writes"))
    return Journal.model_validate_json(answer["Body"].read())

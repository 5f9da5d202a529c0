"""What a user gets when something is wrong, through the real engine."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.e2e.clone import Clone
from tests.e2e.conftest import TABLE, UP

pytestmark = pytest.mark.engine


def keys(clone: Clone) -> set[str]:
    return {item["id"]["S"] for item in clone.items(TABLE)}


def test_up_when_rows_are_bad_loads_the_rest_and_names_them(clone: Clone, people: Path) -> None:
    (people / "a.csv").write_text("p1|31\np2|many\np4|5|6\n")
    up = clone.literal(UP)
    assert up.code != 0
    assert keys(clone) == {"p1", "p3"}
    assert "2 of 4 rows rejected" in up.output
    assert "people/a.csv, line 2, column age" in up.output
    assert "people/a.csv, line 3: " in up.output
    assert "Traceback" not in up.output

    again = clone.literal(UP)
    assert again.code != 0, "a load that was not good is run again, and is not good again"
    (people / "a.csv").write_text("p1|31\np2|2\np4|5\n")
    mended = clone.literal(UP)
    assert mended.code == 0, mended.output
    assert keys(clone) == {"p1", "p2", "p3", "p4"}


def test_up_when_data_is_put_back_after_a_load_of_other_data_failed_loads_it_again(
    clone: Clone, people: Path
) -> None:
    good = (people / "a.csv").read_text()
    clone.loads("people", "people/dataset.yaml", verify=True)
    assert clone.literal(UP).code == 0
    loaded = clone.items(TABLE)
    (people / "a.csv").write_text("p1|99\np2|many\n")
    assert clone.literal(UP).code != 0
    assert clone.items(TABLE) != loaded

    (people / "a.csv").write_text(good)
    up = clone.literal(UP)
    assert up.code == 0, up.output
    assert sorted(map(str, clone.items(TABLE))) == sorted(map(str, loaded))
    assert "people: good: 3 items" in up.output, "verified again, too"
    assert clone.literal(UP).code == 0
    assert set(clone.changes("people")) == {"same"}


def test_up_when_killed_in_the_middle_of_a_load_is_ended_well_by_the_next(clone: Clone, people: Path) -> None:
    (people / "a.csv").write_text("".join(f"k{number}|{number % 90}\n" for number in range(60_000)))
    killed = clone.begin(UP)
    deadline = time.monotonic() + 120
    while not _running(clone) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()

    assert "lock" in clone.run(".venv/bin/bulk", "local", "up").output
    up = clone.literal(UP)
    assert up.code == 0, up.output
    assert len(keys(clone)) == 60_001


def _running(clone: Clone) -> bool:
    tasks = clone.client("dms").describe_replication_tasks()["ReplicationTasks"]
    return any(task["Status"] == "running" for task in tasks)


def test_up_loads_again_when_the_table_is_recreated(clone: Clone, people: Path) -> None:
    assert clone.literal(UP).code == 0
    clone.client("dynamodb").delete_table(TableName=TABLE)
    up = clone.literal("pulumi up --stack people --yes --skip-preview --refresh")
    assert up.code == 0, up.output
    assert keys(clone) == {"p1", "p2", "p3"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "delimiter",
            "delimeter",
            "people/dataset.yaml, line 2: source.delimeter: unknown key; did you mean delimiter?",
        ),
        ("'*.csv'", "'*.tsv'", "people/dataset.yaml: source.files: '*.tsv' matches no file"),
        ("{name: id}}", "{name: PK}}", "PK"),
    ],
)
def test_preview_when_the_dataset_is_wrong_is_one_line_and_nothing_is_declared(
    clone: Clone, people: Path, old: str, new: str, said: str
) -> None:
    file = people / "dataset.yaml"
    file.write_text(file.read_text().replace(old, new))
    preview = clone.literal("pulumi preview --stack people")
    assert preview.code != 0
    assert said in preview.output
    assert "Traceback" not in preview.output
    assert "aws:s3" not in preview.output


def test_preview_when_the_environment_is_not_local_refuses_to_reach_aws(clone: Clone, people: Path) -> None:
    preview = clone.literal("env -u AWS_ENDPOINT_URL pulumi preview --stack people")
    assert preview.code != 0
    assert "this stack is for AWS on this machine, but AWS_ENDPOINT_URL is not set" in preview.output


def test_stand_in_provider_when_pointed_elsewhere_refuses(clone: Clone, people: Path) -> None:
    clone.literal("pulumi config set bulk:local false --stack people")
    refused = clone.literal(
        "AWS_ENDPOINT_URL=https://dynamodb.eu-west-1.amazonaws.com pulumi preview --stack people"
    )
    assert refused.code != 0
    assert "local replacement" in refused.output
    assert "127.0.0.1" in refused.output
    assert "Traceback" not in refused.output
    clone.literal("pulumi config set bulk:local true --stack people")


def test_local_up_reports_a_used_port_and_how_to_choose_a_different_one(clone: Clone) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        clone.run(".venv/bin/bulk", "local", "down")
        up = clone.run(".venv/bin/bulk", "local", "up", environ={"BULK_PORT": port})
    assert up.code == 2
    assert f"port {port}: is taken by another program" in up.output
    assert "BULK_PORT=" in up.output
    assert clone.run(".venv/bin/bulk", "local", "up").code == 0

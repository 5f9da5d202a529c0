"""Loads whose replication instance is restarted meanwhile: said in a line, and right or failed in the end."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bulk_testing.arranged import Arranged
from dynamodb_bulk.loads.dms.loader import DMS
from local_aws.testing.held import maintain

IN_MAINTENANCE = "task stopped: its replication instance is in the state maintenance"


def test_load_outlasts_maintenance_and_says_so(arranged: Arranged) -> None:
    stage, load = arranged.stage, arranged.load
    with stage.held() as waiting, ThreadPoolExecutor(1) as pool:
        run = pool.submit(arranged.run)
        stage.until(lambda: waiting() > 0)
        maintain(stage.url, load.instance_arn, 3)
        stage.until(lambda: stage.task_fields(load.task_arn)["Status"] == "stopped")
        assert DMS.status(load, arranged.aws).verdict == IN_MAINTENANCE
        waiting(most=0)
        run.result()
    assert IN_MAINTENANCE in arranged.said
    assert arranged.said[-1].startswith("2 rows loaded in ")
    assert set(stage.items(load.table)) == {"a", "b"}


def test_load_fails_with_one_line_when_the_instance_is_rebooted_and_the_next_one_loads(
    arranged: Arranged,
) -> None:
    stage, load = arranged.stage, arranged.load
    with stage.held() as waiting, ThreadPoolExecutor(1) as pool:
        run = pool.submit(arranged.failure)
        stage.until(lambda: waiting() > 0)
        stage.dms.reboot_replication_instance(ReplicationInstanceArn=load.instance_arn)
        said = run.result()
    assert "the task is failed: " in said
    assert "rebooted" in said
    arranged.run()
    assert arranged.said[-1].startswith("2 rows loaded in ")


@pytest.mark.parametrize("asked", ["status", "start"])
def test_load_at_rest_waits_for_its_instance_only_where_it_is_restarted(
    arranged: Arranged, asked: str
) -> None:
    arranged.run()
    maintain(arranged.stage.url, arranged.load.instance_arn, 2)
    if asked == "status":
        assert DMS.status(arranged.load, arranged.aws).verdict.startswith("good")
    else:
        arranged.files("a,1.5,x\nc,2,\n")
        arranged.run("two")
        assert set(arranged.stage.items(arranged.load.table)) >= {"a", "c"}

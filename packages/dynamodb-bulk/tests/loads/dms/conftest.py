"""The load of these tests."""

from pathlib import Path

import pytest

from bulk_testing.arranged import DATASET, Arranged
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.dms.load import TaskLoad
from local_aws.testing.orders import object_mapping
from local_aws.testing.stage import Stage


@pytest.fixture
def arranged(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Arranged:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    (tmp_path / "dataset.yaml").write_text(DATASET)
    table = stage.table()
    stage.make_bucket()
    source, target, instance = stage.source(), stage.target(), stage.instance()
    task = stage.task(object_mapping(table), source=source, target=target, instance=instance)
    load = TaskLoad(
        name="orders",
        dataset=tmp_path / "dataset.yaml",
        table=table,
        task_arn=task,
        instance_arn=instance,
        source_endpoint_arn=source,
        target_endpoint_arn=target,
        log_group=f"dms-tasks-{stage.named('instance')}",
        records_bucket=stage.bucket,
    )
    made = Arranged(stage=stage, folder=tmp_path, load=load, aws=Aws(region=stage.region), said=[])
    made.files("a,1.5,x\nb,2,\n")
    return made

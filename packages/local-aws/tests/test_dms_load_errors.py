from typing import Any

import pytest

from local_aws.testing.orders import object_mapping
from local_aws.testing.stage import Stage

EXCEPTIONS = "awsdms_full_load_exceptions"
BAD = "a,1,good\nb,many,bad\nc,3,good\nd,4\n"


def _task(stage: Stage, text: str = BAD, role: str | None = None, **behaviour: Any) -> str:
    stage.files(LOAD001=text)
    settings = {"Logging": {"EnableLogging": True}, "ErrorBehavior": behaviour}
    target = stage.target(role) if role else None
    return stage.task(object_mapping(stage.table()), settings=settings, target=target)


def _exceptions(stage: Stage) -> list[dict[str, Any]]:
    items = stage.dynamodb.scan(TableName=EXCEPTIONS)["Items"]
    return [item for item in items if item["TASK_NAME"] == {"S": stage.named("task")}]


def test_bad_rows_by_default_are_counted_while_the_task_still_finishes(stage: Stage):
    task = _task(stage)
    done = stage.run(task)
    statistics = stage.statistics(task)
    assert done["StopReason"] == "Stop Reason FULL_LOAD_ONLY_FINISHED"
    assert (statistics["FullLoadRows"], statistics["FullLoadErrorRows"]) == (2, 2)
    assert sorted(stage.items(stage.named("orders"))) == ["a", "c"]


def test_bad_rows_are_logged_with_file_and_line(stage: Stage):
    task = _task(stage)
    stage.run(task)
    file = f"s3://{stage.bucket}/import/orders/LOAD001.csv"
    errors = [line for line in stage.log_lines(task) if "]E:" in line]
    assert len(errors) == 2
    assert any(f"{file}, line 2: total 'many'" in line for line in errors)
    assert any(f"{file}, line 4:" in line for line in errors)


def test_bad_rows_are_kept_in_the_exceptions_table(stage: Stage):
    stage.run(_task(stage))
    kept = _exceptions(stage)
    assert len(kept) == 2
    assert set(kept[0]) == {"TASK_NAME", "TABLE_OWNER", "TABLE_NAME", "ERROR_TIME", "STATEMENT", "ERROR"}
    assert any("line 2: b,many,bad" in item["STATEMENT"]["S"] for item in kept)


def test_bad_rows_when_ignored_are_counted_but_neither_logged_nor_kept(stage: Stage):
    task = _task(stage, DataErrorPolicy="IGNORE_RECORD")
    stage.run(task)
    assert stage.statistics(task)["FullLoadErrorRows"] == 2
    assert not [line for line in stage.log_lines(task) if "]E:" in line]


def test_bad_row_when_it_suspends_the_table_leaves_the_task_finished_with_an_error(stage: Stage):
    task = _task(stage, DataErrorPolicy="SUSPEND_TABLE")
    done = stage.run(task)
    assert (done["Status"], done["ReplicationTaskStats"]["TablesErrored"]) == ("stopped", 1)
    assert stage.statistics(task)["TableState"] == "Table error"


def test_bad_row_when_it_stops_the_task_is_its_failure(stage: Stage):
    done = stage.run(_task(stage, DataErrorPolicy="STOP_TASK"))
    assert (done["Status"], done["StopReason"]) == ("failed", "Stop Reason FATAL_ERROR")
    assert "LOAD001.csv, line 2: total 'many'" in done["LastFailureMessage"]


@pytest.mark.parametrize(
    ("count", "policy", "status", "state"),
    [
        (2, "STOP_TASK", "failed", "Table error"),
        (2, "SUSPEND_TABLE", "stopped", "Table error"),
        (3, "STOP_TASK", "stopped", "Table completed"),
    ],
)
def test_bad_rows_when_they_reach_the_escalation_count_meet_its_policy(
    stage: Stage, count: int, policy: str, status: str, state: str
):
    task = _task(stage, DataErrorEscalationCount=count, DataErrorEscalationPolicy=policy)
    assert stage.run(task)["Status"] == status
    assert stage.statistics(task)["TableState"] == state


def test_log_when_logging_is_off_does_not_exist(stage: Stage):
    stage.files(LOAD001=BAD)
    task = stage.task(object_mapping(stage.table()))
    stage.run(task)
    with pytest.raises(stage.logs.exceptions.ResourceNotFoundException):
        stage.log_lines(task)


def test_log_when_the_account_role_lacks_its_policy_does_not_exist(stage: Stage):
    task = _task(stage)
    arn = "arn:aws:iam::aws:policy/service-role/AmazonDMSCloudWatchLogsRole"
    stage.iam.detach_role_policy(RoleName="dms-cloudwatch-logs-role", PolicyArn=arn)
    stage.run(task)
    with pytest.raises(stage.logs.exceptions.ResourceNotFoundException):
        stage.log_lines(task)


def test_source_role_that_may_not_read_the_files_fails_the_task_by_name(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    role = stage.role("lister", ("s3:ListBucket", f"arn:aws:s3:::{stage.bucket}"))
    done = stage.run(stage.task(object_mapping(stage.table()), source=stage.source(role)))
    key = f"arn:aws:s3:::{stage.bucket}/import/orders/LOAD001.csv"
    assert (
        f"{role} is not authorized to perform: s3:GetObject on resource: {key}" in done["LastFailureMessage"]
    )


@pytest.mark.parametrize("missing", ["dynamodb:DescribeTable", "dynamodb:PutItem"])
def test_target_role_that_may_not_use_the_table_fails_the_task_by_name(stage: Stage, missing: str):
    allowed = [action for action in ("dynamodb:DescribeTable", "dynamodb:PutItem") if action != missing]
    role = stage.role("target", ("dynamodb:ListTables", "*"), (allowed, "*"))
    done = stage.run(_task(stage, "a,1,x\n", role))
    assert f"{role} is not authorized to perform: {missing}" in done["LastFailureMessage"]


def test_target_role_with_the_least_permissions_loads_an_existing_table(stage: Stage):
    table = f"arn:aws:dynamodb:eu-west-1:123456789012:table/{stage.named('orders')}"
    role = stage.role(
        "target", ("dynamodb:ListTables", "*"), (["dynamodb:DescribeTable", "dynamodb:PutItem"], table)
    )
    assert stage.run(_task(stage, "a,1,x\n", role))["Status"] == "stopped"


def test_target_role_that_may_not_create_fails_the_task_for_a_missing_table(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    role = stage.role("target", (["dynamodb:ListTables", "dynamodb:DescribeTable", "dynamodb:PutItem"], "*"))
    done = stage.run(stage.task(object_mapping(stage.named("typo")), target=stage.target(role)))
    assert "not authorized to perform: dynamodb:CreateTable" in done["LastFailureMessage"]


def test_target_role_that_may_not_write_the_exceptions_table_fails_the_task_for_a_bad_row(stage: Stage):
    table = f"arn:aws:dynamodb:eu-west-1:123456789012:table/{stage.named('orders')}"
    role = stage.role(
        "target", ("dynamodb:ListTables", "*"), (["dynamodb:DescribeTable", "dynamodb:PutItem"], table)
    )
    done = stage.run(_task(stage, BAD, role))
    assert f"table/{EXCEPTIONS}" in done["LastFailureMessage"]


def test_definition_that_cannot_be_read_fails_the_task_readably(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    source = stage.source(ExternalTableDefinition='{"TableCount": "1"}')
    done = stage.run(stage.task(object_mapping(stage.table()), source=source))
    assert done["Status"] == "failed"
    assert "ExternalTableDefinition: Tables" in done["LastFailureMessage"]


def test_mapping_that_names_an_unknown_column_fails_the_task_readably(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    mappings = [{"target-attribute-name": "id", "value": "${nothing}"}]
    mapped = object_mapping(stage.table(), **{"attribute-mappings": mappings})
    assert "nothing" in stage.run(stage.task(mapped))["LastFailureMessage"]


def test_mapping_with_transformations_fails_the_task_with_the_reason(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    rule = {
        "rule-type": "transformation",
        "rule-id": "3",
        "rule-name": "t",
        "rule-action": "convert-lowercase",
        "rule-target": "table",
        "object-locator": {"schema-name": "%", "table-name": "%"},
    }
    done = stage.run(stage.task(object_mapping(stage.table()), rule))
    assert "local AWS does not support this: TableMappings: rule 3" in done["LastFailureMessage"]


def test_file_that_is_no_parquet_fails_the_task_with_the_reason(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    stage.s3.put_object(Bucket=stage.bucket, Key="import/orders/LOAD001.parquet", Body=b"a,1,x\n")
    task = stage.task(object_mapping(stage.table()), source=stage.source(DataFormat="parquet"))
    assert "import/orders/LOAD001.parquet" in stage.run(task)["LastFailureMessage"]

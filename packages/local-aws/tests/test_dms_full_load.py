import json

import pytest

from dynamodb_bulk.dms.definition import ExternalTable, render_definition
from dynamodb_bulk.spec.columns import Column
from local_aws.testing.orders import ORDERS, SELECT_ALL, object_mapping
from local_aws.testing.stage import Stage

FINISHED = "Stop Reason FULL_LOAD_ONLY_FINISHED"


def test_load_puts_every_row_of_every_file_into_the_table(stage: Stage):
    stage.files(LOAD001="a,1.50,first\nb,2,second\n", LOAD002="c,3,third\n")
    table = stage.table()
    done = stage.run(stage.task(object_mapping(table)))
    assert (done["Status"], done["StopReason"]) == ("stopped", FINISHED)
    assert sorted(stage.items(table)) == ["a", "b", "c"]
    assert stage.items(table)["c"] == {"id": {"S": "c"}, "total": {"N": "3"}, "note": {"S": "third"}}


def test_load_when_finished_shows_documented_statistics(stage: Stage):
    stage.files(LOAD001="a,1,x\nb,2,y\n")
    task = stage.task(object_mapping(stage.table()))
    stats = stage.run(task)["ReplicationTaskStats"]
    table = stage.statistics(task)
    assert (stats["FullLoadProgressPercent"], stats["TablesLoaded"], stats["TablesErrored"]) == (100, 1, 0)
    assert stats["FullLoadStartDate"] <= stats["FullLoadFinishDate"] <= stats["StopDate"]
    assert (table["TableState"], table["FullLoadRows"], table["FullLoadErrorRows"]) == (
        "Table completed",
        2,
        0,
    )
    assert (table["SchemaName"], table["TableName"]) == ("import", "orders")


def test_statistics_when_filtered_by_another_table_are_empty(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    task = stage.task(object_mapping(stage.table()))
    stage.run(task)
    filters = [{"Name": "table-name", "Values": ["others"]}]
    found = stage.dms.describe_table_statistics(ReplicationTaskArn=task, Filters=filters)
    assert found["TableStatistics"] == []


def test_load_without_an_object_mapping_keys_items_by_the_primary_key_column(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    stage.run(stage.task())
    described = stage.dynamodb.describe_table(TableName="orders")["Table"]
    stage.dynamodb.delete_table(TableName="orders")
    assert described["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]


def test_load_into_a_missing_table_makes_it_with_200_units(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    name = stage.named("made")
    stage.run(stage.task(object_mapping(name)))
    throughput = stage.dynamodb.describe_table(TableName=name)["Table"]["ProvisionedThroughput"]
    assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (200, 200)
    assert list(stage.items(name)) == ["a"]


def test_load_with_drop_and_create_leaves_nothing_of_the_old_table(stage: Stage):
    stage.files(LOAD001="new,1,x\n")
    table = stage.table()
    stage.dynamodb.put_item(TableName=table, Item={"id": {"S": "old"}})
    settings = {"FullLoadSettings": {"TargetTablePrepMode": "DROP_AND_CREATE"}}
    stage.run(stage.task(object_mapping(table), settings=settings))
    assert list(stage.items(table)) == ["new"]
    assert (
        stage.dynamodb.describe_table(TableName=table)["Table"]["ProvisionedThroughput"]["WriteCapacityUnits"]
        == 200
    )


def test_load_with_do_nothing_keeps_other_items_and_replaces_items_of_the_same_key(stage: Stage):
    stage.files(LOAD001="a,1,\n")
    table = stage.table()
    stage.dynamodb.put_item(TableName=table, Item={"id": {"S": "old"}})
    stage.dynamodb.put_item(TableName=table, Item={"id": {"S": "a"}, "colour": {"S": "red"}})
    stage.run(stage.task(object_mapping(table)))
    assert stage.items(table) == {"old": {"id": {"S": "old"}}, "a": {"id": {"S": "a"}, "total": {"N": "1"}}}


def test_load_of_a_duplicate_key_keeps_the_row_of_the_last_file(stage: Stage):
    stage.files(LOAD002="a,2,second\n", LOAD001="a,1,first\n")
    table = stage.table()
    task = stage.task(object_mapping(table))
    stage.run(task)
    assert stage.items(table)["a"]["note"] == {"S": "second"}
    assert stage.statistics(task)["FullLoadRows"] == 2


@pytest.mark.parametrize(("end", "said"), [("\n", r"\n"), ("\r", r"\r"), (";", ";")])
def test_load_with_endpoint_settings_reads_the_file_their_way(stage: Stage, end: str, said: str):
    stage.files(LOAD001=end.join(("id|total|note", r"a|1|\N", "b|2|", "")))
    table = stage.table()
    source = stage.source(CsvDelimiter="|", IgnoreHeaderRows=1, CsvNullValue="\\N", CsvRowDelimiter=said)
    stage.run(stage.task(object_mapping(table), source=source))
    items = stage.items(table)
    assert ("note" in items["a"], items["b"].get("note")) == (False, {"S": ""})


def test_load_with_a_bucket_folder_reads_below_it(stage: Stage):
    stage.make_bucket()
    stage.s3.put_object(Bucket=stage.bucket, Key="daily/import/orders/LOAD001.csv", Body=b"a,1,x\n")
    table = stage.table()
    stage.run(stage.task(object_mapping(table), source=stage.source(BucketFolder="daily")))
    assert list(stage.items(table)) == ["a"]


def test_load_when_there_is_no_file_completes_with_no_rows(stage: Stage):
    stage.files()
    task = stage.task(object_mapping(stage.table()))
    assert stage.run(task)["StopReason"] == FINISHED
    assert (stage.statistics(task)["TableState"], stage.statistics(task)["FullLoadRows"]) == (
        "Table completed",
        0,
    )


def test_load_with_a_condition_counts_the_rows_it_refuses(stage: Stage):
    stage.files(LOAD001="a,1,new\nb,2,new\n")
    table = stage.table()
    stage.dynamodb.put_item(TableName=table, Item={"id": {"S": "a"}, "note": {"S": "kept"}})
    condition = {
        "expression": "attribute_not_exists(#key)",
        "expression-attribute-names": [{"name": "#key", "value": "id"}],
        "expression-attribute-values": [],
    }
    task = stage.task(object_mapping(table, **{"condition-expression": condition}))
    stage.run(task)
    statistics = stage.statistics(task)
    assert (statistics["FullLoadRows"], statistics["FullLoadCondtnlChkFailedRows"]) == (1, 1)
    assert stage.items(table)["a"]["note"] == {"S": "kept"}


def test_load_with_a_malformed_condition_fails_the_task_and_quotes_it(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    condition = {"expression": "attribute_not_exists(", "expression-attribute-names": []}
    task = stage.task(object_mapping(stage.table(), **{"condition-expression": condition}))
    assert "attribute_not_exists(" in stage.run(task)["LastFailureMessage"]


def test_load_of_a_table_with_a_stream_writes_its_records(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    table = stage.table(StreamSpecification=stream)
    stage.run(stage.task(object_mapping(table)))
    assert list(stage.items(table)) == ["a"]


def test_load_when_nothing_is_selected_fails_the_task(stage: Stage):
    stage.files()
    none = {**SELECT_ALL, "object-locator": {"schema-name": "import", "table-name": "nothing"}}
    done = stage.run(stage.task(TableMappings=_rules(none)))
    assert done["Status"] == "failed"
    assert "No tables were found at task startup" in done["LastFailureMessage"]


def test_load_when_nothing_is_selected_and_that_is_allowed_finishes(stage: Stage):
    stage.files()
    none = {**SELECT_ALL, "object-locator": {"schema-name": "import", "table-name": "nothing"}}
    settings = {"ErrorBehavior": {"FailOnNoTablesCaptured": False}}
    assert stage.run(stage.task(TableMappings=_rules(none), settings=settings))["StopReason"] == FINISHED


def test_load_from_a_versioned_bucket_needs_the_permission_for_versions(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    stage.s3.put_bucket_versioning(Bucket=stage.bucket, VersioningConfiguration={"Status": "Enabled"})
    done = stage.run(stage.task(object_mapping(stage.table())))
    assert "not authorized to perform: s3:GetObjectVersion" in done["LastFailureMessage"]


def test_load_of_a_document_mapping_writes_the_rest_of_the_row_as_one_map(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    table = stage.table()
    made = {"target-attribute-name": "id", "value": "O#${id}"}
    mapping = object_mapping(table, **{"exclude-columns": ["id"], "attribute-mappings": [made]})
    stage.run(stage.task({**mapping, "rule-action": "map-record-to-document"}))
    rest = {"M": {"total": {"N": "1"}, "note": {"S": "x"}}}
    assert stage.items(table) == {"O#a": {"id": {"S": "O#a"}, "_doc": rest}}


def test_load_of_two_tables_starts_with_the_higher_load_order(stage: Stage):
    stage.make_bucket()
    other = ORDERS.model_copy(update={"name": "lines", "path": "import/lines/"})
    for name in ("orders", "lines"):
        stage.s3.put_object(Bucket=stage.bucket, Key=f"import/{name}/LOAD001.csv", Body=b"a,1,x\n")
    rules = [
        {
            **SELECT_ALL,
            "rule-id": str(number),
            "rule-name": name,
            "load-order": number,
            "object-locator": {"schema-name": "import", "table-name": name},
        }
        for number, name in ((1, "orders"), (2, "lines"))
    ]
    source = stage.source(ExternalTableDefinition=render_definition([ORDERS, other]))
    task = stage.task(TableMappings=_rules(*rules), source=source)
    stage.run(task)
    names = [
        table["TableName"]
        for table in stage.dms.describe_table_statistics(ReplicationTaskArn=task)["TableStatistics"]
    ]
    for name in ("orders", "lines"):
        stage.dynamodb.delete_table(TableName=name)
    assert names == ["lines", "orders"]


@pytest.mark.parametrize("keys", [(), ("id", "line")])
def test_load_without_one_primary_key_column_or_a_mapping_is_a_table_error(
    stage: Stage, keys: tuple[str, ...]
):
    stage.files(LOAD001="a,1\n")
    columns = tuple(
        Column(name=name, type="STRING", length=9, primary_key=name in keys) for name in ("id", "line")
    )
    keyless = ExternalTable(owner="import", name="orders", path="import/orders/", columns=columns)
    task = stage.task(source=stage.source(table=keyless))
    assert stage.run(task)["ReplicationTaskStats"]["TablesErrored"] == 1
    assert stage.statistics(task)["TableState"] == "Table error"


def _rules(*rules: object) -> str:
    return json.dumps({"rules": rules})


def test_load_with_source_filters_puts_only_the_rows_that_pass_them(stage: Stage):
    stage.files(LOAD001="a,1,x\nb,2,y\nc,bad,z\nd,4,\n")
    table = stage.table()
    keeps = {
        "filter-type": "source",
        "column-name": "total",
        "filter-conditions": [
            {"filter-operator": "lte", "value": 1},
            {"filter-operator": "eq", "value": "4"},
        ],
    }
    selection = {
        **SELECT_ALL,
        "rule-id": 1,
        "object-locator": {"schema-name": "import", "table-name": "orders"},
        "filters": [keeps],
    }
    rules = {"rules": [selection, object_mapping(table)]}
    task = stage.task(TableMappings=json.dumps(rules))
    stage.run(task)
    statistics = stage.statistics(task)
    assert sorted(stage.items(table)) == ["a", "d"]
    assert (statistics["FullLoadRows"], statistics["FullLoadErrorRows"]) == (2, 1)

"""The whole program, with the stacks in tests/stacks: what it declares and in which order."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.requests import limits
from dynamodb_bulk.spec.errors import InputError
from local_aws.testing.stage import TRUST
from tests.recording import (
    ACCOUNT,
    ATTACHMENT,
    BUCKET,
    ENDPOINT,
    GATEWAY,
    INSTANCE,
    LOG_GROUP,
    OBJECT,
    REMOVAL,
    ROLE,
    ROLE_POLICY,
    S3_ENDPOINT,
    SECURITY_GROUP,
    STEP,
    SUBNET,
    SUBNET_GROUP,
    TABLE,
    TASK,
    Engine,
    run_main,
    stack_config,
)

EXPORT = "aws:dynamodb/tableExport:TableExport"
PROTECTION = "pulumi-python:dynamic/bulk:Protection"


pytestmark = pytest.mark.usefixtures("server_of_module")


@pytest.fixture(scope="module")
def dev(server_of_module: str) -> Engine:
    """What the program declares for one load by DMS."""
    return run_main(stack_config("dev"))


def test_program_reports_the_chosen_method_and_why_when_it_is_auto(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    loads = [{"dataset": "tests/stacks/orders.yaml", "method": "auto"}]
    engine = run_main(stack_config("dev") | {"bulk:loads": loads})
    assert engine.of_type(TASK) == []
    assert [step.name for step in engine.of_type(STEP)] == ["orders-write"]
    assert "orders: writes, since its writes take about 1 s and cost under 0.01 USD" in caplog.text


@pytest.mark.parametrize(
    ("described", "step"),
    [
        ({"method": "native"}, "orders-import"),
        ({"method": "closed", "by": "native"}, "orders-import"),
        ({"method": "writes"}, "orders-write"),
    ],
)
def test_program_keeps_the_method_of_a_load_that_exists_when_it_is_auto(
    described: dict[str, str], step: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Earlier versions imported what `auto` writes by now: another method would replace the table."""
    caplog.set_level("INFO")
    urn = "urn:pulumi:test::shop::bulk:components:NativeImport::orders"
    loads = [{"dataset": "tests/stacks/orders.yaml", "method": "auto"}]
    in_state = {urn: {"type": "bulk:components:NativeImport", "outputs": {"load": described}}}
    engine = run_main(stack_config("dev") | {"bulk:loads": loads}, Engine(in_state=in_state), preview=True)
    assert step in {one.name for one in engine.of_type(STEP)}
    kept = "orders: native, since the load was made by it; `auto` would choose writes for a new one"
    assert (kept in caplog.text) is (step == "orders-import")


def test_roles_have_the_stack_s_path_and_boundary_and_the_account_s_only_the_boundary() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/bound"
    more = {"bulk:role_path": "/loads/", "bulk:permissions_boundary": boundary}
    exports = [{"table": "orders", "schedule": {"full": "rate(1 day)", "incremental_minutes": 60}}]
    roles = run_main(stack_config("dev") | more | {"bulk:exports": exports}).of_type(ROLE)
    assert {role.inputs["permissionsBoundary"] for role in roles} == {boundary}
    paths = {role.inputs["name"]: role.inputs.get("path") for role in roles}
    assert {name for name, path in paths.items() if path is None} == {
        "dms-vpc-role",
        "dms-cloudwatch-logs-role",
    }
    assert {path for path in paths.values() if path} == {"/loads/"}
    assert len(paths) == 5


def test_preview_says_what_a_load_and_the_instance_cost_and_up_does_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    run_main(stack_config("dev"))
    assert " USD" not in caplog.text
    run_main(stack_config("dev"), preview=True)
    assert (
        "orders: a load of about 2 rows by dms costs under 0.01 USD at prices of us-east-1; "
        "its time: unknown, since AWS documents no rate"
    ) in caplog.text
    assert (
        "the replication instance, dms.t3.medium, costs about 0.07 USD at prices of us-east-1" in caplog.text
    )


def _with_dms(**dms: object) -> dict[str, Any]:
    return stack_config("dev") | {"bulk:dms": dms}


def test_preview_says_how_long_a_load_takes_by_the_rate_that_was_measured(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    run_main(_with_dms(rows_per_second=0.01), preview=True)
    assert "its time: about 3.3 min at 0.01 rows/s (measured)" in caplog.text


def test_instance_follows_the_loads_when_no_class_is_set(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    instance = run_main(_with_dms(), preview=True).one(INSTANCE)
    assert instance.inputs["replicationInstanceClass"] == "dms.t3.medium"
    assert instance.inputs["engineVersion"] == "3.6.1"
    assert not {"replicationInstanceClass", "engineVersion"} & instance.ignored
    assert (
        "the replication instance: dms.t3.medium, engine 3.6.1, since about 2 rows are at most 1,000,000"
        in caplog.text
    )


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(("hours", "warned"), [((-1, 1), True), ((2, 3), False)], ids=["open", "closed"])
def test_program_warns_while_aws_may_restart_the_instance(
    caplog: pytest.LogCaptureFixture, hours: tuple[int, int], warned: bool, preview: bool
) -> None:
    now = datetime.now(UTC)
    begin, end = (f"{now + timedelta(hours=one):%a:%H:%M}".lower() for one in hours)
    run_main(_with_dms(maintenance_window=f"{begin}-{end}"), preview=preview)
    said = f"the maintenance window of the replication instance, {begin}-{end} UTC, is open: AWS may restart"
    assert (said in caplog.text) is warned


def test_serverless_replication_takes_the_place_of_the_instance_when_asked_for() -> None:
    units = {"min": 2, "max": 8}
    engine = run_main(_with_dms(serverless=units))
    assert (engine.of_type(INSTANCE), engine.of_type(TASK)) == ([], [])
    replication = engine.one("aws:dms/replicationConfig:ReplicationConfig")
    compute = replication.inputs["computeConfig"]
    assert (compute["minCapacityUnits"], compute["maxCapacityUnits"]) == (2, 8)
    assert replication.inputs["startReplication"] is False
    groups = [one.inputs["name"] for one in engine.of_type("aws:cloudwatch/logGroup:LogGroup")]
    name = replication.inputs["replicationConfigIdentifier"]
    assert groups == [f"dms-serverless-replication-{name}"]


def test_instance_that_exists_keeps_its_class_and_engine_when_none_is_set() -> None:
    urn = f"urn:pulumi:test::shop::bulk:components:ReplicationInstance${INSTANCE}::replication"
    has = {"replicationInstanceClass": "dms.r4.large", "engineVersion": "3.5.2"}
    in_state = {urn: {"type": INSTANCE, "outputs": has}}
    instance = run_main(_with_dms(), Engine(in_state=in_state)).one(INSTANCE)
    assert has.items() <= instance.inputs.items()
    assert {"replicationInstanceClass", "engineVersion"} <= instance.ignored
    changed = run_main(_with_dms(instance_class="dms.c6i.large"), Engine(in_state=in_state)).one(INSTANCE)
    assert changed.inputs["replicationInstanceClass"] == "dms.c6i.large"
    assert "replicationInstanceClass" not in changed.ignored


def packed(folder: Path) -> dict[str, Any]:
    """The settings of a stack that loads Parquet by DMS."""
    pl.DataFrame({"code": ["CRK"]}).write_parquet(folder / "cities.parquet")
    (folder / "dataset.yaml").write_text(
        "name: cities\nsource: {format: parquet, files: [cities.parquet]}\n"
        "columns: [{name: code, type: STRING, length: 3}]\ntable: {partition_key: {name: code}}\n"
        "dms: {migration_type: full-load}\n"
    )
    loads = [{"dataset": str(folder / "dataset.yaml"), "method": "dms"}]
    return stack_config("dev") | {"bulk:loads": loads, "bulk:dms": {}}


def test_load_of_parquet_by_dms_uploads_it_under_a_name_that_dms_reads(tmp_path: Path) -> None:
    engine = run_main(packed(tmp_path))
    (file,) = engine.of_type(OBJECT)
    assert file.inputs["key"].endswith("/LOAD00000001.parquet")
    assert engine.one(S3_ENDPOINT).inputs["dataFormat"] == "parquet"
    assert engine.one(STEP).inputs["arguments"]["data_format"] == "parquet"


def test_load_of_parquet_is_refused_when_the_instance_has_an_engine_that_reads_none(tmp_path: Path) -> None:
    has = {"replicationInstanceClass": "dms.r4.large", "engineVersion": "3.5.2"}
    urn = f"urn:pulumi:test::shop::bulk:components:ReplicationInstance${INSTANCE}::replication"
    in_state = {urn: {"type": INSTANCE, "outputs": has}}
    with pytest.raises(InputError, match=r"3\.5\.2 does not read Parquet") as error:
        run_main(packed(tmp_path), Engine(in_state=in_state))
    assert error.value.where == "Pulumi.test.yaml: bulk:dms.engine_version"


def test_instance_class_that_the_region_does_not_offer_is_refused() -> None:
    with pytest.raises(InputError) as error:
        run_main(_with_dms(instance_class="dms.t9.large"))
    assert error.value.where == "Pulumi.test.yaml: bulk:dms.instance_class"


def test_instance_depends_on_the_attachment_of_the_vpc_roles_policy(dev: Engine) -> None:
    attachment = dev.one(ATTACHMENT, "dms-vpc-role")
    assert attachment.urn in dev.one(INSTANCE).depends_on
    assert attachment.urn in dev.one(SUBNET_GROUP).depends_on


def test_task_depends_on_the_files_and_the_log_group(dev: Engine) -> None:
    wanted = {resource.urn for resource in dev.of_type(OBJECT) + dev.of_type(LOG_GROUP)}
    assert wanted <= dev.one(TASK).depends_on


def test_task_is_never_started_by_the_provider(dev: Engine) -> None:
    assert dev.one(TASK).inputs["startReplicationTask"] is False


def test_step_runs_before_its_state_is_written_so_that_a_failure_is_repeated(dev: Engine) -> None:
    hooks = dev.one(STEP).hooks
    assert hooks["before_create"] == hooks["before_update"] == ["orders-load-run"]
    assert hooks["after_create"] == hooks["before_delete"] == hooks["after_delete"] == []


def test_endpoints_have_their_role_with_its_permissions_first(dev: Engine) -> None:
    permissions = dev.one(ROLE_POLICY).urn
    assert permissions in dev.one(S3_ENDPOINT).depends_on
    assert permissions in dev.one(ENDPOINT).depends_on


def test_source_endpoint_reads_the_folder_that_the_files_are_put_in(dev: Engine) -> None:
    source, file = dev.one(S3_ENDPOINT).inputs, dev.one(OBJECT).inputs
    (table,) = json.loads(source["externalTableDefinition"])["Tables"]
    assert file["key"] == f"{source['bucketFolder']}/{table['TablePath']}LOAD00000001.csv"


def test_mappings_aim_at_the_tables_physical_name(dev: Engine) -> None:
    rules = json.loads(dev.one(TASK).inputs["tableMappings"])["rules"]
    assert rules[1]["target-table-name"] == dev.one(TABLE).inputs["name"] == "shop-test-orders"


def test_access_role_may_write_the_table_but_neither_create_nor_delete_it(dev: Engine) -> None:
    policy = json.loads(dev.one(ROLE_POLICY).inputs["policy"])
    on_table = [
        action
        for statement in policy["Statement"]
        if str(statement["Resource"]).endswith("shop-test-orders")
        for action in statement["Action"]
    ]
    assert "dynamodb:PutItem" in on_table
    assert not {"dynamodb:CreateTable", "dynamodb:DeleteTable"} & set(on_table)


def test_access_role_names_every_action_and_only_lists_tables_everywhere(dev: Engine) -> None:
    statements = json.loads(dev.one(ROLE_POLICY).inputs["policy"])["Statement"]
    actions = [
        action
        for s in statements
        for action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])
    ]
    assert not [action for action in actions if "*" in action]
    assert [s["Action"] for s in statements if s["Resource"] == "*"] == ["dynamodb:ListTables"]


def test_access_role_trusts_dms_in_this_account_and_region_alone(dev: Engine) -> None:
    (statement,) = json.loads(dev.one(ROLE, "orders").inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "dms.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:dms:eu-west-1:123456789012:*"},
    }


def test_log_group_is_the_instances_and_ends(dev: Engine) -> None:
    group = dev.one(LOG_GROUP).inputs
    assert group["name"] == f"dms-tasks-{dev.one(INSTANCE).inputs['replicationInstanceId']}"
    assert group["retentionInDays"] == 14


def test_instance_has_no_public_address(dev: Engine) -> None:
    assert dev.one(INSTANCE).inputs["publiclyAccessible"] is False


def test_production_protects_the_table_and_keeps_the_bucket() -> None:
    engine = run_main(stack_config("dev") | {"bulk:environment": "production"})
    assert engine.one(TABLE).protect
    assert engine.one(BUCKET).inputs["forceDestroy"] is False


def test_everything_that_can_be_tagged_carries_project_and_stack(dev: Engine) -> None:
    account_roles = ("dms-vpc-role", "dms-cloudwatch-logs-role")
    made = [r for r in dev.declared if r.type.startswith("aws:") and r.name not in account_roles]
    tagged = [r for r in made if {"project", "stack", "team"} <= set(r.inputs.get("tags", ()))]
    assert {r.type.rpartition(":")[2] for r in made if r not in tagged} == {
        "BucketLifecycleConfiguration",
        "BucketOwnershipControls",
        "BucketPolicy",
        "BucketPublicAccessBlock",
        "BucketServerSideEncryptionConfiguration",
        "RolePolicy",
    }


CHANGES = """\
name: orders
source: {location: s3://some-bucket/shop/import/orders/}
columns: [{name: id, type: STRING, length: 20}]
table: {partition_key: {name: id}}
dms: {migration_type: cdc, cdc_path: changes}
"""


def test_program_chooses_dms_when_a_dataset_has_changes(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").write_text(CHANGES)
    engine = run_main(stack_config("dev") | {"bulk:loads": [{"dataset": str(tmp_path / "dataset.yaml")}]})
    source = engine.one(S3_ENDPOINT).inputs
    assert engine.one(TASK).inputs["migrationType"] == "cdc"
    assert source["cdcPath"] == "changes/"
    policy = json.loads(engine.one(ROLE_POLICY).inputs["policy"])["Statement"]
    assert [one["Resource"] for one in policy if one["Sid"] == "ReadFiles"] == [
        ["arn:aws:s3:::some-bucket/shop/import/orders/*", "arn:aws:s3:::some-bucket/changes/*"]
    ]
    assert engine.of_type(OBJECT) == []


def test_program_declares_a_removal_before_each_step_that_leaves_something() -> None:
    engine = run_main(stack_config("local"))
    kinds = {declared.name: declared.inputs["kind"] for declared in engine.of_type(REMOVAL)}
    assert kinds == {
        "customer-events-exports": "exports",
        "customer-events-operation": "operation",
        "customer-events-record": "record",
        "orders-record": "record",
        "orders-task": "dms-task",
        "price-updates-converted": "objects",
        "price-updates-operation": "operation",
        "price-updates-record": "record",
        "network-gateways": "gateways",
        "replication-interfaces": "interfaces",
    }


def test_program_makes_the_instance_after_all_of_its_own_network_and_deletes_it_before() -> None:
    engine = run_main(stack_config("dev") | {"bulk:network": {"mode": "create"}})
    network = {one.urn for token in (GATEWAY, SECURITY_GROUP, SUBNET) for one in engine.of_type(token)}
    instance, interfaces = engine.one(INSTANCE), engine.one(REMOVAL, "replication-interfaces")
    assert len(network) == 5
    assert network <= instance.depends_on
    assert network <= interfaces.depends_on, "AWS holds them as long as the interfaces"
    assert interfaces.urn in instance.depends_on
    subnets = [f"{subnet.name}-id" for subnet in engine.of_type(SUBNET)]
    assert sorted(engine.one(SUBNET_GROUP).inputs["subnetIds"]) == sorted(subnets)
    assert sorted(interfaces.inputs["also"]["subnets"]) == sorted(subnets)
    assert instance.inputs["vpcSecurityGroupIds"] == ["network-id"]


@pytest.mark.parametrize(("environment", "on"), [("development", False), ("production", True)])
def test_program_protects_a_stack_in_production_alone(environment: str, on: bool) -> None:
    engine = run_main(stack_config("local") | {"bulk:environment": environment})
    assert engine.one(PROTECTION).inputs["on"] is on


def test_program_when_its_window_is_closed_declares_tables_bucket_and_records_and_no_more() -> None:
    engine = run_main(stack_config("local") | {"bulk:window": "closed"})
    kinds = {
        declared.type
        for declared in engine.declared
        if not declared.type.startswith(("aws:s3/bucket", "bulk:", "pulumi:pulumi"))
    }
    assert kinds == {"aws:dynamodb/table:Table", REMOVAL, PROTECTION}
    assert {declared.inputs["kind"] for declared in engine.of_type(REMOVAL)} == {"record"}


def test_program_reports_a_missing_table_of_an_export_before_anything_is_declared() -> None:
    engine = Engine()
    with pytest.raises(InputError) as caught:
        run_main(stack_config("dev") | {"bulk:exports": [{"table": "nobodys"}]}, engine)
    assert "bulk:exports[0].table: there is no table nobodys, and no load of this stack has" in str(
        caught.value
    )
    assert engine.declared == []


def sharing(folder: Path, *names: str, **of_last: object) -> dict[str, Any]:
    """The settings of a stack whose loads share a task; `of_last`: of the last of them."""
    for name in names:
        (folder / f"{name}.csv").write_text("a,1\n")
        (folder / f"{name}.yaml").write_text(
            f"name: {name}\nsource: {{files: [{name}.csv]}}\n"
            "columns: [{name: id, type: STRING, length: 9}, {name: n, type: INT4}]\n"
            "table: {partition_key: {name: id}}\n"
        )
    loads: list[dict[str, object]] = [
        {"dataset": str(folder / f"{name}.yaml"), "method": "dms", "task": "shop"} for name in names
    ]
    loads[-1] |= of_last
    return stack_config("dev") | {"bulk:loads": loads}


def test_loads_that_share_a_task_have_one_role_and_one_start_and_a_step_each(tmp_path: Path) -> None:
    engine = run_main(sharing(tmp_path, "orders", "lines"))
    source, task = engine.one(S3_ENDPOINT, "shop-source"), engine.one(TASK, "shop")
    assert source.inputs["bucketFolder"] == "shop"
    uploaded = {each.inputs["key"] for each in engine.of_type(OBJECT)}
    assert uploaded == {f"shop/{name}/import/{name}/LOAD00000001.csv" for name in ("orders", "lines")}
    steps = [engine.one(STEP, f"{name}-load").inputs for name in ("orders", "lines")]
    assert steps[0]["digest"] == steps[1]["digest"]
    orders, lines = (step["arguments"] for step in steps)
    assert orders["task_arn"] == lines["task_arn"]
    assert (orders["task"], orders["tables"], orders["shares"]) == ("shop", ["import.orders"], ["lines"])
    assert (lines["tables"], lines["shares"]) == (["import.lines"], ["orders"])
    files = {each.urn for each in engine.of_type(OBJECT)}
    assert files <= task.depends_on
    policy = json.loads(engine.one(ROLE_POLICY, "shop").inputs["policy"])["Statement"]
    (written,) = (each["Resource"] for each in policy if each["Sid"] == "WriteItems")
    assert [arn.rpartition("/")[2] for arn in written] == [
        engine.one(TABLE, name).inputs["name"] for name in ("orders", "lines")
    ]


def test_load_into_the_table_of_another_of_its_task_does_not_come_after_it(tmp_path: Path) -> None:
    engine = run_main(sharing(tmp_path, "orders", "lines", into="orders"))
    first, second = (engine.one(STEP, f"{name}-load") for name in ("orders", "lines"))
    assert first.urn not in second.depends_on
    assert second.inputs["arguments"]["table"] == first.inputs["arguments"]["table"]


@pytest.mark.parametrize(
    ("more", "key", "words"),
    [
        ({"task": "orders"}, "loads[1].task", "a load is called orders"),
        ({"method": "native"}, "loads[1].task", "is not for method native"),
    ],
)
def test_program_refuses_a_task_that_cannot_be_shared(
    tmp_path: Path, more: dict[str, object], key: str, words: str
) -> None:
    with pytest.raises(InputError) as error:
        run_main(sharing(tmp_path, "orders", "lines", **more))
    assert error.value.where == f"Pulumi.test.yaml: bulk:{key}"
    assert words in error.value.what


def test_program_refuses_a_load_of_a_task_into_a_table_that_is_filled_after_the_task_begins(
    tmp_path: Path,
) -> None:
    settings = sharing(tmp_path, "orders", "cities", "lines", into="cities")
    del settings["bulk:loads"][1]["task"]
    with pytest.raises(InputError, match="lines comes after cities, and cities after orders") as error:
        run_main(settings)
    assert error.value.where == "Pulumi.test.yaml: bulk:loads[2].task"


CITIES = """\
name: cities
source: {files: [cities.csv]}
columns: [{name: code, length: 3}, {name: city, length: 40}]
table: {partition_key: {name: code}%s}
"""


def cities(folder: Path, method: str = "dms", table: str = "") -> dict[str, Any]:
    """The settings of a stack that loads a small dataset and exports its table."""
    (folder / "cities.csv").write_text("CRK,Cork\n")
    (folder / "dataset.yaml").write_text(CITIES % table)
    loads = [{"dataset": str(folder / "dataset.yaml"), "method": method}]
    return stack_config("dev") | {"bulk:loads": loads, "bulk:exports": [{"table": "cities"}]}


@pytest.mark.parametrize("method", ["dms", "native", "bulk_put"])
def test_table_has_recovery_when_the_stack_exports_it(tmp_path: Path, method: str) -> None:
    for exports, on in (([{"table": "cities"}], True), ([], False)):
        engine = run_main(cities(tmp_path, method) | {"bulk:exports": exports})
        assert engine.one(TABLE).inputs["pointInTimeRecovery"] == {"enabled": on}
    kept = run_main(cities(tmp_path, method, ", point_in_time_recovery: true") | {"bulk:exports": []})
    assert kept.one(TABLE).inputs["pointInTimeRecovery"] == {"enabled": True}


def test_import_turns_recovery_on_before_its_table_is_adopted(tmp_path: Path) -> None:
    step = run_main(cities(tmp_path, "native")).one(STEP, "cities-import")
    assert step.inputs["arguments"]["point_in_time_recovery"] is True


@pytest.mark.parametrize("method", ["dms", "native", "bulk_put"])
def test_export_comes_after_the_table_with_its_recovery_and_after_the_load(
    tmp_path: Path, method: str
) -> None:
    engine = run_main(cities(tmp_path, method))
    (load,) = [
        step for step in engine.of_type(STEP) if step.name in ("cities-load", "cities-import", "cities-put")
    ]
    assert {engine.one(TABLE).urn, load.urn} <= engine.one(EXPORT).depends_on


def test_table_of_several_loads_has_recovery_whichever_of_them_the_export_names() -> None:
    engine = run_main(stack_config("local") | {"bulk:exports": [{"table": "price_updates"}]})
    assert engine.one(TABLE, "customer-events").inputs["pointInTimeRecovery"] == {"enabled": True}


def test_table_that_is_exported_keeps_its_recovery_while_the_window_is_closed(tmp_path: Path) -> None:
    engine = run_main(cities(tmp_path) | {"bulk:window": "closed"})
    assert engine.one(TABLE).inputs["pointInTimeRecovery"] == {"enabled": True}


def test_program_refuses_an_exported_table_without_recovery_before_anything_is_declared(
    tmp_path: Path,
) -> None:
    engine = Engine()
    with pytest.raises(InputError) as caught:
        run_main(cities(tmp_path, table=", point_in_time_recovery: false"), engine)
    assert "point-in-time recovery is off for the table of cities" in str(caught.value)
    assert "remove `point_in_time_recovery: false` from" in str(caught.value)
    assert engine.declared == []


def test_program_refuses_files_larger_than_aws_accepts_before_anything_is_declared(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").write_text(
        "{name: books, source: {format: dynamodb_json, files: ['*.json']}, "
        "table: {partition_key: {name: id}, existing: true, name: books}}"
    )
    with (tmp_path / "a.json").open("wb") as file:
        file.truncate(5 * 1024**3 + 1)  # sparse
    engine = Engine()
    loads = [{"dataset": str(tmp_path / "dataset.yaml"), "method": "bulk_put"}]
    with pytest.raises(InputError) as caught:
        run_main(stack_config("dev") | {"bulk:loads": loads}, engine)
    assert str(caught.value) == (
        "Pulumi.test.yaml: bulk:loads[0].dataset: bulk put: an object of 5,368,709,121 bytes, at most "
        "5,368,709,120 are accepted; split the files into several datasets"
    )
    assert engine.declared == []


def test_program_refuses_two_loads_that_raise_one_table_to_different_units(tmp_path: Path) -> None:
    keys = "table: {partition_key: {name: id}, existing: true, name: live}"
    loads = []
    for name, units in (("first", 50), ("second", 80)):
        file = tmp_path / f"{name}.yaml"
        source = "source: {files: ['*.csv']}, columns: [{name: id, type: STRING, length: 4}]"
        file.write_text(f"{{name: {name}, {source}, {keys}}}")
        loads.append({"dataset": str(file), "method": "writes", "write_units": units})
    (tmp_path / "a.csv").write_text("p1\n")
    with pytest.raises(InputError, match="load first raises the same table to 50; give both the same"):
        run_main(stack_config("dev") | {"bulk:loads": loads}, Engine())


@pytest.mark.parametrize(
    ("key", "into", "what"),
    [
        ("code", {"into": "first"}, "bulk:loads[1].into: the table of first has other keys than second"),
        ("id", {}, "table.name: live is the table of first, too, and a table is made once"),
    ],
    ids=["other keys", "made twice"],
)
def test_program_refuses_two_datasets_of_one_table_that_do_not_agree(
    tmp_path: Path, key: str, into: dict[str, str], what: str
) -> None:
    loads = []
    for name, partition, more in (("first", "id", {}), ("second", key, into)):
        file = tmp_path / f"{name}.yaml"
        columns = f"columns: [{{name: {partition}, type: STRING, length: 4}}]"
        table = f"table: {{name: live, partition_key: {{name: {partition}}}}}"
        file.write_text(f"{{name: {name}, source: {{files: ['*.csv']}}, {columns}, {table}}}")
        loads.append({"dataset": str(file), "method": "writes", **more})
    (tmp_path / "a.csv").write_text("p1\n")
    engine = Engine()
    with pytest.raises(InputError) as caught:
        run_main(stack_config("dev") | {"bulk:loads": loads}, engine)
    assert what in str(caught.value)
    assert engine.declared == []


@pytest.mark.parametrize("method", ["dms", "writes", "bulk_put"])
def test_program_refuses_a_table_with_a_key_of_another_type_before_anything_is_declared(
    tmp_path: Path, method: str
) -> None:
    name = f"numbers-{method}"
    Aws(region="eu-west-1").dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    (tmp_path / "dataset.yaml").write_text(
        "{name: parts, source: {files: ['*.csv']}, columns: [{name: id, type: STRING, length: 4}], "
        f"table: {{partition_key: {{name: id}}, existing: true, name: {name}}}}}"
    )
    (tmp_path / "a.csv").write_text("p1\n")
    engine, loads = Engine(), [{"dataset": str(tmp_path / "dataset.yaml"), "method": method}]
    with pytest.raises(InputError, match=f"table {name}: its key is id \\(N\\), the dataset's id \\(S\\)"):
        run_main(stack_config("dev") | {"bulk:loads": loads}, engine)
    assert engine.declared == []


@pytest.mark.parametrize("method", ["bulk_put", "dms", "writes"])
def test_program_refuses_a_table_with_an_index_key_of_another_type_before_anything_is_declared(
    tmp_path: Path, method: str
) -> None:
    name = f"indexed-{method}"
    Aws(region="eu-west-1").dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "pieces", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-pieces",
                "KeySchema": [{"AttributeName": "pieces", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    (tmp_path / "dataset.yaml").write_text(
        "{name: parts, source: {files: ['*.csv']}, "
        "columns: [{name: id, type: STRING, length: 4}, {name: pieces, type: INT4, nullable: true}], "
        f"table: {{partition_key: {{name: id}}, existing: true, name: {name}}}}}"
    )
    (tmp_path / "a.csv").write_text("p1,\n")  # no row that a check could reject
    engine, loads = Engine(), [{"dataset": str(tmp_path / "dataset.yaml"), "method": method}]
    with pytest.raises(InputError, match=f"table {name}: pieces \\(S\\) is a key of its index by-pieces"):
        run_main(stack_config("dev") | {"bulk:loads": loads}, engine)
    assert engine.declared == []


def test_program_refuses_a_load_into_a_table_with_an_index_key_that_it_writes_with_another_type(
    tmp_path: Path,
) -> None:
    index = "{name: by-pieces, partition_key: {name: pieces, type: S}}"
    for name, kind, more in (
        ("first", "STRING, length: 9", f", global_secondary_indexes: [{index}]"),
        ("second", "INT4", ""),
    ):
        (tmp_path / f"{name}.yaml").write_text(
            f"{{name: {name}, source: {{files: ['{name}.csv']}}, "
            f"columns: [{{name: id, type: STRING, length: 4}}, {{name: pieces, type: {kind}}}], "
            f"table: {{partition_key: {{name: id}}{more}}}}}"
        )
        (tmp_path / f"{name}.csv").write_text("p1,1\n")
    loads = [
        {"dataset": str(tmp_path / "first.yaml"), "method": "dms"},
        {"dataset": str(tmp_path / "second.yaml"), "method": "dms", "into": "first"},
    ]
    with pytest.raises(InputError, match=r"second\.yaml: pieces \(S\) is a key of its index by-pieces"):
        run_main(stack_config("dev") | {"bulk:loads": loads})


@pytest.mark.parametrize("convert_to", [None, "ion"])
def test_program_accepts_larger_files_than_aws_when_they_are_converted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, convert_to: str | None
) -> None:
    monkeypatch.setattr(limits, "_TB", 100)
    (tmp_path / "dataset.yaml").write_text(
        "{name: words, source: {files: ['*.csv']}, "
        "columns: [{name: id, type: STRING}], table: {partition_key: {name: id}}}"
    )
    (tmp_path / "a.csv").write_text("".join(f"{one}\n" for one in range(1000)))
    loads = [{"dataset": str(tmp_path / "dataset.yaml"), "method": "native"}]
    if convert_to is None:
        with pytest.raises(InputError, match="at most"):
            run_main(stack_config("dev") | {"bulk:loads": loads})
        return
    engine = run_main(stack_config("dev") | {"bulk:loads": [{**loads[0], "convert_to": convert_to}]})
    assert sorted(step.name for step in engine.of_type(STEP)) == ["words-convert", "words-import"]


@pytest.mark.parametrize("loaded", [True, False], ids=["loaded by the stack", "of another stack"])
def test_program_reports_how_to_turn_recovery_on_for_a_foreign_table(tmp_path: Path, loaded: bool) -> None:
    dynamodb = Aws(region="eu-west-1").dynamodb
    name = f"live-{loaded}"
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "code", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "code", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table = {"name": name, "arn": f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/{name}", "hashKey": "code"}
    there = Engine(tables={name: {**table, "rangeKey": ""}})
    settings = cities(tmp_path, "bulk_put", f", existing: true, name: {name}")
    if not loaded:
        settings |= {"bulk:loads": [], "bulk:exports": [{"table": name}]}
    with pytest.raises(InputError) as caught:
        run_main(settings, there)
    assert f"point-in-time recovery is off for {name}, which is not the stack's to change" in str(
        caught.value
    )
    assert f"update-continuous-backups --table-name {name}" in str(caught.value)
    assert there.declared == []

    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    run_main(settings, there)
    assert there.of_type(TABLE) == []
    assert there.one(EXPORT).inputs["tableArn"] == table["arn"]


@pytest.fixture
def large(tmp_path: Path) -> dict[str, Any]:
    """A load of files in S3 that are too large to be counted."""
    s3 = Aws(region="eu-west-1").s3
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket="large", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="large", Key="data/cities.json", Body=b"{}\n")
    file = tmp_path / "dataset.yaml"
    source = "{format: dynamodb_json, location: 's3://large/data/'}"
    file.write_text(f"name: cities\nsource: {source}\ntable: {{partition_key: {{name: code}}}}\n")
    return {"dataset": str(file), "method": "native", "count_up_to": 2}


def test_preview_warns_when_rows_are_not_counted(
    large: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    settings, large = stack_config("dev") | {"bulk:exports": []}, large | {"check": "off"}
    run_main(settings | {"bulk:loads": [large]}, preview=True)
    assert "cities: its rows are not counted, so that the load cannot be called good" in caplog.text
    caplog.clear()
    run_main(settings | {"bulk:loads": [large | {"count_up_to": "1 MB"}]}, preview=True)
    assert "not counted" not in caplog.text


def test_program_refuses_to_tolerate_rows_that_are_not_counted(large: dict[str, Any]) -> None:
    engine = Engine()
    settings = stack_config("dev") | {"bulk:loads": [large | {"tolerate": 3}], "bulk:exports": []}
    with pytest.raises(InputError) as caught:
        run_main(settings, engine)
    assert "bulk:loads[0].tolerate: is 3, but the files of cities are too large to be counted" in str(
        caught.value
    )
    assert not [one for one in engine.declared if one.type.startswith("aws:")]
    run_main(settings | {"bulk:window": "closed"}, engine)


@pytest.fixture
def unfit_role(server_of_module: str) -> Iterator[None]:
    """The account has a role for DMS that DMS may assume, and that may do nothing."""
    iam, name = Aws(region="eu-west-1").iam, "dms-vpc-role"
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    yield
    iam.delete_role(RoleName=name)


@pytest.mark.usefixtures("unfit_role")
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
def test_program_refuses_an_unfit_role_of_the_account_before_anything_is_declared(preview: bool) -> None:
    engine = Engine()
    with pytest.raises(InputError, match="role dms-vpc-role: exists, but may not ec2:CreateNetwork"):
        run_main(stack_config("dev"), engine, preview=preview)
    assert engine.declared == []


@pytest.mark.usefixtures("unfit_role")
def test_program_does_not_look_at_roles_that_it_has_no_use_for(tmp_path: Path) -> None:
    run_main(cities(tmp_path, "native"))
    run_main(stack_config("dev") | {"bulk:window": "closed"})


def test_export_s_key_is_declared_by_its_arn(tmp_path: Path) -> None:
    kms = Aws(region="eu-west-1").client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/exports", TargetKeyId=key["KeyId"])
    for named in (key["KeyId"], "alias/exports", key["Arn"]):
        engine = run_main(cities(tmp_path) | {"bulk:exports": [{"table": "cities", "kms_key": named}]})
        assert engine.one(EXPORT).inputs["s3SseKmsKeyId"] == key["Arn"]


def test_program_refuses_an_export_s_key_that_does_not_exist(tmp_path: Path) -> None:
    engine = Engine()
    settings = cities(tmp_path) | {"bulk:exports": [{"table": "cities", "kms_key": "alias/none"}]}
    with pytest.raises(InputError, match=r"exports\[0\].kms_key: there is no key alias/none in eu-west-1"):
        run_main(settings, engine)
    assert engine.declared == []
    run_main(settings | {"bulk:window": "closed"})


def many_tags(count: int) -> dict[str, str]:
    return {f"tag{number}": "x" for number in range(count)}


def test_program_refuses_more_tags_than_s3_takes_of_an_object(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    default = {"tags": {"tag0": "y", "of-all": "x"}}
    settings = stack_config("dev") | {"bulk:tags": many_tags(7), "aws:defaultTags": default}
    with pytest.raises(InputError) as caught:
        run_main(settings, engine)
    assert str(caught.value) == (
        "Pulumi.test.yaml: bulk:tags: with project, stack and dataset and those of aws:defaultTags these are "
        "11 tags, and an object in S3 takes at most 10; remove 1"
    )
    assert engine.declared == []
    run_main(settings | {"bulk:tags": many_tags(6)})
    run_main(settings | {"bulk:window": "closed"})
    monkeypatch.setenv("TF_AWS_DEFAULT_TAGS_team", "data")
    with pytest.raises(InputError, match="these are 11 tags"):
        run_main(settings | {"bulk:tags": many_tags(6)})


def test_program_takes_more_tags_when_it_uploads_nothing(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").write_text(CHANGES)
    settings = {"bulk:loads": [{"dataset": str(tmp_path / "dataset.yaml")}], "bulk:tags": many_tags(20)}
    assert run_main(stack_config("dev") | settings).of_type(TASK)

"""What an import does with its table when its data changes."""

from pathlib import Path

import pytest

from bulk_testing.fast_stage import BAD, FastStage, lines
from dynamodb_bulk.spec.errors import LoadFailed
from dynamodb_bulk.spec.table import Key, Provisioned, Table
from local_aws.testing.stage import Stage

REGION = "eu-north-1"


@pytest.fixture
def fast(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FastStage:
    """A load that has not run."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    return FastStage(Stage(server, REGION), tmp_path, "native")


@pytest.fixture
def loaded(fast: FastStage) -> FastStage:
    """A load whose import of 3 items ended well, and other data for the next one."""
    fast.fill("old", lines(3, "old"))
    fast.run("old")
    fast.fill("new", lines(2, "new"))
    return fast


def test_import_keeps_the_table_when_its_data_changes(loaded: FastStage) -> None:
    with pytest.raises(LoadFailed, match="`reload: recreate`"):
        loaded.run("new")
    assert loaded.values() == {"old": 3}


def test_import_is_made_again_under_the_same_name_when_the_table_may_be_recreated(loaded: FastStage) -> None:
    loaded.recreate = True
    reports: list[str] = []
    loaded.run("new", reports.append)
    assert loaded.values() == {"new": 2}
    assert f"deleting {loaded.table}, whose data is imported again" in reports
    again: list[str] = []
    assert "nothing has changed since" in loaded.run("new", again.append)


@pytest.mark.parametrize("call", ["DescribeTable", "PutObject"])
def test_table_is_made_again_once_when_two_recreate_it_at_once(loaded: FastStage, call: str) -> None:
    loaded.recreate = True
    other = FastStage(loaded.stage, loaded.folder, "native")
    other.recreate, other.table = True, loaded.table
    done: list[str] = []
    client = loaded.aws.s3 if call == "PutObject" else loaded.aws.dynamodb

    def be_overtaken(**_: object) -> None:
        if not done:
            done.append("begun")
            done[0] = other.run("new")

    client.meta.events.register(f"before-send.*.{call}", be_overtaken)
    reports: list[str] = []
    loaded.run("new", reports.append)
    assert done[0].startswith("2 items loaded")
    assert not [line for line in reports if line.startswith("deleting ")]
    assert loaded.values() == {"new": 2}
    assert len(loaded.kept().operations) == 2


def test_recreated_table_is_deleted_by_the_next_run_when_the_one_before_was_killed(
    loaded: FastStage,
) -> None:
    loaded.recreate = True

    def killed(**_: object) -> None:
        raise KeyboardInterrupt

    loaded.aws.dynamodb.meta.events.register("before-send.dynamodb.DeleteTable", killed)
    with pytest.raises(KeyboardInterrupt):
        loaded.run("new")
    assert loaded.values() == {"old": 3}
    loaded.aws.dynamodb.meta.events.unregister("before-send.dynamodb.DeleteTable", killed)
    loaded.fill("newer", lines(1, "newer"))
    loaded.recreate = False
    with pytest.raises(LoadFailed, match="`reload: recreate`"):
        loaded.run("newer")
    loaded.recreate = True
    loaded.run("newer")
    assert loaded.values() == {"newer": 1}


def test_import_gives_the_recreated_table_the_settings_that_the_state_has(loaded: FastStage) -> None:
    loaded.recreate = True
    units = Provisioned(read=3, write=4)
    loaded.recorded = Table(partition_key=Key(name="id"), billing=units, stream="KEYS_ONLY")
    loaded.run("new")
    found = loaded.stage.dynamodb.describe_table(TableName=loaded.table)["Table"]
    assert found["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"
    assert found["ProvisionedThroughput"]["WriteCapacityUnits"] == 4


def test_import_keeps_a_protected_table_although_it_may_be_recreated(loaded: FastStage) -> None:
    loaded.recreate = True
    loaded.stage.dynamodb.update_table(TableName=loaded.table, DeletionProtectionEnabled=True)
    with pytest.raises(LoadFailed, match="protected against deletion"):
        loaded.run("new")
    assert loaded.values() == {"old": 3}


def test_import_keeps_a_table_that_it_did_not_make_although_it_may_be_recreated(loaded: FastStage) -> None:
    loaded.recreate = True
    loaded.stage.dynamodb.delete_table(TableName=loaded.table)
    loaded.stage.table(loaded.table)
    with pytest.raises(LoadFailed, match="exists already"):
        loaded.run("new")


def test_import_keeps_a_table_that_is_there_before_its_first_run(fast: FastStage) -> None:
    fast.stage.table(fast.table)
    fast.stage.dynamodb.put_item(TableName=fast.table, Item={"id": {"S": "k"}, "v": {"S": "theirs"}})
    fast.fill("new", lines(2, "new"))
    with pytest.raises(LoadFailed, match=r"exists already.+; for a table that exists set `method: bulk_put`"):
        fast.run("new")
    assert fast.values() == {"theirs": 1}


def test_import_ends_well_when_the_recreated_table_was_filled_with_bad_rows_before(loaded: FastStage) -> None:
    loaded.recreate = True
    loaded.fill("bad", lines(1, "bad") + BAD)
    with pytest.raises(LoadFailed):
        loaded.run("bad")
    loaded.fill("new", lines(2, "new"))
    loaded.run("new")
    assert loaded.values() == {"new": 2}

"""What the program does about the data of its loads before it declares anything: wrong data, changed data."""

from pathlib import Path
from typing import Any

import pytest

from dynamodb_bulk.spec.errors import InputError
from local_aws.testing.stage import Stage
from tests.recording import STEP, TABLE, Engine, run_main, stack_config

pytestmark = pytest.mark.usefixtures("server_of_module")

CITIES = """\
name: cities
source: {files: [cities.csv]}
columns: [{name: code, length: 3}, {name: city, length: 40}]
table: {partition_key: {name: code}}
"""
NAME = "shop-test-towns"
TOWNS = """\
name: towns
source: {files: ['*.csv']}
columns: [{name: code, length: 3}, {name: town, length: 40}]
table: {partition_key: {name: code}%s}
"""
TOWNS_TABLE = {"hashKey": "code", "attributes": [{"name": "code", "type": "S"}]}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def cities(folder: Path, data: str, **load: Any) -> dict[str, Any]:
    (folder / "cities.csv").write_text(data)
    (folder / "dataset.yaml").write_text(CITIES)
    loads = [{"dataset": str(folder / "dataset.yaml"), "method": "dms", **load}]
    return stack_config("dev") | {"bulk:loads": loads}


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("method", ["dms", "native", "bulk_put"])
def test_program_declares_nothing_and_reports_in_lines_when_the_data_is_wrong(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, method: str, preview: bool
) -> None:
    engine = Engine()
    with pytest.raises(ExceptionGroup):
        run_main(cities(tmp_path, "CRK;Cork\nDUB;Dublin\n", method=method), engine, preview=preview)
    assert engine.declared == []
    reported = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [line.partition(": ")[0] for line in reported] == [
        f"{tmp_path}/cities.csv, line 1",
        f"{tmp_path}/dataset.yaml",
    ]


@pytest.mark.parametrize("check", ["off", False])
def test_program_leaves_the_data_to_the_verdict_when_the_check_is_off(tmp_path: Path, check: object) -> None:
    assert run_main(cities(tmp_path, "CRK;Cork\nDUB;Dublin\n", check=check)).of_type(STEP)


def test_program_leaves_the_data_alone_when_the_window_is_closed(tmp_path: Path) -> None:
    run_main(cities(tmp_path, "CRK;Cork\nDUB;Dublin\n") | {"bulk:window": "closed"})


def test_program_declares_a_load_when_it_tolerates_what_is_wrong(tmp_path: Path) -> None:
    rows = "CRK,Cork\nDUB,Dublin\n,Galway\n"
    assert run_main(cities(tmp_path, rows, method="native", tolerate=1)).of_type(STEP)
    with pytest.raises(ExceptionGroup):
        run_main(cities(tmp_path, rows, method="native"))


@pytest.fixture(scope="module", autouse=True)
def imported_table(server_of_module: str) -> None:
    Stage(server_of_module, "eu-west-1").dynamodb.create_table(
        TableName=NAME,
        AttributeDefinitions=[{"AttributeName": "code", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "code", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


def towns(folder: Path, table: str = "", *, environment: str = "development", **load: Any) -> dict[str, Any]:
    for name in ("a", "b"):
        (folder / f"{name}.csv").write_text(f"{name},Cork\n")
    (folder / "dataset.yaml").write_text(TOWNS % table)
    loads = [{"dataset": str(folder / "dataset.yaml"), "method": "native", **load}]
    return stack_config("dev") | {"bulk:loads": loads, "bulk:environment": environment}


def changed(config: dict[str, Any], *, table: dict[str, Any] = TOWNS_TABLE, preview: bool = True) -> Engine:
    """Run the program in a stack that imported other data."""
    engine = run_main(config)
    now = engine.of_type(STEP)[-1]
    contents = {"a.csv": "other", "b.csv": "other", "c.csv": "gone"}
    prefix = "urn:pulumi:test::shop::"
    state = {
        f"{prefix}{now.type}::{now.name}": {"outputs": {"digest": "other", "contents": contents}},
        f"{prefix}{TABLE}::towns": {"outputs": table},
    }
    return run_main(config, Engine(in_state=state), preview=preview)


@pytest.mark.parametrize(
    ("environment", "load", "said"),
    [
        ("development", {}, f"the table {NAME} is deleted and imported again"),
        ("staging", {"reload": "recreate"}, f"the table {NAME} is deleted and imported again"),
        ("staging", {}, f"`pulumi up` keeps the table {NAME}; set `reload: recreate`"),
        ("production", {}, f"`pulumi up` keeps the table {NAME}; set `reload: recreate`"),
        ("development", {"reload": "refuse"}, f"`pulumi up` keeps the table {NAME}"),
    ],
)
def test_preview_says_what_becomes_of_the_table_and_which_files_changed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, environment: str, load: dict[str, Any], said: str
) -> None:
    changed(towns(tmp_path, environment=environment, **load))
    (line,) = [message for message in caplog.messages if "its data changed" in message]
    assert line.startswith("towns: its data changed (a.csv, b.csv, c.csv)")
    assert said in line


def test_preview_says_nothing_when_the_data_is_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run_main(towns(tmp_path), preview=True)
    assert "its data changed" not in caplog.text


def test_preview_keeps_a_table_that_the_dataset_protects(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    changed(towns(tmp_path, ", deletion_protection: true"))
    assert "`pulumi up` keeps the table" in caplog.text


@pytest.mark.parametrize(
    ("environment", "table"), [("production", ""), ("development", ", deletion_protection: true")]
)
def test_program_refuses_to_recreate_a_protected_table(tmp_path: Path, environment: str, table: str) -> None:
    with pytest.raises(InputError) as caught:
        run_main(towns(tmp_path, table, environment=environment, reload="recreate"))
    assert caught.value.where == "Pulumi.test.yaml: bulk:loads[0].reload"


def test_program_refuses_to_recreate_a_table_when_its_keys_changed(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        changed(towns(tmp_path), table={"hashKey": "id", "attributes": [{"name": "id", "type": "S"}]})
    assert "the keys or indexes" in caught.value.what

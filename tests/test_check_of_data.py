"""The program checks the data of its loads before it declares anything."""

from pathlib import Path
from typing import Any

import pytest

from tests.recording import STEP, Engine, run_main, stack_config

pytestmark = pytest.mark.usefixtures("server_of_module")

DATASET = """\
name: cities
source: {files: [cities.csv]}
columns: [{name: code, length: 3}, {name: city, length: 40}]
table: {partition_key: {name: code}}
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def cities(folder: Path, data: str, **load: Any) -> dict[str, Any]:
    (folder / "cities.csv").write_text(data)
    (folder / "dataset.yaml").write_text(DATASET)
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

"""Imports go one way."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = {"settings", "plan", "loads", "exports"}
ROOMS = {"dataset", "operations", "components", "policies", "localaws"} | PROGRAM
MAY_IMPORT = {
    "dataset": set[str](),
    "operations": {"dataset"},
    "components": {"dataset", "operations"},
    "localaws": {"dataset"},
    "policies": set[str](),
}


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("room", sorted(room for room in MAY_IMPORT if (ROOT / room).is_dir()))
def test_room_when_it_imports_looks_only_where_the_arrows_point(room: str) -> None:
    files = list((ROOT / room).rglob("*.py"))
    assert files
    strays = {
        f"{file.relative_to(ROOT)} imports {module}"
        for file in files
        for module in imported(file)
        if (top := module.split(".")[0]) in ROOMS - {room} and top not in MAY_IMPORT[room]
    }
    assert strays == set()


@pytest.mark.parametrize(
    ("room", "library"), [("dataset", "boto3"), ("dataset", "pulumi"), ("operations", "pulumi")]
)
def test_room_when_it_is_pure_imports_no_cloud_library(room: str, library: str) -> None:
    importing = [
        file.name
        for file in (ROOT / room).rglob("*.py")
        if any(module.split(".")[0] == library for module in imported(file))
    ]
    assert importing == []


@pytest.mark.parametrize("name", ["program", "language_host", "toolchain", "dynamic", "light", "parent"])
def test_replacement_of_a_part_of_pulumi_names_nothing_of_the_product(name: str) -> None:
    text = (ROOT / "localaws" / f"{name}.py").read_text()
    assert not [room for room in ROOMS - {"localaws", "policies"} if f"{room}." in text]
    assert "InputError" not in text

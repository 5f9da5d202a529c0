"""What import-linter does not see of the arrows in pyproject.toml: modules of the program, and strings.

`python -m`, entry points and lazy commands are made of such strings.
"""

import ast
import graphlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
LINTER: Mapping[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS: Sequence[Mapping[str, Any]] = LINTER["contracts"]
PROGRAM = {file.stem for file in ROOT.glob("*.py")} - {"__main__"}
MODULE = re.compile(r"([a-z_]\w*)(\.[a-z_]\w*)*(:\w+)?")


def imported_names(file: Path) -> Iterator[str]:
    """The modules that a file imports, each also with the names taken from it, which may be modules; with
    imports for types alone and late ones.
    """
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def sources(package: str, *suffixes: str) -> list[Path]:
    """The files of a package of ours."""
    folders = [ROOT / package, ROOT / "packages" / package.replace("_", "-") / "src" / package]
    found = [
        file for folder in folders for file in folder.rglob("*") if file.suffix in (suffixes or (".py",))
    ]
    assert found, package
    return found


def named(file: Path) -> Iterator[str]:
    """The top-level modules that strings of a file name, and those that it imports."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = MODULE.fullmatch(node.value)
            if found and found[2]:  # a word alone is a word
                yield found[1]


def test_module_named_in_a_string_is_found(tmp_path: Path) -> None:
    file = tmp_path / "lazy.py"
    file.write_text("COMMAND = 'local_aws.command:app'\nWORD = 'policies'\n")
    assert list(named(file)) == ["local_aws"]


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["name"])
def test_strings_name_no_module_that_may_not_be_imported(contract: Mapping[str, Any]) -> None:
    forbidden = {*PROGRAM, *LINTER["root_packages"]} & {*PROGRAM, *contract["forbidden_modules"]}
    strays = {
        f"{file.relative_to(ROOT)} names {module}"
        for package in contract["source_modules"]
        for file in sources(package)
        if any(module in file.read_text() for module in forbidden)
        for module in named(file)
        if module in forbidden
    }
    assert strays == set()


def test_every_package_has_a_contract() -> None:
    assert {one for contract in CONTRACTS for one in contract["source_modules"]} == set(
        LINTER["root_packages"]
    )


@pytest.mark.parametrize("word", ["dynamodb.bulk", "local.aws", "components", "bulk", r"BULK_\w+"])
def test_offline_pulumi_does_not_name_the_product(word: str) -> None:
    files = sources("offline_pulumi", ".py", ".mod")
    naming = [file.name for file in files if re.search(rf"\b{word}\b", file.read_text())]
    assert naming == []


@pytest.mark.parametrize("package", ["components", "local_aws", "offline_pulumi", "policies"])
def test_modules_of_package_do_not_import_each_other_in_a_circle(package: str) -> None:
    files = [file for file in sources(package) if file.name != "__init__.py"]
    modules = {
        ".".join(file.with_suffix("").parts[file.parts.index(package, len(ROOT.parts)) :]): file
        for file in files
    }
    graph = {
        name: {found for found in imported_names(file) if found in modules} - {name}
        for name, file in modules.items()
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))

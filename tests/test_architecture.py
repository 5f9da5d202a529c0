"""Imports go one way: from the template and from local_aws to dynamodb_bulk; offline_pulumi stands alone.

A string that names one of our modules counts as an import: `python -m`, entry points and lazy commands are
made of such strings.
"""

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ROOT / "packages"
SOURCES = {
    "dynamodb_bulk": PACKAGES / "dynamodb-bulk" / "src" / "dynamodb_bulk",
    "local_aws": PACKAGES / "local-aws" / "src" / "local_aws",
    "offline_pulumi": PACKAGES / "offline-pulumi" / "src" / "offline_pulumi",
    "components": ROOT / "components",
    "policies": ROOT / "policies",
}
PROGRAM = {file.stem for file in ROOT.glob("*.py")} - {"__main__"}
OURS = SOURCES.keys() | PROGRAM
MAY_IMPORT = {
    "dynamodb_bulk": set[str](),
    "local_aws": {"dynamodb_bulk", "offline_pulumi"},
    "offline_pulumi": set[str](),
    "components": {"dynamodb_bulk"},
    "policies": set[str](),
}
NAMED_MODULE = re.compile(rf"({'|'.join(sorted(OURS))})(\.[a-z_]\w*)+(:\w+)?")


def imported_names(file: Path) -> Iterator[str]:
    """Those that a file imports, each also with the names taken from it, which may be modules; with imports
    for types alone and late ones.
    """
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def imported(file: Path) -> Iterator[str]:
    """The modules that a file imports or names."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (found for found in [node.value] if NAMED_MODULE.fullmatch(found))


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_package_imports_only_where_the_arrows_point(package: str) -> None:
    files = list(SOURCES[package].rglob("*.py"))
    assert files
    strays = {
        f"{file.relative_to(ROOT)} imports {module}"
        for file in files
        for module in imported(file)
        if (top := module.split(".")[0]) in OURS - {package} and top not in MAY_IMPORT[package]
    }
    assert strays == set()


@pytest.mark.parametrize(
    ("package", "library"),
    [
        ("dynamodb_bulk", "pulumi"),
        ("dynamodb_bulk", "moto"),
        ("local_aws", "pulumi"),
        ("offline_pulumi", "moto"),
        ("components", "moto"),
        ("policies", "boto3"),
    ],
)
def test_package_does_not_import_a_library_it_must_do_without(package: str, library: str) -> None:
    importing = [
        file.name
        for file in SOURCES[package].rglob("*.py")
        if any(module.split(".")[0] == library for module in imported(file))
    ]
    assert importing == []


@pytest.mark.parametrize("word", ["dynamodb.bulk", "local.aws", "components", "bulk", r"BULK_\w+"])
def test_offline_pulumi_does_not_name_the_product(word: str) -> None:
    files = [file for file in SOURCES["offline_pulumi"].rglob("*") if file.suffix in (".py", ".mod")]
    naming = [file.name for file in files if re.search(rf"\b{word}\b", file.read_text())]
    assert naming == []


@pytest.mark.parametrize("package", ["components", "local_aws", "offline_pulumi", "policies"])
def test_modules_of_package_do_not_import_each_other_in_a_circle(package: str) -> None:
    folder = SOURCES[package]
    modules = {
        ".".join((package, *file.relative_to(folder).with_suffix("").parts)): file
        for file in folder.rglob("*.py")
        if file.name != "__init__.py"
    }
    graph = {
        name: {found for found in imported_names(file) if found in modules} - {name}
        for name, file in modules.items()
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))

"""The pins of the engine, the SDK and the provider, which are written in several files, agree."""

import re
import tomllib
from pathlib import Path

import pytest

from offline_pulumi.engine.versions import ENGINE, MINIMUM, PROVIDER, parse

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "packages" / "offline-pulumi"
ENGINE_MODULE = PACKAGE / "src" / "offline_pulumi" / "engine" / "go.mod"


def pinned(project: Path, name: str) -> str:
    """The version that a pyproject.toml pins a distribution to."""
    dependencies = tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"]
    (version,) = [each.removeprefix(f"{name}==") for each in dependencies if each.startswith(f"{name}==")]
    return version


@pytest.mark.parametrize("part", ["pkg", "sdk"])
def test_go_modules_are_pinned_to_the_engine_that_is_asked_for(part: str) -> None:
    versions = re.findall(
        rf"^\s*github\.com/pulumi/pulumi/{part}/v3 v(\S+)", ENGINE_MODULE.read_text(), re.MULTILINE
    )
    assert versions == [ENGINE]


def test_workflows_install_the_engine_that_is_built_here() -> None:
    files = (ROOT / ".github" / "workflows").glob("*.yml")
    versions = {found for file in files for found in re.findall(r"pulumi-version: (\S+)", file.read_text())}
    assert versions == {ENGINE}


def test_sdk_is_pinned_to_one_version_that_is_not_newer_than_the_engine() -> None:
    sdk = pinned(ROOT, "pulumi")
    assert pinned(PACKAGE, "pulumi") == sdk
    assert MINIMUM <= (parse(sdk) or ()) <= (parse(ENGINE) or ())


def test_provider_is_pinned_to_the_version_that_the_replacement_stands_for() -> None:
    assert pinned(ROOT, "pulumi-aws") == pinned(PACKAGE, "pulumi-aws") == PROVIDER

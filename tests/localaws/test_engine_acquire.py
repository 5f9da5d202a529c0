import os
from pathlib import Path

import pytest

from dataset.errors import InputError
from localaws.engine import network, plugins, shims
from localaws.engine.acquire import Engine, built, find_engine
from localaws.engine.versions import ENGINE
from localaws.state import Folders


class Silent:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(text)

    def progress(self, text: str, seconds: float) -> None:
        pass


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    """Folders of a clone, on a machine with no engine, no Go and no network."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    own = Folders(clone=tmp_path, cache=tmp_path / "cache", state=tmp_path / "state")
    own.open()
    network.remember_failure(own.cache)
    return own


def executable(path: Path, version: str = ENGINE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho v{version}\n")
    path.chmod(0o755)
    return path


def test_engine_on_path_is_taken(own: Folders, tmp_path: Path) -> None:
    path = executable(tmp_path / "path" / "pulumi", "3.300.1")
    assert find_engine(own, Silent()) == Engine(path, "3.300.1", f"on PATH at {path}")


def test_engine_when_the_one_on_path_is_too_old_comes_from_the_cache(own: Folders, tmp_path: Path) -> None:
    executable(tmp_path / "path" / "pulumi", "3.237.0")
    executable(built(own))
    assert find_engine(own, Silent()).path == built(own)


def test_engine_of_our_own_shims_is_not_taken_for_one_on_path(
    own: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(own.bin / "pulumi")
    executable(built(own))
    monkeypatch.setenv("PATH", f"{own.bin}:/usr/bin:/bin")
    assert find_engine(own, Silent()).path == built(own)


def test_engine_when_there_is_none_names_all_that_was_tried_and_the_remedy(
    own: Folders, tmp_path: Path
) -> None:
    executable(tmp_path / "path" / "pulumi", "3.100.0")
    with pytest.raises(InputError) as refusal:
        find_engine(own, Silent())
    text = str(refusal.value)
    for part in (
        "3.100.0, and 3.238.0 is needed",
        "none in",
        "out of reach",
        "Go is not installed",
        "install Pulumi",
    ):
        assert part in text


def test_language_host_beside_the_engine_is_official(own: Folders, tmp_path: Path) -> None:
    engine = Engine(executable(tmp_path / "official" / "pulumi"), ENGINE, "")
    executable(tmp_path / "official" / "pulumi-language-python")
    assert plugins.language_host(own, engine).stand_in == ""


def test_provider_when_it_cannot_be_had_is_the_stand_in(own: Folders) -> None:
    engine = Engine(executable(built(own)), ENGINE, "")
    assert plugins.provider(own, engine, Silent(), {}).stand_in == "localaws.provider"


def test_provider_installed_under_pulumi_home_is_official_unless_told_otherwise(own: Folders) -> None:
    engine = Engine(executable(built(own)), ENGINE, "")
    executable(own.pulumi_home / "plugins" / "resource-aws-v7.51.1" / "pulumi-resource-aws")
    assert plugins.provider(own, engine, Silent(), {}).stand_in == ""
    assert (
        plugins.provider(own, engine, Silent(), {"BULK_PROVIDER": "stand-in"}).stand_in == "localaws.provider"
    )


@pytest.mark.parametrize("choice", ["official", "real"])
def test_provider_when_the_choice_cannot_be_met_is_a_clear_error(own: Folders, choice: str) -> None:
    engine = Engine(executable(built(own)), ENGINE, "")
    with pytest.raises(InputError, match="BULK_PROVIDER"):
        plugins.provider(own, engine, Silent(), {"BULK_PROVIDER": choice})


def test_shims_follow_the_decision(own: Folders) -> None:
    engine = Engine(executable(built(own)), ENGINE, "")
    stand_in = plugins.Plugin("pulumi-resource-aws", "localaws.provider", "")
    shims.place(own.bin, engine, [stand_in])
    assert os.access(own.bin / "pulumi-resource-aws", os.X_OK)
    shims.place(own.bin, engine, [plugins.Plugin("pulumi-resource-aws", "", "")])
    assert sorted(each.name for each in own.bin.iterdir()) == ["pulumi"]

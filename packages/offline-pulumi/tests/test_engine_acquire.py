import os
from pathlib import Path

import pytest

from local_aws.environment import variables
from local_aws.state import Folders
from offline_pulumi.engine import network, plugins, shims
from offline_pulumi.engine.acquire import Engine, Unavailable, built, find_engine
from offline_pulumi.engine.versions import ENGINE, PROVIDER


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
    network.remember_failure(own.cache, "https://get.pulumi.com/: timed out")
    return own


def executable(path: Path, version: str = ENGINE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho v{version}\n")
    path.chmod(0o755)
    return path


def test_engine_on_path_is_used(own: Folders, tmp_path: Path) -> None:
    path = executable(tmp_path / "path" / "pulumi", "3.300.1")
    assert find_engine(own, Silent()) == Engine(path, "3.300.1", f"on PATH at {path}")


def test_engine_when_the_one_on_path_is_too_old_comes_from_the_cache(own: Folders, tmp_path: Path) -> None:
    executable(tmp_path / "path" / "pulumi", "3.237.0")
    executable(built(own))
    assert find_engine(own, Silent()).path == built(own)


def test_engine_of_our_own_shims_does_not_count_as_one_on_path(
    own: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(own.bin / "pulumi")
    executable(built(own))
    monkeypatch.setenv("PATH", f"{own.bin}:/usr/bin:/bin")
    assert find_engine(own, Silent()).path == built(own)


def test_engine_reports_all_attempts_and_the_remedy_when_there_is_none(own: Folders, tmp_path: Path) -> None:
    executable(tmp_path / "path" / "pulumi", "3.100.0")
    with pytest.raises(Unavailable) as refusal:
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


def test_language_host_next_to_the_engine_is_official(own: Folders, tmp_path: Path) -> None:
    engine = Engine(executable(tmp_path / "official" / "pulumi"), ENGINE, "")
    executable(tmp_path / "official" / "pulumi-language-python")
    assert plugins.language_host(own, engine).stand_in == ""


BUNDLED = (
    "pulumi-analyzer-policy-python",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
)


def installation(folder: Path, version: str = ENGINE) -> Path:
    """What Pulumi's installer lays out, without working parts; the engine's path."""
    for name in BUNDLED:
        executable(folder / name)
    return executable(folder / "pulumi", version)


def commands(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if not each.name.startswith("."))


def chosen(own: Folders, engine: Engine) -> tuple[plugins.Plugin, ...]:
    return (plugins.language_host(own, engine), plugins.dynamic(own, engine))


def test_installation_off_path_is_linked_completely_when_it_has_the_engine(
    own: Folders, tmp_path: Path
) -> None:
    engine = Engine(installation(tmp_path / "installed"), ENGINE, "")
    decided = chosen(own, engine)
    assert [plugin.stand_in for plugin in decided] == ["", ""]
    shims.place(own, engine, decided)
    assert commands(own.bin) == ["pulumi", *BUNDLED]
    assert {(own.bin / each).resolve().parent for each in commands(own.bin)} == {tmp_path / "installed"}


def test_installation_behind_a_symlink_on_path_is_used_completely(own: Folders, tmp_path: Path) -> None:
    cellar = installation(tmp_path / "Cellar" / "pulumi" / "bin", "3.300.0")
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "pulumi").symlink_to(cellar)
    engine = find_engine(own, Silent())
    assert engine.path == tmp_path / "path" / "pulumi"
    assert [plugin.stand_in for plugin in chosen(own, engine)] == ["", ""]


def test_plugins_of_an_engine_that_is_too_old_are_passed_over(own: Folders, tmp_path: Path) -> None:
    installation(tmp_path / "path", "3.100.0")
    executable(built(own))
    engine = find_engine(own, Silent())
    assert engine.path == built(own)
    assert all(plugin.stand_in for plugin in chosen(own, engine))


def test_plugins_on_path_without_an_engine_are_official(own: Folders, tmp_path: Path) -> None:
    """A shim resolves to the version manager, next to which nothing of Pulumi's lies."""
    manager = executable(tmp_path / "manager" / "mise", "3.300.0")
    (tmp_path / "path").mkdir()
    for name in ("pulumi", *BUNDLED):
        (tmp_path / "path" / name).symlink_to(manager)
    engine = find_engine(own, Silent())
    decided = chosen(own, engine)
    assert [plugin.stand_in for plugin in decided] == ["", ""]
    shims.place(own, engine, decided)
    assert (own.bin / "pulumi").readlink() == tmp_path / "path" / "pulumi"


def test_plugins_of_a_different_clone_do_not_count_as_official(
    own: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Folders(clone=tmp_path, cache=own.cache, state=tmp_path / "states" / "mine")
    other = Folders(clone=tmp_path, cache=own.cache, state=tmp_path / "states" / "other")
    shims.place(other, Engine(executable(built(own)), ENGINE, ""), [])
    installation(other.bin)
    monkeypatch.setenv("PATH", f"{other.bin}:/usr/bin:/bin")
    engine = Engine(executable(built(own)), ENGINE, "")
    assert all(plugin.stand_in for plugin in chosen(mine, engine))


def test_provider_when_it_cannot_be_had_is_the_stand_in(own: Folders) -> None:
    engine = Engine(executable(built(own)), ENGINE, "")
    assert plugins.provider(own, engine, Silent()).stand_in == "offline_pulumi.provider.service"


def test_provider_that_is_replaced_names_the_download_that_failed(own: Folders, tmp_path: Path) -> None:
    engine = Engine(tmp_path / "pulumi", ENGINE, "")
    chosen = plugins.provider(own, engine, Silent())
    assert chosen.origin == (
        "not downloaded (https://get.pulumi.com/: timed out); using the local replacement"
    )


def test_provider_says_what_its_installation_failed_with(own: Folders, tmp_path: Path) -> None:
    failing = tmp_path / "pulumi"
    failing.write_text("#!/bin/sh\necho downloading >&2\necho 'error: no space left' >&2\nexit 1\n")
    failing.chmod(0o755)
    network.forget_failure(own.cache)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "reachable", lambda _: True)
        chosen = plugins.provider(own, Engine(failing, ENGINE, ""), Silent())
    assert chosen.stand_in
    assert "(error: no space left)" in chosen.origin
    assert network.last_failure(own.cache) == "error: no space left"


def test_provider_installed_in_the_shared_home_is_official_unless_overridden(own: Folders) -> None:
    engine = Engine(executable(built(own)), ENGINE, "")
    executable(own.shared_home / "plugins" / "resource-aws-v7.51.1" / "pulumi-resource-aws")
    assert plugins.provider(own, engine, Silent()).stand_in == ""
    assert plugins.provider(own, engine, Silent(), "stand-in").stand_in == "offline_pulumi.provider.service"


def test_provider_is_an_error_when_the_official_one_is_wanted_and_cannot_be_had(own: Folders) -> None:
    engine = Engine(executable(built(own)), ENGINE, "")
    with pytest.raises(Unavailable) as refusal:
        plugins.provider(own, engine, Silent(), "official")
    assert refusal.value.where == "pulumi-resource-aws"


def test_shims_follow_the_decision(own: Folders) -> None:
    """In either order, PULUMI_HOME is what an environment asked for before the first of them names."""
    engine = Engine(executable(built(own)), ENGINE, "")
    home = Path(variables(own, 4567, {})["PULUMI_HOME"])
    stand_in = plugins.Plugin("pulumi-resource-aws", "offline_pulumi.provider.service", "")
    official = plugins.Plugin("pulumi-resource-aws", "", "")
    for _ in range(2):
        shims.place(own, engine, [stand_in])
        installed = home / "plugins" / f"resource-aws-v{PROVIDER}" / "pulumi-resource-aws"
        assert os.access(installed, os.X_OK)
        assert not (own.shared_home / "plugins").exists()
        shims.place(own, engine, [official])
        assert home.resolve() == own.shared_home
        assert commands(own.bin) == ["pulumi"]

"""What a Glue job installs: the packages that a program needs there, from here or from an index."""

import zipfile
from pathlib import Path

import pytest

from dynamodb_bulk.glue.dependencies import dependencies
from dynamodb_bulk.spec.errors import InputError
from local_aws.testing.wheels import ANYWHERE, LINUX, MAC, dist_info, small_wheel


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip finds wheels in, and nowhere else; an empty cache; a place for packages."""
    for name in ("index", "site"):
        Path(tmp_path, name).mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return tmp_path / "index"


def install(site: Path, name: str, *requires: str, tags: str = ANYWHERE) -> None:
    """Install a module in version 1.5 as installers do, compiled and with a command."""
    files = {f"{name}.py": "", **dist_info(name, "1.5", *requires, tags=tags)}
    info = f"{name}-1.5.dist-info"
    beside = {f"{info}/INSTALLER": "uv", f"{info}/REQUESTED": "", f"__pycache__/{name}.cpython-311.pyc": ""}
    for path, text in (files | beside).items():
        Path(site, path).parent.mkdir(exist_ok=True)
        Path(site, path).write_text(text)
    listed = [*files, *beside, f"{info}/RECORD", f"../../../bin/{name}"]
    Path(site, info, "RECORD").write_text("".join(f"{path},,\n" for path in listed))


def publish(index: Path, name: str, *requires: str, version: str = "1.5", tags: str = ANYWHERE) -> None:
    file, content = small_wheel(name, version, *requires, tags=tags)
    Path(index, file).write_bytes(content)


def held(path: Path) -> dict[str, str]:
    """The wheels of the zip, without their list: the tags by the name and version."""
    with zipfile.ZipFile(path) as archive:
        names = [name.removeprefix("wheels/") for name in archive.namelist() if name.endswith(".whl")]
        listed = archive.read("wheels/requirements.txt").decode().split()
    found = {"==".join(name.split("-", 2)[:2]): name.split("-", 2)[2] for name in names}
    assert sorted(found) == listed
    return found


def test_packages_of_this_machine_are_taken_where_they_run_on_glue(tmp_path: Path) -> None:
    site = tmp_path / "site"
    install(site, "shop", "native", "pure", 'windows; sys_platform == "win32"', 'fast; extra == "fast"')
    install(site, "native", tags=LINUX)
    install(site, "pure", "deeper>=1")
    install(site, "deeper")
    path, _ = dependencies("shop")
    assert held(path) == {
        "deeper==1.5": f"{ANYWHERE}.whl",
        "native==1.5": f"{LINUX}.whl",
        "pure==1.5": f"{ANYWHERE}.whl",
    }
    with zipfile.ZipFile(path) as archive, archive.open(f"wheels/native-1.5-{LINUX}.whl") as opened:
        info = "native-1.5.dist-info"
        assert zipfile.ZipFile(opened).namelist() == [
            "native.py",
            *(f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD")),
        ]


def test_packages_of_extras_are_taken_where_they_are_asked_for(tmp_path: Path) -> None:
    site = tmp_path / "site"
    install(site, "shop", "base[fast]")
    install(site, "base", 'fast; extra == "fast"', 'slow; extra == "slow"')
    install(site, "fast")
    assert sorted(held(dependencies("shop")[0])) == ["base==1.5", "fast==1.5"]


def test_packages_are_downloaded_where_those_of_this_machine_do_not_run_on_glue(
    tmp_path: Path, index: Path
) -> None:
    install(tmp_path / "site", "shop", "native", 'absent>=1; python_version < "3.12"')
    install(tmp_path / "site", "native", tags=MAC)
    for version in ("1.5", "2.0"):
        publish(index, "native", version=version, tags=LINUX)
    publish(index, "native", tags=MAC)
    publish(index, "absent", "deeper", version="1.7")
    publish(index, "deeper", version="3.0")
    assert held(dependencies("shop")[0]) == {
        "absent==1.7": f"{ANYWHERE}.whl",
        "deeper==3.0": f"{ANYWHERE}.whl",
        "native==1.5": f"{LINUX}.whl",
    }


def test_packages_are_kept_until_a_version_changes(tmp_path: Path) -> None:
    site = tmp_path / "site"
    install(site, "shop", "native")
    install(site, "native", tags=LINUX)
    first = dependencies("shop")
    install(site, "native", tags=MAC)  # which no index has for Glue
    assert dependencies("shop") == first
    install(site, "more")
    install(site, "shop", "native", "more")
    install(site, "native", tags=LINUX)
    assert dependencies("shop")[1] != first[1]


def test_package_that_no_index_has_is_one_line(tmp_path: Path, index: Path) -> None:
    install(tmp_path / "site", "shop", "native")
    install(tmp_path / "site", "native", tags=MAC)
    publish(index, "native", version="2.0", tags=LINUX)
    with pytest.raises(InputError) as caught:
        dependencies("shop")
    assert str(caught.value) == (
        "packages of the Glue job: cannot be downloaded: No matching distribution found for native==1.5; "
        "name an index that has them, as PIP_INDEX_URL or in pip's settings"
    )


@pytest.mark.parametrize("name", ["UV_DEFAULT_INDEX", "UV_INDEX_URL"])  # pip knows its own
def test_packages_are_downloaded_from_the_index_of_the_environment(
    name: str, tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "site", "shop", "native")
    install(tmp_path / "site", "native", tags=MAC)
    file, content = small_wheel("native", "1.5", tags=LINUX)
    page = index / "native" / "index.html"
    page.parent.mkdir()
    page.write_text(f'<a href="{file}">{file}</a>')
    Path(page.parent, file).write_bytes(content)
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv(name, index.as_uri())
    assert held(dependencies("shop")[0]) == {"native==1.5": f"{LINUX}.whl"}

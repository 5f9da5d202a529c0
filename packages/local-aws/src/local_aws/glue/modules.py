"""What pip would refuse of the Python modules of a job: read from their wheels, which are not installed.

A run here uses the packages of this environment.
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-libraries.html
"""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from packaging.metadata import Metadata
from packaging.requirements import InvalidRequirement, Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import Version

if TYPE_CHECKING:
    from moto.s3.models import FakeKey

MODULES, OPTION = "--additional-python-modules", "--python-modules-installer-option"
_ZIP, _WITHIN, _LIST = ".gluewheels.zip", "wheels", "requirements.txt"
# Appendix B: Python 3.11, and glibc 2.34.
_PLATFORMS = [*(f"manylinux_2_{minor}_x86_64" for minor in range(34, 4, -1)), "manylinux2014_x86_64"]
_TAGS: frozenset[Tag] = frozenset(
    (*cpython_tags((3, 11), platforms=_PLATFORMS), *compatible_tags((3, 11), "cp311", _PLATFORMS))
)
_MARKERS = {
    "extra": "",
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.11.14",
    "python_version": "3.11",
    "sys_platform": "linux",
}
# "Python modules already provided", of Glue 5.1.
_LISTED = """
aiobotocore==2.25.1 aiohappyeyeballs==2.6.1 aiohttp==3.13.2 aioitertools==0.12.0 aiosignal==1.4.0
appdirs==1.4.4 attrs==25.4.0 boto3==1.40.61 botocore==1.40.61 certifi==2025.10.5
charset-normalizer==3.4.4 choreographer==1.2.0 contourpy==1.3.3 cycler==0.12.1 distlib==0.4.0
filelock==3.20.0 fonttools==4.60.1 frozenlist==1.8.0 fsspec==2025.10.0 idna==3.11 iniconfig==2.3.0
jmespath==1.0.1 kaleido==1.2.0 kiwisolver==1.4.9 logistro==2.0.1 matplotlib==3.10.7 multidict==6.7.0
narwhals==2.10.2 numpy==2.3.4 orjson==3.11.4 packaging==25.0 pandas==2.3.3 pillow==12.0.0 pip==24.0
platformdirs==4.5.0 plotly==6.4.0 pluggy==1.6.0 propcache==0.4.1 pyarrow==22.0.0 Pygments==2.19.2
pyparsing==3.2.5 pytest-timeout==2.4.0 pytest==8.4.2 python-dateutil==2.9.0.post0 pytz==2025.2
requests==2.32.5 s3fs==2025.10.0 s3transfer==0.14.0 seaborn==0.13.2 setuptools==79.0.1
simplejson==3.20.2 six==1.17.0 tenacity==9.1.2 typing_extensions==4.15.0 tzdata==2025.2
urllib3==2.5.0 uv==0.9.7 virtualenv==20.35.4 wrapt==1.17.3 yarl==1.22.0
"""
_PROVIDED = {
    canonicalize_name(name): Version(version)
    for name, _, version in (each.partition("==") for each in _LISTED.split())
}


class NotInstalledError(Exception):
    """Why pip would not install a module."""


class Wheels:
    """Wheels by their names, and what they and their list ask for."""

    def __init__(self) -> None:
        self.versions: dict[NormalizedName, set[Version]] = {}
        self.wanted: list[Requirement] = []

    def take(self, other: "Wheels") -> None:
        """Add the wheels of another object."""
        for name, versions in other.versions.items():
            self.versions.setdefault(name, set()).update(versions)
        self.wanted += other.wanted


_READ: dict[tuple[str, str], Wheels] = {}


def check_modules(arguments: Mapping[str, str], find: Callable[[str], "FakeKey"]) -> None:
    """Raise NotInstalledError where pip would not install the modules that the arguments of a run name.

    `find` returns the object with an address; what it raises is passed on. What is not among the wheels would
    be asked of PyPI, unless the option is `--no-index`, and is not looked at.
    """
    found = Wheels()
    for module in filter(None, arguments.get(MODULES, "").split(",")):
        if module.startswith("s3://"):
            found.take(_wheels(PurePosixPath(module).name, find(module)))
        else:
            found.wanted.append(_requirement(module))
    if "--no-index" in arguments.get(OPTION, "").split():
        for need in found.wanted:
            _require(need, found.versions)


def _require(need: Requirement, versions: Mapping[NormalizedName, set[Version]]) -> None:
    name = canonicalize_name(need.name)
    given = versions.get(name, set[Version]())
    known = [*given, *(version for provided, version in _PROVIDED.items() if provided == name)]
    if not any(need.specifier.contains(one, prereleases=True) for one in known):
        there = ", ".join(sorted(map(str, given))) or "none"
        raise NotInstalledError(
            f"Could not find a version that satisfies the requirement {need} (from versions: {there})"
        )


def _requirement(text: str) -> Requirement:
    try:
        return Requirement(text)
    except InvalidRequirement:
        raise NotInstalledError(f"Invalid requirement: {text!r}") from None


def _wheels(name: str, found: "FakeKey") -> Wheels:
    kept = name, str(found.etag)
    if kept not in _READ:
        _READ[kept] = _read(name, bytes(found.value))
    return _READ[kept]


def _read(name: str, content: bytes) -> Wheels:
    found = Wheels()
    if not name.endswith(_ZIP):
        _add(found, name, content)
        return found
    with _opened(name, content) as archive:
        for path in map(PurePosixPath, archive.namelist()):
            if path.parts[0] != _WITHIN:
                continue
            if path.suffix == ".whl":
                _add(found, path.name, archive.read(str(path)))
            elif path.name == _LIST:
                lines = archive.read(str(path)).decode().splitlines()
                found.wanted += [_requirement(line) for line in lines if line.strip()]
    return found


def _add(found: Wheels, name: str, content: bytes) -> None:
    try:
        project, version, _, tags = parse_wheel_filename(name)
    except InvalidWheelFilename:
        raise NotInstalledError(f"{name} is not a valid wheel filename.") from None
    if not _TAGS & tags:
        raise NotInstalledError(f"{name} is not a supported wheel on this platform.")
    found.versions.setdefault(project, set()).add(version)
    found.wanted += _needs(name, content)


def _needs(name: str, content: bytes) -> Iterator[Requirement]:
    with _opened(name, content) as archive:
        of_metadata = [one for one in archive.namelist() if one.endswith(".dist-info/METADATA")]
        if len(of_metadata) != 1:
            raise NotInstalledError(f"{name} has no METADATA.")
        metadata = Metadata.from_email(archive.read(of_metadata[0]), validate=False)
    needs: Iterable[Requirement] = metadata.requires_dist or ()
    return (one for one in needs if one.marker is None or one.marker.evaluate(_MARKERS))


def _opened(name: str, content: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        raise NotInstalledError(f"{name} is not a zip file.") from None

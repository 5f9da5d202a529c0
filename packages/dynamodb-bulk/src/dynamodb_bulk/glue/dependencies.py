"""The packages that the program needs, as wheels for the workers of Glue, in one zip.

Workers install from it alone, so that a job runs without the internet, and with the same packages each time:
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-libraries.html
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.metadata import Metadata
from packaging.requirements import Requirement
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename

from dynamodb_bulk.glue.wheel import PACKAGE, wheel_of, wheel_tags
from dynamodb_bulk.machine import cache_folder
from dynamodb_bulk.spec.errors import InputError

NAME = "dependencies.gluewheels.zip"
WITHIN = "wheels"
# Appendix B of the page: Glue 5.1 has Python 3.11 on Amazon Linux 2023, whose C library is glibc 2.34.
PYTHON = (3, 11)
_PLATFORMS = [*(f"manylinux_2_{minor}_x86_64" for minor in range(34, 16, -1)), "manylinux2014_x86_64"]
_TAGS = {
    str(tag)
    for tag in (
        *cpython_tags(PYTHON, platforms=_PLATFORMS),
        *compatible_tags(PYTHON, "cp311", _PLATFORMS),
    )
}
_MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.0",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": "3.11.0",
    "python_version": "3.11",
    "sys_platform": "linux",
}
# Workers keep their own: numpy, for which their pandas and pyarrow are built, and pip, which is at work.
_OF_GLUE = frozenset(map(canonicalize_name, ("numpy", "pip")))
# uv's settings for what pip reads: https://docs.astral.sh/uv/reference/environment/
_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL")
_INDEX = "PIP_INDEX_URL"
Pins = Mapping[NormalizedName, str]


def dependencies(of: str = PACKAGE) -> tuple[Path, str]:
    """Return the zip for a package in this machine's cache, and a digest of what is in it and the versions.

    They have the versions that are installed here. What is installed here for the platform of Glue is taken
    from here; pip downloads the rest, with its settings and the index of uv's environment variables. Raise
    InputError where it cannot.
    """
    pins = _pins(of, {})
    digest = hashlib.sha256("\n".join(sorted(pins.values())).encode()).hexdigest()[:12]
    path = cache_folder("glue") / digest / NAME
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            made = Path(folder, NAME)
            _zipped(_gathered(of, Path(folder, WITHIN)), made)
            made.replace(path)
    return path, digest


def _gathered(of: str, folder: Path) -> Path:
    """Return the folder, filled with a wheel of each package and a list of them."""
    folder.mkdir()
    while missing := {
        name: pin for name, pin in _pins(of, _held(folder)).items() if name not in _held(folder)
    }:
        elsewhere: list[str] = []
        for name, pin in missing.items():
            here = _installed(name)
            if here and _TAGS.intersection(wheel_tags(here)):
                file, content = wheel_of(here)
                Path(folder, file).write_bytes(content)
            else:
                elsewhere.append(pin)
        if elsewhere:
            _download(elsewhere, folder)
    listed = sorted(f"{name}=={parse_wheel_filename(path.name)[1]}\n" for name, path in _held(folder).items())
    Path(folder, "requirements.txt").write_text("".join(listed))
    return folder


def _pins(of: str, held: Mapping[NormalizedName, Path]) -> Pins:
    """Return what a package needs on Glue, as far as packages are installed here or wheels are held."""
    pins: dict[NormalizedName, str] = {}
    waiting = [Requirement(of)]
    while waiting:
        for need in _needs(waiting.pop(), held):
            name = canonicalize_name(need.name)
            if name in pins or name in _OF_GLUE:
                continue
            here = _installed(name)
            pins[name] = f"{name}=={here.version}" if here else f"{name}{need.specifier}"
            waiting.append(need)
    return pins


def _needs(of: Requirement, held: Mapping[NormalizedName, Path]) -> Iterator[Requirement]:
    name = canonicalize_name(of.name)
    here = _installed(name)
    texts = _metadata(held[name]).requires_dist or () if name in held else here.requires or () if here else ()
    for text in texts:
        need = text if isinstance(text, Requirement) else Requirement(text)
        marker = need.marker
        if marker is None or any(marker.evaluate({**_MARKERS, "extra": one}) for one in ("", *of.extras)):
            yield need


def _metadata(path: Path) -> Metadata:
    with zipfile.ZipFile(path) as archive:
        [name] = [one for one in archive.namelist() if one.endswith(".dist-info/METADATA")]
        return Metadata.from_email(archive.read(name), validate=False)


def _held(folder: Path) -> dict[NormalizedName, Path]:
    return {parse_wheel_filename(path.name)[0]: path for path in sorted(folder.glob("*.whl"))}


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:  # for other versions of Python than Glue's
        return None


def _download(pins: Iterable[str], folder: Path) -> None:
    places = (f"--platform={platform}" for platform in _PLATFORMS)
    version = f"--python-version={'.'.join(map(str, PYTHON))}"
    how = ("--quiet", "--no-deps", "--only-binary=:all:", version, *places, f"--dest={folder}")
    index = next((os.environ[name] for name in _INDEXES if os.environ.get(name)), None)
    settings = os.environ if index is None else {_INDEX: index, **os.environ}
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pip", "download", *how, *pins],
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        errors = [line.removeprefix("ERROR: ") for line in ran.stderr.splitlines() if "ERROR:" in line]
        why = errors[-1] if errors else f"pip ended with {ran.returncode}"
        remedy = f"name an index that has them, as {_INDEX} or in pip's settings"
        raise InputError("packages of the Glue job", f"cannot be downloaded: {why}", remedy)


def _zipped(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:  # wheels are compressed
        for each in sorted(folder.iterdir()):
            archive.write(each, f"{folder.name}/{each.name}")

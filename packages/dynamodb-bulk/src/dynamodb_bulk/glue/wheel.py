"""Packages that are installed here as wheels again, for the Glue job: this very program, and what it needs.

https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from importlib.metadata import Distribution, distribution, version
from pathlib import Path

from packaging.utils import canonicalize_name

import dynamodb_bulk

PACKAGE = "dynamodb-bulk"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TAGS = "Wheel-Version: 1.0\nGenerator: dynamodb-bulk\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
# What installers write beside the files of a wheel.
# https://packaging.python.org/en/latest/specifications/recording-installed-packages/
_OF_INSTALLER = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")


def wheel() -> tuple[str, bytes]:
    """Return a file name and the content, which are the same for the same code."""
    module = PACKAGE.replace("-", "_")
    release = f"{module}-{version(PACKAGE)}"
    info = f"{release}.dist-info"
    root = Path(dynamodb_bulk.__file__).parent
    files = {
        f"{module}/{path.relative_to(root).as_posix()}": path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    files[f"{info}/METADATA"] = (distribution(PACKAGE).read_text("METADATA") or "").encode()
    files[f"{info}/WHEEL"] = _TAGS.encode()
    return f"{release}-py3-none-any.whl", _packed(files, info)


def wheel_tags(installed: Distribution) -> tuple[str, ...]:
    """Return the tags of the wheel that a package was installed from, such as `py3-none-any`."""
    lines = (installed.read_text("WHEEL") or "").splitlines()
    return tuple(line.partition(":")[2].strip() for line in lines if line.startswith("Tag:"))


def wheel_of(installed: Distribution) -> tuple[str, bytes]:
    """Return the file name and the content of a wheel of what is installed, without the commands of it.

    An installer makes these again from their entry points.
    """
    release = f"{canonicalize_name(installed.name).replace('-', '_')}-{installed.version}"
    files: dict[str, bytes] = {}
    info = ""
    for file in installed.files or ():
        top = file.parts[0]
        if top.endswith(".dist-info"):
            info = top
        if top == ".." or file.suffix == ".pyc" or (top == info and file.name in _OF_INSTALLER):
            continue
        files[file.as_posix()] = Path(str(file.locate())).read_bytes()
    parts = zip(*(tag.split("-") for tag in wheel_tags(installed)), strict=True)
    tags = "-".join(".".join(dict.fromkeys(part)) for part in parts)
    return f"{release}-{tags}.whl", _packed(files, info)


def _packed(files: Mapping[str, bytes], info: str) -> bytes:
    record = "".join(f"{name},{_digest(content)},{len(content)}\n" for name, content in files.items())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in (*files.items(), (f"{info}/RECORD", f"{record}{info}/RECORD,,\n".encode())):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _digest(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"sha256={digest}"

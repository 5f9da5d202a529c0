"""This very program as a wheel, and the versions of the packages that it uses here, for the Glue job.

https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, requires, version
from pathlib import Path

import dynamodb_bulk

PACKAGE = "dynamodb-bulk"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TAGS = "Wheel-Version: 1.0\nGenerator: dynamodb-bulk\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel() -> tuple[str, bytes]:
    """Return a file name and the content, which are the same for the same code."""
    module = PACKAGE.replace("-", "_")
    release = f"{module}-{version(PACKAGE)}"
    info = f"{release}.dist-info"
    files = {f"{module}/{name}": content for name, content in _sources()}
    files[f"{info}/METADATA"] = (distribution(PACKAGE).read_text("METADATA") or "").encode()
    files[f"{info}/WHEEL"] = _TAGS.encode()
    record = "".join(f"{name},{_digest(content)},{len(content)}\n" for name, content in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return f"{release}-py3-none-any.whl", packed.getvalue()


def requirements() -> tuple[str, ...]:
    """Return the packages that the program needs, each in the version that is here."""
    return tuple(_pins())


def _pins() -> Iterator[str]:
    for required in requires(PACKAGE) or ():
        found = _NAME.match(required)
        if found is None:
            continue
        try:
            yield f"{found[0]}=={version(found[0])}"
        except PackageNotFoundError:  # for other versions of Python, of which Glue's may be one
            yield required.partition(";")[0].strip()


def _sources() -> Iterator[tuple[str, bytes]]:
    root = Path(dynamodb_bulk.__file__).parent
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(root).as_posix(), path.read_bytes()


def _digest(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"sha256={digest}"

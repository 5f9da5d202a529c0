"""Small wheels, as a package index or a Glue job has them."""

import io
import zipfile
from collections.abc import Iterable

ANYWHERE = "py3-none-any"
LINUX = "cp311-cp311-manylinux_2_28_x86_64"
MAC = "cp312-cp312-macosx_11_0_arm64"


def small_wheel(name: str, version: str, *requires: str, tags: str = ANYWHERE) -> tuple[str, bytes]:
    """Return the file name and the content of a wheel of one module."""
    made, info = io.BytesIO(), f"{name}-{version}.dist-info"
    with zipfile.ZipFile(made, "w") as archive:
        for path, text in dist_info(name, version, *requires, tags=tags).items():
            archive.writestr(path, text)
        archive.writestr(f"{name}.py", f"VERSION = {version!r}\n")
        archive.writestr(
            f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )
    return f"{name}-{version}-{tags}.whl", made.getvalue()


def dist_info(name: str, version: str, *requires: str, tags: str = ANYWHERE) -> dict[str, str]:
    """Return the files by which an installed package is known, but for the list of its files."""
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}"
    kind = f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tags}\n"
    info = f"{name}-{version}.dist-info"
    return {f"{info}/METADATA": metadata, f"{info}/WHEEL": kind}


def glue_zip(wheels: Iterable[tuple[str, bytes]], *listed: str) -> bytes:
    """Return a zip of wheels as AWS documents it, with a list of packages."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in wheels:
            archive.writestr(f"wheels/{name}", content)
        archive.writestr("wheels/requirements.txt", "".join(f"{each}\n" for each in listed))
    return made.getvalue()

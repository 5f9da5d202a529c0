"""Gets DynamoDB Local from Maven Central into the cache, once, and checks every file of it."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from dynamodb_bulk.spec.errors import InputError
from offline_pulumi.engine.acquire import ProgressReporter
from offline_pulumi.folders import exclusive

VERSION = "2.6.1"
JAVA = 17
"""The oldest Java that it runs on; a JDK, for its loopback launcher is compiled at the start."""
# Pinned, so that what is fetched is always the same.
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_HERE = Path(__file__).parent
_SETTING = "BULK_DYNAMODB=dynamodb-local"


def find_jars(cache: Path, teller: ProgressReporter) -> Path:
    """Return the folder of its jars and native libraries, fetched if need be; raise `InputError`."""
    java()
    place = cache / VERSION
    if place.exists():
        return place
    with exclusive(cache / ".lock", lambda: teller.line("another run is getting DynamoDB Local")):
        if not place.exists():
            teller.line(f"getting DynamoDB Local {VERSION} from Maven Central: 51 MB, once")
            _fetch(place)
    return place


def java() -> str:
    """Return the `java` of a JDK that is new enough; raise `InputError`."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    remedy = f"install a JDK {JAVA} or later, or leave {_SETTING} out"
    if found is None:
        raise InputError(_SETTING, "needs Java, and there is none", remedy)
    said = subprocess.run(  # noqa: S603
        [found, "--list-modules"], capture_output=True, text=True, check=False
    ).stdout
    modules = {name: version for name, _, version in (line.partition("@") for line in said.split())}
    release = modules.get("java.base", "0").split(".")[0]
    if not release.isdecimal() or int(release) < JAVA:
        raise InputError(_SETTING, f"needs Java {JAVA}, and {found} is older", remedy)
    if "jdk.compiler" not in modules:
        raise InputError(_SETTING, f"needs a JDK, and {found} belongs to a runtime alone", remedy)
    return found


def damaged(folder: Path) -> list[str]:
    """Return the files that are missing, more than there should be, or not what they were when pinned."""
    lines = (_HERE / "jars.sha256").read_text().splitlines()
    pinned = {name: digest for digest, name in (line.split() for line in lines)}
    there = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
    return sorted({name for name, _ in pinned.items() ^ there.items()})


def _fetch(place: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise InputError(
            _SETTING, "needs Maven to get DynamoDB Local, and there is none", "install Maven 3.8 or later"
        )
    with tempfile.TemporaryDirectory(dir=place.parent) as folder:
        new = Path(folder) / "jars"
        done = subprocess.run(  # noqa: S603
            [
                *(maven, "--quiet", "--batch-mode", "--file", str(_HERE / "pom.xml")),
                *(f"-Dmaven.repo.local={folder}/repository", _COPY),
                *(f"-DoutputDirectory={new}", "-DincludeScope=runtime"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = [line for line in done.stdout.splitlines() if "ERROR" in line] or ["no reason given"]
            raise InputError(_SETTING, f"Maven failed: {said[0]}", "see that Maven Central can be reached")
        if wrong := damaged(new):
            raise InputError(
                _SETTING,
                f"what Maven brought is not what was pinned: {', '.join(wrong[:3])}",
                f"compare with {_HERE / 'jars.sha256'}",
            )
        new.rename(place)

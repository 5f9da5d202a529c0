"""Finds the Pulumi engine or gets it: PATH, cache, official installer, own build."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from offline_pulumi.engine import network
from offline_pulumi.engine.build import BuildError, build
from offline_pulumi.engine.versions import ENGINE, MINIMUM, of_engine, parse, written
from offline_pulumi.folders import Folders, exclusive, on_path


class ProgressReporter(Protocol):
    """Tells the user of what takes time."""

    def line(self, text: str) -> None:
        """Print a line."""

    def progress(self, text: str, seconds: float) -> None:
        """Show what is in progress, and for how long."""


class Unavailable(Exception):
    """Something of Pulumi cannot be had: `where` it was looked for, `what` is wrong, the `remedy`."""

    def __init__(self, where: str, what: str, remedy: str = "") -> None:
        super().__init__(f"{where}: {what}" + (f"; {remedy}" if remedy else ""))
        self.where = where
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True)
class Engine:
    """Describes a Pulumi executable: its version, and where it came from."""

    path: Path
    version: str
    origin: str


def find_engine(folders: Folders, reporter: ProgressReporter) -> Engine:
    """The first engine to be had; raises `Unavailable`, naming all that was tried, when there is none."""
    tried: list[str] = []
    found = _first(_on_path(folders, tried), _in_cache(folders, tried))
    if found:
        return found
    lock = folders.engines / ".lock"
    with exclusive(lock, lambda: reporter.line("another run is getting the engine: waiting for it")):
        tried.clear()
        found = _first(
            _on_path(folders, tried),
            _in_cache(folders, tried),
            _installed(folders, reporter, tried),
            _built(folders, reporter, tried),
        )
    if found:
        return found
    raise Unavailable(
        "pulumi",
        "no engine to be had: " + "; ".join(tried),
        f"install Pulumi {written(MINIMUM)} or later (https://www.pulumi.com/docs/install), "
        "or Go 1.26.6 with access to a Go module proxy, and run this again",
    )


def _first(*sources: Iterator[Engine]) -> Engine | None:
    return next((engine for source in sources for engine in source), None)


def _on_path(folders: Folders, tried: list[str]) -> Iterator[Engine]:
    path = on_path("pulumi", folders)
    version = of_engine(path) if path else None
    if path is None:
        tried.append("no pulumi on PATH")
    elif version is None or version < MINIMUM:
        said = written(version) if version else "of no version that it says"
        tried.append(f"{path} is {said}, and {written(MINIMUM)} is needed")
    else:
        yield Engine(path, written(version), f"on PATH at {path}")


def _in_cache(folders: Folders, tried: list[str]) -> Iterator[Engine]:
    for place, origin in ((official(folders), "installed"), (built(folders), "built here")):
        if place.exists():
            yield Engine(place, ENGINE, f"{origin}, in {place.parent}")
    tried.append(f"none in {folders.engines}")


def official(folders: Folders) -> Path:
    """Return where the official installer's engine lies."""
    return folders.engines / f"{ENGINE}-official" / "bin" / "pulumi"


def built(folders: Folders) -> Path:
    """Return where the engine built here lies."""
    return folders.engines / ENGINE / "pulumi"


def _installed(folders: Folders, reporter: ProgressReporter, tried: list[str]) -> Iterator[Engine]:
    if not network.reachable(folders.cache):
        tried.append(f"the official installer ({network.SITE}) is out of reach")
        reporter.line(f"Pulumi's installer is out of reach ({network.SITE}): building the engine instead")
        return
    from pulumi.automation import PulumiCommand
    from semver import VersionInfo

    reporter.line(f"installing Pulumi {ENGINE}")
    place = official(folders)
    try:
        PulumiCommand.install(root=str(place.parent.parent), version=VersionInfo.parse(ENGINE))
    except Exception as error:  # noqa: BLE001 - whatever goes wrong there, the build is next
        reason = " ".join(str(error).split())[:200]
        network.remember_failure(folders.cache, f"Pulumi's installer failed: {reason}")
        tried.append(f"the official installer failed ({reason})")
        reporter.line("Pulumi's installer failed: building the engine instead")
        return
    version = of_engine(place)
    if version is not None:
        yield Engine(place, written(version), f"installed, in {place.parent}")


def _built(folders: Folders, reporter: ProgressReporter, tried: list[str]) -> Iterator[Engine]:
    place = built(folders)
    text = f"building Pulumi {ENGINE} from its Go sources, once: some 4 minutes on 2 cores"
    reporter.line(text)
    try:
        build(place, lambda seconds: reporter.progress(text, seconds))
    except BuildError as error:
        tried.append(f"own build: {error}")
        return
    if of_engine(place) != parse(ENGINE):
        tried.append(f"own build: {place} does not run")
        return
    yield Engine(place, ENGINE, f"built here, in {place.parent}")

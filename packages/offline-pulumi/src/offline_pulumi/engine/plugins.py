"""Decides on the plugins: Pulumi's own where there are any, else the local replacements."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from offline_pulumi.engine import network
from offline_pulumi.engine.acquire import Engine, ProgressReporter
from offline_pulumi.engine.search import on_path
from offline_pulumi.engine.versions import MINIMUM, PROVIDER, of_engine
from offline_pulumi.errors import Unavailable
from offline_pulumi.folders import Folders

LANGUAGE_HOST = "pulumi-language-python"
DYNAMIC = "pulumi-resource-pulumi-python"
AWS = "pulumi-resource-aws"
CHOICES = ("stand-in", "official")
NOT_AVAILABLE = "not available offline; using the local replacement"


@dataclass(frozen=True)
class Plugin:
    """A plugin of the engine: the module that replaces it, or an empty name for the official one.

    A light one needs Pulumi's gRPC stubs and nothing else of the SDK.
    """

    name: str
    stand_in: str
    origin: str
    light: bool = True


def language_host(folders: Folders, engine: Engine) -> Plugin:
    """Pulumi's own Python language host, next to the engine or on PATH; else this project's."""
    replacement = Plugin(LANGUAGE_HOST, "offline_pulumi.language_host", NOT_AVAILABLE)
    return _bundled(LANGUAGE_HOST, folders, engine) or replacement


def dynamic(folders: Folders, engine: Engine) -> Plugin:
    """The server of the program's own dynamic resources: Pulumi's own; else the SDK's, which that starts."""
    replacement = Plugin(DYNAMIC, "offline_pulumi.dynamic_provider", "of the SDK", light=False)
    return _bundled(DYNAMIC, folders, engine) or replacement


def _bundled(name: str, folders: Folders, engine: Engine) -> Plugin | None:
    """Return one that Pulumi's installer puts next to the engine, where the engine expects it."""
    beside = engine.path.resolve().with_name(name)
    if beside.exists():
        return Plugin(name, "", f"official, in {beside.parent}")
    found = on_path(name, folders)
    if found is None or _is_of_older_engine(found, engine):
        return None
    return Plugin(name, "", f"official, on PATH at {found}")


def _is_of_older_engine(plugin: Path, engine: Engine) -> bool:
    neighbour = plugin.with_name("pulumi")
    if not neighbour.exists() or neighbour == engine.path:
        return False
    return (of_engine(neighbour) or MINIMUM) < MINIMUM


def provider(
    folders: Folders, engine: Engine, teller: ProgressReporter, environ: Mapping[str, str] = os.environ
) -> Plugin:
    """Return the real AWS provider, if it is here or can be had; else the replacement. BULK_PROVIDER decides
    otherwise.
    """
    choice = environ.get("BULK_PROVIDER", "")
    if choice and choice not in CHOICES:
        raise Unavailable("BULK_PROVIDER", f"is {choice!r}", f"set it to {' or '.join(CHOICES)}, or unset it")
    stand_in = Plugin(AWS, "offline_pulumi.provider", NOT_AVAILABLE)
    if choice == "stand-in":
        return Plugin(AWS, stand_in.stand_in, "the local replacement, as BULK_PROVIDER asks")
    return _official(folders, engine, teller, wanted=choice == "official") or stand_in


def _official(folders: Folders, engine: Engine, teller: ProgressReporter, *, wanted: bool) -> Plugin | None:
    if found := on_path(AWS, folders):
        return Plugin(AWS, "", f"official, on PATH at {found}")
    place = folders.pulumi_home / "plugins" / f"resource-aws-v{PROVIDER}" / AWS
    if place.exists() or _install(folders, engine, teller):
        return Plugin(AWS, "", f"official {PROVIDER}, in {place.parent}")
    if wanted:
        raise Unavailable(
            "BULK_PROVIDER",
            f"is 'official', but {AWS} {PROVIDER} is neither on PATH nor in {place.parent.parent}, "
            f"nor can it be had",
            f"install it with `PULUMI_HOME={folders.pulumi_home} pulumi plugin install resource aws "
            f"{PROVIDER}`, "
            "or unset BULK_PROVIDER",
        )
    return None


def _install(folders: Folders, engine: Engine, teller: ProgressReporter) -> bool:
    if not network.reachable(folders.cache):
        return False
    teller.line(f"installing the AWS provider {PROVIDER} (some 200 MB)")
    command = [engine.path, "plugin", "install", "resource", "aws", PROVIDER]
    environ = os.environ | {"PULUMI_HOME": str(folders.pulumi_home), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    environ.pop("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", None)
    try:
        subprocess.run(command, env=environ, capture_output=True, timeout=900, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        network.remember_failure(folders.cache)
        return False
    return True

"""Decides on the plugins: Pulumi's own where there are any, else the local replacements."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from offline_pulumi.engine import network
from offline_pulumi.engine.acquire import Engine, ProgressReporter, Unavailable
from offline_pulumi.engine.versions import MINIMUM, PROVIDER, of_engine
from offline_pulumi.folders import Folders, on_path

LANGUAGE_HOST = "pulumi-language-python"
DYNAMIC = "pulumi-resource-pulumi-python"
AWS = "pulumi-resource-aws"
Choice = Literal["stand-in", "official"]
_PROVIDER = "offline_pulumi.provider.service"
NOT_AVAILABLE = "not available offline; using the local replacement"


@dataclass(frozen=True)
class Plugin:
    """Describes a plugin of the engine: the module that replaces it; an empty name for the official one.

    A light one needs Pulumi's gRPC stubs and nothing else of the SDK.
    """

    name: str
    stand_in: str
    origin: str
    light: bool = True


def language_host(folders: Folders, engine: Engine) -> Plugin:
    """Pulumi's own Python language host, beside the engine or on PATH; else the replacement."""
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
    folders: Folders, engine: Engine, reporter: ProgressReporter, choice: Choice | None = None
) -> Plugin:
    """The real AWS provider, if it is installed or can be; else the replacement. `choice` decides otherwise;
    raises `Unavailable` when it cannot be met.
    """
    if choice == "stand-in":
        return Plugin(AWS, _PROVIDER, "the local replacement, as asked")
    official = _official(folders, engine, reporter)
    if official is None and choice == "official":
        home = folders.shared_home
        raise Unavailable(
            AWS,
            f"{PROVIDER} is neither on PATH nor in {home / 'plugins'}, and cannot be downloaded",
            f"install it with `PULUMI_HOME={home} pulumi plugin install resource aws {PROVIDER}`",
        )
    failure = network.last_failure(folders.cache)
    origin = f"not downloaded ({failure}); using the local replacement" if failure else NOT_AVAILABLE
    return official or Plugin(AWS, _PROVIDER, origin)


def _official(folders: Folders, engine: Engine, reporter: ProgressReporter) -> Plugin | None:
    if found := on_path(AWS, folders):
        return Plugin(AWS, "", f"official, on PATH at {found}")
    place = folders.shared_home / "plugins" / f"resource-aws-v{PROVIDER}" / AWS
    if place.exists() or _install(folders, engine, reporter):
        return Plugin(AWS, "", f"official {PROVIDER}, in {place.parent}")
    return None


def _install(folders: Folders, engine: Engine, reporter: ProgressReporter) -> bool:
    if not network.reachable(folders.cache):
        return False
    reporter.line(f"installing the AWS provider {PROVIDER} (some 200 MB)")
    command = [engine.path, "plugin", "install", "resource", "aws", PROVIDER]
    environ = os.environ | {"PULUMI_HOME": str(folders.shared_home), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    environ.pop("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", None)
    try:
        subprocess.run(command, env=environ, capture_output=True, timeout=900, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip().splitlines()
        network.remember_failure(folders.cache, said[-1] if said else str(error))
        return False
    network.forget_failure(folders.cache)
    return True

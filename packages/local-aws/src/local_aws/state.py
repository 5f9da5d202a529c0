"""Where this clone keeps what it makes: a cache shared by clones, and a state folder of its own."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from dynamodb_bulk.spec.errors import InputError

PRODUCT = "dynamodb-bulk"
FORMAT = "1"
"""Version of the state folder's layout: raised when an older folder could not be read any more."""


def project_folder(start: Path | None = None) -> Path:
    """Find the Pulumi project that a folder, by default the current one, is in; else the folder itself."""
    here = (start or Path.cwd()).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / "Pulumi.yaml").is_file()), here)


@dataclass(frozen=True, kw_only=True)
class Folders:
    """Names the two folders outside the repository, and what lies in them."""

    clone: Path
    cache: Path
    state: Path

    @property
    def engines(self) -> Path:
        """Engine executables, one folder per version."""
        return self.cache / "engine"

    @property
    def dynamodb_local(self) -> Path:
        """AWS's DynamoDB Local, one folder per version."""
        return self.cache / "dynamodb-local"

    @property
    def shared_home(self) -> Path:
        """Plugins and workspace settings of Pulumi."""
        return self.cache / "pulumi-home"

    @property
    def pulumi_home(self) -> Path:
        """PULUMI_HOME: a link to `shared_home`, or a folder of its own while the AWS provider is replaced."""
        return self.state / "pulumi-home"

    @property
    def uv(self) -> Path:
        """The folder of the `uv` that the Makefile gets where there is none on PATH."""
        return self.cache / "uv" / "bin"

    @property
    def backend(self) -> Path:
        """The file backend with the states of the stacks on this machine."""
        return self.state / "pulumi"

    @property
    def previous_backend(self) -> Path:
        """The file backend of the server before this one."""
        return self.state / "pulumi.previous"

    @property
    def bin(self) -> Path:
        """What continues PATH: the engine, and the replacements that are in use."""
        return self.state / "bin"

    @property
    def provider_record(self) -> Path:
        """Which AWS provider made the states: Pulumi's own or its replacement."""
        return self.state / "provider"

    @property
    def log(self) -> Path:
        """What the server prints."""
        return self.state / "server.log"

    @property
    def server_record(self) -> Path:
        """Process id and port of the server, as JSON."""
        return self.state / "server.json"

    def open(self) -> Self:
        """Make the state folder, or check that this version can use it; raise `InputError` when not."""
        self.state.mkdir(parents=True, exist_ok=True)
        mark = self.state / "format"
        if not mark.exists():
            mark.write_text(f"{FORMAT}\n")
        elif (found := mark.read_text().strip()) != FORMAT:
            raise InputError(
                str(self.state),
                f"holds state of format {found}; this version reads format {FORMAT}",
                "use the version that made it, or move the folder away to begin anew",
            )
        self.backend.mkdir(exist_ok=True)
        self.bin.mkdir(exist_ok=True)
        self.shared_home.mkdir(parents=True, exist_ok=True)
        return self


def folders(clone: Path | None = None, environ: Mapping[str, str] = os.environ) -> Folders:
    """The folders of the project at `clone`, by default the current one, by XDG variables in `environ`."""
    clone = clone or project_folder()
    home = Path(environ.get("HOME") or Path.home())
    cache = Path(environ.get("XDG_CACHE_HOME") or home / ".cache")
    state = Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state")
    digest = hashlib.sha256(os.fsencode(clone)).hexdigest()[:8]
    return Folders(clone=clone, cache=cache / PRODUCT, state=state / PRODUCT / f"{clone.name}-{digest}")

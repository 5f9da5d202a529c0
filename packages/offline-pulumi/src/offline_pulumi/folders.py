"""The folders that this package reads and fills; whoever calls it says where they are."""

from pathlib import Path
from typing import Protocol


class Folders(Protocol):
    """`cache`, `engines` and `shared_home` are shared by projects; `bin` continues PATH."""

    @property
    def cache(self) -> Path:
        """What was downloaded, and when a download failed."""
        ...

    @property
    def engines(self) -> Path:
        """Engine executables, one folder per version."""
        ...

    @property
    def bin(self) -> Path:
        """The engine and its plugins, or what starts them."""
        ...

    @property
    def shared_home(self) -> Path:
        """Pulumi's own folder of plugins."""
        ...

    @property
    def pulumi_home(self) -> Path:
        """PULUMI_HOME: a link to `shared_home`, or a folder that has the replacement of a plugin in it."""
        ...

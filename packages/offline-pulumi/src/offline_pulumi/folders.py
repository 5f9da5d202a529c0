"""The folders that this package reads and fills; whoever calls it says where they are."""

from pathlib import Path
from typing import Protocol


class Folders(Protocol):
    """`cache` and `engines` are shared by projects; `bin` continues PATH; `pulumi_home` is PULUMI_HOME."""

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
    def pulumi_home(self) -> Path:
        """Pulumi's own folder of plugins."""
        ...

    @property
    def replacement_home(self) -> Path:
        """PULUMI_HOME while a plugin that Pulumi would install there is replaced; else it does not exist."""
        ...

"""A stack of a clone, of which a test chooses settings and files."""

import subprocess
from collections.abc import Sequence
from typing import Any

import yaml

from tests.e2e.clone import Clone, Run

ACCOUNT = "123456789012"
UP = "pulumi up --yes --skip-preview"
DESTROY = "pulumi destroy --yes --skip-preview"


class Stack:
    """A stack by its name, which no other test of the clone uses: it stays until the clone's AWS ends."""

    def __init__(self, clone: Clone, name: str) -> None:
        self.clone, self.name = clone, name
        self.bucket = f"dynamodb-bulk-{name}-files-{ACCOUNT}"

    def table(self, dataset: str) -> str:
        """The name of a dataset's table."""
        return f"dynamodb-bulk-{self.name}-{dataset}"

    def items(self, dataset: str) -> list[dict[str, Any]]:
        """Every item of a dataset's table."""
        return self.clone.items(self.table(dataset))

    def settle(self, *loads: dict[str, Any], exports: Sequence[dict[str, Any]] = (), **more: Any) -> None:
        """Write Pulumi.<stack>.yaml: the local settings with these loads, these exports, and more."""
        settings = self.clone.settings()
        given = {f"bulk:{name}": value for name, value in more.items()}
        settings["config"] |= {"bulk:loads": list(loads), "bulk:exports": list(exports), **given}
        (self.clone.folder / f"Pulumi.{self.name}.yaml").write_text(yaml.safe_dump(settings))

    def run(self, command: str) -> Run:
        """A command about this stack, as `pulumi preview`."""
        return self.clone.literal(self._of_this(command))

    def well(self, command: str) -> Run:
        """A command about this stack that must end well."""
        ended = self.run(command)
        assert ended.code == 0, ended.output
        return ended

    def up(self, options: str = "", *, through: str = "") -> Run:
        """`pulumi up`, its AWS at another URL when it goes `through` a proxy."""
        return self.clone.literal(self._of_this(f"{_at(through)}{UP} {options}"))

    def begin(self, command: str = UP, *, through: str = "") -> subprocess.Popen[str]:
        """A command begun in its own process group, for a test to kill or to wait for."""
        return self.clone.begin(self._of_this(f"{_at(through)}{command}"))

    def destroy(self) -> Run:
        """`pulumi destroy`."""
        return self.run(DESTROY)

    def changes(self) -> dict[str, int]:
        """How many resources the last operation created, updated, left the same …"""
        return self.clone.changes(self.name)

    def _of_this(self, command: str) -> str:
        return f"{command} --stack {self.name}"


def _at(url: str) -> str:
    return f"env AWS_ENDPOINT_URL={url} " if url else ""

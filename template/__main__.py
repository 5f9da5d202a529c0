"""Write what `pulumi new` makes a project of: `python -m template DIR`, as `make template` runs it.

That is the files of this repository but for those that .gitattributes leaves out, over them template/new, the
packages as wheels in vendor/, and a pyproject.toml that takes them from there.
"""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NEW = ROOT / "template" / "new"


def kept() -> list[str]:
    """The repository's files that belong to a new project, uncommitted ones too."""
    listed = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    said = _git("check-attr", "-z", "--stdin", "export-ignore", given=listed).split("\0")
    return sorted(
        {path for path, value in zip(said[::3], said[2::3], strict=False) if value != "set"}
        & {path for path in listed.split("\0") if (ROOT / path).is_file()}
    )


def project(root: Mapping[str, Any], wheels: list[str]) -> str:
    """The new project's pyproject.toml, from this repository's."""
    sources = {wheel.split("-")[0].replace("_", "-"): {"path": f"vendor/{wheel}"} for wheel in wheels}
    tables: dict[str, Mapping[str, Any]] = {
        "project": {
            "name": "bulk-load",
            "version": "0.1.0",
            "requires-python": root["project"]["requires-python"],
            "dependencies": root["project"]["dependencies"],
        },
        "dependency-groups": {"dev": root["dependency-groups"]["test"]},
        "tool.uv.sources": sources,
        "build-system": root["build-system"],
        "tool.hatch.build.targets.wheel": root["tool"]["hatch"]["build"]["targets"]["wheel"],
        "tool.pytest.ini_options": root["tool"]["pytest"]["ini_options"]
        | {"testpaths": ["tests"], "pythonpath": ["."]},
    }
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in table.items())
        for name, table in tables.items()
    )


def linked(page: Path) -> str:
    """The text of a page; a link to what a new project does not have becomes its words."""

    def there(link: re.Match[str]) -> str:
        words, target = link.groups()
        path = target.split("#")[0]
        return link[0] if "://" in target or (page.parent / path).exists() else words

    return re.sub(r"\[([^\]]*)\]\(([^)\s]+)\)", there, page.read_text())


def write(out: Path) -> None:
    """Write all but the lock file."""
    for path in kept():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, out / path)
    shutil.copytree(NEW, out, dirs_exist_ok=True)
    for page in out.rglob("*.md"):
        page.write_text(linked(page))
    program = (ROOT / "Pulumi.yaml").read_text().splitlines(keepends=True)
    program[:2] = ["name: ${PROJECT}\n", "description: ${DESCRIPTION}\n"]
    (out / "Pulumi.yaml").write_text("".join(program))
    shutil.copytree(ROOT / "dist", out / "vendor", ignore=shutil.ignore_patterns(".gitignore"))
    wheels = sorted(file.name for file in (out / "vendor").iterdir())
    (out / "pyproject.toml").write_text(project(tomllib.loads((ROOT / "pyproject.toml").read_text()), wheels))


def _toml(value: Any) -> str:
    """A TOML value; JSON's texts, numbers and lists are TOML's, its objects are not."""
    match value:
        case {**entries}:
            return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in entries.items()) + " }"
        case [_, _, *_]:
            return json.dumps(value, indent=2).replace("\n]", ",\n]")
        case _:
            return json.dumps(value)


def _git(*arguments: str, given: str = "") -> str:
    return subprocess.run(
        ["git", "-C", str(ROOT), *arguments], input=given, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


if __name__ == "__main__":
    write(Path(sys.argv[1]))

"""`bulk preview`: run `pulumi preview` for every stack with the policies of its environment."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.preview.run import Preview, Target, Violation, preview
from dynamodb_bulk.preview.targets import PACK, examples, on_aws, stacks
from dynamodb_bulk.spec.errors import InputError


def command(
    *names: Annotated[str, Parameter(help="Stacks with a Pulumi.<stack>.yaml; default: all of them.")],
    with_examples: Annotated[
        bool,
        Parameter(name="--examples", negative="", help="Also preview every example in every environment."),
    ] = False,
    project: Annotated[Path, Parameter(name="--cwd", help="The folder of the Pulumi program.")] = Path(),
    configuration: Annotated[
        Path | None,
        Parameter(name="--policy-config", help="Use this policy configuration instead of the environment's."),
    ] = None,
    only_list: Annotated[
        bool, Parameter(name="--list", negative="", help="Print the stacks on AWS and their environments.")
    ] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")] = False,
) -> int:
    """Show what stacks would deploy, and what the policies of their environment refuse.

    Nothing is deployed. Exit code 1: a policy refuses a stack, or a preview fails.
    """
    console, folder = Console(highlight=False), project.resolve()
    if not folder.is_dir():
        raise InputError(str(project), "not a folder")
    if only_list:
        sys.stdout.write(json.dumps(list(on_aws(folder))) + "\n")
        return 0
    with tempfile.TemporaryDirectory(prefix="bulk-preview-") as scratch:
        targets = list(stacks(folder, names, Path(scratch), configuration and configuration.resolve()))
        if with_examples:
            targets += examples(folder, Path(scratch))
        if not targets:
            raise InputError(str(folder), "no stack has settings", "run `pulumi stack init`")
        levels = _check(targets)
        with Console(stderr=True).status(f"{len(targets)} previews"):
            done = _previews(targets)
    if as_json:
        console.print_json(json.dumps([_as_json(each) for each in done]))
    else:
        _show(console, levels, done)
    return 0 if all(each.good for each in done) else 1


def _previews(targets: Sequence[Target]) -> list[Preview]:
    with ThreadPoolExecutor(max(1, min(4, os.cpu_count() or 1))) as pool:
        return list(pool.map(preview, targets))


def _check(targets: Sequence[Target]) -> list[str]:
    """Check the configurations with the pack, since the engine ignores unknown rules and settings."""
    files = list(dict.fromkeys(str(target.configuration) for target in targets))
    answer = subprocess.run(  # noqa: S603 - no shell
        [sys.executable, "-m", f"{PACK.name}.configuration", *files],
        cwd=PACK.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        where, _, what = answer.stderr.strip().partition(": ")
        raise InputError(where, what)
    return answer.stdout.splitlines()


def _show(console: Console, levels: Sequence[str], done: Sequence[Preview]) -> None:
    for line in levels:
        file, _, rules = line.partition(": ")
        console.print(Text.assemble((Path(file).stem, "bold"), f": {rules}"))
    console.print()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("stack", "environment", "changes"):
        table.add_column(heading, overflow="fold")
    for heading in ("rules", "refused", "advised", "seconds"):
        table.add_column(heading, justify="right")
    table.add_column("verdict")
    for each in done:
        verdict = "passes" if each.good else "fails" if each.errors else "refused"
        table.add_row(
            each.target.stack,
            each.target.environment,
            ", ".join(f"{count} {kind}" for kind, count in sorted(each.changes.items())) or "-",
            *(str(count) for count in (len(each.rules), len(each.refused), len(each.advised))),
            f"{each.seconds:.1f}",
            Text(verdict, style="green" if each.good else "bold red"),
        )
    console.print(table)
    for each in done:
        _show_findings(console, each)


def _show_findings(console: Console, done: Preview) -> None:
    where = f"{done.target.stack} ({done.target.environment})"
    for kind, style, found in (("refused", "bold red", done.refused), ("advised", "yellow", done.advised)):
        for rule, violations in groupby(found, lambda each: each.rule):
            console.print()
            console.print(Text.assemble((kind, style), f" in {where}: ", (rule, "bold")), soft_wrap=True)
            _show_rule(console, list(violations))
    for error in done.errors:
        console.print()
        console.print(Text.assemble(("failed", "bold red"), f" in {where}: {error}"), soft_wrap=True)


def _show_rule(console: Console, violations: Sequence[Violation]) -> None:
    """Print the reason and the remedy once, and a line for each resource."""
    # For a value that a preview does not know, the SDK prints a line with neither.
    whole = [lines for each in violations if len(lines := each.message.splitlines()) > 2]
    for lines in whole[:1]:
        console.print(Text(f"  {lines[0]}"), soft_wrap=True)
    for each in violations:
        finding = "\n".join(each.message.splitlines()[1:-1]) or each.message
        console.print(Text.assemble("    ", (each.resource, "cyan"), f": {finding}"), soft_wrap=True)
    for lines in whole[:1]:
        console.print(Text(f"  {lines[-1]}"), soft_wrap=True)


def _as_json(done: Preview) -> dict[str, object]:
    def plain(found: Sequence[Violation]) -> list[dict[str, str]]:
        return [vars(each) for each in found]

    return {
        "stack": done.target.stack,
        "environment": done.target.environment,
        "changes": dict(done.changes),
        "resources": done.resources,
        "rules": len(done.rules),
        "refused": plain(done.refused),
        "advised": plain(done.advised),
        "errors": done.errors,
        "seconds": round(done.seconds, 1),
    }

"""`bulk watch`: follow loads to their ends, live on a terminal."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Annotated, Self

from cyclopts import Parameter
from rich.live import Live
from rich.text import Text

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.cli.console import Console, warn
from dynamodb_bulk.cli.load_tables import print_loads, progress_lines
from dynamodb_bulk.cli.parameters import Json, Stack
from dynamodb_bulk.loads.by_arn import arn_status, aws_of_arn, is_arn, look_of
from dynamodb_bulk.loads.end_event import announced_end
from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.loads.registry import load_status, loader_of
from dynamodb_bulk.loads.stack_loads import StackLoads, read_stack_loads
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.loads.watching import Watched, failed_row
from dynamodb_bulk.loads.watching import watch as follow
from dynamodb_bulk.spec.text import visible
from dynamodb_bulk.verify.record import VerifyRecord


def watch(
    load: Annotated[str, Parameter(help="A load, an export or the Glue job of the stack, or an ARN.")],
    /,
    *more: Annotated[str, Parameter(help="More of them.")],
    stack: Stack = None,
    as_json: Json = False,
) -> int:
    """Follow loads to their ends, then show their verdicts; Ctrl-C leaves the loads running.

    Each is looked at every few seconds. On a terminal the lines are replaced; else a line is printed whenever
    something changed, and with --json an object per look and load. Exit code 0: all are good; 1: not all.
    """
    names = tuple(dict.fromkeys((load, *more)))
    watched = named_loads(names, stack)
    screen = WatchScreen(watched, as_json=as_json)
    try:
        with screen:
            follow(watched, screen.show)
    except KeyboardInterrupt:
        said = " ".join(names)
        come_back = f"stopped watching; the loads go on. Come back with: bulk watch {said}"
        Console(stderr=True, highlight=False, soft_wrap=True).print(come_back)
        return 130
    rows = [failed_row(one) for one in watched]
    if not as_json:
        print_loads(rows)
    return 0 if all(one.good for one in watched) else 1


def named_loads(names: Sequence[str], stack: str | None) -> list[Watched]:
    """Return what the names and ARNs stand for; the stack is read once, and only for names."""
    found = None if all(map(is_arn, names)) else read_stack_loads(stack)
    return [_of_stack(name, found) if found and not is_arn(name) else _of_arn(name) for name in names]


def _of_stack(name: str, stack: StackLoads) -> Watched:
    if look := look_of(name, stack):
        return Watched(name=name, look=look)
    load, aws = stack.named(name), stack.aws

    def judge() -> None:
        with announced(load, aws):
            loader_of(load).resume(load, aws, lambda _: None)

    return Watched(name=name, look=lambda: verified_status(load, aws), judge=judge)


def announced(load: DescribedLoad, aws: Aws) -> AbstractContextManager[None]:
    """Return the context in which a command follows a load: a verdict that it gives is announced."""
    return announced_end(load.name, load.announced_as, load.records_bucket, aws, warn, follows=True)


def _of_arn(arn: str) -> Watched:
    aws = aws_of_arn(arn)
    return Watched(name=arn, look=lambda: arn_status(arn, aws))


def verified_status(load: DescribedLoad, aws: Aws) -> LoadStatus:
    """Return the load now, with the result of the verification if it is good."""
    row = load_status(load, aws)
    record = VerifyRecord.read(load.records_bucket, load.name, aws) if row.good else None
    if record is None:
        return row
    verdict = "good, verified" if record.verdict == "good" else f"verified: {record.verdict}"
    return replace(row, good=record.good, verdict=verdict)


class WatchScreen:
    """Shows loads that are watched: live on a terminal, a line for each change elsewhere, or JSON."""

    def __init__(self, watched: Sequence[Watched], *, as_json: bool) -> None:
        self._watched, self._as_json = watched, as_json
        self._console = Console(stderr=not as_json, highlight=False, soft_wrap=not as_json)
        live = self._console.is_terminal and not as_json
        self._live = Live(console=self._console, auto_refresh=False, transient=True) if live else None
        self._shown: dict[str, str] = {}

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def show(self) -> None:
        """Show how all of them are now."""
        if self._as_json:
            for one in self._watched:
                self._print_json(one)
        elif self._live:
            lines = [line for one in self._watched for line in self._lines(one)]
            width = self._console.width
            self._live.update(Text("\n".join(visible(line)[:width] for line in lines)), refresh=True)
        else:
            for one in self._watched:
                if (text := "\n".join(self._lines(one))) != self._shown.get(one.name):
                    self._shown[one.name] = text
                    self._console.print(text)

    def _print_json(self, one: Watched) -> None:
        told = (
            failed_row(one).as_json(one.before)
            if one.over
            else (one.row.as_json(one.before) if one.row else {})
        )
        line = json.dumps({**told, "load": one.name, "trouble": one.trouble or None, "over": one.over})
        if line != self._shown.get(one.name):
            self._shown[one.name] = line
            print(line, flush=True)  # noqa: T201 - a line for programs

    def _lines(self, one: Watched) -> list[str]:
        row = one.row
        if one.trouble or row is None:
            return [f"{one.name}: {one.trouble}"]
        if row.progress is None:
            return [f"{one.name}: {row.verdict}"]
        return progress_lines(row, row.progress, one.before)

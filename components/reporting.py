"""How mistakes, refusals and progress reach the user through Pulumi: in one line. Bugs keep their traceback.

Pulumi shows a traceback for every exception of a program but `pulumi.RunError`.
"""

import functools
import re
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import pulumi
from pulumi.resource import DependencyResource

from dynamodb_bulk.one_line import in_one_line
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.spec.text import visible_lines

if TYPE_CHECKING:  # each preview starts a process of dynamic providers, which has no use for the AWS SDK
    from dynamodb_bulk.aws.polling import Report

P = ParamSpec("P")
R = TypeVar("R")

REPORTED = 32
"""The exit status by which a program tells Pulumi's language host that it has reported its failure.
https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/python/cmd/pulumi-language-python-exec
"""
_LONGEST_PAUSE = 60.0


@contextmanager
def errors_in_one_line() -> Generator[None]:
    """End the program after one line when its block raises what is no bug; of a group each has its line."""
    try:
        yield
    except Exception as error:
        text = str(error) if isinstance(error, pulumi.RunError) else in_one_line(error)
        if text is None:
            raise
        for line in text.split("\n") if isinstance(error, ExceptionGroup) else [text]:
            pulumi.log.error(line)
        raise SystemExit(REPORTED) from error


def reported(work: Callable[P, R], subject: str = "") -> Callable[P, R]:
    """Wrap what runs outside the program's own block: in an `apply`, a hook, or a dynamic provider.

    It raises `pulumi.RunError`, of which Pulumi shows the text in all three: one line, or the traceback of a
    bug. What does not say itself what it is about begins with the `subject`.
    """

    @functools.wraps(work)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except Exception as error:
            text = in_one_line(error) or f"unexpected error\n{traceback.format_exc()}"
            if subject and not isinstance(error, InputError | LoadFailed):
                text = f"{subject}: {text}"
            raise pulumi.RunError(text) from error

    return wrapped


def progress_of(urn: str) -> "Report":
    """Report progress in the row of a resource, which it may not have before it is created."""
    row = DependencyResource(urn)
    return paced(lambda text: pulumi.log.info(visible_lines(text), resource=row, ephemeral=True))


def paced(show: "Report", clock: Callable[[], float] = time.monotonic) -> "Report":
    """Show a new phase at once, and new numbers of one after a twentieth of the time so far.

    That is each second at first and each minute in the end, since a log has a line for each. Nothing is
    shown twice in a row.
    """
    began = clock()
    shown_at: dict[str, float] = {}
    newest = ""

    def report(text: str) -> None:
        nonlocal newest
        phase, now = re.sub(r"[^a-zA-Z]+", " ", text).strip(), clock()
        pause = min(max((now - began) / 20, 1), _LONGEST_PAUSE)
        if text == newest or (phase in shown_at and now - shown_at[phase] < pause):
            return
        newest, shown_at[phase] = text, now
        show(text)

    return report

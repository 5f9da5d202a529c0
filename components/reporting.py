"""Report mistakes and refusals through Pulumi in one line. Bugs keep their traceback.

Pulumi shows a traceback for every exception of a program but `pulumi.RunError`.
"""

import functools
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import pulumi

from dynamodb_bulk.one_line import in_one_line

P = ParamSpec("P")
R = TypeVar("R")

REPORTED = 32
"""The exit status by which a program tells Pulumi's language host that it has reported its failure.
https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/python/cmd/pulumi-language-python-exec
"""


@contextmanager
def errors_in_one_line() -> Generator[None]:
    """End the program after one line when its block raises what is no bug."""
    try:
        yield
    except Exception as error:
        text = str(error) if isinstance(error, pulumi.RunError) else in_one_line(error)
        if text is None:
            raise
        pulumi.log.error(text)
        raise SystemExit(REPORTED) from error


def reported(work: Callable[P, R]) -> Callable[P, R]:
    """Wrap what runs outside the program's own block: in an `apply`, or in a dynamic provider.

    It raises `pulumi.RunError` for what is no bug. Of an `apply`, Pulumi shows its text and the exit
    status; of a dynamic provider, its text.
    """

    @functools.wraps(work)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except Exception as error:
            text = in_one_line(error)
            if text is None:
                raise
            raise pulumi.RunError(text) from error

    return wrapped

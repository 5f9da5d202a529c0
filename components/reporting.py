"""How mistakes and refusals reach the user through Pulumi: in one line. Bugs keep their traceback.

Pulumi shows a traceback for every exception of a program but `pulumi.RunError`.
"""

import functools
import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import pulumi

from operations.one_line import in_one_line

P = ParamSpec("P")
R = TypeVar("R")

REPORTED = 32
"""The exit status by which a program tells Pulumi's language host that the user has read why it failed.
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


def applied(work: Callable[P, R]) -> Callable[P, R]:
    """Wrap what an `apply` does, for it runs when the program's own block has ended.

    It raises `pulumi.RunError` for what is no bug: Pulumi shows its text, and a second line of its own.
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


def provided(method: Callable[P, R]) -> Callable[P, R]:
    """Wrap a method of a dynamic provider, as `applied`: the engine shows the text of what is no bug.

    The SDK's server of dynamic providers logs a traceback of all that a method raises; not of this.
    """
    reported = applied(method)

    @functools.wraps(method)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        logging.getLogger("grpc._server").addFilter(_is_bug)
        return reported(*args, **kwargs)

    return wrapped


def _is_bug(record: logging.LogRecord) -> bool:
    return record.exc_info is None or not isinstance(record.exc_info[1], pulumi.RunError)

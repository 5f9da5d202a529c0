"""Make standard input and output usable, however the command was started."""

import codecs
import io
import os
import sys
from typing import Any, cast

from dynamodb_bulk.spec.text import escape

_ESCAPED = "as-json-escapes"


def prepare_streams() -> None:
    """Replace closed streams by empty ones, and escape what the encoding of the output lacks.

    Otherwise the next file opened takes the number of a closed stream, and receives its output.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) < 3:
        os.set_inheritable(number, True)
    os.close(number)
    streams = cast("Any", sys)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(streams, name) is None:
            setattr(streams, name, os.fdopen(number, "w" if number else "r", closefd=False))
    codecs.register_error(_ESCAPED, _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ESCAPED)


def drop_output() -> None:
    """Discard unwritten output, so that Python does not try to write it again on exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(escape, error.object[error.start : error.end])), error.end

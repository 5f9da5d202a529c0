"""The `bulk` command. Exit 0: fine; 1: findings or a load that is not good; 2: wrong use or settings."""

import codecs
import io
import os
import shutil
import sys
import textwrap
import time
from contextlib import suppress
from importlib.metadata import EntryPoints, entry_points, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from dynamodb_bulk.machine import keep_freed_memory
from dynamodb_bulk.one_line import in_one_line
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.spec.text import escape

COMMANDS = {
    "init": "dynamodb_bulk.cli.init:init",
    "check": "dynamodb_bulk.cli.check:check",
    "count": "dynamodb_bulk.cli.count:command",
    "show": "dynamodb_bulk.cli.show:show",
    "convert": "dynamodb_bulk.cli.convert:command",
    "glue-job": "dynamodb_bulk.cli.glue_job:command",
    "estimate": "dynamodb_bulk.cli.estimate:estimate",
    "export": "dynamodb_bulk.cli.export:command",
    "verify": "dynamodb_bulk.cli.verify:command",
    "schema": "dynamodb_bulk.cli.show:schema",
    "status": "dynamodb_bulk.cli.loads:status",
    "watch": "dynamodb_bulk.cli.watch:watch",
    "logs": "dynamodb_bulk.cli.loads:logs",
    "rejected": "dynamodb_bulk.cli.rejected:rejected",
    "report": "dynamodb_bulk.cli.report:report",
    "start": "dynamodb_bulk.cli.operate:start",
    "stop": "dynamodb_bulk.cli.operate:stop",
    "resume": "dynamodb_bulk.cli.operate:resume",
    "reload": "dynamodb_bulk.cli.operate:reload",
    "leftovers": "dynamodb_bulk.cli.leftovers:leftovers",
    "permissions": "dynamodb_bulk.cli.permissions:permissions",
}
_HELP = "Bulk-load files into DynamoDB: check them, follow the loads, verify and export the tables."
_OPTIONS = {
    "--help (-h)": "Display this message and exit.",
    "--version": "Display application version.",
    "--log-level LEVEL": "Log events to standard error: debug, info, warning or error.",
    "--log-format FORM": "The form of the log: text or json.",
}
_ESCAPED = "as-json-escapes"


def main() -> None:
    """Run the command; a user's mistake is one line, never a traceback."""
    began = time.monotonic()
    _prepare_streams()
    keep_freed_memory()
    try:
        code = _run()
        sys.stdout.flush()
    except InputError as error:
        code = _failed(str(error), 2)
    except BrokenPipeError:  # the reader of the output closed it
        code = 141
    except OSError as error:
        # Time-outs of botocore are of this class, too.
        code = _failed(in_one_line(error) or f"output: {error.strerror or error}", 2)
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        line = in_one_line(error)
        if line is None:
            raise
        code = _failed(line, 1 if isinstance(error, LoadFailed) else 2)
    code = code if isinstance(code, int) else 0
    if "dynamodb_bulk.cli.log" in sys.modules:  # the options of the log were given
        from dynamodb_bulk.cli.log import log_end

        with suppress(OSError):
            log_end(code, time.monotonic() - began)
    _drop_output()
    sys.exit(code)


def _run() -> object:
    """Run the command that is named, and import only that one."""
    arguments = sys.argv[1:]
    if arguments and arguments[0].startswith("--log-"):
        from dynamodb_bulk.cli.log import take_log_options

        sys.argv[1:] = arguments = take_log_options(arguments)
    if arguments in ([], ["-h"], ["--help"]):
        return _print_overview()
    from cyclopts import App, CycloptsError  # imported here, for it takes longer than the overview

    app = App(
        name="bulk",
        help=_HELP,
        help_format="plaintext",  # Markdown, the default, is slow to import
        version=lambda: version("dynamodb-bulk"),
    )
    for name, path in COMMANDS.items():
        app.command(path, name=name)
    if arguments[0] not in COMMANDS:
        for added in _added_commands():
            app.command(added.value, name=added.name)
    try:
        return app(result_action="return_value", exit_on_error=False)
    except CycloptsError:
        return 2


def _added_commands() -> EntryPoints:
    """Return the commands of other packages: `bulk local` exists when local-aws is installed."""
    return entry_points(group="bulk.commands")


def _print_overview() -> int:
    """List the commands, each with the first sentence of its docstring."""
    listed = {name: _summary(path) for name, path in COMMANDS.items()}
    for added in _added_commands():
        listed[added.name] = (added.dist.metadata["Summary"] or "") if added.dist else ""
    rows = {"Commands": dict(sorted(listed.items())), "Options": _OPTIONS}
    width = shutil.get_terminal_size().columns
    first = 4 + max(map(len, (*listed, *_OPTIONS)))
    lines = ["Usage: bulk COMMAND", "", textwrap.fill(_HELP, width)]
    for title, entries in rows.items():
        lines += ["", title]
        for name, text in entries.items():
            start = f"  {name:{first - 2}}"
            lines.append(textwrap.fill(text, width, initial_indent=start, subsequent_indent=" " * first))
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _summary(path: str) -> str:
    """Return the start of a command's docstring without importing its module, which takes a second."""
    module, _, name = path.partition(":")
    spec = find_spec(module)
    source = Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else ""
    _, _, body = source.partition(f"\ndef {name}(")
    return body.partition('"""')[2].partition("\n")[0].removesuffix('"""')


def _failed(text: str, code: int) -> int:
    from dynamodb_bulk.cli.console import Console

    with suppress(OSError):  # the terminal may be closed
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"error: {text}", style="red")
    return code


def _prepare_streams() -> None:
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


def _drop_output() -> None:
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

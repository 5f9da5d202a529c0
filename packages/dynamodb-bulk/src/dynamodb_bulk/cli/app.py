"""The `bulk` command. Exit 0: fine; 1: findings or a load that is not good; 2: wrong use or settings."""

import sys
from contextlib import suppress
from importlib.metadata import entry_points, version

from cyclopts import App, CycloptsError

from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.cli.streams import drop_output, prepare_streams
from dynamodb_bulk.machine import keep_freed_memory
from dynamodb_bulk.one_line import in_one_line
from dynamodb_bulk.spec.errors import InputError, LoadFailed

# Named by path, so that each command imports no more than it needs.
COMMANDS = {
    "check": (
        "dynamodb_bulk.cli.check:check",
        "Read every row of datasets and report what is wrong, before any cloud.",
    ),
    "show": ("dynamodb_bulk.cli.show:show", "Print what would be sent: documents, items, import arguments."),
    "convert": ("dynamodb_bulk.cli.convert:command", "Write datasets as typed DynamoDB JSON or Ion."),
    "estimate": (
        "dynamodb_bulk.cli.estimate:estimate",
        "Size, time and cost of each method, and which one fits.",
    ),
    "export": ("dynamodb_bulk.cli.export:command", "A table to S3, or an export to CSV, Parquet or JSON."),
    "verify": ("dynamodb_bulk.cli.verify:command", "Compare a table with the files it was loaded from."),
    "schema": ("dynamodb_bulk.cli.show:schema", "Print the JSON Schema of a dataset file, for editors."),
    "status": (
        "dynamodb_bulk.cli.loads:status",
        "Show every load and export of a stack: rows, items, verdict.",
    ),
    "watch": ("dynamodb_bulk.cli.loads:watch", "Follow a load to its end, then show how it went."),
    "stop": ("dynamodb_bulk.cli.loads:stop", "End a load before its time; what was written stays."),
    "leftovers": (
        "dynamodb_bulk.cli.leftovers:leftovers",
        "List what AWS keeps after a destroy, and delete what nothing uses any more.",
    ),
}

app = App(
    name="bulk",
    help="Loads between S3 and DynamoDB: checked before, judged after, and AWS on this machine.",
    version=lambda: version("dynamodb-bulk"),
)
for name, (path, text) in COMMANDS.items():
    app.command(path, name=name, help=text)
for added in entry_points(group="bulk.commands"):  # `bulk local` exists when local-aws is installed
    summary = added.dist.metadata["Summary"] if added.dist else None
    app.command(added.value, name=added.name, help=summary)


def main() -> None:
    """Run the command; a user's mistake is one line, never a traceback."""
    prepare_streams()
    keep_freed_memory()
    try:
        code = app(result_action="return_value", exit_on_error=False)
        sys.stdout.flush()
    except CycloptsError:
        code = 2
    except LoadFailed as error:
        code = _failed(str(error), 1)
    except InputError as error:
        code = _failed(str(error), 2)
    except BrokenPipeError:  # who reads the output has seen enough
        code = 141
    except OSError as error:
        code = _failed(f"{error.filename or 'output'}: {error.strerror or error}", 2)
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        line = in_one_line(error)
        if line is None:
            raise
        code = _failed(line, 2)
    drop_output()
    sys.exit(code if isinstance(code, int) else 0)


def _failed(said: str, code: int) -> int:
    with suppress(OSError):  # there may be nobody to tell
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"error: {said}", style="red")
    return code

"""The `bulk` command. Exit 0: fine; 1: findings or a load that is not good; 2: wrong use or settings."""

import os
import sys
from importlib.metadata import version

from cyclopts import App, CycloptsError
from rich.console import Console

from dataset.errors import InputError
from operations.load import LoadFailed
from operations.memory import keep_freed_memory

# Named by path, so that each command imports no more than it needs.
COMMANDS = {
    "check": (
        "operations.check:check",
        "Read every row of datasets and report what is wrong, before any cloud.",
    ),
    "show": ("operations.documents:show", "Print what would be sent: documents, items, import arguments."),
    "convert": ("operations.conversion.command:command", "Write datasets as typed DynamoDB JSON or Ion."),
    "estimate": ("operations.estimate:estimate", "Size, time and cost of each method, and which one fits."),
    "export": ("operations.export.command:command", "A table to S3, or an export to CSV, Parquet or JSON."),
    "verify": ("operations.verify.command:command", "Compare a table with the files it was loaded from."),
    "schema": ("operations.documents:schema", "Print the JSON Schema of a dataset file, for editors."),
    "status": ("operations.commands:status", "Show every load and export of a stack: rows, items, verdict."),
    "watch": ("operations.commands:watch", "Follow a load to its end, then show how it went."),
    "stop": ("operations.commands:stop", "End a load before its time; what was written stays."),
    "preview": (
        "operations.preview.command:command",
        "What stacks would deploy, and what the policies of their environment refuse.",
    ),
    "leftovers": (
        "operations.leftovers.command:leftovers",
        "List what AWS keeps after a destroy, and delete what nothing uses any more.",
    ),
    "local": ("localaws.command:app", "AWS on this machine: start it, use it, stop it."),
}

app = App(
    name="bulk",
    help="Loads between S3 and DynamoDB: checked before, judged after, and AWS on this machine.",
    version=lambda: version("dynamodb-bulk"),
)
for name, (path, text) in COMMANDS.items():
    app.command(path, name=name, help=text)


def main() -> None:
    """Run the command; a user's mistake is one line, never a traceback."""
    console = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
    keep_freed_memory()
    try:
        code = app(result_action="return_value", exit_on_error=False)
        sys.stdout.flush()
    except CycloptsError:
        sys.exit(2)
    except LoadFailed as error:
        console.print(f"error: {error}", style="red", markup=False)
        sys.exit(1)
    except InputError as error:
        console.print(f"error: {error}", style="red", markup=False)
        sys.exit(2)
    except BrokenPipeError:  # who reads the output has seen enough
        _drop_output()
        sys.exit(141)
    except OSError as error:
        _drop_output()
        what = error.strerror or str(error)
        console.print(f"error: {error.filename or 'output'}: {what}", style="red", markup=False)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from operations.refusals import refusal  # with boto3, which most commands do without

        line = refusal(error)
        if line is None:
            raise
        console.print(f"error: {line}", style="red", markup=False)
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)


def _drop_output() -> None:
    """Send what is still to be written nowhere, so that Python does not try once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

"""The `bulk` command. Exit 0: fine; 1: findings or a load that is not good; 2: wrong use or settings."""

import sys
from contextlib import suppress
from importlib.metadata import version

from cyclopts import App, CycloptsError

from dataset.errors import InputError
from operations.console import Console
from operations.load import LoadFailed
from operations.memory import keep_freed_memory
from operations.one_line import in_one_line
from operations.streams import drop_output, prepare_streams

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

"""The `bulk` command. Exit 0: fine; 1: findings or a load that is not good; 2: wrong use or settings."""

import sys

from botocore.exceptions import BotoCoreError, ClientError
from cyclopts import App, CycloptsError
from rich.console import Console

from dataset.errors import InputError
from operations.load import LoadFailed
from operations.memory import keep_freed_memory

app = App(name="bulk", help="Loads between S3 and DynamoDB: how they stand, and AWS on this machine.")
# Named by path, so that each command imports no more than it needs.
app.command("operations.commands:status")
app.command("operations.commands:watch")
app.command("operations.commands:leftovers")
app.command("operations.documents:show")
app.command("operations.documents:schema")
app.command("operations.conversion.command:command", name="convert")
app.command("operations.check:check")
app.command("operations.estimate:estimate")
app.command("localaws.command:app", name="local")


def main() -> None:
    """Run the command; a user's mistake is one line, never a traceback."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    keep_freed_memory()
    try:
        code = app(result_action="return_value", exit_on_error=False)
    except CycloptsError:
        sys.exit(2)
    except LoadFailed as error:
        console.print(f"error: {error}", style="red", markup=False)
        sys.exit(1)
    except (InputError, BotoCoreError, ClientError) as error:
        console.print(f"error: {error}", style="red", markup=False)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)

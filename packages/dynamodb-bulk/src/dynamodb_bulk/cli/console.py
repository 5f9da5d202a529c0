"""The console of the commands: text of files, tables and AWS is shown, and never controls the terminal."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich import console as rich
from rich.segment import Segment
from rich.status import Status
from rich.text import Text

from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.text import visible_lines


class Console(rich.Console):
    """rich's console without markup by default, and with control characters made visible."""

    def __init__(self, **options: Any) -> None:
        plain: dict[str, Any] = {"markup": False, "emoji": False}
        super().__init__(**plain | options)

    def render(
        self, renderable: rich.RenderableType, options: rich.ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield segments; only rich's own have control codes."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible_lines(segment.text), segment.style)

    def render_str(self, text: str, **options: Any) -> Text:
        """Return the string as text, as long as it is shown."""
        return super().render_str(visible_lines(text), **options)

    def on_broken_pipe(self) -> None:
        """Raise BrokenPipeError, so that the command sets the exit code."""
        raise BrokenPipeError

    def status(self, status: rich.RenderableType, **options: Any) -> Status:
        """Show the progress; a string is shown without markup."""
        return _PlainStatus(_plain(status), console=self, **options)


class _PlainStatus(Status):
    def update(self, status: rich.RenderableType | None = None, **options: Any) -> None:
        super().update(None if status is None else _plain(status), **options)


def _plain(status: rich.RenderableType) -> rich.RenderableType:
    return as_text(status) if isinstance(status, str) else status


def as_text(text: str, style: str = "") -> Text:
    """Return a text for a cell of a table, as long as it is shown."""
    return Text(visible_lines(text), style)


def warn(text: str) -> None:
    """Print a warning."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, style="yellow")


def write_file(path: Path, text: str) -> None:
    """Write a file that the user named; raise InputError."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error)) from None


def check_writable(path: Path | None) -> None:
    """Raise InputError where a file of that name cannot be made, before any work is done for it."""
    if path and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise InputError(str(path), "cannot be written: it is a folder, or its folder does not exist")

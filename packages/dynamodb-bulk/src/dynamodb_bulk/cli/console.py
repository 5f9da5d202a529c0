"""The console of the commands: what files, tables and AWS say is shown, and never acts on the terminal."""

from collections.abc import Iterable
from typing import Any

from rich import console as rich
from rich.segment import Segment
from rich.status import Status
from rich.text import Text

from dynamodb_bulk.spec.text import visible_lines


class Console(rich.Console):
    """rich's console, without markup where none is asked for, and with control characters made visible."""

    def __init__(self, **options: Any) -> None:
        plain: dict[str, Any] = {"markup": False, "emoji": False}
        super().__init__(**plain | options)

    def render(
        self, renderable: rich.RenderableType, options: rich.ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Make segments of text; only rich's own have control codes."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible_lines(segment.text), segment.style)

    def render_str(self, text: str, **options: Any) -> Text:
        """Make text of a string, as long as it is shown."""
        return super().render_str(visible_lines(text), **options)

    def on_broken_pipe(self) -> None:
        """Leave it to the command, which knows its exit code."""
        raise BrokenPipeError

    def status(self, status: rich.RenderableType, **options: Any) -> Status:
        """Show what is under way; a text is taken as it is."""
        return _PlainStatus(_plain(status), console=self, **options)


class _PlainStatus(Status):
    def update(self, status: rich.RenderableType | None = None, **options: Any) -> None:
        super().update(None if status is None else _plain(status), **options)


def _plain(status: rich.RenderableType) -> rich.RenderableType:
    return as_text(status) if isinstance(status, str) else status


def as_text(text: str, style: str = "") -> Text:
    """A text that is as long as it is shown, for cells of tables."""
    return Text(visible_lines(text), style)

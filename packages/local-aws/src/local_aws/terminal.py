"""What `bulk local` prints: tidy lines, and one live line while something takes minutes."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dynamodb_bulk.spec.text import visible_lines

if TYPE_CHECKING:
    from rich.status import Status


class Terminal:
    """Prints lines; shows progress where there is a terminal to show it on."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(highlight=False, soft_wrap=True)
        self._status: Status | None = None

    @contextmanager
    def live(self) -> Generator[None]:
        """While it lasts, progress is shown."""
        try:
            yield
        finally:
            if self._status:
                self._status.stop()
                self._status = None

    def line(self, text: str) -> None:
        """Print a line."""
        self._console.print(visible_lines(text), markup=False)

    def progress(self, text: str, seconds: float) -> None:
        """Show what is in progress, with minutes and seconds so far."""
        shown = f"{text} ({int(seconds) // 60}:{int(seconds) % 60:02d})"
        if self._status is None:
            self._status = self._console.status(shown)
            self._status.start()
        else:
            self._status.update(shown)

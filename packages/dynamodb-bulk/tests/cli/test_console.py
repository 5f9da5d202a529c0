"""What the commands' console shows of texts that are not its own."""

import io

import pytest

from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.cli.loads import export_table, status_table
from dynamodb_bulk.export.record import ExportStatus
from dynamodb_bulk.loads.status import LoadStatus

MARKUP = "[/x] [red]a[/] :smile: \x1b[2J"
SHOWN = "[/x] [red]a[/] :smile: \\u001b[2J"


def console(**options: bool) -> tuple[Console, io.StringIO]:
    file = io.StringIO()
    return Console(file=file, width=300, highlight=False, **options), file


def test_text_is_shown_unchanged_when_it_looks_like_markup() -> None:
    shown, file = console()
    shown.print(MARKUP)
    assert file.getvalue() == SHOWN + "\n"


def test_markup_of_our_own_is_styled_on_a_terminal() -> None:
    shown, file = console(force_terminal=True)
    shown.print("[bold]a[/]", markup=True)
    assert file.getvalue() in ("\x1b[1ma\x1b[0m\n", "a\n")


def test_status_shows_text_that_looks_like_markup() -> None:
    shown, file = console(force_terminal=True)
    with shown.status(MARKUP) as line:
        line.update(MARKUP + "!")
    assert SHOWN + "!" in file.getvalue()


@pytest.mark.parametrize(
    "table",
    [
        status_table([LoadStatus(load=MARKUP, method="dms", table="t", verdict=MARKUP)]),
        export_table(
            [ExportStatus(export=MARKUP, table="t", type="full", format="ION", good=False, verdict=MARKUP)]
        ),
    ],
)
def test_table_shows_text_that_looks_like_markup(table: object) -> None:
    shown, file = console()
    shown.print(table)
    assert file.getvalue().count(SHOWN) == 2

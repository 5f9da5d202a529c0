"""What the commands' console shows of texts that are not its own."""

import io
from dataclasses import replace

import pytest

from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.cli.load_tables import export_table, print_loads, status_table
from dynamodb_bulk.export.record import ExportStatus
from dynamodb_bulk.loads.progress import Progress
from dynamodb_bulk.loads.status import LoadStatus

MARKUP = "[/x] [red]a[/] :smile: \x1b[2J"
SHOWN = "[/x] [red]a[/] :smile: \\u001b[2J"


def console(width: int = 300, **options: bool) -> tuple[Console, io.StringIO]:
    file = io.StringIO()
    return Console(file=file, width=width, highlight=False, **options), file


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
    assert file.getvalue().count(SHOWN.partition(": ")[0]) == 2


def test_status_table_fits_in_80_columns() -> None:
    good = LoadStatus(load="customer-events", method="bulk_put", table="t", good=True, verdict="good")
    rows = [
        replace(good, rows_in_files=400_000, items_written=400_000, seconds=0.04),
        LoadStatus(load="orders", method="dms", table="t", good=False, verdict="1 row rejected " * 9),
        LoadStatus(load="prices", method="native", table="t"),
    ]
    shown, file = console(80)
    shown.print(status_table(rows))
    assert [line.rstrip() for line in file.getvalue().splitlines()] == [
        "                                             condition",
        "load             method       rows  written     failed  rejected  time  verdict",
        "customer-events  bulk put  400,000  400,000          0         0  <1 s  good",
        "orders           dms             0        0          0         0  <1 s  not good",
        "prices           native          0        0          0         0     -  not",
        "                                                                        started",
    ]


def test_loads_are_printed_with_the_reasons_of_a_verdict_below(capsys: pytest.CaptureFixture[str]) -> None:
    reasons = "1 of 4,000 rows rejected; AWS reported 1 error; the files hold 4,000 rows, but AWS read 3,999"
    good = LoadStatus(load="prices", method="dms", table="t", good=True, verdict="good")
    print_loads([good, LoadStatus(load="orders", method="dms", table="t", good=False, verdict=reasons)])
    assert capsys.readouterr().out.splitlines()[4:] == [f"  orders: {reasons}"]


def test_load_at_work_is_told_of_once_and_within_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    progress = Progress(state="IN_PROGRESS", seconds=4.0, total_rows=400_000)
    row = LoadStatus(load="customer-events", method="bulk_put", table="t", rows_in_files=400_000)
    at_work = replace(row, verdict="IN_PROGRESS: 4 s so far; write capacity raised", progress=progress)
    print_loads([at_work])
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()[2:]] == [
        "customer-events  bulk put  400,000        0          0         0     -  at work",
        "  customer-events: IN_PROGRESS: 400,000 rows in the files, 4 s, time left unknown",
        "  customer-events: write capacity raised",
    ]


def test_tolerated_rows_of_a_good_load_are_counted_with_the_command_that_lists_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = LoadStatus(load="orders", method="native", table="t", rejected=2, good=True, verdict="good")
    print_loads([row, replace(row, load="none", rejected=0)])
    below = capsys.readouterr().out.splitlines()[4:]
    assert below == ["  orders: 2 rows rejected and tolerated; list them: bulk rejected orders"]

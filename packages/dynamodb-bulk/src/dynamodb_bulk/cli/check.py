"""`bulk check`: report every fault of datasets before anything is created in AWS."""

import json
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.markup import escape
from rich.table import Table

from dynamodb_bulk.cli.console import Console, as_text, write_file
from dynamodb_bulk.cli.glue import EngineName, Glue, GlueJobName, GlueStack
from dynamodb_bulk.dataset import Dataset, dataset_files, open_dataset
from dynamodb_bulk.preflight.check import Example, Fault
from dynamodb_bulk.preflight.profile import Profile
from dynamodb_bulk.preflight.registry import checks
from dynamodb_bulk.preflight.report import CheckReport
from dynamodb_bulk.preflight.run import Progress, check_dataset
from dynamodb_bulk.sources.locating import aws_of, objects_beside, source_files
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.mistakes import nearest
from dynamodb_bulk.spec.text import number_of

Region = Annotated[str | None, Parameter(help="The Region of files in S3; default: AWS_REGION.")]
Examples = Annotated[
    int, Parameter(help="The maximum number of examples of each kind of fault.", validator=Number(gte=0))
]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
PLAIN_WIDTH = 200
_COLOURS = {"error": "red", "warning": "yellow", "note": "blue"}


def check(
    datasets: Annotated[list[Path], Parameter(help="Dataset files, or folders that contain them.")],
    /,
    *,
    examples: Examples = 5,
    html: Annotated[
        Path | None, Parameter(help="Also write an HTML page with a profile of each column.")
    ] = None,
    method: Annotated[
        str, Parameter(help="Report as errors what keeps this method from loading: native, bulk_put or dms.")
    ] = "",
    engine: EngineName = "local",
    glue_job: GlueJobName = None,
    stack: GlueStack = None,
    region: Region = None,
    as_json: Json = False,
) -> int:
    """Read every row of datasets and report what is wrong.

    Exit code 1: errors; 2: a dataset cannot be used.
    """
    if method:
        _refuse_unknown(method)
    paths = dataset_files(datasets)
    on = Glue(glue_job, stack) if engine == "glue" or glue_job else None
    if on and html:
        raise InputError("--html", "profiles are made on this machine", "use --engine local")
    checked = [_checked(path, examples, region, method, on, profiled=html is not None) for path in paths]
    reports = [report for report, _ in checked]
    if html:
        from dynamodb_bulk.report.check_page import render_check  # imported here, for few calls need it

        write_file(html, render_check(checked))
    if as_json:
        document = {
            "good": all(report.good for report in reports),
            "datasets": [r.as_json() for r in reports],
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        for report in reports:
            print_report(report)
    return exit_code(reports)


def exit_code(reports: Sequence[CheckReport]) -> int:
    """Return what `bulk check` ends with."""
    if any(report.unusable for report in reports):
        return 2
    return 0 if all(report.good for report in reports) else 1


def _refuse_unknown(method: str) -> None:
    from dynamodb_bulk.loads.registry import LOADERS  # imported here, for most calls need none of it

    if method not in LOADERS:
        raise InputError("--method", f"{method!r} is not a method", nearest(method, LOADERS))


def _checked(
    path: Path, examples: int, region: str | None, method: str, glue: Glue | None, *, profiled: bool
) -> tuple[CheckReport, Profile | None]:
    try:
        dataset = open_dataset(path)
        aws = aws_of(dataset, region)
        files = source_files(dataset, aws)
        beside = objects_beside(dataset, aws)
        if glue:
            with glue.engine(dataset, aws) as engine:
                return engine.check(files, beside, examples, method), None
        profile = Profile(dataset.columns) if profiled else None
        with _shown_progress(dataset, files) as progress:
            report = check_dataset(
                dataset,
                files,
                beside=beside,
                examples=examples,
                progress=progress,
                watch=profile.add if profile else None,
                method=method,
            )
        return report, profile
    except InputError as error:
        report = CheckReport(dataset=display_path(path), unusable=True)
        what = f"{error.what}; {error.remedy}" if error.remedy else error.what
        report.findings.add(Fault("dataset", Example(file=error.where, what=what)))
        return report, None


@contextmanager
def _shown_progress(dataset: Dataset, files: Sequence[SourceFile]) -> Generator[Progress | None]:
    """Show rows/s and bytes on a terminal, as they are reported."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    from rich import progress as rich  # imported here, for only terminals need it

    shape = (rich.BarColumn(), rich.DownloadColumn(), rich.TextColumn("{task.fields[rate]}"))
    columns = (rich.TextColumn("{task.description}"), *shape, rich.TimeElapsedColumn())
    with rich.Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task(dataset.name, total=sum(file.size for file in files), rate="")

        def progress(rows: int, done: int) -> None:
            elapsed = shown.tasks[task].elapsed or 0
            rate = f"{rows:,} rows, {rows / elapsed:,.0f} rows/s" if elapsed else ""
            shown.update(task, completed=done, rate=rate)

        yield progress


def print_report(report: CheckReport) -> None:
    """Print what was found, for people."""
    if report.unusable:
        for _, found in report.findings:
            for one in found.examples:
                Console(highlight=False, soft_wrap=True).print(
                    f"[red]error[/]: {escape(one.file)}: {escape(one.what)}", markup=True
                )
        return
    console = Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH)
    errors, warnings = report.count("error"), report.count("warning")
    verdict = "[green]good[/]" if report.good else "[red]not good[/]"
    rate = f", {report.rows / report.seconds:,.0f} rows/s" if report.seconds else ""
    read = f"{number_of(report.rows, 'row')} in {number_of(report.files, 'file')}"
    if report.filtered:
        read += f" ({report.filtered:,} more left out by source filters)"
    counts = ((report.items, "item"), (errors, "error"), (warnings, "warning"))
    counted = ", ".join(number_of(count, noun) for count, noun in counts)
    console.print(
        f"[bold]{escape(report.dataset)}[/]: {verdict}: {read}, {counted}{rate}",
        highlight=False, soft_wrap=True, markup=True,
    )  # fmt: skip
    for kind, found in report.findings:
        words = checks()[kind]
        severity = report.severity(kind)
        colour = _COLOURS[severity]
        console.print(
            f"\n[{colour}]{severity}[/] {found.count:,} x [bold]{escape(words.sentence)}[/] "
            f"[dim]({kind})[/]\n  {escape(words.remedy)}",
            highlight=False, soft_wrap=True, markup=True,
        )  # fmt: skip
        if found.examples:
            console.print(_table(found.examples))
        if found.count > len(found.examples) > 0:
            console.print(f"  … and {found.count - len(found.examples):,} more", highlight=False)
    console.print()


def _table(examples: Sequence[Example]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="ellipsis", no_wrap=True, max_width=60, style="dim")
    for one in examples:
        where = f"  {one.file}:{one.line}" if one.line else f"  {one.file}"
        value = "" if one.value is None else repr(one.value)
        table.add_row(*map(as_text, (where, one.what, value)))
    return table

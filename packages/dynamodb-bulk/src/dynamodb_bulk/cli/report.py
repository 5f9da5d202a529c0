"""`bulk report`: what is known of loads as one page, to read or to put into a pull request."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from dynamodb_bulk.cli.console import Console, check_writable, warn, write_file
from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.loads.stack_loads import StackLoads, read_stack_loads
from dynamodb_bulk.one_line import in_one_line
from dynamodb_bulk.report.load_page import render_html, render_markdown
from dynamodb_bulk.report.story import NotRun, Story, read_story
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path


def report(
    loads: Annotated[
        tuple[str, ...], Parameter(help="Loads of the stack, by the names of their datasets; default: all.")
    ] = (),
    /,
    *,
    html: Annotated[Path | None, Parameter(help="Write an HTML page that needs nothing else.")] = None,
    markdown: Annotated[Path | None, Parameter(help="Write Markdown, for a pull request.")] = None,
    stack: Annotated[str | None, Parameter(help="The stack; default: the selected one.")] = None,
) -> int:
    """Write a page on loads: verdict, rates, rejected rows, sizes, keys, cost, resources, settings.

    Reads up to 5 million rows of each load's files, and CloudWatch, but not the table. Exit code 0: it is
    written, whatever the verdicts are; 1: how one of the loads stands is not known, and the page says why.
    """
    if html is None and markdown is None:
        raise InputError("bulk report", "no file named", "pass --html FILE or --markdown FILE")
    check_writable(html)
    check_writable(markdown)
    found = read_stack_loads(stack)
    stories = list(_stories([found.named(name) for name in loads], found))
    if not stories:
        Console().print("no load has run: nothing to report")
    troubles = {story.load.name: story.trouble for story in stories if story.trouble}
    if troubles and len(troubles) == len(stories):
        raise next(iter(troubles.values()))
    for path, render in ((html, render_html), (markdown, render_markdown)):
        if path and stories:
            write_file(path, render(stories))
            Console(soft_wrap=True, highlight=False).print(f"report: {display_path(path)}")
    for name, error in troubles.items():
        warn(f"load {name}: unknown: {in_one_line(error)}")
    return 1 if troubles else 0


def _stories(named: Sequence[DescribedLoad], stack: StackLoads) -> Iterator[Story]:
    """Yield those of the loads that are named, or of all that have run."""
    with Console(stderr=True).status("reading the loads") as line:
        for load in named or stack.loads:
            try:
                yield read_story(load, stack, line.update)
            except NotRun:
                if named:
                    raise

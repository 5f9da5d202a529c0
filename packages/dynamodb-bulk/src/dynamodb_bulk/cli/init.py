"""`bulk init`: write a dataset file from data, a table or DMS documents, and check it."""

import glob
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from dynamodb_bulk.cli.check import check, exit_code, print_report
from dynamodb_bulk.cli.console import Console, write_file
from dynamodb_bulk.dataset import FILE
from dynamodb_bulk.init.encoding_guess import UnsureEncodingError
from dynamodb_bulk.init.opening import DataFile, data_files
from dynamodb_bulk.init.proposal import Proposal
from dynamodb_bulk.init.questions import answers, asked_encoding, may_ask, named_encoding
from dynamodb_bulk.init.rendering import dataset_text
from dynamodb_bulk.init.stack_file import with_load
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import SUFFIXES, display_path
from dynamodb_bulk.spec.text import number_of

_NUMBERED = re.compile(r"[-_. ]?\d*$")
_UNFIT = re.compile(r"[^\w.-]+")


def init(
    files: Annotated[list[Path] | None, Parameter(help="The files, all of one kind.")] = None,
    /,
    *,
    out: Annotated[
        Path | None, Parameter(help="The dataset file to write; default: dataset.yaml beside the files.")
    ] = None,
    key: Annotated[str | None, Parameter(help="The key: COL, or COL,COL for partition and sort key.")] = None,
    name: Annotated[str | None, Parameter(help="The name of the dataset; default: that of the file.")] = None,
    stack: Annotated[
        str | None, Parameter(help="Add the dataset to bulk:loads in Pulumi.STACK.yaml of this folder.")
    ] = None,
    from_table: Annotated[str | None, Parameter(help="Take the table's part from a DynamoDB table.")] = None,
    sample: Annotated[
        int, Parameter(help="The number of items of that table to look at.", validator=Number(gte=1))
    ] = 1000,
    from_dms: Annotated[
        Path | None, Parameter(help="A folder with DMS documents, as files or as AWS returns them.")
    ] = None,
    region: Annotated[str | None, Parameter(help="The Region of the table; default: AWS_REGION.")] = None,
    encoding: Annotated[
        str | None, Parameter(help="The encoding of the files, as Python names it; default: as it looks.")
    ] = None,
    yes: Annotated[bool, Parameter(negative="", help="Ask nothing: take what is likeliest.")] = False,
    force: Annotated[bool, Parameter(negative="", help="Overwrite a dataset file that exists.")] = False,
) -> int:
    """Write a dataset file from files: every row is read, and every doubt becomes a comment.

    Then the dataset is checked. Exit code 1: the check found errors; 2: nothing was written.
    """
    paths = files or []
    if not (paths or from_table or from_dms):
        raise InputError("bulk init", "no files", "name files, or pass --from-table or --from-dms")
    target = _target(out, paths, from_dms)
    if from_dms:
        from dynamodb_bulk.init.from_dms import write_datasets

        written, notes = write_datasets(from_dms, paths, target, force=force)
        for note in notes:
            _say(note)
        return check(written)
    _refuse_target(target, force=force)
    try:
        known = named_encoding(encoding) if encoding else None
        proposal = _proposal(paths, target, from_table, sample, region, known, key)
    except UnsureEncodingError as error:
        if not may_ask(yes=yes):
            raise
        proposal = _proposal(paths, target, from_table, sample, region, asked_encoding(error), key)
    decided = answers(proposal, key=key, name=name, stack=stack, yes=yes, folder=Path.cwd())
    proposal.name = decided.name
    settings = _settings(decided.stack, target)
    write_file(target, dataset_text(proposal, decided.key))
    columns = len(proposal.columns) or len(proposal.fields)
    read = f"{number_of(proposal.rows, 'row')} of {number_of(columns, 'column')}"
    _say(f"{display_path(target)}: written, from {read}")
    if settings:
        write_file(*settings)
        _say(f"{display_path(settings[0])}: the dataset is among bulk:loads")
    if not paths:
        _say(f"put the files beside it, as {', '.join(proposal.source['files'])}, and run `bulk check`")
        return 0
    report = proposal.check_report(target, decided.key)
    if report is None:
        return check([target])
    print_report(report)
    return exit_code([report])


def _target(out: Path | None, paths: Sequence[Path], from_dms: Path | None) -> Path:
    if out is None:
        return (paths[0].parent if paths else from_dms or Path()) / FILE
    return out / FILE if out.is_dir() else out


def _refuse_target(target: Path, *, force: bool) -> None:
    if target.suffix.lower() not in SUFFIXES:
        what = "the name of a dataset file ends with .yaml, and there is no such folder"
        raise InputError(display_path(target), what, "change --out, or create the folder")
    if target.exists() and not force:
        raise InputError(
            display_path(target), "exists", "pass --force to overwrite it, or --out for another file"
        )
    if not target.parent.is_dir():
        raise InputError(display_path(target.parent), "the folder does not exist", "create it")


def _proposal(
    paths: Sequence[Path],
    target: Path,
    from_table: str | None,
    sample: int,
    region: str | None,
    encoding: str | None,
    key: str | None,
) -> Proposal:
    if not paths:
        from dynamodb_bulk.init.from_table import propose_table

        return propose_table(from_table or "", sample, region)
    found = data_files(paths, encoding)
    name = dataset_name(paths)
    with tempfile.TemporaryDirectory(prefix="dynamodb-bulk-") as folder:
        proposal = _read(found, name, Path(folder), encoding, key)
    proposal.source = {"files": [_pattern(path, target.parent) for path in paths], **proposal.source}
    if from_table:
        from dynamodb_bulk.init.from_table import take_table

        take_table(proposal, from_table, region)
    return proposal


def _read(
    files: Sequence[DataFile], name: str, folder: Path, encoding: str | None, key: str | None
) -> Proposal:
    console = Console(stderr=True)
    with console.status("") as status:
        if files[0].format == "csv":
            from dynamodb_bulk.init.csv_files import propose_csv

            return propose_csv(files, name, folder, status.update, encoding, key=key)
        if files[0].format in ("json", "parquet", "dynamodb_json"):
            from dynamodb_bulk.init.record_files import propose_records

            return propose_records(files, name, folder, status.update, encoding)
    raise InputError(
        files[0].shown,
        f"holds items ({files[0].format}), so that only the table is to be described",
        "write `source`, `name` and `table` as in docs/dataset.md",
    )


def dataset_name(paths: Sequence[Path]) -> str:
    """Return a name made of those of the files, without their numbers and endings."""
    name = paths[0].name.split(".")[0]
    return _UNFIT.sub("-", _NUMBERED.sub("", name) or name).strip("-.") or "data"


def _pattern(path: Path, folder: Path) -> str:
    try:
        return glob.escape(path.resolve().relative_to(folder.resolve()).as_posix())
    except ValueError:
        return str(path.resolve())


def _settings(stack: str | None, target: Path) -> tuple[Path, str] | None:
    if stack is None:
        return None
    path = Path(f"Pulumi.{stack}.yaml")
    return path, with_load(path, display_path(target))


def _say(text: str) -> None:
    Console(file=sys.stderr, highlight=False, soft_wrap=True).print(text)

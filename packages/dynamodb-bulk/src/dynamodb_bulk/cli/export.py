"""`bulk export`: a table to S3, and an export to files."""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from pydantic import ValidationError
from rich.markup import escape

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.conversion.output import REJECTS
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.export.export_chain import Chain, chain_of
from dynamodb_bulk.export.location import place_of, places_below
from dynamodb_bulk.export.manifest import open_export
from dynamodb_bulk.export.moment import iso
from dynamodb_bulk.export.output import Kind, Written
from dynamodb_bulk.export.request import ExportOrder
from dynamodb_bulk.export.scheduled import newest_chain
from dynamodb_bulk.export.start import Exported, make_export
from dynamodb_bulk.export.target import Target, aws_of, scheduled_chain, target_of
from dynamodb_bulk.export.to_files import check_files, export_to_files
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.json_reading import read_json
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.mistakes import first_mistake
from dynamodb_bulk.spec.text import number_of

Text = str | None
Form = Literal["dynamodb_json", "ion"]


def command(
    table: Annotated[Text, Parameter(help="A load of the stack, or the name of a table.")] = None,
    /,
    *,
    type: Annotated[Literal["full", "incremental"], Parameter(help="All items, or changes.")] = "full",  # noqa: A002
    at: Annotated[
        Text, Parameter(help="The moment to export, like 2026-11-24T10:00:00Z; now if left out.")
    ] = None,
    since: Annotated[Text, Parameter(help="Incremental: from this moment on.")] = None,
    until: Annotated[Text, Parameter(help="Incremental: up to this moment; now if left out.")] = None,
    format: Annotated[Form, Parameter(help="What the files hold.")] = "dynamodb_json",  # noqa: A002
    bucket: Annotated[Text, Parameter(help="The bucket; the stack's if left out.")] = None,
    prefix: Annotated[Text, Parameter(help="Where in the bucket.")] = None,
    bucket_owner: Annotated[Text, Parameter(help="The account of another's bucket: 12 digits.")] = None,
    kms_key: Annotated[Text, Parameter(help="Encrypt with this key; with S3's own if left out.")] = None,
    filter: Annotated[Text, Parameter(help="Only items that meet this condition.")] = None,  # noqa: A002
    key_condition: Annotated[Text, Parameter(help="Only items with this key, as in a Query.")] = None,
    project: Annotated[Text, Parameter(help="Only these attributes, and always the keys: a,b.c")] = None,
    names: Annotated[Text, Parameter(help="JSON: the names of #placeholders.")] = None,
    values: Annotated[Text, Parameter(help="JSON: the values of :placeholders in DynamoDB JSON.")] = None,
    from_: Annotated[
        tuple[str, ...],
        Parameter(
            name="--from",
            negative="",
            help="Exports that are there, in S3 or a folder: a full one, and incremental ones behind it.",
        ),
    ] = (),
    scheduled: Annotated[
        bool,
        Parameter(
            negative="",
            help="What a schedule has made: the newest full export and the changes behind it.",
        ),
    ] = False,
    to: Annotated[Kind | None, Parameter(help="Write files with the dataset's columns.")] = None,
    out: Annotated[Path | None, Parameter(help="The folder for them.")] = None,
    dataset: Annotated[
        Path | None, Parameter(help="The dataset of the columns; the load's if left out.")
    ] = None,
    items: Annotated[
        bool, Parameter(negative="", help="ndjson: whole items, although the dataset has columns.")
    ] = False,
    overwrite: Annotated[bool, Parameter(negative="", help="Replace files of an earlier export.")] = False,
    stack: Annotated[Text, Parameter(help="The stack; the selected one when left out.")] = None,
    region: Annotated[Text, Parameter(help="The Region, where no stack says it.")] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")] = False,
) -> int:
    """Export a table to S3 and check what arrived; or turn an export into files, exact and typed.

    Items that are no rows of the dataset go to rejects.jsonl with the reason, and the exit code is 1.
    """
    given = {"at": at, "since": since, "until": until, "filter": filter, "key-condition": key_condition,
             "project": project, "bucket": bucket, "prefix": prefix}  # fmt: skip
    _check(table, from_, to, out, given if scheduled else None)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    exported: Exported | None = None
    found: Target | None = None
    places = from_
    chain: Chain | None = None
    if table and scheduled:
        found, chain = scheduled_chain(table, stack)
    elif table:
        found = target_of(table, stack, region, bucket)
        order = _order(
            table=found.table,
            bucket=bucket or found.bucket,
            prefix=found.prefix if prefix is None else prefix,
            bucket_owner=bucket_owner,
            kms_key=kms_key,
            format=format.upper(),
            type=type,
            at=at,
            since=since,
            until=until,
            selection={
                "filter": filter,
                "key_condition": key_condition,
                "projection": [path.strip() for path in project.split(",")] if project else [],
                "names": _json(names, "--names"),
                "values": _json(values, "--values"),
            },
        )
        if to and type == "incremental":
            raise InputError("--to", "changes alone are no items", "use --from FULL --from CHANGES --to …")
        if to and out:
            described = _dataset(dataset or found.dataset)
            check_files(out, to, described, as_items=items, overwrite=overwrite)
        with console.status(f"export of {found.table}") as line:
            exported = make_export(order, found.aws, line.update, token=secrets.token_hex(16))
        places = (exported.url,)
        if not as_json:  # though what is made of it should fail
            _show_export(exported)
    written: Written | None = None
    if to and out:
        aws = found.aws if found else aws_of(region)
        described = _dataset(dataset or (found.dataset if found else None))
        chain = chain or _chain(places, aws, scheduled=scheduled)
        with console.status("reading") as line:
            written = export_to_files(
                chain,
                out,
                to,
                described,
                as_items=items,
                overwrite=overwrite,
                report=_counter(line.update),
            )
    _show(exported, written, out, chain, as_json=as_json)
    return 1 if written and written.rejected else 0


def _check(
    table: str | None,
    places: Sequence[str],
    to: Kind | None,
    out: Path | None,
    scheduled: dict[str, str | None] | None,
) -> None:
    """Raise InputError where options do not go together; `scheduled`: what --scheduled is given beside it."""
    if (to is None) != (out is None):
        raise InputError("--to and --out", "one without the other", "give both, or neither")
    if bool(table) == bool(places):
        raise InputError("bulk export", "name a table, or an export with --from", "one of the two")
    for option, value in (scheduled or {}).items():
        if value:
            raise InputError(f"--{option}", "asks for a new export", "leave it out, or leave out --scheduled")
    if scheduled is not None and len(places) > 1:
        raise InputError("--scheduled", f"reads one place, not {len(places)}", "name the prefix of them all")
    if to is None and (places or scheduled is not None):
        option = "--from" if scheduled is None else "--scheduled"
        raise InputError(option, "an export that is there already", "say what to make of it: --to and --out")


def _chain(places: Sequence[str], aws: Aws | None, *, scheduled: bool) -> Chain:
    if scheduled:
        (place,) = places
        return newest_chain(places_below(place, aws), place)
    return chain_of([open_export(place_of(place, aws)) for place in places])


def _order(**fields: Any) -> ExportOrder:
    try:
        return ExportOrder.model_validate(fields)
    except ValidationError as error:
        raise first_mistake(error, ExportOrder, lambda _: "bulk export") from None


def _json(text: str | None, option: str) -> Any:
    return {} if text is None else read_json(text, option)


def _dataset(path: Path | None) -> Dataset | None:
    return open_dataset(path) if path else None


def _counter(show: Callable[[str], None]) -> Callable[[int], None]:
    items = 0

    def report(more: int) -> None:
        nonlocal items
        items += more
        show(f"{items:,} items")

    return report


def _show_export(exported: Exported) -> None:
    what = "change" if exported.type == "INCREMENTAL_EXPORT" else "item"
    Console(highlight=False, soft_wrap=True).print(
        f"{exported.table}: {number_of(exported.items, what)} in {number_of(exported.files, 'file')}, "
        f"as of {exported.at}, "
        f"{exported.seconds:,.1f} s; manifests and files checked\n  {exported.url}",
    )


def _show(
    exported: Exported | None,
    written: Written | None,
    out: Path | None,
    chain: Chain | None,
    *,
    as_json: bool,
) -> None:
    if as_json:
        found: dict[str, Any] = {
            "export": asdict(exported) if exported else None,
            "files": {**asdict(written), "folder": str(out)} if written else None,
        }
        if chain:
            found["chain"] = [one.place.shown for one in (chain.full, *chain.changes)]
            found["uncertain"] = [moment.isoformat() for moment in chain.uncertain or ()]
        Console(soft_wrap=True).print_json(json.dumps(found))
        return
    console = Console(highlight=False, soft_wrap=True)
    if chain and chain.at and not exported:
        console.print(
            f"{chain.full.summary.table} as of {iso(chain.at)}: {chain.full.place.shown}"
            + (f" and {number_of(len(chain.changes), 'export')} of changes" if chain.changes else "")
        )
        if chain.uncertain:
            since, until = map(iso, chain.uncertain)
            console.print(
                f"  [yellow]items that were put from {since} to {until} and deleted later may still be "
                f"there[/]: of such, changes that begin before the full export tell nothing; make one with "
                f"--since {until}, and name it too",
                markup=True,
            )
    if written and out:
        files = number_of(len(written.files), "file")
        what = "item" if written.kind == "ndjson" and not written.lost else "row"
        console.print(f"{number_of(written.rows, what)} in {files} of {display_path(out)}/data")
        for column, reason in written.lost.items():
            lost = f"  [yellow]column {escape(column)} is not given back[/]: {escape(reason)}"
            console.print(lost, markup=True)
        if written.rejected:
            console.print(
                f"  [red]{written.rejected:,} of {written.items:,} items are no rows of the dataset[/]: "
                f"{escape(display_path(out / REJECTS))} has each with the reason",
                markup=True,
            )

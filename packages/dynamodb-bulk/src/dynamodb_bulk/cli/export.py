"""`bulk export`: export a table to S3, or convert an export to files."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.markup import escape

from dynamodb_bulk.aws import Aws, aws_in
from dynamodb_bulk.aws.scan import Pace
from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.conversion.output import REJECTS
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.export.contents import TableContents, exported_contents, scanned_contents
from dynamodb_bulk.export.export_chain import Chain, chain_of
from dynamodb_bulk.export.location import place_of, places_below
from dynamodb_bulk.export.manifest import open_export
from dynamodb_bulk.export.output import Kind, Written
from dynamodb_bulk.export.request import ExportOrder, Selection, iso
from dynamodb_bulk.export.scheduled import newest_chain
from dynamodb_bulk.export.start import Exported, make_export
from dynamodb_bulk.export.target import Target, scheduled_chain, target_of
from dynamodb_bulk.export.to_files import check_files, export_to_files
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.json_reading import read_json
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.mistakes import validated
from dynamodb_bulk.spec.text import duration, number_of

Text = str | None
Form = Literal["dynamodb_json", "ion"]
By = Literal["export", "scan"]


def command(
    table: Annotated[Text, Parameter(help="A load of the stack, or the name of a table.")] = None,
    /,
    *,
    type: Annotated[Literal["full", "incremental"], Parameter(help="Export all items, or changes.")] = "full",  # noqa: A002
    at: Annotated[
        Text, Parameter(help="The time to export, like 2026-11-24T10:00:00Z; default: now.")
    ] = None,
    since: Annotated[Text, Parameter(help="Incremental: the start time.")] = None,
    until: Annotated[Text, Parameter(help="Incremental: the end time; default: now.")] = None,
    format: Annotated[Form, Parameter(help="The format of the export.")] = "dynamodb_json",  # noqa: A002
    bucket: Annotated[Text, Parameter(help="The bucket; default: the stack's.")] = None,
    prefix: Annotated[Text, Parameter(help="The prefix in the bucket.")] = None,
    bucket_owner: Annotated[
        Text, Parameter(help="The account that owns the bucket, if not yours: 12 digits.")
    ] = None,
    kms_key: Annotated[Text, Parameter(help="The KMS key to encrypt with; default: S3's key.")] = None,
    filter: Annotated[Text, Parameter(help="Export only items that meet this condition.")] = None,  # noqa: A002
    key_condition: Annotated[Text, Parameter(help="Export only items with this key, as in a Query.")] = None,
    project: Annotated[Text, Parameter(help="Export only the keys and these attributes: a,b.c")] = None,
    names: Annotated[Text, Parameter(help="JSON: the names of #placeholders.")] = None,
    values: Annotated[Text, Parameter(help="JSON: the values of :placeholders in DynamoDB JSON.")] = None,
    from_: Annotated[
        tuple[str, ...],
        Parameter(
            name="--from",
            negative="",
            help="Existing exports, in S3 or a folder: a full one, then incremental ones.",
        ),
    ] = (),
    scheduled: Annotated[
        bool,
        Parameter(
            negative="",
            help="Use the newest full export of a schedule and the changes after it.",
        ),
    ] = False,
    by: Annotated[
        By,
        Parameter(help="scan: read the table itself, without point-in-time recovery; needs --to."),
    ] = "export",
    read_units: Annotated[
        float | None,
        Parameter(validator=Number(gt=0), help="--by scan: read units per second; default: no limit."),
    ] = None,
    consistent: Annotated[
        bool, Parameter(negative="", help="--by scan: include all earlier writes, for twice the read units.")
    ] = False,
    to: Annotated[Kind | None, Parameter(help="Convert the export to files of this format.")] = None,
    out: Annotated[Path | None, Parameter(help="The output folder for --to.")] = None,
    dataset: Annotated[
        Path | None, Parameter(help="The dataset that describes the columns; default: the load's.")
    ] = None,
    items: Annotated[
        bool, Parameter(negative="", help="ndjson: write complete items instead of the dataset's columns.")
    ] = False,
    overwrite: Annotated[bool, Parameter(negative="", help="Replace the files of an earlier run.")] = False,
    stack: Annotated[Text, Parameter(help="The stack; default: the selected one.")] = None,
    region: Annotated[Text, Parameter(help="The Region, if no stack sets it.")] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")] = False,
) -> int:
    """Export a table to S3 and check the result, or convert an export or a scan to CSV, Parquet or JSON.

    Items that are not rows of the dataset go to rejects.jsonl with the reason, and the exit code is 1.
    """
    new_only = {"at": at, "since": since, "until": until, "filter": filter, "key-condition": key_condition,
                "project": project, "bucket": bucket, "prefix": prefix}  # fmt: skip
    to_s3_only = {
        name: new_only[name] for name in ("at", "since", "until", "key-condition", "bucket", "prefix")
    }
    to_s3_only |= {"bucket-owner": bucket_owner, "kms-key": kms_key}
    _check(table, from_, to, out, new_only if scheduled else None)
    _check_by(
        by,
        writes_table=bool(table and to),
        to_s3=to_s3_only | {"type": type == "incremental", "scheduled": scheduled},
        of_scans={"read-units": read_units, "consistent": consistent},
    )
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    selection = {
        "filter": filter,
        "key_condition": key_condition,
        "projection": [path.strip() for path in project.split(",")] if project else [],
        "names": _json(names, "--names"),
        "values": _json(values, "--values"),
    }
    exported: Exported | None = None
    found: Target | None = None
    places = from_
    chain: Chain | None = None
    contents: TableContents | None = None
    if table and scheduled:
        found, chain = scheduled_chain(table, stack)
    elif table and by == "scan":
        found = target_of(table, stack, region, bucket, needs_bucket=False)
        wanted = validated(Selection, selection, lambda _: "bulk export")
        contents = scanned_contents(
            found.table, wanted, found.aws, pace=Pace(read_units), consistent=consistent
        )
    elif table:
        found = target_of(table, stack, region, bucket)
        wanted = {
            "table": found.table,
            "bucket": bucket or found.bucket,
            "prefix": found.prefix if prefix is None else prefix,
            "bucket_owner": bucket_owner,
            "kms_key": kms_key,
            "format": format.upper(),
            "type": type,
            "at": at,
            "since": since,
            "until": until,
            "selection": selection,
        }
        order = validated(ExportOrder, wanted, lambda _: "bulk export")
        if to and type == "incremental":
            raise InputError(
                "--to",
                "needs a full export: an incremental one holds only changes",
                "pass --from FULL --from CHANGES --to …",
            )
        if to and out:
            described = _dataset(dataset or found.dataset)
            check_files(out, to, described, as_items=items, overwrite=overwrite)
        with console.status(f"export of {found.table}") as line:
            exported = make_export(order, found.aws, line.update, token=secrets.token_hex(16))
        places = (exported.url,)
        if not as_json:  # even if the conversion fails later
            _show_export(exported)
    written: Written | None = None
    if to and out:
        aws = found.aws if found else aws_in(region)
        described = _dataset(dataset or (found.dataset if found else None))
        if contents is None:
            chain = chain or _chain(places, aws, scheduled=scheduled)
            contents = exported_contents(chain)
        with console.status("reading") as line:
            written = export_to_files(
                contents,
                out,
                to,
                described,
                as_items=items,
                overwrite=overwrite,
                report=lambda count: line.update(f"{count:,} items"),
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
    """Raise InputError if options exclude each other; `scheduled` has the options given with --scheduled."""
    if (to is None) != (out is None):
        raise InputError("--to and --out", "one is missing", "pass both, or neither")
    if bool(table) == bool(places):
        raise InputError(
            "bulk export", "needs a table or --from", "name a table, or an export with --from, not both"
        )
    _refuse(scheduled or {}, "applies to a new export only", "omit it, or omit --scheduled")
    if scheduled is not None and len(places) > 1:
        raise InputError(
            "--scheduled", f"reads one location, not {len(places)}", "name the prefix that contains them"
        )
    if to is None and (places or scheduled is not None):
        option = "--from" if scheduled is None else "--scheduled"
        raise InputError(option, "reads an existing export", "pass --to and --out to convert it")


def _check_by(
    by: By, *, writes_table: bool, to_s3: Mapping[str, object], of_scans: Mapping[str, object]
) -> None:
    """Raise InputError if options do not fit the way in which the table is read."""
    if by == "export":
        _refuse(of_scans, "applies to a scan only", "pass --by scan, or omit it")
        return
    if not writes_table:
        raise InputError("--by scan", "writes the items of a table to files", "pass TABLE, --to and --out")
    _refuse(to_s3, "does not apply to a scan", "omit it, or omit --by scan")


def _refuse(options: Mapping[str, object], what: str, remedy: str) -> None:
    for option, value in options.items():
        if value:
            raise InputError(f"--{option}", what, remedy)


def _chain(places: Sequence[str], aws: Aws | None, *, scheduled: bool) -> Chain:
    if scheduled:
        (place,) = places
        return newest_chain(places_below(place, aws), place)
    return chain_of([open_export(place_of(place, aws)) for place in places])


def _json(text: str | None, option: str) -> Any:
    return {} if text is None else read_json(text, option)


def _dataset(path: Path | None) -> Dataset | None:
    return open_dataset(path) if path else None


def _show_export(exported: Exported) -> None:
    what = "change" if exported.type == "INCREMENTAL_EXPORT" else "item"
    Console(highlight=False, soft_wrap=True).print(
        f"{exported.table}: {number_of(exported.items, what)} in {number_of(exported.files, 'file')}, "
        f"as of {exported.at}, {duration(exported.seconds)}; manifests and files checked\n  {exported.url}",
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
                f"included[/]: changes that begin before the full export do not show them; make one with "
                f"--since {until}, and add it",
                markup=True,
            )
    if written and out:
        files = number_of(len(written.files), "file")
        what = "item" if written.kind == "ndjson" and not written.lost else "row"
        console.print(f"{number_of(written.rows, what)} in {files} of {display_path(out)}/data")
        for column, reason in written.lost.items():
            lost = f"  [yellow]column {escape(column)} is not restored[/]: {escape(reason)}"
            console.print(lost, markup=True)
        if written.rejected:
            console.print(
                f"  [red]{written.rejected:,} of {written.items:,} items are not rows of the dataset[/]: "
                f"{escape(display_path(out / REJECTS))} lists each with the reason",
                markup=True,
            )

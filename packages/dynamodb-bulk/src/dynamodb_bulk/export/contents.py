"""The items of a table, to be written to files: of a chain of exports, or of a scan."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.clock import aws_now
from dynamodb_bulk.aws.scan import Pace, scan_pages
from dynamodb_bulk.export.export_chain import Chain
from dynamodb_bulk.export.merge import chain_lines
from dynamodb_bulk.export.request import Selection
from dynamodb_bulk.export.start import existing_table
from dynamodb_bulk.spec.errors import InputError

Block = tuple[str, list[bytes]]


@dataclass(frozen=True, kw_only=True)
class TableContents:
    """The items of a table; `place`: where they come from.

    `blocks` yields lines `{"Item":{…}}`, each block with its file or place. Items of a scan are those of the
    time `at` or later: a scan is not a snapshot.
    """

    table: str
    at: datetime | None
    place: str
    blocks: Callable[[], Iterator[Block]]


def exported_contents(chain: Chain) -> TableContents:
    """Return the items of a table as exports hold them."""
    return TableContents(
        table=chain.full.summary.table,
        at=chain.at,
        place=chain.full.place.shown,
        blocks=lambda: chain_lines(chain),
    )


def scanned_contents(
    table: str, selection: Selection, aws: Aws, *, pace: Pace, consistent: bool = False
) -> TableContents:
    """Return the items of a table as a scan reads them, without point-in-time recovery.

    Raise InputError for a table that does not exist, and while reading for what DynamoDB refuses.
    """
    keys = [key["AttributeName"] for key in existing_table(table, aws)["KeySchema"]]
    specified = selection.specification(keys)
    place = f"table {table}"

    def blocks() -> Iterator[Block]:
        pages = scan_pages(table, aws, pace=pace, consistent=consistent, selection=specified)
        try:
            for texts in pages:
                yield place, [_line(text) for text in texts]
        except (ClientError, ParamValidationError) as error:
            if refused := _refusal(error, specified):
                raise InputError(f"scan of {table}", *refused) from None
            raise

    return TableContents(table=table, at=aws_now(), place=place, blocks=blocks)


def _line(text: bytes) -> bytes:
    # JSON has line ends only between its parts, where they are space.
    return b'{"Item":' + text.replace(b"\n", b" ").replace(b"\r", b" ") + b"}"


def _refusal(error: ClientError | ParamValidationError, selection: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what DynamoDB says of the filter or the projection, and what to do; empty if it is not these."""
    if isinstance(error, ParamValidationError):
        said = "; ".join(str(error.kwargs["report"]).splitlines())
        return said, 'use DynamoDB JSON for values: {":x": {"N": "1"}}'
    found = error.response.get("Error", {})
    if selection and found.get("Code") == "ValidationException":
        return found.get("Message", ""), "change --filter, --project, --names or --values"
    return ()

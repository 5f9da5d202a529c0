"""The items of a file of DynamoDB JSON: `{"Item": {…}}`, one or more on a line. AWS skips blank lines.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html
"""

from collections.abc import Iterator
from typing import BinaryIO

from dynamodb_bulk.csv.batches import SHOWN, Rejected, RejectionKind, kind_of
from dynamodb_bulk.item_files.typed import NONE, BrokenRecord, item_batch, item_text, parse_documents
from dynamodb_bulk.items.row_to_item import ItemBatch
from dynamodb_bulk.spec.keys import Demands, TableKeys

BLOCK_BYTES = 8 * 1024 * 1024
LINE_BYTES = 16 * 1024 * 1024


def read_item_lines(
    stream: BinaryIO,
    file: str,
    keys: TableKeys,
    demands: Demands = NONE,
    *,
    block_bytes: int = BLOCK_BYTES,
    line_bytes: int = LINE_BYTES,
    skipped_lines: int = 0,
) -> Iterator[ItemBatch]:
    """Read the items of `file`, holding a few times `block_bytes` in memory, or `line_bytes` and a block.

    The first line of the stream comes after `skipped_lines` of the file.

    Every document is an item or rejected; what follows text that is not JSON on its line is rejected with it.
    """
    rest, number, skipping = b"", 1 + skipped_lines, False
    while chunk := stream.read(block_bytes):
        *lines, rest = (rest + chunk).split(b"\n")
        if skipping and lines:
            lines, skipping, number = lines[1:], False, number + 1
        if lines:
            yield _batch(file, lines, number, keys, demands)
            number += len(lines)
        if skipping:
            rest = b""
        elif len(rest) > line_bytes:
            reason = f"the line is longer than {line_bytes:,} bytes"
            yield item_batch(file, [], [], [_rejected(file, number, rest, reason, "record-too-long")])
            rest, skipping = b"", True
    if rest and not skipping:
        yield _batch(file, [rest], number, keys, demands)


def _batch(file: str, lines: list[bytes], first: int, keys: TableKeys, demands: Demands) -> ItemBatch:
    numbers: list[int] = []
    items: list[str] = []
    rejected: list[Rejected] = []
    for number, line in enumerate(lines, start=first):
        try:
            for document in parse_documents(line.decode()):
                try:
                    items.append(item_text(document, keys, demands))
                    numbers.append(number)
                except ValueError as error:
                    rejected.append(_rejected(file, number, line, str(error), kind_of(error, "not-an-item")))
        except UnicodeDecodeError as error:
            rejected.append(
                _rejected(file, number, line, f"not UTF-8: byte 0x{line[error.start]:02x}", "not-utf8")
            )
        except BrokenRecord as error:
            rejected.append(_rejected(file, number, line, str(error), error.kind))
    return item_batch(file, numbers, items, rejected)


def _rejected(file: str, number: int, line: bytes, reason: str, kind: RejectionKind) -> Rejected:
    row = line[: 4 * SHOWN].decode(errors="replace")[:SHOWN]
    return Rejected(file=file, line=number, reason=reason, row=row, kind=kind)

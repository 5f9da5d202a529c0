"""What can be said of a dataset's files by their names and sizes.

Sources of the limits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.BestPractices.html
"""

from collections.abc import Iterator, Sequence

from dynamodb_bulk.preflight.finding import Example
from dynamodb_bulk.sources.reading import SourceFile

FILES = 50_000
BULK_PUT_FILE_BYTES = 5 * 1024**3
_NOT_DATA = ("_SUCCESS", "_started", "_COMPLETE", "manifest", ".checksum", ".md5", ".DS_Store", ".crc")


def looks_like_data(name: str) -> bool:
    """Return whether an object is data as far as its name tells."""
    last = name.rsplit("/", 1)[-1]
    return not any(sign in last for sign in _NOT_DATA)


def check_listing(
    name: str, found: Sequence[SourceFile], beside: Sequence[str] = ()
) -> Iterator[tuple[str, Example]]:
    """Findings about files; `beside` are objects that start with the prefix but are not under it."""
    if len(found) > FILES:
        yield "too-many-files", Example(file=name, what=f"{len(found):,} files, an import accepts {FILES:,}")
    for other in beside:
        yield (
            "prefix-matches-more",
            Example(file=other, what="matches the prefix without its /"),
        )
    for file in found:
        if not file.size:
            yield "empty-file", Example(file=file.name, what="0 bytes")
        if file.size > BULK_PUT_FILE_BYTES:
            what = f"{file.size / 1024**3:.1f} GB, bulk put accepts {BULK_PUT_FILE_BYTES // 1024**3}"
            yield "file-too-large", Example(file=file.name, what=what)
        if not looks_like_data(file.name):
            yield "not-data", Example(file=file.name, what="by its name")

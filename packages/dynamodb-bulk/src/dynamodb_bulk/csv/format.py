"""The format of the rows of a file: delimiters, quotes, the text for NULL, header.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
"""

from dataclasses import dataclass
from typing import Literal

QUOTE = '"'


@dataclass(frozen=True, kw_only=True)
class CsvFormat:
    """The format of a CSV file; the defaults are those of a DMS S3 source.

    Skipped are lines that begin with `comment` outside of quotes (empty: none), the first `skip_rows` lines,
    in front of the header, and the last `skip_footer` rows. `literal`: a byte order mark and the return of a
    Windows line end are data, as they are for DMS. `operations`: a row may have the field in front that DMS
    writes with IncludeOpForFullLoad. Raise ValueError for delimiters that cannot work.
    """

    delimiter: str = ","
    row_delimiter: str = "\n"
    quoting: Literal["rfc4180", "none"] = "rfc4180"
    null_value: str | tuple[str, ...] = ""
    header_rows: Literal[0, 1] = 0
    encoding: str = "utf-8"
    comment: str = ""
    skip_rows: int = 0
    skip_footer: int = 0
    escape: str = ""
    literal: bool = False
    operations: bool = True

    def __post_init__(self) -> None:
        if not self.delimiter:
            raise ValueError("the delimiter is empty")
        if not self.row_delimiter:
            raise ValueError("the row delimiter is empty")
        if self.delimiter in self.row_delimiter or self.row_delimiter in self.delimiter:
            raise ValueError("the delimiter and the row delimiter are part of one another")
        if self.quoting == "rfc4180" and QUOTE in self.delimiter + self.row_delimiter:
            raise ValueError('a delimiter is `"`, which quotes fields under rfc4180')

    @property
    def quotes(self) -> bool:
        """Whether `"` at the start of a field opens a quoted field."""
        return self.quoting == "rfc4180"

    @property
    def null_values(self) -> tuple[str, ...]:
        """The texts that are read as NULL; the first is the one that is written."""
        return (self.null_value,) if isinstance(self.null_value, str) else self.null_value

    @property
    def returns_end_rows(self) -> bool:
        r"""Whether \r\n ends a row as \n does."""
        return self.row_delimiter == "\n" and self.delimiter != "\r" and not self.literal

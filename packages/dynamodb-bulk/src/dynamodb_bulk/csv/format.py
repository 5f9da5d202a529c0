"""The format of the rows of a file: delimiters, quotes, the text for NULL, header.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
"""

from dataclasses import dataclass
from typing import Literal

QUOTE = '"'


@dataclass(frozen=True, kw_only=True)
class CsvFormat:
    """The format of a CSV file; the defaults are those of a DMS S3 source.

    `literal`: a byte order mark and the return of a Windows line end are data, as they are for DMS. Raise
    ValueError for delimiters that cannot work.
    """

    delimiter: str = ","
    row_delimiter: str = "\n"
    quoting: Literal["rfc4180", "none"] = "rfc4180"
    null_value: str = ""
    header_rows: Literal[0, 1] = 0
    literal: bool = False

    def __post_init__(self) -> None:
        if len(self.delimiter) != 1:
            raise ValueError(f"the delimiter is one character, not {self.delimiter!r}")
        if not self.row_delimiter:
            raise ValueError("the row delimiter is empty")
        if self.delimiter in self.row_delimiter:
            raise ValueError("the delimiter is part of the row delimiter")
        if self.quoting == "rfc4180" and QUOTE in self.delimiter + self.row_delimiter:
            raise ValueError('a delimiter is `"`, which quotes fields under rfc4180')

    @property
    def quotes(self) -> bool:
        """Whether `"` at the start of a field opens a quoted field."""
        return self.quoting == "rfc4180"

    @property
    def returns_end_rows(self) -> bool:
        r"""Whether \r\n ends a row as \n does."""
        return self.row_delimiter == "\n" and self.delimiter != "\r" and not self.literal

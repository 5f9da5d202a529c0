"""Phrases that messages share."""


def number_of(count: int, noun: str) -> str:
    """«1 file», «2,000 files»; for nouns whose plural ends in s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def located(what: str, file: str, line: int | None = None, column: str | None = None) -> str:
    """«file, line 3, column a: what is wrong there»."""
    in_line = f", line {line}" if line else ""
    in_column = f", column {column}" if column else ""
    return f"{file}{in_line}{in_column}: {what}"

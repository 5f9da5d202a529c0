"""Numbers with their nouns."""


def number_of(count: int, noun: str) -> str:
    """«1 file», «2,000 files»; for nouns whose plural ends in s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"

"""The physical names of what a stack makes."""

import hashlib
import re

FILES = "files"
"""What a stack's bucket is called in the program."""


def physical_name(*parts: str, longest: int = 63) -> str:
    """`<part>-<part>…` in lower case, digits and single hyphens.

    That is the narrowest of AWS's rules (DMS identifiers), so it serves all of them.
    Shortened with a digest when too long.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-")
    named = plain if plain[0].isalpha() else f"p-{plain}"
    if len(named) <= longest:
        return named
    digest = hashlib.sha256(named.encode()).hexdigest()[:8]
    return f"{named[: longest - 9].rstrip('-')}-{digest}"


def bucket_name(account: str, *parts: str) -> str:
    """Return a name that no other account's bucket has, nor another of this one."""
    return f"{physical_name(*parts, longest=50)}-{account}"

"""How something about AWS is known: the words of the plan and of the documentation."""

from enum import StrEnum


class Basis(StrEnum):
    """The basis of a figure, or of a statement on what AWS does."""

    DOCUMENTED = "documented"
    """AWS says so, in its documentation or on its pages of prices."""
    MEASURED = "measured"
    """Seen: on an account, as by `make aws-smoke`, or of this program's own work, by `make bench`."""
    INFERRED = "inferred"
    """Calculated from what is documented or measured."""
    UNKNOWN = "unknown"
    """AWS does not document it, and no measurement is at hand."""

"""The names of a dataset's columns in polars frames."""

# No column of a user's has it, so that no two have one name in a frame.
_MARK = "\0"


def frame_name(name: str) -> str:
    """Return the name in a frame: the column's own, unless polars would take that for a pattern of names.

    Patterns are `*` and `^…$`, wherever a name becomes an expression, including methods of a Series:
    https://docs.pola.rs/api/python/stable/reference/expressions/col.html
    """
    is_pattern = name == "*" or (name.startswith("^") and name.endswith("$"))
    return _MARK + name if is_pattern else name


def column_name(name: str) -> str:
    """Return the name of the column that has this name in a frame."""
    return name.removeprefix(_MARK)

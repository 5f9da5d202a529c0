"""Turn a failed validation into a message for the author of the file."""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dynamodb_bulk.spec.errors import InputError, MistakeAt
from dynamodb_bulk.spec.foreign_words import FOREIGN_WORDS

Location = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)
_NAME = "[key]"  # what pydantic puts behind a key that is itself the mistake
_EXPECTED = {  # pydantic's types of error, in the words of YAML
    "tuple_type": "a list",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
}


def validated(model: type[Model], data: Any, where: Callable[[Location], str]) -> Model:
    """Return the data as the model reads it; raise InputError with its first mistake, as `first_mistake`."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise first_mistake(error, model, where) from None


def first_mistake(
    error: ValidationError, model: type[BaseModel], where: Callable[[Location], str], within: str = ""
) -> InputError:
    """Return the first mistake as one line: the key, what was expected, the nearest valid word.

    `where` turns a location in the data into the place in the file that the user knows; `within` is what
    every key begins with there.
    """
    details = _most_telling(error)
    location = _location(details, model)
    key = key_path(location)
    place = f"{where(location)}: {within}{key}" if key else where(())
    given = details["input"]
    shown = f", got {repr(given)[:80]}" if isinstance(given, str | int | float | bool) else ""
    keys = f"{{{', '.join(_words(model, details['loc']))}}}"
    match details["type"]:
        case "extra_forbidden":
            words = sorted(set(_words(model, details["loc"][:-1])))
            return InputError(place, "unknown key", nearest(str(details["loc"][-1]), words))
        case "missing":
            return InputError(place, "missing")
        case "literal_error":
            expected = str(details.get("ctx", {}).get("expected", ""))
            words = [word.strip("' ") for word in expected.replace(" or ", ", ").split(",")]
            beside = f", or {keys}" if keys != "{}" else ""
            return InputError(
                place, f"{given!r} is not one of {', '.join(words)}{beside}", nearest(str(given), words, "")
            )
        case "value_error":
            return InputError(place, str(details["ctx"]["error"]) if "ctx" in details else details["msg"])
        case kind if expected := _EXPECTED.get(kind):
            beside = f", {keys}" if keys != "{}" else ""
            return InputError(place, f"expected {expected}{beside}{shown}", _rewritten(kind, given))
        case _:
            message = details["msg"][0].lower() + details["msg"][1:]
            of = "a name: " if details["loc"][-1:] == (_NAME,) else ""
            return InputError(place, of + message + shown)


def key_path(location: Sequence[str | int]) -> str:
    """`loads[0].dataset` for ("loads", 0, "dataset")."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path


def nearest(word: str, words: Iterable[str], otherwise: str | None = None) -> str:
    """What to do about a word that is not among the words."""
    lowered = {one.lower(): one for one in words}
    foreign = re.sub(r"\(.*|[^a-z0-9]", "", word.lower())  # VARCHAR(20), hash-key
    known = (one for one in FOREIGN_WORDS.get(foreign, ()) if one in lowered)
    if (meant := next(known, None)) is not None:
        return f"did you mean {lowered[meant]}?"
    near = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    if near:
        return f"did you mean {lowered[near[0]]}?"
    return f"expected one of {', '.join(lowered.values())}" if otherwise is None else otherwise


def _rewritten(kind: str, given: object) -> str:
    if kind == "tuple_type" and isinstance(given, str | int):
        return f"write [{given}]"
    return (
        "put it in quotes"
        if kind == "string_type" and isinstance(given, int | float) and not isinstance(given, bool)
        else ""
    )


def _location(details: ErrorDetails, model: type[BaseModel]) -> Location:
    cause = details.get("ctx", {}).get("error")
    given = details["loc"]
    loc = tuple(part for at, part in enumerate(given) if not _is_branch(model, given[:at], part))
    if loc[-1:] == ("bool",) and details["type"].startswith("bool"):
        loc = loc[:-1]
    if loc[-1:] == (_NAME,):
        return loc[:-2]
    return (*loc, *cause.place) if isinstance(cause, MistakeAt) else loc


def _is_branch(model: type[BaseModel], before: Location, part: str | int) -> bool:
    # Pydantic names the branch of a union in the way to a value.
    return isinstance(part, str) and (
        part.startswith(("function-", "tagged-union", "literal[", "tuple["))
        or part in {reached.__name__ for reached in _models_at(model, before)}
    )


def _most_telling(error: ValidationError) -> ErrorDetails:
    # Of a union's branches the one that got furthest into the data is the one that was meant.
    return max(
        error.errors(include_url=False),
        key=lambda details: (len(details["loc"]), details["type"] != "missing"),
    )


def _words(model: type[BaseModel], location: Sequence[str | int]) -> Iterator[str]:
    for reached in _models_at(model, location):
        for name, field in reached.model_fields.items():
            yield field.alias or name


def _models_at(model: type[BaseModel], location: Sequence[str | int]) -> list[type[BaseModel]]:
    reached = [model]
    for part in location:
        if isinstance(part, str):
            fields = [
                field
                for current in reached
                for name, field in current.model_fields.items()
                if part in (name, field.alias)
            ]
            if fields:
                reached = [found for field in fields for found in _models_in(field.annotation)]
    return reached


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)

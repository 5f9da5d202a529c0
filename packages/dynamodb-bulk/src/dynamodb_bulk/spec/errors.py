"""Errors in the user's input."""

from dynamodb_bulk.spec.text import visible


class InputError(Exception):
    """Something the user wrote or supplied is wrong: where, what, and what to do about it."""

    def __init__(self, where: str, what: str, remedy: str = "") -> None:
        super().__init__(where, what, remedy)
        self.where = where
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}"
        return visible(f"{text}; {self.remedy}" if self.remedy else text)


class MistakeAt(ValueError):
    """A mistake that a model finds in one of its keys; `place` is the way from the model to the key."""

    def __init__(self, message: str, *place: str | int) -> None:
        super().__init__(message)
        self.place = place

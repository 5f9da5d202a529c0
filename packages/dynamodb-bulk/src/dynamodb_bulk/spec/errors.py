"""What is raised for what is no bug: each is shown as a line or more, without a traceback.

Exception
  InputError      what the user wrote or supplied is wrong; a command exits with 2
  LoadFailed      a load, an export or their cleanup failed, or is not good; a command exits with 1
  ValueError
    MistakeAt     a model finds a mistake in one of its keys; `spec.mistakes` makes an InputError of it
"""

from dynamodb_bulk.spec.text import visible, visible_lines


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


class LoadFailed(Exception):
    """A load that is not good: the reasons, the counts, the first rows, what to do."""

    def __str__(self) -> str:
        return visible_lines(super().__str__())


class MistakeAt(ValueError):
    """A mistake that a model finds in one of its keys; `place` is the way from the model to the key."""

    def __init__(self, message: str, *place: str | int) -> None:
        super().__init__(message)
        self.place = place

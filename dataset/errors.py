"""The one error that a user's own input can cause."""


class InputError(Exception):
    """Something the user wrote or supplied is wrong: says where, what, and what to do about it."""

    def __init__(self, where: str, what: str, remedy: str = "") -> None:
        super().__init__(where, what, remedy)
        self.where = where
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}"
        return f"{text}; {self.remedy}" if self.remedy else text

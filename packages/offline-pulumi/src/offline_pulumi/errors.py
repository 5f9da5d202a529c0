"""What this package raises."""


class Unavailable(Exception):
    """Something of Pulumi cannot be had: `where` it was looked for, `what` is wrong, the `remedy`."""

    def __init__(self, where: str, what: str, remedy: str = "") -> None:
        super().__init__(f"{where}: {what}" + (f"; {remedy}" if remedy else ""))
        self.where = where
        self.what = what
        self.remedy = remedy

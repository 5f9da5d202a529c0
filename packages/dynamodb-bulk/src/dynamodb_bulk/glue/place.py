"""A Glue job of this program, and where its requests go."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class GlueJob:
    """A job and the bucket where its code, its requests and its answers are."""

    name: str
    bucket: str
    limit_minutes: int = 720

    @property
    def prefix(self) -> str:
        """The prefix of all that is its own."""
        return f"glue/{self.name}/"

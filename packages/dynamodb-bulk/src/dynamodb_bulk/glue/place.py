"""A Glue job of this program: what it is called, where its requests go, and where it logs."""

from dataclasses import dataclass

CODE = "code/"


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

    @property
    def logs(self) -> str:
        """What the names of its log groups begin with, for `--custom-logGroup-prefix`.

        https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
        """
        return f"/aws-glue/jobs/{self.name}"

    @property
    def log_groups(self) -> tuple[str, str]:
        """Of Spark, with the errors of the driver and the workers, and of what the script prints."""
        return f"{self.logs}/error", f"{self.logs}/output"

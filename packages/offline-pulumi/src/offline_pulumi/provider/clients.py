"""boto3 clients for local AWS: one per service and region, made once."""

import threading
from typing import Any

import boto3
from botocore.config import Config

from offline_pulumi.provider.settings import Settings


class Clients:
    """Makes and keeps clients; safe for use by many threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._session = boto3.Session(
            aws_access_key_id=settings.access_key,
            aws_secret_access_key=settings.secret_key,
            region_name=settings.region,
        )
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str], Any] = {}

    def get(self, service: str, region: str = "") -> Any:
        """Return the client of a service, in the provider's region unless another is given."""
        place = (service, region or self.settings.region)
        with self._lock:
            if place not in self._made:
                self._made[place] = self._session.client(  # pyright: ignore[reportUnknownMemberType, reportCallIssue]
                    place[0],  # pyright: ignore[reportArgumentType]
                    place[1],
                    endpoint_url=self.settings.endpoint_of(service),
                    config=Config(
                        max_pool_connections=64,
                        retries={"mode": "standard", "max_attempts": 5},
                        connect_timeout=5,
                        s3={"addressing_style": "path"} if self.settings.path_style else {},
                    ),
                )
            return self._made[place]

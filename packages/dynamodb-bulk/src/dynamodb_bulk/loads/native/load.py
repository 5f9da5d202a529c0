"""An import as its stack's state describes it."""

from collections.abc import Mapping

from pydantic import AliasChoices, Field

from dynamodb_bulk.loads.load import StagedLoad
from dynamodb_bulk.spec.table import Table


class NativeLoad(StagedLoad):
    """A new table by ImportTable; `table_generation` counts the tables of this name that the load has made.

    In a stack's state it is called `incarnation`, as the first versions wrote it. `kms_key` encrypts the
    table. `recreate`: changed data is imported again in the place of the table, which is deleted before.
    `recorded`: the settings that the stack's state has of that table; the new one gets these, and the
    provider makes of them what the dataset says by now.
    """

    method: str = "native"
    tags: Mapping[str, str] = Field(default_factory=dict[str, str])
    deletion_protection: bool = False
    point_in_time_recovery: bool = False
    kms_key: str | None = None
    recreate: bool = False
    recorded: Table | None = None
    table_generation: int = Field(default=1, validation_alias=AliasChoices("table_generation", "incarnation"))

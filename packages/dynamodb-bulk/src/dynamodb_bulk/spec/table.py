"""The DynamoDB table of a dataset: its keys, its indexes, its billing, what protects it.

Source of the limits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from dynamodb_bulk.spec.arns import KmsKey
from dynamodb_bulk.spec.errors import MistakeAt
from dynamodb_bulk.spec.field_docs import describe_fields
from dynamodb_bulk.spec.keys import IndexKey, KeyAttribute, KeyRole, KeyType, TableKeys

TABLE_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
INDEXES = 20
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]+")


def _table_name(text: str) -> str:
    if not TABLE_NAME.fullmatch(text):
        raise ValueError(f"a table name has 3 to 255 of A-Z a-z 0-9 _ . -, got {text!r}")
    return text


def _region(text: str) -> str:
    if not _REGION.fullmatch(text):
        raise ValueError(f"expected a Region like eu-west-1, got {text!r}")
    return text


class SpecModel(BaseModel):
    """Part of a dataset file; the docstrings of its fields go to the JSON Schema."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, json_schema_extra=describe_fields
    )


class Key(SpecModel):
    """A key attribute."""

    name: str = Field(min_length=1, max_length=255)
    """The attribute's name."""
    type: Literal["S", "N", "B"] = "S"
    """Its type: string, number or binary; left out: what it is made from, else string."""

    @property
    def given_type(self) -> Literal["S", "N", "B"] | None:
        """The type that the dataset file says."""
        return self.type if "type" in self.model_fields_set else None

    def attribute(self) -> KeyAttribute:
        """Return the key in the terms that rows are checked in."""
        return KeyAttribute(name=self.name, type=self.type)


class Provisioned(SpecModel):
    """Read and write capacity units."""

    read: int = Field(ge=1)
    """Read capacity units."""
    write: int = Field(ge=1)
    """Write capacity units."""


class OnDemandMaximum(SpecModel):
    """The most request units per second of a table that is paid per request."""

    read: int | None = Field(default=None, ge=1)
    """Read request units; left out: as many as the account allows."""
    write: int | None = Field(default=None, ge=1)
    """Write request units; left out: as many as the account allows."""


class WarmThroughput(SpecModel):
    """The throughput that the table serves immediately. It costs money, and is never lowered.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
    """

    read: int = Field(ge=12_000)
    """Read units per second, from 12,000."""
    write: int = Field(ge=4_000)
    """Write units per second, from 4,000."""

    @model_validator(mode="after")
    def _more_than_every_table_has(self) -> Self:
        # The provider takes exactly these for no warm throughput at all: the table would change for ever.
        if (self.read, self.write) == (12_000, 4_000):
            raise ValueError("12,000 and 4,000 are what every table has: remove it, or raise one of them")
        return self


class Index(SpecModel):
    """A global secondary index."""

    name: Annotated[str, AfterValidator(_table_name)]
    """The index's name."""
    partition_key: Key
    """The attribute that its items are found by."""
    sort_key: Key | None = None
    """The attribute that they are sorted by."""
    projection: Literal["ALL", "KEYS_ONLY"] | tuple[str, ...] = "ALL"
    """Which attributes it holds: all, the keys alone, or the keys and these."""

    @property
    def roles(self) -> tuple[tuple[KeyRole, Key | None], ...]:
        """Its keys by their roles."""
        return ("partition", self.partition_key), ("sort", self.sort_key)


class Table(SpecModel):
    """The DynamoDB table: its keys, its billing, what protects it."""

    partition_key: Key
    """The attribute that items are found by."""
    sort_key: Key | None = None
    """The attribute that items of one partition key are sorted by."""
    billing: Literal["on_demand"] | Provisioned = "on_demand"
    """Pay per request, or capacity units."""
    on_demand_maximum: OnDemandMaximum | None = None
    """The maximum request units per second; only with billing on demand."""
    warm_throughput: WarmThroughput | None = None
    """What the table serves from its first second; left out: as much as DynamoDB gives by itself."""
    global_secondary_indexes: Annotated[tuple[Index, ...], Field(max_length=INDEXES)] = ()
    """Other ways to find items."""
    point_in_time_recovery: bool | None = None
    """Whether it can be had as of any second of the last 35 days; left out: where the stack exports it."""
    stream: Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"] | None = None
    """What the stream of changes holds; left out: no stream."""
    time_to_live: str | None = None
    """The attribute that holds the second at which an item expires."""
    replicas: tuple[Annotated[str, AfterValidator(_region)], ...] = ()
    """Other Regions that hold the same items: a global table, which bulk put does not support."""
    class_: Literal["STANDARD", "STANDARD_INFREQUENT_ACCESS"] = Field(default="STANDARD", alias="class")
    """The table class: cheaper storage or cheaper requests."""
    deletion_protection: bool | None = None
    """Whether DynamoDB refuses to delete the table; left out: in production."""
    kms_key: KmsKey | None = None
    """The KMS key that encrypts it: its ARN, its ID or an alias; left out: the stack's `kms_key`."""
    existing: bool = False
    """Whether the table exists and the stack must not create it."""
    name: Annotated[str, AfterValidator(_table_name)] | None = None
    """The table's name in DynamoDB; left out: project, stack and dataset."""

    @property
    def keys(self) -> TableKeys:
        """The table's key schema."""
        sort = self.sort_key.attribute() if self.sort_key else None
        return TableKeys(partition=self.partition_key.attribute(), sort=sort)

    @property
    def index_keys(self) -> tuple[IndexKey, ...]:
        """The keys of the indexes."""
        return tuple(
            IndexKey(index=index.name, role=role, key=key.attribute())
            for index in self.global_secondary_indexes
            for role, key in index.roles
            if key
        )

    @property
    def _keys(self) -> list[Key]:
        indexes = [
            key for index in self.global_secondary_indexes for key in (index.partition_key, index.sort_key)
        ]
        return [key for key in (self.partition_key, self.sort_key, *indexes) if key]

    @property
    def key_attributes(self) -> tuple[Key, ...]:
        """The attributes of the table's and its indexes' keys, each once."""
        return tuple({key.name: key for key in self._keys}.values())

    def of_types(self, found: Mapping[str, str]) -> "Table":
        """Return the table with the types that its keys do not say: said elsewhere in it, or found."""
        said = {key.name: key.given_type for key in self._keys if key.given_type}

        def typed(key: Key | None) -> Key | None:
            kind = said.get(key.name) or found.get(key.name) if key else None
            whole = key and kind in get_args(KeyType) and kind != key.type
            return Key.model_validate({**key.model_dump(), "type": kind}) if key and whole else key

        indexes = tuple(
            index.model_copy(
                update={"partition_key": typed(index.partition_key), "sort_key": typed(index.sort_key)}
            )
            for index in self.global_secondary_indexes
        )
        update = {"partition_key": typed(self.partition_key), "sort_key": typed(self.sort_key)}
        return self.model_copy(update={**update, "global_secondary_indexes": indexes})

    @model_validator(mode="after")
    def _keys_agree(self) -> Self:
        keys = (self.partition_key, self.sort_key)
        types = {key.name: key.given_type for key in keys if key and key.given_type}
        if self.sort_key and self.sort_key.name == self.partition_key.name:
            raise MistakeAt("one attribute cannot be both keys", "sort_key", "name")
        names: set[str] = set()
        for place, index in enumerate(self.global_secondary_indexes):
            if index.name in names:
                raise MistakeAt("two indexes have this name", "global_secondary_indexes", place, "name")
            names.add(index.name)
            for role in ("partition_key", "sort_key"):
                key: Key | None = getattr(index, role)
                if key and key.given_type and types.setdefault(key.name, key.given_type) != key.type:
                    message = f"{key.name} is {types[key.name]} in another key"
                    raise MistakeAt(message, "global_secondary_indexes", place, role)
        return self

    @model_validator(mode="after")
    def _settings_agree(self) -> Self:
        """Sources: …/V2globaltables_reqs_bestpractices.html and …/on-demand-capacity-mode.html."""
        provisioned = isinstance(self.billing, Provisioned)
        if self.on_demand_maximum and provisioned:
            raise MistakeAt("only for billing on_demand: remove it", "on_demand_maximum")
        for place, region in enumerate(self.replicas):
            if region in self.replicas[:place]:
                raise MistakeAt(f"{region} is named twice", "replicas", place)
        if self.replicas and provisioned:
            raise MistakeAt("a global table needs billing on_demand", "billing")
        if self.replicas and self.stream != "NEW_AND_OLD_IMAGES":
            raise MistakeAt("a global table needs `stream: NEW_AND_OLD_IMAGES`", "replicas")
        if self.replicas and self.kms_key:
            raise MistakeAt("a key belongs to one Region, and a global table needs one in each", "kms_key")
        return self

    @model_validator(mode="after")
    def _existing_is_named(self) -> Self:
        if self.existing and self.name is None:
            raise MistakeAt("an existing table needs its `name`", "existing")
        if self.existing and self.kms_key:
            raise MistakeAt("an existing table keeps the key that it has: remove it", "kms_key")
        return self

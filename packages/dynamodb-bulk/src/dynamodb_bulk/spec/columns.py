"""The columns of a file, in the words of a DMS external table definition.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
"""

from dataclasses import dataclass
from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

ColumnType = Literal[
    "BYTE", "DATE", "TIME", "DATETIME", "INT1", "INT2", "INT4", "INT8", "NUMERIC", "REAL4", "REAL8",
    "STRING", "UINT1", "UINT2", "UINT4", "UINT8", "BLOB", "CLOB", "BOOLEAN",
]  # fmt: skip
DateFormat = Literal[
    "YYYY-MM-dd HH:mm:ss", "YYYY/MM/dd HH:mm:ss", "MM/dd/YYYY HH:mm:ss", "YYYYMMdd HH:mm:ss",
    "YYYY-MM-dd HH:mm:ss.F", "YYYY/MM/dd HH:mm:ss.F", "MM/dd/YYYY HH:mm:ss.F", "YYYYMMdd HH:mm:ss.F",
]  # fmt: skip
DynamoType = Literal["S", "N", "BOOL", "B"]


@dataclass(frozen=True, kw_only=True)
class TypeRule:
    """The requirements of DMS for a column type, and what its values become (None: not supported).

    `otherwise` is the type that a conversion writes if DMS does not support it.
    """

    becomes: DynamoType | None
    otherwise: DynamoType | None = None
    needs: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int = 0


def _integer(bits: int, *, signed: bool) -> TypeRule:
    if signed:
        return TypeRule(becomes="N", minimum=-(2 ** (bits - 1)), maximum=2 ** (bits - 1) - 1)
    return TypeRule(becomes="N", minimum=0, maximum=2**bits - 1)


# The DynamoDB side: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
TYPE_RULES: dict[ColumnType, TypeRule] = {
    "STRING": TypeRule(becomes="S", needs=("length",)),
    "CLOB": TypeRule(becomes="S"),
    "DATE": TypeRule(becomes="S"),
    "DATETIME": TypeRule(becomes="S"),
    "BOOLEAN": TypeRule(becomes="BOOL"),
    "NUMERIC": TypeRule(becomes="N", needs=("precision", "scale")),
    "REAL4": TypeRule(becomes="N"),
    "REAL8": TypeRule(becomes="N"),
    "INT1": _integer(8, signed=True),
    "INT2": _integer(16, signed=True),
    "INT4": _integer(32, signed=True),
    "INT8": _integer(64, signed=True),
    "UINT1": _integer(8, signed=False),
    "UINT2": _integer(16, signed=False),
    "UINT4": _integer(32, signed=False),
    "UINT8": _integer(64, signed=False),
    "TIME": TypeRule(becomes=None, otherwise="S"),
    "BYTE": TypeRule(becomes=None, otherwise="B", needs=("length",)),
    "BLOB": TypeRule(becomes=None, otherwise="B"),
}
COLUMN_TYPES: tuple[ColumnType, ...] = get_args(ColumnType)


class Column(BaseModel):
    """One column: `length` in characters, `precision` and `scale` in decimal digits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    type: ColumnType = "STRING"
    length: int | None = Field(default=None, ge=1, le=2_147_483_647)
    precision: int | None = Field(default=None, ge=1, le=38)
    scale: int | None = Field(default=None, ge=0, le=31)
    date_format: DateFormat | None = None
    nullable: bool = True
    primary_key: bool = False

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for need in TYPE_RULES[self.type].needs:
            if getattr(self, need) is None:
                raise ValueError(f"a {self.type} column needs `{need}`")
        if self.date_format and self.type not in ("DATE", "TIME", "DATETIME"):
            raise ValueError(f"`date_format` is for DATE, TIME and DATETIME, not for {self.type}")
        return self

    @property
    def rule(self) -> TypeRule:
        """The requirements and the result of the column's type."""
        return TYPE_RULES[self.type]

"""Items of any kind, spelled in any way that DynamoDB reads."""

from base64 import b64encode
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

LONG = "12345678901234567890123456789012345678"
SPECIAL = [
    "0",
    "-0",
    "0.0",
    "1",
    "1.0",
    "1e0",
    "10E-1",
    "1E+125",
    "1E-130",
    ".5",
    "0.50",
    "-1.5",
    "007",
    LONG,
]
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str) | st.sampled_from(SPECIAL)
TEXTS = st.text(max_size=4) | st.sampled_from(['"N":"1.0"', '{"N":"1.0"}', '\\"N\\":\\"1.0\\"', "}],", "é"])
BYTES = st.binary(max_size=3).map(lambda some: b64encode(some).decode())


def sets(kind: str, elements: st.SearchStrategy[str], same: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.lists(elements, min_size=1, max_size=3, unique_by=same).map(lambda some: {kind: some})


LEAVES = (
    TEXTS.map(lambda text: {"S": text})
    | NUMBERS.map(lambda text: {"N": text})
    | BYTES.map(lambda text: {"B": text})
    | st.booleans().map(lambda value: {"BOOL": value})
    | st.just({"NULL": True})
    | sets("SS", TEXTS, str)
    | sets("NS", NUMBERS, Decimal)
    | sets("BS", BYTES, str)
)
NAMES = st.sampled_from(["a", "N", "SS", 'q"', "é", "L"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.dictionaries(NAMES, inner, max_size=3).map(lambda members: {"M": members})
        | st.lists(inner, max_size=3).map(lambda elements: {"L": elements})
    ),
    max_leaves=6,
)
ITEMS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)

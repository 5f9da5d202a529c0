"""What a check takes for valid without parsing is valid."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.column_types.registry import column_types
from dynamodb_bulk.spec.columns import Column

TYPES = [
    one.values(Column(name="c", type=one.name, length=5, precision=6, scale=2))
    for one in column_types().values()
    if not one.nested  # its texts are made by what reads records
]
TEXTS = (
    st.text(alphabet="0123456789+-.eE_ xa\u0663", max_size=8)
    | st.integers(-(2**65), 2**65).map(str)
    | st.sampled_from(
        ["", "inf", "nan", "-0", "+0", "00", "true", "TRUE", "0x10", "1_000", " 1", "1 ", "\uff11"]
    )
)


@given(texts=st.lists(TEXTS, min_size=1, max_size=20))
def test_text_that_fits_without_parsing_is_one_that_parses(texts: list[str]):
    frame = pl.DataFrame({"c": texts})
    for kind in TYPES:
        fits = frame.select(kind.unwritten.plain(pl.col("c")).alias("c"))["c"].to_list()
        for text, accepted in zip(texts, fits, strict=True):
            if accepted:
                kind.parse(text)

"""Columns, a mapping, keys and rows, drawn at random."""

from typing import Any

from hypothesis import strategies as st

from dynamodb_bulk.dms.mappings import ObjectMapping
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.keys import KeyAttribute, TableKeys

COLUMN_TYPES = (
    {"type": "STRING", "length": 4},
    {"type": "CLOB"},
    {"type": "INT1"},
    {"type": "NUMERIC", "precision": 3, "scale": 1},
    {"type": "BOOLEAN"},
    {"type": "DATETIME", "scale": 1},
    {"type": "REAL8"},
)
VALUES = st.sampled_from(
    [
        "",
        "",
        "1",
        "0",
        "-1",
        "+5",
        "12.5",
        "true",
        "2024-02-29",
        "2024-01-01 10:00:00.25",
        "1e3",
        "999",
        "x",
        'q"',
        "é\t",
    ]
) | st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=5)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Column], ObjectMapping, TableKeys | None, list[list[str]]]:
    types = draw(st.lists(st.sampled_from(COLUMN_TYPES), min_size=1, max_size=5))
    columns = [Column.model_validate({"name": f"c{index}", **kind}) for index, kind in enumerate(types)]
    names = st.sampled_from([column.name for column in columns])
    template = st.lists(
        names.map("${{{}}}".format) | st.sampled_from(["#", 'x"', ""]), min_size=1, max_size=3
    ).map("".join)
    leaf = (
        template.map(lambda text: {"S": text})
        | template.map(lambda text: {"N": text})
        | st.just({"NULL": True})
    )
    tree = st.recursive(
        leaf,
        lambda inner: (
            st.dictionaries(st.sampled_from(["a", 'b"', "é"]), inner, max_size=2).map(lambda m: {"M": m})
            | st.lists(inner, max_size=2).map(lambda items: {"L": items})
        ),
        max_leaves=4,
    ).map(lambda value: {"M": {"top": value}})
    attributes: list[dict[str, Any]] = []
    for name in draw(st.lists(st.sampled_from(["PK", "c0", "other", "deep"]), unique=True, max_size=3)):
        if name == "deep":
            kinds = {"attribute-type": "document", "attribute-sub-type": "dynamodb-map", "value": draw(tree)}
        else:
            kinds = {"attribute-type": "scalar", "attribute-sub-type": "string", "value": draw(template)}
        attributes.append({"target-attribute-name": name, **kinds})
    rule = ObjectMapping.model_validate(
        {
            "rule-id": "1",
            "rule-name": "m",
            "rule-action": draw(st.sampled_from(["map-record-to-record", "map-record-to-document"])),
            "object-locator": {"schema-name": "s", "table-name": "t"},
            "target-table-name": "T",
            "mapping-parameters": {
                "exclude-columns": draw(st.lists(names, unique=True)),
                "attribute-mappings": attributes,
            },
        }
    )
    with_key = any(one["target-attribute-name"] == "PK" for one in attributes) and draw(st.booleans())
    keys = TableKeys(partition=KeyAttribute(name="PK", type="S")) if with_key else None
    row = st.lists(VALUES, min_size=len(columns), max_size=len(columns))
    return columns, rule, keys, draw(st.lists(row, min_size=1, max_size=8))

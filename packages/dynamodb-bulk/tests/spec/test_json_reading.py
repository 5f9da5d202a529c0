"""JSON documents of a user's: what they may hold, and that the rest is one line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.dms.definition import parse_definition
from dynamodb_bulk.dms.mappings import parse_mappings
from dynamodb_bulk.dms.task_settings import parse_task_settings
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.json_reading import DEPTH, read_json

HOSTILE = [
    ('{"a": 1, "a": 2}', "a: given twice in one object"),
    ('{"a": NaN}', "NaN is not a finite number"),
    ('{"a": -Infinity}', "-Infinity is not a finite number"),
    ('{"a": 1e999}', "1e999 is not a finite number"),
    (f'{{"a": {"9" * 5000}}}', "is a number of 5000 digits"),
    ('{"a": "\\u0000"}', "a text with the character \\u0000"),
    ('{"\\ud800": 1}', "a text with the character \\ud800"),
    ("[" * 100_000, f"nested deeper than {DEPTH} levels"),
    ("[" * 101 + "]" * 101, f"nested deeper than {DEPTH} levels"),
    ('{"a":' * 500 + "1" + "}" * 500, f"nested deeper than {DEPTH} levels"),
    ("{\n'a': 1}", "it.json, line 2: not JSON"),
    ("", "it.json, line 1: not JSON"),
]


@pytest.mark.parametrize("parse", [read_json, parse_mappings, parse_task_settings, parse_definition])
@pytest.mark.parametrize(("text", "said"), HOSTILE, ids=[said for _, said in HOSTILE])
def test_document_is_refused_in_one_line_when_it_is_hostile(parse: object, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text, "it.json")  # pyright: ignore[reportCallIssue]
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**38), 10**38) | st.text("abé\n\u202e"),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
        max_leaves=20,
    )
)
def test_document_is_read_unchanged(data: object) -> None:
    assert read_json(json.dumps(data), "it.json") == data


@given(st.text(st.sampled_from('{}[]",:0123456789eE+-.\\u \nnulltrefas'), max_size=30))
def test_any_text_is_data_or_one_line(text: str) -> None:
    said = ""
    try:
        read_json(text, "it.json")
    except InputError as error:
        said = str(error)
    assert not said or said.isprintable()

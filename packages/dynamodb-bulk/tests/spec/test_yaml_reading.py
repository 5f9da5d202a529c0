"""YAML of a user's: what it may hold, and that the rest is one line."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.cleanup.stacks import read_project_file
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import read_dataset_file
from dynamodb_bulk.spec.yaml_reading import DEPTH, NODES, read_yaml

BOMB = "a0: &a0 [x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 40)
)
MERGES = "a0: &a0 {x: 1}\n" + "".join(
    f"a{level}: &a{level}\n  <<: [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 40)
)


def mistake(text: str) -> str:
    with pytest.raises(InputError) as caught:
        read_yaml(text, "it.yaml")
    said = str(caught.value)
    assert said.isprintable()
    return said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: !!python/object/apply:os.system [x]", "line 1: the tag !!python/object/apply:os.system is not"),
        ("a: 1\nb: !!binary aGk=", "line 2: the tag !!binary is not known here; remove it"),
        ("a: !mine x", "line 1: the tag !mine is not known here"),
        ("a: !!timestamp 2026-01-01", "line 1: the tag !!timestamp is not"),
        ("a: !!set {x, y}", "line 1: the tag !!set is not"),
        ("a: 1\nb: 2\na: 3", "line 3: a: given on line 1 already; remove one of them"),
        ("- {a: 1, a: 2}", "line 1: a: given on line 1 already"),
        ("? [a, b]\n: c", "line 1: a key that is a list, or keys and values"),
        ("a: &a [*a]", "line 1: the anchor a is within itself"),
        ("a: &a\n  b: {c: *a}", "line 2: the anchor a is within itself"),
        ("a: *nobody", "line 1: not YAML: found undefined alias"),
        ("a: 1\nb: \0", "line 2: not YAML: the character 0x00 is not allowed; remove it"),
        ("a: \x1b[31m", "line 1: not YAML: the character 0x1b is not allowed"),
        ('a: 1\nb: "x\\0y"', "line 2: a text with the character \\u0000; remove it"),
        ('a: "\\ud800"', "line 1: a text with the character \\ud800"),
        ("a: .nan", "line 1: not a finite number; put it in quotes"),
        ("a: -.inf", "line 1: not a finite number"),
        ("a: 1.0e+999", "line 1: not a finite number"),
        (f"a: {'9' * 5000}", "line 1: not a number that can be read; put it in quotes"),
        ("a: 0b_", "line 1: not a number that can be read"),
        ("[" * 5000, f"line 1: nested deeper than {DEPTH} levels"),
        ("".join(f"{' ' * level}a:\n" for level in range(300)), f"nested deeper than {DEPTH} levels"),
        ("- - - " * 2000, f"nested deeper than {DEPTH} levels"),
        (BOMB, f"more than {NODES:,} values, those of aliases included"),
        (MERGES, f"more than {NODES:,} values, those of aliases included"),
        ("[" + "1," * NODES + "]", f"more than {NODES:,} values"),
        ("a: 1\n---\nb: 2", "line 2: not YAML: but found another document"),
        ("a: [", "not YAML: expected the node content"),
        ("<<: 3", "line 1: not YAML: expected a mapping or list of mappings for merging"),
    ],
    ids=lambda text: text[:30],
)
def test_yaml_is_refused_with_its_line_when_it_holds_unsupported_features(text: str, said: str) -> None:
    assert said in mistake(text)


@pytest.mark.parametrize(("text", "line"), [(BOMB, 3), (MERGES, 5)], ids=["aliases", "merges"])
def test_aliases_are_counted_as_what_they_stand_for(
    text: str, line: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynamodb_bulk.spec.yaml_reading.NODES", 100)
    assert f"line {line}: more than 100 values" in mistake(text)


@pytest.mark.parametrize("text", ["2026-01-01", "2026-01-01T10:00:00Z", "2001-12-14 21:59:43.10 -5"])
def test_date_stays_the_text_that_it_is(text: str) -> None:
    assert read_yaml(f"since: {text}", "it.yaml").data == {"since": text}


def test_merged_keys_yield_to_explicit_ones_whose_lines_are_reported() -> None:
    document = read_yaml("base: &base {a: 1, b: 2}\nown:\n  <<: *base\n  b: 3\n", "it.yaml")
    assert document.data["own"] == {"a": 1, "b": 3}
    assert document.where(("own", "b")) == "it.yaml, line 4"


@given(st.text(st.sampled_from("ab:-,&*!?|>[]{}'\"\\#%@`~<=0123.eE+_ \n\t\u00e9\x85\ufeff"), max_size=40))
def test_any_text_is_data_or_one_line(text: str) -> None:
    said = ""
    try:
        read_yaml(text, "it.yaml")
    except InputError as error:
        said = str(error)
    assert not said or said.isprintable()


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
        ),
        max_leaves=20,
    )
)
def test_what_yaml_writes_is_read_back(data: object) -> None:
    assert read_yaml(yaml.safe_dump(data), "it.yaml").data == data


@pytest.mark.parametrize("read", [read_dataset_file, read_project_file])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name: \xff", "not UTF-8 text"),
        ("name: é".encode("utf-16"), "not UTF-8 text"),
        (b"#" * 300_000, "over 256 KiB, too large for a"),
        (BOMB.encode(), "more than 20,000 values"),
        (b"name: x\nname: y", "line 2: name: given on line 1 already"),
        (b"[" * 5000, "nested deeper"),
        (b"name: !!python/name:os.system", "line 1: the tag"),
        (b"", "keys and values"),
    ],
)
def test_file_is_one_line_when_it_is_hostile(tmp_path: Path, read: object, content: bytes, said: str) -> None:
    file = tmp_path / "it.yaml"
    file.write_bytes(content)
    if not content and read is read_project_file:
        assert read_project_file(file) == {}
        return
    with pytest.raises(InputError, match=said):
        read(file)  # pyright: ignore[reportCallIssue]


def test_byte_order_mark_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_bytes(b"\xef\xbb\xbfconfig: {a: b}\r\n")
    assert read_project_file(file) == {"config": {"a": "b"}}

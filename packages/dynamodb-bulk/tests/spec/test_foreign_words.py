"""Words of AWS, SQL and other tools are answered with ours."""

import pytest

from dynamodb_bulk.column_types.registry import column_types
from dynamodb_bulk.spec.mistakes import nearest
from dynamodb_bulk.spec.model import Source
from dynamodb_bulk.spec.table import Index, Key, Provisioned, Table

TABLE = [field.alias or name for name, field in Table.model_fields.items()]
KEY_TYPES = ["S", "N", "B"]


@pytest.mark.parametrize(
    ("word", "words", "meant"),
    [
        ("hash_key", TABLE, "partition_key"),
        ("HashKey", TABLE, "partition_key"),
        ("range_key", TABLE, "sort_key"),
        ("ttl", TABLE, "time_to_live"),
        ("billing_mode", TABLE, "billing"),
        ("table_class", TABLE, "class"),
        ("gsi", TABLE, "global_secondary_indexes"),
        ("deletion_protection_enabled", TABLE, "deletion_protection"),
        ("AttributeName", Key.model_fields, "name"),
        ("hashKey", Index.model_fields, "partition_key"),
        ("ReadCapacityUnits", Provisioned.model_fields, "read"),
        ("PAY_PER_REQUEST", ["on_demand"], "on_demand"),
        ("INTEGER", column_types(), "INT4"),
        ("bigint", column_types(), "INT8"),
        ("VARCHAR", column_types(), "STRING"),
        ("VARCHAR2(20)", column_types(), "STRING"),
        ("NUMBER(10, 2)", column_types(), "NUMERIC"),
        ("decimal", column_types(), "NUMERIC"),
        ("TIMESTAMP", column_types(), "DATETIME"),
        ("double precision", column_types(), "REAL8"),
        ("string", KEY_TYPES, "S"),
        ("INT4", KEY_TYPES, "N"),
        ("binary", KEY_TYPES, "B"),
        ("CsvDelimiter", Source.model_fields, "delimiter"),
        ("sep", Source.model_fields, "delimiter"),
        ("prod", ["development", "staging", "production"], "production"),
    ],
)
def test_foreign_word_is_answered_with_ours(word: str, words: list[str], meant: str) -> None:
    assert nearest(word, words) == f"did you mean {meant}?"


@pytest.mark.parametrize("word", sorted(column_types()))
def test_near_word_is_still_answered_when_it_is_no_foreign_one(word: str) -> None:
    assert nearest(f"{word}x", column_types()) in {f"did you mean {one}?" for one in column_types()}

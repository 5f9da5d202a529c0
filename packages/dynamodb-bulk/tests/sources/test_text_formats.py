"""Texts that are no rows are recognised by their first lines, and rows that begin like them are rows."""

from pathlib import Path

import pytest

from bulk_testing.command import bulk
from dynamodb_bulk.sources.text_formats import document_or_log, text_format

LOG = "2024-01-02 03:04:05,678 INFO started\n2024-01-02 03:04:06,001 [main] ERROR failed, badly\n"
ACCESS = '127.0.0.1 - ann [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326\n'
NO_ROWS = {
    "HTML": (
        "<!doctype html><html>",
        "\n<HTML lang='en'>\n<head>",
        "<?xml version='1.0'?>\n<!-- a -->\n<!DOCTYPE html PUBLIC>",
        "<table border=1>\n <tr><td>a,b</td></tr>",
    ),
    "XML": (
        '<?xml version="1.0"?>\n<a/>',
        "<rows>\n  <row id='1'/>\n</rows>",
        "<rows><row>1</row><row>2</row></rows>\n",
        "<rows>" + "<row>1</row>" * 1000,
    ),
    "SQL": (
        "--\n-- PostgreSQL database dump\n--\n\n",
        "-- MySQL dump 10.13  Distrib 8.0\n",
        "/*!40101 SET NAMES utf8 */;\n/* a */\nDROP TABLE IF EXISTS `t`;\n",
        "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n",
        "create table t (id int, name text);\n",
        "INSERT INTO t VALUES (1,'a'),(2,'b');\n",
        'COPY public."t" (id, name) FROM stdin;\n1\ta\n\\.\n',
        "SET search_path = public;\n",
        "\ufeffUSE [shop];\n",
    ),
    "Markdown": (
        "| id | name |\n|----|------|\n| 1 | a |\n",
        "# Title\n\n| id | name |\r\n| :--- | ---: |\r\n| 1 | a |\r\n",
        "id | name\n--- | ---\n1 | a\n",
    ),
    "prints": (
        "+----+------+\n| id | name |\n+----+------+\n",
        " id | name \n----+------\n  1 | a\n",
    ),
}
DOCUMENTS = {
    "YAML": (
        "%YAML 1.2\n---\n",
        "---\nid: 1\nname: a\n",
        "# all\n- id: 1\n  name: a\n- id: 2\n",
        "name: data\nsource:\n  files: [a.csv]\n",
        "people:\n- id: 1\n",
    ),
    "INI": ("[main]\nkey = value\n", "; a\n[a b]\n# c\nkey=value,other\n", "[[rows]]\nid = 1\n"),
    "log": (
        LOG,
        ACCESS * 3,
        "Nov 28 11:20:40 host sshd[123]: Accepted, for ann\n",
        "[2024-01-02T03:04:05Z] [WARN] a;b\n",
    ),
    "padded with spaces": (
        "id   name      age\n1    Ann       31\n2    Bob        7\n",
        "ID      CITY\n\n1       Rio\n2       Ulm\n3       Lima\n",
        "  id      amount\n   1       12.50\n  20        3.00\n",
    ),
}
ROWS = (
    "<5,a\n<6,b\n",
    "<b>bold</b>,x\n",
    "<a href='x'>y</a>;z\n<b>q</b>;z\n",
    "<table><tr></tr></table>,1\n",
    "<ann@example.com>,<bob@example.com>\n",
    "|a,b\n|c,d\n",
    "|a|b|\n|1|2|\n",
    "a|b\n-|-\n",
    "a|b\n--|--\n",
    "---,---\n1,2\n",
    "- a: b,c\n- d: e,f\n",
    "root:x:0:0\nann:x:1:1\n",
    "key: value\nother: value\n",
    "[a],b\n[c],d\n",
    "[a]\n1,2\n",
    "#[main]\nid,name\n1,a\n",
    "create,table\n1,2\n",
    "set,use,begin\n1,2,3\n",
    "INSERT,INTO\n",
    "2024-01-02 03:04:05,INFO,started\n",
    "2024-01-02 03:04:05\tINFO\tstarted\n",
    "2024-01-02 03:04:05 | INFO | started\n",
    "2024-01-02 03:04:05 a,b\n",
    "id,text\n1,<html>\n",
    "id  ,name\n1   ,Ann\n2   ,Bob\n",
    "name\na  b\nc d\ne  f\n",
    "  a\n  b\n  c\n",
)


def _each(texts: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(what, text) for what in texts for text in texts[what]]


@pytest.mark.parametrize(("what", "text"), _each(NO_ROWS))
def test_text_that_is_no_rows_is_recognised(what: str, text: str) -> None:
    for data in (text.encode(), text.encode("utf-16")):
        found = text_format(data)
        assert found is not None
        assert what in found[0]


@pytest.mark.parametrize(("what", "text"), _each(DOCUMENTS))
def test_document_is_rows_only_where_a_dataset_describes_it(what: str, text: str) -> None:
    for data in (text.encode(), text.encode("utf-16")):
        assert text_format(data) is None
        found = document_or_log(data)
        assert found is not None
        assert what in found[0]


@pytest.mark.parametrize("text", ROWS)
def test_rows_that_begin_like_another_text_are_rows(text: str) -> None:
    assert text_format(text.encode()) is None
    assert document_or_log(text.encode()) is None


@pytest.mark.parametrize(
    "start", ["/*" * 2000, "/**/" * 1000, "<!--" * 1000, "# \n" * 1300, "a: \n" * 900, "|" * 4000]
)
def test_odd_beginnings_take_no_long_time(start: str) -> None:
    assert text_format(start.encode()) is None
    assert document_or_log(start.encode()) is None


def test_init_of_a_text_that_is_no_rows_says_how_to_convert_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dump.csv").write_text(NO_ROWS["SQL"][0])
    ended = bulk("init", "dump.csv")
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "dump.csv: the file is an SQL dump; export the table as CSV" in ended.stderr

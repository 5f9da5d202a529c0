"""Texts that are no rows: pages, dumps, printed tables, documents and logs, by the first lines of each."""

import codecs
import re

BYTES = 4096
_PAGE = "save its table as CSV: a spreadsheet opens it, and pandas.read_html(…) reads it"
_XML = "write the values of each element as a line of CSV or JSON: pandas.read_xml(…) reads many"
_DUMP = (
    r"export the table as CSV from its database: psql -c '\copy TABLE to FILE csv header', "
    "sqlite3 -csv -header, or SELECT … INTO OUTFILE"
)
_PRINTED = "export it as CSV, or remove the lines of dashes and the | at both ends of each line"
_PADDED = "write it as CSV: pandas.read_fwf(…).to_csv(…, index=False) does"
_DOCUMENT = "write its records as JSON Lines, one object a line"
_LOG = "write the parts of its lines as CSV or JSON Lines, for example with awk"

_COMMENTS = r"(?:[#;][^\n]*\n|\s)*+"
_OF_SQL = r"(?:--[^\n]*\n|/\*(?:(?!\*/).)*+\*/;?|\s)*+"
_THING = r"\s+[\w\"`\[]"
_STATEMENTS = (
    r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMPORARY\s+)?(?:TABLE|DATABASE|SCHEMA|TYPE|VIEW|EXTENSION)" + _THING,
    r"(?:(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?INTO|(?:DROP|ALTER)\s+TABLE|LOCK\s+TABLES)" + _THING,
    r"COPY\s+[\w\".]+\s*(?:\([^)]*\)\s*)?FROM\s+stdin",
    r"SET\s+[@\w.]+\s*(?:=|TO\b)[^\n]*;",
    r"USE\s+[\w`\[\]]+\s*;",
    r"(?:BEGIN|START)(?:\s+TRANSACTION)?\s*;",
    r"PRAGMA\s+\w+\s*=",
)  # fmt: skip
_TAG = r"<[A-Za-z_][\w:.-]*(?:\s[^<>]*[^/<>])?>"
_DASHES = r"[ \t]*:?-{2,}:?[ \t]*"
_KNOWN: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "an HTML page",
        _PAGE,
        (
            r"(?i:(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->)[\s\S])*+-->\s*)*+(?:<!doctype html|<html[\s>]))",
            r"(?i:<(?:table|head|body)\b[^>\n]*>[ \t]*\r?\n\s*<)",
        ),
    ),
    (
        "an XML document",
        _XML,
        # An element that its line does not close, and one within it; or one that is all of the text.
        (r"<\?xml\s", _TAG + r"[ \t]*\r?\n\s*<[A-Za-z_!]", r"<([\w:.-]+)(?:\s[^<>\n]*)?>[^\n]*</\1>\s*\Z",
         _TAG + r"\s*<[^\n]{2000,}\Z"),
    ),
    (
        "an SQL dump",
        _DUMP,
        (r"(?:--\s*\n)*+-- (?:PostgreSQL|MySQL|MariaDB)\b[^\n]* dump\b",
         rf"(?is:{_OF_SQL}(?:{'|'.join(_STATEMENTS)}))"),
    ),
    (
        "a table as a client of a database prints it",
        _PRINTED,
        (r"\+(?:-{2,}\+)+[ \t]*\r?\n\|", r"[^\n]* \| [^\n]*\n-{2,}(?:\+-{2,})+[ \t]*\r?\n"),
    ),
    (
        "a Markdown table",
        _PRINTED,
        (
            rf"(?:#[^\n]*\n\s*)?[^\n]*\|[^\n]*\n"
            rf"(?=[^\n]*---)\|?{_DASHES}(?:\|{_DASHES})*\|?[ \t]*(?:\r|\n|\Z)",
        ),
    ),
)  # fmt: skip
"""What a text is, what to do, and the expressions one of which its beginning matches."""
_INI = re.compile(rf"{_COMMENTS}\[\[?[A-Za-z_][^\]\n{{}}\",]*\]\]?[ \t]*\r?\n{_COMMENTS}[\w.-]+[ \t]*=")
_FORMS = tuple((what, remedy, tuple(map(re.compile, forms))) for what, remedy, forms in _KNOWN)
_TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_LOG_LINE = re.compile(
    rf"\S+ \S+ \S+ \[[0-9]{{2}}/[A-Z][a-z]{{2}}/[0-9]{{4}}:{_TIME} [+-][0-9]{{4}}\] \""
    rf"|(?:<[0-9]+>)?[A-Z][a-z]{{2}} [ 0-9][0-9] {_TIME} [\w.-]+ [\w./-]+(?:\[[0-9]+\])?: "
    rf"|\[?[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ]{_TIME}(?:[.,][0-9]+)?(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}})?\]?"
    r" +(?:[\w.:-]+ +|\[[^\]\n]*\] +|- +){0,2}"
    r"\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)\b(?! *[,;|\t])"
)
_LOG_LINES = _PADDED_LINES = 3
_YAML_LINE = re.compile(r"(?:- +)*(?:\"[^\"]+\"|'[^']+'|[A-Za-z_$][\w.$/:-]*) *:(?: .*)?|- .*|[ ]+\S.*|-")
_YAML_NEST = re.compile(r"(?m)^(?:- +[^ :]+:(?: .*)?\n  \S|[^ \n].*:(?: +[|>][+-]?)?\n *(?: \S|- ))")


def text_format(start: bytes) -> tuple[str, str] | None:
    """Return what a text is by its first bytes and how to make rows of it; None for what may be rows."""
    text = _text(start)
    return next((known[:2] for known in _FORMS if any(form.match(text) for form in known[2])), None)


def document_or_log(start: bytes) -> tuple[str, str] | None:
    """Return the same of texts that are hardly meant as rows, but can be where a dataset describes them."""
    text = _text(start)
    if _INI.match(text):
        return "an INI or TOML file", _DOCUMENT
    lines = [line.rstrip() for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    whole = lines[: -1 if len(start) >= BYTES else None]
    if _is_yaml(whole):
        return "a YAML document", _DOCUMENT
    if _is_padded(whole):
        return "a table whose columns are padded with spaces", _PADDED
    return ("a log", _LOG) if lines and all(map(_LOG_LINE.match, lines[:_LOG_LINES])) else None


def _is_padded(lines: list[str]) -> bool:
    """Whether all lines have two spaces at the same places between texts, and no other delimiter is there."""
    if len(lines) < _PADDED_LINES or any(delimiter in lines[0] for delimiter in ",;\t|"):
        return False
    gaps = [
        {at for at in range(len(line)) if line[at : at + 2] == "  " and line[:at].strip()} for line in lines
    ]
    return bool(gaps[0].intersection(*gaps[1:]))


def _text(start: bytes) -> str:
    mark = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE
    encoding = "utf-16" if start.startswith(mark) else "utf-8"
    return start[:BYTES].decode(encoding, errors="replace").lstrip("\ufeff \t\r\n")


def _is_yaml(lines: list[str]) -> bool:
    """Whether every line is of a document, and some are nested: if none is, they may be rows."""
    if not lines or lines[0].startswith("%YAML "):
        return bool(lines)
    marked = lines[0] == "---"
    rest = lines[1:] if marked else lines
    nested = marked or _YAML_NEST.search("\n".join(rest))
    return len(rest) > 1 and bool(nested) and all(map(_YAML_LINE.fullmatch, rest))

"""Find what a dataset needs that DMS does not support, or that AWS does not document.

Sources: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html and
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
"""

from collections.abc import Callable, Iterator, Sequence

from dynamodb_bulk.csv.encodings import is_utf8
from dynamodb_bulk.dms.condition import Condition
from dynamodb_bulk.dms.definition import ExternalTable
from dynamodb_bulk.dms.mappings import ObjectMapping, placeholders
from dynamodb_bulk.estimate.basis import Basis
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.date_patterns import OF_DMS
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.mistakes import Location, key_path
from dynamodb_bulk.spec.model import DatasetModel, Source
from dynamodb_bulk.spec.target_values import beyond_dms, value_templates

_FORMS = {
    "date_format": "dates in this form",
    "timezone": "times in a time zone",
    "decimal": "numbers with a decimal comma",
    "thousands": "numbers with separators of thousands",
    "booleans": "booleans in other words",
}
# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html#CHAP_Source.S3.Parquet
_PARQUET = "DMS reads only Parquet that DMS wrote to S3; that it wrote these files is said by a `dms` section"
_OTHERWISE = "convert the files and use another method"


def dms_obstacles(
    model: DatasetModel,
    columns: Sequence[Column],
    where: Callable[[Location], str],
    condition: Condition | None = None,
) -> Iterator[InputError]:
    """Yield why DMS cannot load the dataset; `where` finds a key in the dataset file."""

    def obstacle(*location: str | int, what: str, remedy: str = _OTHERWISE) -> InputError:
        return InputError(f"{where(location)}: {key_path(location)}", what, remedy)

    source = model.source
    for location, what, remedy in _beyond_formats(model):
        yield obstacle(*location, what=what, remedy=remedy)
    if source.compression != "none":
        what = f"AWS does not document that DMS reads files compressed with {source.compression}"
        yield obstacle("source", "compression", what=what, remedy="decompress the files, or " + _OTHERWISE)
    for key, what in _beyond_csv(source):
        yield obstacle("source", key, what=what)
    if source.location and source.location.count("/") == 3:
        what = "names a bucket, but DMS reads a folder"
        yield obstacle("source", "location", what=what, remedy="add a prefix")
    if condition and condition.values:
        what = "the condition of DMS is the same for every row, without values of one"
        yield obstacle("condition", what=what, remedy="remove ${…} from it, or " + _OTHERWISE)
    for name, value in model.attributes.items():
        for kind in dict.fromkeys(beyond_dms(value)):
            yield obstacle("attributes", name, what=f"AWS does not document that DMS writes {kind}")
    for location, what, remedy in _beyond_columns(model, columns):
        yield obstacle(*location, what=what, remedy=remedy)


def _beyond_formats(model: DatasetModel) -> Iterator[tuple[tuple[str, str], str, str]]:
    form = model.source.format
    if form != "csv" and not _is_read(model):
        what = _PARQUET if form == "parquet" else f"DMS reads CSV from S3, not {form}"
        yield ("source", "format"), what, _OTHERWISE
    if form == "parquet" and model.dms.migration_type != "full-load":
        what = "this program applies changes from CSV alone, and these files are Parquet"
        yield ("dms", "migration_type"), what, "use full-load"


def _is_read(model: DatasetModel) -> bool:
    return model.source.format == "csv" or (model.source.format == "parquet" and model.names_dms)


def _beyond_columns(
    model: DatasetModel, columns: Sequence[Column]
) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Where a column is beyond DMS, what that is, and what to do."""
    if not _is_read(model):
        return
    described = not model.dms.external_table_definition
    for place in _columns_beyond_dms(model, columns) if described else ():
        what = f"{columns[place].type} is not among the types that DMS writes to DynamoDB"
        yield ("columns", place, "type"), what, "exclude the column, read it as STRING, or " + _OTHERWISE
    said: dict[tuple[str | int, ...], str] = {}
    for place, column in enumerate(columns):
        for need in column.column_type.dms_needs if described else ():
            if getattr(column, need) is None:
                what = f"DMS needs the {need} of a {column.type} column"
                yield ("columns", place), what, f"add `{need}`, or {_OTHERWISE}"
        for key in column.own_form:
            if key != "date_format" or column.date_format not in OF_DMS:
                of_source = not described or getattr(model.columns[place], key) is None
                said[("source", key) if of_source else ("columns", place, key)] = key
    for location, key in said.items():
        yield location, f"DMS does not read {_FORMS[key]}", _OTHERWISE


def _beyond_csv(source: Source) -> Iterator[tuple[str, str]]:
    """The keys of what AWS does not document that DMS reads, and what that is."""
    if not is_utf8(source.encoding):
        yield "encoding", f"AWS does not document that DMS reads {source.encoding}"
    if len(source.delimiter.encode()) > 1:
        yield "delimiter", f"the delimiter of DMS is one ASCII character, not {source.delimiter!r}"
    if not isinstance(source.null_value, str) and len(source.null_value) > 1:
        yield "null_value", f"DMS knows one text for NULL, not {len(source.null_value)}"
    if source.escape:
        yield "escape", "DMS does not know escapes"
    if source.comment:
        yield "comment", "DMS does not know comments"
    for key in ("skip_rows", "skip_footer"):
        if getattr(source, key):
            yield key, "DMS skips no lines but one header"


def _columns_beyond_dms(model: DatasetModel, columns: Sequence[Column]) -> Iterator[int]:
    used = {
        name
        for value in model.attributes.values()
        for template in value_templates(value)
        for name in placeholders(template)
    }
    for place, column in enumerate(columns):
        if not column.column_type.by_dms and (column.name in used or column.name not in model.exclude):
            yield place


def undocumented(mapping: ObjectMapping, table: ExternalTable, where: str) -> tuple[str, ...]:
    """Yield warnings about behaviour of this mapping that AWS does not document."""
    nullable = {column.name for column in table.columns if column.nullable}
    return tuple(
        f"{where}: attribute {rule.target_attribute_name}: {Basis.UNKNOWN}: what DMS writes where "
        f"{', '.join(mixed)} is NULL; local AWS writes empty text"
        for rule in mapping.mapping_parameters.attribute_mappings
        if (mixed := sorted({name for text in rule.templates() for name in _in_longer_text(text)} & nullable))
    )


def _in_longer_text(template: str) -> tuple[str, ...]:
    names = placeholders(template)
    alone = len(names) == 1 and template == f"${{{names[0]}}}"
    return () if alone else names

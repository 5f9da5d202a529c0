"""What can be said of a dataset without reading its files."""

from collections.abc import Iterator, Sequence
from functools import partial

from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.dms.condition import reserved_words
from dynamodb_bulk.estimate.basis import Basis
from dynamodb_bulk.items.attributes import DOCUMENT
from dynamodb_bulk.preflight.check import Check, Detector, Example, Fault
from dynamodb_bulk.spec.loader import display_path


def attribute_names(dataset: Dataset) -> tuple[str, ...]:
    """The names of the attributes on the first level of an item; none where the files hold items."""
    if dataset.source.holds_items or dataset.other_fields:
        return ()
    parameters = dataset.object_mapping.mapping_parameters
    mapped = [rule.target_attribute_name for rule in parameters.attribute_mappings]
    mapped += list(dataset.attributes or ())
    excluded = parameters.exclude_columns
    kept = [column.name for column in dataset.columns if column.name not in excluded]
    if dataset.object_mapping.rule_action == "map-record-to-document":
        kept = [DOCUMENT] if kept else []
    return tuple(dict.fromkeys([*mapped, *kept]))


class _Documents(Detector):
    def before(self) -> Iterator[Fault]:
        by_dms = self.dataset.names_dms or self.subject.method == "dms"
        for obstacle in self.dataset.dms_obstacles if by_dms else ():
            yield Fault("not-for-dms", Example(file=obstacle.where, what=obstacle.what))
        for warning in self.dataset.warnings:
            where, _, what = warning.partition(": ")
            name = "undocumented" if f"{Basis.UNKNOWN}: " in what else "settings"
            yield Fault(name, Example(file=where, what=what))
        names = attribute_names(self.dataset)
        yield from self._indexes(names)
        for name in names if by_dms else ():
            if name.upper() in reserved_words():
                yield Fault("reserved-word", _in_dataset(self.dataset, f"attribute {name}", name))
        for rule in self.dataset.mappings.selections if not self.dataset.source.holds_items else ():
            if rule.rule_action == "include" and (wide := rule.object_locator.wildcards):
                what = f"rule {rule.rule_id}: {' and '.join(wide)}: `%` is any text and `_` any one character"
                yield Fault("selection-matches-more", _in_dataset(self.dataset, what))
            if rule.rule_action != "include" and rule.filters:
                what = f"rule {rule.rule_id}: filters are for rule-action include, not for {rule.rule_action}"
                yield Fault("filters-without-effect", _in_dataset(self.dataset, what))

    def _indexes(self, names: Sequence[str]) -> Iterator[Fault]:
        for index in self.dataset.table.index_keys if names else ():
            if index.key.name not in names:
                what = f"index {index.index}: no rule fills its {index.role} key {index.key.name}"
                yield Fault("index-without-items", _in_dataset(self.dataset, what))


def _in_dataset(dataset: Dataset, what: str, column: str | None = None) -> Example:
    return Example(file=display_path(dataset.path), what=what, column=column)


_warning = partial(Check, _Documents, "documents", "warning")
CHECKS = (
    _warning(
        "not-for-dms",
        "DMS cannot transfer something",
        "choose a different method, or change it",
        fatal_for=("dms",),
    ),
    _warning(
        "reserved-word",
        "DMS may refuse an attribute whose name DynamoDB reserves: AWS says so, but its samples have such",
        "load a few rows first, use another method, or rename the attribute",
    ),
    _warning(
        "index-without-items",
        "No item has a key of an index, so none will be found by it",
        "fill the attribute, or drop the index",
    ),
    _warning(
        "selection-matches-more",
        "A selection rule has wildcards and matches other tables too",
        "use rule-action explicit",
    ),
    _warning(
        "filters-without-effect",
        "A selection rule has filters that DMS does not apply, so every row is loaded",
        "use rule-action include",
    ),
    _warning("settings", "The task settings hold something that DMS does not support", "remove it"),
    _warning("undocumented", "AWS does not document what happens", "load a few rows first and look"),
)

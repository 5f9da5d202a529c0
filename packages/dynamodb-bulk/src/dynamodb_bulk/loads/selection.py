"""The method that fits a load of a stack, and why; or whether the one that was asked for can carry it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.table_identity import described_table
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.estimate.prices import known_prices
from dynamodb_bulk.estimate.size import sample
from dynamodb_bulk.loads.base import Loader, LoadFacts, MethodEstimate
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import read_dataset_file
from dynamodb_bulk.spec.table import Provisioned

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import TableDescriptionTypeDef


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The method, or None where no method fits, and the reason in a sentence."""

    method: str | None
    why: str


class _Demand(NamedTuple):
    """What a load may demand: the ability's name, what a method without it does, another remedy."""

    ability: str
    unable: str
    otherwise: str = ""

    def met_by(self, loader: Loader[Any]) -> bool:
        return getattr(loader.abilities, self.ability)


_DEMANDS = (
    _Demand(
        "ongoing_changes",
        "does not apply ongoing changes, and dms.migration_type asks for them",
        "take the migration type out",
    ),
    _Demand("existing_table", "makes a new table, and this one exists"),
    _Demand("condition", "takes no condition", "take the condition out"),
    _Demand("global_table", "does not take a global table"),
)


def choose_method(facts: LoadFacts, offered: Callable[[Loader[Any]], bool] = lambda _: True) -> Choice:
    """Pick the method of a load: one that is preferred, or the first of the registry that can carry it."""
    able = [loader for loader in LOADERS.values() if not _unmet(loader, facts)]
    for loader in able:
        if (why := loader.preferred(facts)) and loader.obstacle(facts) is None:
            return Choice(method=loader.name, why=why)
    why = "no method can do all that the dataset and its table ask for"
    for loader in able:
        obstacle = loader.obstacle(facts)
        if obstacle is None and offered(loader):
            return Choice(method=loader.name, why=loader.reason(facts))
        if obstacle:
            why = f"{loader.reason(facts)}, but {obstacle}"
    return Choice(method=None, why=why)


def fitting_method(
    dataset: Dataset, aws: Aws, *, into: bool = False, options: frozenset[str] = frozenset()
) -> Choice:
    """Choose for a dataset, what AWS has of its table, and what a sample of its files takes.

    `options`: the settings of the load that not every method takes.
    """
    facts = load_facts(dataset)
    table = described_table(dataset.table.name or "", aws) if dataset.table.existing else None
    facts = replace(
        facts,
        existing_table=facts.existing_table or into,
        global_table=facts.global_table or bool(table and table.get("Replicas")),
        options=options,
        estimates=_estimates(_with_capacity(dataset, table), aws),
    )
    return choose_method(facts, lambda loader: loader.offered(aws))


def carries(method: str, dataset: Dataset, *, into: bool = False) -> bool:
    """Return whether the method can carry the dataset, as far as its file says."""
    loader, facts = LOADERS[method], load_facts(dataset)
    unmet = _unmet(loader, replace(facts, existing_table=facts.existing_table or into))
    return unmet is None and loader.obstacle(facts) is None


def _estimates(dataset: Dataset, aws: Aws) -> dict[str, MethodEstimate]:
    """Return what each method takes; nothing for files that cannot be read, which the load itself reports."""
    try:
        size = sample(dataset, source_files(dataset, aws))
    except InputError:
        return {}
    prices = known_prices()
    return {name: loader.estimate(dataset, size, prices) for name, loader in LOADERS.items()}


def _with_capacity(dataset: Dataset, table: "TableDescriptionTypeDef | None") -> Dataset:
    """Return the dataset with the capacity of its table as it exists, which its file need not say."""
    write = table.get("ProvisionedThroughput", {}).get("WriteCapacityUnits", 0) if table else 0
    if not write:
        return dataset
    billing = Provisioned(read=1, write=write)
    return replace(dataset, table=dataset.table.model_copy(update={"billing": billing}))


def load_facts(dataset: Dataset) -> LoadFacts:
    """What a dataset demands of its method, as far as its file says."""
    model = read_dataset_file(dataset.path).model
    obstacle = next(iter(dataset.dms_obstacles), None)
    return LoadFacts(
        existing_table=dataset.table.existing,
        condition=dataset.condition is not None,
        ongoing_changes=dataset.migration_type != "full-load",
        global_table=bool(dataset.table.replicas),
        dms_documents=model.dms.table_mappings is not None,
        dms_obstacle=obstacle.what if obstacle else None,
    )


def check_method(method: str, dataset: Dataset, where: str, *, into: bool = False) -> None:
    """Raise InputError where the method cannot carry the dataset."""
    loader, facts = LOADERS[method], load_facts(dataset)
    loader.check_dataset(dataset)
    if unmet := _unmet(loader, replace(facts, existing_table=facts.existing_table or into)):
        able = [f"`method: {other.name}`" for other in LOADERS.values() if unmet.met_by(other)]
        remedies = [f"set {' or '.join(able)}"] if able else []
        remedies += [unmet.otherwise] if unmet.otherwise else []
        raise InputError(where, f"{loader.engine} {unmet.unable}", ", or ".join(remedies))


def _unmet(loader: Loader[Any], facts: LoadFacts) -> _Demand | None:
    return next((each for each in _DEMANDS if getattr(facts, each.ability) and not each.met_by(loader)), None)

"""One dataset into a new table by ImportTable: its files, the step that imports and judges, the table.

The import is a step and not the provider's `import_table`, and the table is adopted when the step is over.
The provider fails over a single bad item, and leaves a table that its next `up` takes for whole or replaces.
It cannot join an import that a killed `up` began. It keeps the header list in a set, so that its order is
lost. And settings that an import does not take would drift.
https://github.com/hashicorp/terraform-provider-aws/issues/41639
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from components.load import LoadArgs, LoadComponent
from components.stack import Stack
from components.step import EARLIER_STEP, STEP, digest_of
from components.table import LoadTable, LoadTableArgs, deletion_protection, physical_name, recovery
from components.table_changes import TYPE, recorded_settings
from dynamodb_bulk.aws.table_identity import table_identity
from dynamodb_bulk.conversion.options import Format
from dynamodb_bulk.loads.native.generations import earlier_tables, own_table, table_generation, table_in_use
from dynamodb_bulk.loads.native.loader import NATIVE
from dynamodb_bulk.loads.native.operation import CHANGED
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.table import Table
from dynamodb_bulk.spec.text import visible

Reload = Literal["refuse", "recreate", "replace"]
_MOST_NOTED = 1_000  # files by name; the state has no room for 50,000
_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class NativeImportArgs(LoadArgs):
    """`reload`: what becomes of the table when the data changes. It is kept, and the load refused; or it is
    deleted and imported again under its name; or another one replaces it, and `keep_previous` earlier ones
    stay.

    Where it is replaced, the SSM parameter `/<project>/<stack>/tables/<name>` names the one in use.
    `exported`: an export of the stack reads the table. `convert_to`: the format of converted files; given,
    the files are converted also where ImportTable could read them. Not `is_open`: the tables alone, as they
    are. `kms_key`: the ARN of their key.
    """

    reload: Reload = "refuse"
    keep_previous: int = 0
    convert_to: Format | None = None
    exported: bool = False
    is_open: bool = True
    kms_key: str | None = None


class NativeImport(LoadComponent):
    """Makes and fills a new table."""

    table_name: str

    def __init__(self, name: str, args: NativeImportArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:NativeImport", name, None, opts)
        if not args.is_open:
            self._keep(args)
            return
        stack, dataset, client = args.stack, args.dataset, args.stack.client
        converted = args.convert_to is not None or NATIVE.converts(dataset, client)
        files = self._stage(args, converted=converted, convert_to=args.convert_to or "dynamodb_json")
        base = physical_name(stack, dataset.name, dataset.table)
        physical = f"{base[:246]}-{self.digest[:8]}" if args.reload == "replace" else base
        generation = table_generation(args.bucket.plain_name, name, physical, client)
        before = [*files.ready, *args.after]
        depends = {
            "data": self.digest,
            "table": physical,
            "keys": [
                key.model_dump() for key in (dataset.table.partition_key, dataset.table.sort_key) if key
            ],
            "incarnation": generation,
        }
        recreate = args.reload == "recreate"
        self._say_change(digest_of(depends), physical, args)
        outputs = self._run(
            "import",
            NATIVE,
            args,
            {
                "table": physical,
                "files": files.described,
                "tolerate": args.tolerate,
                "tags": stack.tagged(dataset=dataset.name),
                "deletion_protection": deletion_protection(stack, dataset.table),
                "point_in_time_recovery": recovery(dataset.table, exported=args.exported),
                "incarnation": generation,  # stacks that exist know it by this name
                **({"kms_key": args.kms_key} if args.kms_key else {}),
            },
            check=files.check,
            conversion=files.conversion,
            depends=depends,
            after=[self._end_of_operation(NATIVE, args, before), *before],
            options=pulumi.ResourceOptions(replacement_trigger=self.digest if recreate else None),
            settings={
                "recreate": recreate,
                **recorded_settings(stack.recorded.get((TYPE, self._logical(physical, args)), {}), physical),
            },
            noted={"contents": self._noted},
        )
        self.table_name = physical
        self.table = self._adopt(physical, self.ready, args)
        self.ready = [*self.ready, self.table]
        if args.reload == "replace":
            self.ready.append(self._point_to(base, args))
        self.register_outputs(outputs)

    def _logical(self, physical: str, args: NativeImportArgs) -> str:
        """Return the name of the table's resource."""
        name = self.pulumi_resource_name
        return f"{name}-{physical[-8:]}" if args.reload == "replace" else name

    @property
    def _noted(self) -> dict[str, str]:
        return dict(self.contents.digests) if len(self.contents.files) <= _MOST_NOTED else {}

    def _say_change(self, digest: str, physical: str, args: NativeImportArgs) -> None:
        """Say what becomes of a table with other data; raise InputError if it cannot be recreated."""
        name, recorded = self.pulumi_resource_name, args.stack.recorded
        stashed: Mapping[str, Any] = recorded.get((EARLIER_STEP, f"{name}-import"), {}).get("input") or {}
        before = recorded.get((STEP, f"{name}-import"), stashed)
        if args.reload == "replace" or before.get("digest") in (None, digest):
            return
        if not table_identity(physical, args.stack.client):
            return
        what = f"{name}: {_changes(before.get('contents') or {}, self._noted)}"
        if args.reload == "refuse":
            if pulumi.runtime.is_dry_run():
                pulumi.log.warn(visible(f"{what}, and `pulumi up` keeps the table {physical}; {CHANGED}"))
            return
        known = recorded.get((TYPE, name))
        if known and _schema(known) != _declared_schema(args.dataset.table):
            raise InputError(
                display_path(args.dataset.path),
                f"the keys or indexes of {physical} changed, which `reload: recreate` leaves as they are",
                "set `reload: replace` in the load",
            )
        pulumi.log.warn(
            visible(f"{what}: the table {physical} is deleted and imported again (reload: recreate)")
        )

    def _keep(self, args: NativeImportArgs) -> None:
        """Declare the tables that are there, whatever the files hold by now."""
        stack, dataset, client = args.stack, args.dataset, args.stack.client
        base = physical_name(stack, dataset.name, dataset.table)
        ours = {"project": stack.project, "stack": stack.stack}
        if args.reload == "replace":
            physical = table_in_use(parameter_name(stack, dataset.name), base[:246], ours, client)
        else:
            physical = own_table(base, ours, client)
        self.table_name = physical or base
        if physical:
            self.table = self._adopt(physical, [], args)
            if args.reload == "replace":
                self._point_to(base, args)
        self.register_outputs({"table": physical})

    def _adopt(self, physical: str, made_by: list[pulumi.Resource], args: NativeImportArgs) -> LoadTable:
        def table(physical: str) -> LoadTable:
            return LoadTable(
                self._logical(physical, args),
                LoadTableArgs(
                    stack=args.stack,
                    dataset=args.dataset.name,
                    table=args.dataset.table,
                    name=physical,
                    adopted=True,
                    made_by=made_by,
                    replaced=args.reload == "replace",
                    exported=args.exported,
                    kms_key=args.kms_key,
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )

        if args.reload == "replace":
            for earlier in earlier_tables(physical, args.keep_previous, args.stack.client):
                table(earlier)
        return table(physical)

    def _point_to(self, base: str, args: NativeImportArgs) -> pulumi.Resource:
        stack = args.stack
        return aws.ssm.Parameter(
            base,
            name=parameter_name(stack, args.dataset.name),
            type=aws.ssm.ParameterType.STRING,
            value=self.table.name,
            description="The table that holds the newest import",
            tags=stack.tagged(dataset=args.dataset.name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.table]),
        )


def parameter_name(stack: Stack, dataset: str) -> str:
    """Return the SSM parameter that names the table in use."""
    return f"/{stack.project}/{stack.stack}/tables/{dataset}"


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Say which files are other ones than before, where that is known."""
    names = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    if not before or not now or not names:
        return "its files, keys or format changed"
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"its data changed ({', '.join(names[:_NAMED])}{more})"


def _schema(recorded: Mapping[str, Any]) -> tuple[object, ...]:
    """Return the keys and indexes of a table as the state has it."""
    indexes: Sequence[Mapping[str, Any]] = recorded.get("globalSecondaryIndexes") or ()
    attributes: Sequence[Mapping[str, Any]] = recorded.get("attributes") or ()
    return (
        recorded.get("hashKey"),
        recorded.get("rangeKey") or None,
        {one["name"]: one["type"] for one in attributes},
        {one["name"] for one in indexes},
    )


def _declared_schema(table: Table) -> tuple[object, ...]:
    return (
        table.partition_key.name,
        table.sort_key.name if table.sort_key else None,
        {key.name: key.type for key in table.key_attributes},
        {index.name for index in table.global_secondary_indexes},
    )

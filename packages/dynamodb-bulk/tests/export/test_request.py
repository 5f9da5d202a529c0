"""The request of an export: names become placeholders, and keys are always exported."""

from typing import Any

import pytest

from dynamodb_bulk.export.request import Selection


@pytest.mark.parametrize(
    ("keys", "projection", "names", "expected"),
    [
        (["id"], ["v"], {}, ["id", "v"]),
        (["order.id"], ["v"], {}, ["order.id", "v"]),
        (["order.id"], ["order.id", "v"], {}, ["order.id", "v"]),
        (["Kunden-Nr", "first name"], ["name"], {}, ["Kunden-Nr", "first name", "name"]),
        (["#id", "12"], ["v"], {}, ["#id", "12", "v"]),
        (["a[0]"], ["v"], {}, ["a[0]", "v"]),
        (["id"], ["address.city", "lines[3].sku"], {}, ["id", "address.city", "lines[3].sku"]),
        (["id"], ["#dotted", "id"], {"#dotted": "a.b"}, ["id", "a.b"]),
        (["id"], ["v"], {"#p0": "other", "#p1": "more"}, ["id", "v"]),
    ],
)
def test_projection_names_the_keys_and_the_paths(
    keys: list[str], projection: list[str], names: dict[str, str], expected: list[str]
) -> None:
    selection = Selection.model_validate({"projection": projection, "names": names})
    assert _read(selection.specification(keys)) == expected


def _read(specified: dict[str, Any]) -> list[str]:
    """The paths of a projection, as DynamoDB resolves them."""
    names: dict[str, str] = specified["ExpressionAttributeNames"]
    paths: list[str] = []
    for path in specified["ProjectionExpression"].split(", "):
        for part in path.replace("[", ".").split("."):
            assert part.startswith("#") or part.removesuffix("]").isdecimal()
        shown = path
        for key in sorted(names, key=len, reverse=True):
            shown = shown.replace(key, f"\0{key[1:]}\0")
        for key, name in names.items():
            shown = shown.replace(f"\0{key[1:]}\0", name)
        paths.append(shown)
    return paths

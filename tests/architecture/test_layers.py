"""Every slice stands in the order of imports, so that import-linter looks at it."""

import tomllib

from tests.architecture import tree


def unlisted(slices: set[str], layers: list[str]) -> set[str]:
    """The slices that no layer names."""
    named = {name.strip() for layer in layers for name in layer.replace("|", ":").split(":")}
    return {one for one in slices if one.replace("/", ".") not in named}


def test_every_slice_has_its_layer() -> None:
    (contract,) = (
        one
        for one in tomllib.loads(tree.text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"]
        if one["type"] == "layers"
    )
    slices = {inside for path in tree.python_files() if (inside := tree.slice_of(path))}
    assert len(slices) > 5
    assert unlisted(slices, contract["layers"]) == set()


def test_a_slice_without_a_layer_is_found() -> None:
    layers = ["partners.deals", "partners.companies : partners.products | portal.core"]
    assert unlisted({"partners/deals", "partners/products", "partners/leads"}, layers) == {"partners/leads"}

"""The page of all configuration keys is complete, and as committed as generated."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from maw.settings import (
    dataset,
    lora,
    plan,
    planned,
    reference,
    registry,
    sections,
    selection,
    split_kinds,
    suite,
)

PAGE = Path(__file__).parents[2] / "docs/configuration.md"
KINDS = [(group, kind) for group in registry.PACKAGES for kind in registry.kinds(group)]


class Base(BaseModel):
    """A base class."""

    kept: int = 1
    """Meaning in the base class."""
    replaced: int = 1
    """Meaning that the class below replaces."""


class Derived(Base):
    """A class with fields of its own.

    This paragraph is not on the page.
    """

    replaced: int = Field(2, ge=1, lt=5)
    """Meaning of the class itself,
    on two lines."""
    unexplained: tuple[str, ...] = ()


def models() -> list[type[BaseModel]]:
    """Every model of the configuration: sections, suite, plan, and each kind's."""
    defined = [
        value
        for module in (sections, split_kinds, selection, dataset, suite, plan, planned, lora)
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, BaseModel)
        and value.__module__ == module.__name__
    ]
    return defined + [registry.load(group, kind).Config for group, kind in KINDS]


def test_the_committed_page_is_what_is_generated() -> None:
    generate = "python -m maw.settings.reference > docs/configuration.md"
    assert PAGE.read_text(encoding="utf-8") == reference.page(), f"run: {generate}"


@pytest.mark.parametrize(
    "model", models(), ids=lambda model: f"{model.__module__}.{model.__name__}"
)
def test_every_field_of_every_model_has_a_meaning(model: type[BaseModel]) -> None:
    unexplained = [name for name, text in reference.meanings(model).items() if not text]
    assert unexplained == []


def test_every_model_but_the_fold_is_on_the_page() -> None:
    shown = {*reference.MODELS.values(), sections.Section, split_kinds.Fold, planned.Part}
    kinds = {registry.load(group, kind).Config for group, kind in KINDS}
    assert set(models()) == shown | kinds
    for group, kind in KINDS:
        key = next(key for key, name in registry.GROUPS.items() if name == group)
        assert f"### {key}, kind: {kind}\n" in reference.page()


def test_a_meaning_is_the_string_below_the_field_or_that_of_the_base_class() -> None:
    assert reference.meanings(Derived) == {
        "kept": "Meaning in the base class.",
        "replaced": "Meaning of the class itself, on two lines.",
        "unexplained": "",
    }


def test_types_bounds_and_defaults_are_in_words() -> None:
    rows = {line.split("`")[1]: line for line in reference.page().splitlines() if line[:3] == "| `"}
    assert rows["samples"].startswith("| `samples` | integer ≥ 2 | `8` | ")
    assert rows["retrieve"].startswith("| `retrieve` | `stored` or `corpus` or `pool` | `stored` |")
    assert rows["datasets"].startswith(
        "| `datasets` | mapping of names to [datasets](#datasets) | required | "
    )
    assert rows["contrasts"].startswith(
        "| `contrasts` | list of [analysis.contrasts](#analysiscontrasts) | required | "
    )
    assert rows["attention"].startswith("| `attention` | [attention](#attention) | `{kind: sta")
    assert rows["router"].startswith("| `router` | [router](#router) | none | ")
    assert "[split, kind: kfold](#split-kind-kfold)" in rows["split"]


def test_the_command_prints_the_page_without_torch() -> None:
    code = (
        "import runpy, sys; runpy.run_module('maw.settings.reference', run_name='__main__');"
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stdout.decode().startswith("# Configuration\n")

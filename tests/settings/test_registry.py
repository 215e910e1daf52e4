"""A kind is found by its file's name; a wrong kind or key names the right one."""

import subprocess
import sys
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from maw.errors import InputError
from maw.settings import registry
from maw.settings.suite import Suite


class Inner(BaseModel, extra="forbid"):
    """Keys of which one has been renamed."""

    RENAMED: ClassVar[Mapping[str, str]] = {"peak": "learning_rate"}

    learning_rate: float = 1.0


class Outer(BaseModel, extra="forbid"):
    """Models inside of other types."""

    one: Inner = Inner()
    several: tuple[Inner, ...] = ()
    named: dict[str, Inner] = {}


@pytest.mark.parametrize("group", registry.PACKAGES)
def test_every_kind_of_a_group_is_a_module_with_a_config_of_its_name(group: str) -> None:
    assert registry.kinds(group)
    for kind in registry.kinds(group):
        module = registry.load(group, kind)
        assert module.__name__ == f"{registry.PACKAGES[group]}.{kind}"
        assert issubclass(module.Config, BaseModel)


def test_reading_the_models_of_all_kinds_never_imports_torch() -> None:
    code = (
        "import sys; from maw.settings import registry;"
        "[registry.load(group, kind).Config for group in registry.PACKAGES"
        " for kind in registry.kinds(group)]; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_entry_is_written_with_its_kind_and_its_defaults() -> None:
    entry = registry.parse("objectives", {"kind": "grpo", "samples": 2})
    content = registry.dump(entry)
    assert (content["kind"], content["samples"], content["entropy_bonus"]) == ("grpo", 2, 0.01)
    assert registry.parse("objectives", content) == entry
    assert registry.parse("objectives", entry) is entry
    assert registry.kind_of(entry) == "grpo"
    assert registry.module_of(entry) is registry.load("objectives", "grpo")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"kind": "grop"}, r"objectives: unknown kind 'grop'; did you mean 'grpo'\?"),
        ({"kind": "grpo", "sample": 2}, r"objectives/grpo\.sample: unknown key; did you mean"),
        ({"kind": "grpo", "samples": 1}, r"objectives/grpo\.samples: .*to 2 \(got 1\)"),
        ({"kind": 3}, "objectives: expected a mapping with `kind:`, got {'kind': 3}"),
        ("grpo", "objectives: expected a mapping with `kind:`, got 'grpo'"),
    ],
)
def test_a_wrong_entry_is_one_line(value: object, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        registry.parse("objectives", value)
    assert "\n" not in str(raised.value)


def test_the_old_name_of_a_key_is_told_its_new_one() -> None:
    with pytest.raises(InputError) as raised:
        registry.parse("objectives", {"kind": "grpo", "entropy": 0.1})
    assert str(raised.value) == (
        "objectives/grpo.entropy: this key is now called 'entropy_bonus'; rename it"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"one": {"peak": 1}}, "f.one.peak: this key is now called 'learning_rate'; rename it"),
        (
            {"several": [{}, {"peak": 1}]},
            "f.several.1.peak: this key is now called 'learning_rate'; rename it",
        ),
        (
            {"named": {"a": {"learning_rat": 1}}},
            "f.named.a.learning_rat: unknown key; did you mean 'learning_rate'?",
        ),
        ({"name": {}}, "f.name: unknown key; did you mean 'named'?"),
    ],
)
def test_the_model_that_holds_a_wrong_key_knows_the_right_one(
    content: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        Outer.model_validate(content)
    assert registry.explain(raised.value, model=Outer, within="f") == message


def test_a_whole_section_is_not_repeated_in_the_line_about_it() -> None:
    with pytest.raises(ValidationError) as raised:
        Suite.model_validate({"suite": "a", "datasets": {}, "systems": {}, "analysis": 1})
    line = registry.explain(raised.value, model=Suite, within="x.yaml")
    assert line.startswith("x.yaml.datasets: ")
    assert "got" not in line


class Several(BaseModel, extra="forbid"):
    """A field whose value is of one of several kinds, and one with a value for each name."""

    size: Annotated[int, Field(ge=1)] | Literal["all"] | None = None
    weights: dict[str, int] = {}


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"size": 0}, "x.size: Input should be greater than or equal to 1, or 'all' (got 0)"),
        (
            {"size": "every"},
            "x.size: Input should be a valid integer, unable to parse string as an integer, or "
            "'all' (got 'every')",
        ),
        (
            {"weights": {"a": "b", "c": "b"}},
            "x.weights.a: Input should be a valid integer, unable to parse string as an integer "
            "(got 'b')",
        ),
    ],
)
def test_a_value_of_several_kinds_has_one_line_with_all(given: object, line: str) -> None:
    with pytest.raises(ValidationError) as error:
        Several.model_validate(given)
    assert registry.explain(error.value, model=Several, within="x") == line

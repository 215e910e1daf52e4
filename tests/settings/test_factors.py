"""A sweep or a search changes one option of a system or of the recipe, and nothing else."""

from collections.abc import Callable

import pytest

from maw.errors import InputError
from maw.settings import registry
from maw.settings.factors import varied, with_options
from maw.settings.sections import Sweep, Training
from maw.settings.suite import Suite

SWEEP = Sweep(system="maw_grpo", option="attention.strength", values=(0.5, 1))


def test_one_option_has_another_value_and_all_others_stay(
    suite_with: Callable[..., Suite],
) -> None:
    system = suite_with().systems["maw_grpo"]
    before, after = registry.dump(system), registry.dump(varied(system, SWEEP, value=0.5))
    assert (before["attention"]["strength"], after["attention"]["strength"]) == (1.0, 0.5)
    after["attention"]["strength"] = 1.0
    assert after == before


@pytest.mark.parametrize("option", ["strength", "attention.depth", "router.kind.depth"])
def test_an_option_that_the_system_has_not_is_named(
    suite_with: Callable[..., Suite], option: str
) -> None:
    sweep = SWEEP.model_copy(update={"option": option})
    with pytest.raises(ValueError, match=f"'maw_grpo' has no option '{option}'"):
        varied(suite_with().systems["maw_grpo"], sweep, value=1)


def test_a_value_that_the_option_cannot_have_is_named(suite_with: Callable[..., Suite]) -> None:
    with pytest.raises(InputError, match=r"attention/maw\.strength: .*less than or equal to 1"):
        varied(suite_with().systems["maw_grpo"], SWEEP, value=2)


def test_options_of_the_system_and_of_the_recipe_are_set(
    suite_with: Callable[..., Suite],
) -> None:
    before, recipe = suite_with().systems["maw_grpo"], Training(steps=7)
    options = {"attention.noise": 0.5, "training.temperature": 0.1}
    system, training = with_options(before, recipe, options)
    after = registry.dump(system)
    assert after["attention"].pop("noise") == 0.5
    expected = registry.dump(before)
    del expected["attention"]["noise"]
    assert after == expected
    assert training == Training(steps=7, temperature=0.1)
    assert with_options(before, recipe, {}) == (before, recipe)


def test_a_searched_option_that_is_not_there_is_named(suite_with: Callable[..., Suite]) -> None:
    system = suite_with().systems["non_maw"]
    with pytest.raises(ValueError, match="the system's entry has no option 'attention.noise'"):
        with_options(system, Training(), {"attention.noise": 0.5})

"""A sweep changes one option of a system and nothing else."""

from collections.abc import Callable

import pytest

from maw.errors import InputError
from maw.settings import registry
from maw.settings.factors import varied
from maw.settings.sections import Sweep
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

"""What a search's specification says it tries, which may be nothing."""

from typing import Any

import pytest

from maw.stages.shared.search_spec import fixed_in, searched_in
from maw.training.search import Trial

OPTIONS = {"attention.noise": [0.5, 0.1]}


def test_the_values_of_an_option_are_those_of_the_specification() -> None:
    assert searched_in({"options": OPTIONS}) == OPTIONS
    assert searched_in({}) == {}


def test_nothing_is_searched_with_one_learning_rate_and_no_option() -> None:
    assert fixed_in({"selection": {"learning_rates": [3e-3]}}) == Trial(3e-3)


@pytest.mark.parametrize(
    "spec",
    [
        {"selection": {"learning_rates": [3e-3]}, "options": OPTIONS},
        {"selection": {}},
    ],
)
def test_a_search_has_no_fixed_trial(spec: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="new has a search, so that its trials are needed"):
        fixed_in({"name": "new", **spec})

"""A wrong name is told the nearest right one, or all of them."""

import pytest

from maw.errors import nearest, require

NAMES = ["grpo", "uniform", "stat"]


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("grop", "; did you mean 'grpo'?"),
        ("unifrom", "; did you mean 'uniform'?"),
        ("xyz", "; known: grpo, stat, uniform"),
    ],
)
def test_the_nearest_name_or_all_of_them_are_told(name: str, ending: str) -> None:
    assert nearest(name, NAMES) == ending
    with pytest.raises(ValueError) as raised:
        require(name, NAMES, problem="router: unknown kind")
    assert str(raised.value) == f"router: unknown kind {name!r}{ending}"


def test_a_name_that_is_known_is_no_error() -> None:
    require("stat", NAMES, problem="router: unknown kind")

"""A wrong name is told the nearest right one, or all of them."""

import pytest

from maw.errors import nearest, require, without_training

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


def test_a_module_of_the_extra_train_is_named_with_the_mend_and_another_is_raised() -> None:
    error = ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn")
    message = str(without_training(error))
    assert message.startswith("torch: this package is not installed; only models and the workflow")
    assert "pip install 'maw[train]'" in message
    assert "\n" not in message
    for name in ("pandas", "torchvision", None):
        with pytest.raises(ModuleNotFoundError):
            without_training(ModuleNotFoundError(name=name))

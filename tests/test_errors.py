"""A wrong name is told the nearest right one, or all of them."""

import pytest

from maw.errors import EXTRAS, nearest, require, without_extra

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


@pytest.mark.parametrize(
    ("name", "place", "message"),
    [
        (
            "torch.nn",
            "",
            "torch: this package is not installed; only models and the workflow need it: "
            "pip install 'maw-bench[train]', or in a clone pip install --editable '.[train]'",
        ),
        (
            "pyarrow",
            "a.parquet",
            "a.parquet: pyarrow: this package is not installed; only parquet files and compressed "
            "logs of inspect_ai need it: pip install 'maw-bench[parquet]', or in a clone "
            "pip install --editable '.[parquet]'",
        ),
    ],
)
def test_a_module_of_an_extra_is_named_with_the_mend(name: str, place: str, message: str) -> None:
    error = ModuleNotFoundError(f"No module named {name!r}", name=name)
    assert str(without_extra(error, place=place)) == message


@pytest.mark.parametrize("name", ["pandas", "torchvision", None])
def test_a_module_of_no_extra_is_raised_again(name: str | None) -> None:
    with pytest.raises(ModuleNotFoundError):
        without_extra(ModuleNotFoundError(name=name))


def test_no_module_is_of_two_extras() -> None:
    modules = [module for extra in EXTRAS for module in extra.modules]
    assert len(modules) == len(set(modules))

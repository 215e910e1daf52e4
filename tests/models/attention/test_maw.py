"""The options of attention with depths: their number may be the size of a head."""

from collections.abc import Callable
from typing import Any

import pytest

from maw.errors import InputError
from maw.models.encoders.backbone_files import folder_of
from maw.models.encoders.cutting import open_model, quiet
from maw.models.encoders.routed_layers import RoutedLayers
from maw.settings import registry

HEAD_SIZE = {"kind": "maw", "depths": "head_size"}


def layers(top: Any, router: dict[str, Any]) -> RoutedLayers:
    return RoutedLayers(
        top,
        attention=registry.parse("attention", HEAD_SIZE),
        router=registry.parse("routers", router),
    )


def test_depths_as_many_as_a_head_of_minilm_has_dimensions() -> None:
    # 384 / 12
    with quiet():
        _, top = open_model(folder_of("minilm"), trained_layers=1)
    assert layers(top, {"kind": "uniform"}).n_depths == 32


def test_the_head_size_of_other_heads(random_top: Callable[..., Any]) -> None:
    assert layers(random_top(E=16, H=4), {"kind": "fixed", "depth": 3}).n_depths == 4


def test_heads_of_one_dimension_are_no_depths(random_top: Callable[..., Any]) -> None:
    with pytest.raises(InputError, match="depths is head_size, but a head of the backbone has one"):
        layers(random_top(E=16, H=16), {"kind": "uniform"})


def test_a_fixed_depth_beyond_the_head_size_is_an_error(random_top: Callable[..., Any]) -> None:
    with pytest.raises(InputError, match="router fixed: depth 4, but depths are 0 to 3"):
        layers(random_top(E=16, H=4), {"kind": "fixed", "depth": 4})


@pytest.mark.parametrize("depths", [0, "hidden_size", 2.5])
def test_another_number_of_depths_is_an_error(depths: Any) -> None:
    with pytest.raises(InputError, match=r"attention/maw\.depths"):
        registry.parse("attention", {"kind": "maw", "depths": depths})


def test_noise_that_would_change_nothing_is_an_error() -> None:
    split = {"kind": "maw", "projection": {"kind": "split"}}
    with pytest.raises(InputError, match="noise is given, but the projection split has none"):
        registry.parse("attention", {**split, "noise": 0.1})
    parsed = registry.parse("attention", split)
    assert registry.parse("attention", registry.dump(parsed)) == parsed


def test_the_depths_start_apart_by_default() -> None:
    assert registry.parse("attention", {"kind": "maw"}).model_dump()["noise"] == 0.5

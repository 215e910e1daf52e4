"""The cosine between the depths' weights: 1 for copies, by hand where a depth has other signs."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

from maw.models.encoders.bi_encoder import BiEncoder
from maw.ranking.depth_cosine import depth_cosine
from maw.settings import registry

Make = Callable[..., Any]


def encoder(random_top: Make, projection: str, *, depths: int = 2, noise: float = 0.0) -> BiEncoder:
    """Return two layers of attention with biases, whose depths have this projection."""
    maw: dict[str, Any] = {"kind": "maw", "depths": depths, "projection": {"kind": projection}}
    if projection != "split":  # a slice of a head has no noise
        maw["noise"] = noise
    router = registry.parse("routers", {"kind": "random"})
    top = random_top(E=16, H=2, layers=2)
    return BiEncoder(top, attention=registry.parse("attention", maw), router=router)


@pytest.mark.parametrize("projection", ["full", "low_rank", "diagonal"])
def test_depths_that_are_copies_have_a_cosine_of_1(random_top: Make, projection: str) -> None:
    model = encoder(random_top, projection, depths=3)
    assert depth_cosine(model) == pytest.approx(1, abs=1e-5)
    assert depth_cosine(encoder(random_top, projection, noise=1.0)) < 0.99


def test_queries_and_keys_of_each_layer_count_alike(random_top: Make) -> None:
    model = encoder(random_top, "full")
    with torch.no_grad():  # in one layer the queries of depth 1 get the other sign
        model.first.learned["query_key"][1][:16] *= -1
    # by hand: cosines -1 and 1 in the first layer, 1 and 1 in the second
    assert depth_cosine(model) == pytest.approx(0.5, abs=1e-5)


def test_a_diagonal_projection_scales_queries_and_keys_apart(random_top: Make) -> None:
    model = encoder(random_top, "diagonal")
    with torch.no_grad():
        for block in model.blocks:
            block.attention.learned["scale_key"][1].mul_(-2)
    assert depth_cosine(model) == pytest.approx(0, abs=1e-5)  # by hand: 1 and -1


def test_three_depths_count_their_three_pairs(random_top: Make) -> None:
    model = encoder(random_top, "full", depths=3)
    with torch.no_grad():
        for block in model.blocks:
            block.attention.learned["query_key"][2].mul_(-1)
    assert depth_cosine(model) == pytest.approx(-1 / 3, abs=1e-5)  # by hand: 1, -1 and -1


def test_slices_and_a_single_depth_have_no_cosine(
    random_top: Make, random_encoder: Callable[..., BiEncoder]
) -> None:
    assert math.isnan(depth_cosine(encoder(random_top, "split")))
    assert math.isnan(depth_cosine(random_encoder(depths=1)))

"""A fixed router gives every text the same depth."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from maw.errors import InputError
from maw.settings import registry

Make = Callable[..., Any]
LENGTHS = [3, 9, 1, 6]


def test_a_fixed_depth_is_every_texts_and_beyond_the_last_an_error(
    random_encoder: Make, random_texts: Make
) -> None:
    config = registry.parse("routers", {"kind": "fixed", "depth": 2})
    build = registry.module_of(config).build
    model = random_encoder()
    model.router = build(config, n_features=0, n_depths=4)
    x, mask = random_texts(LENGTHS).padded(torch.arange(4))
    assert model.decide(model.route(x, mask)).tolist() == [2] * 4
    with pytest.raises(InputError, match="router fixed: depth 2, but depths are 0 to 1"):
        build(config, n_features=0, n_depths=2)

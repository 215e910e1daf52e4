"""The loop trains every form of attention and every router; a fixed depth equals the control."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from maw.models.encoders.embedding import embed
from maw.training.loop import Trained
from maw.training.texts import TextData
from tests.training.small_training import MAW, RECIPE, have_equal_weights, train_small

Top = Callable[..., dict[str, Tensor]]
RANKING = {"objective": {"kind": "ranking"}}


def controlled(data: TextData, top: dict[str, Tensor], **system: Any) -> Trained:
    """Train a system by ranking alone: no router of it learns."""
    return train_small(data, top, system={**RANKING, **system})


@pytest.mark.parametrize("noise", [0, 0.5])
def test_depth_0_alone_is_the_control_bit_for_bit_whatever_the_others_are(
    noise: float, data: TextData, random_top: Top
) -> None:
    plain = controlled(data, random_top())
    attention = {"kind": "maw", "depths": 3, "noise": noise}
    fixed = controlled(
        data, random_top(), attention=attention, router={"kind": "fixed", "depth": 0}
    )
    assert fixed.curve == plain.curve
    of_control = plain.model.state_dict()
    for name, tensor in fixed.model.state_dict().items():
        if name in of_control:
            assert torch.equal(tensor, of_control[name]), name
        elif "query_key" in name:  # a depth that nobody chose stays as it was
            assert not name.endswith(".0")


@pytest.mark.parametrize("kind", ["uniform", "random", "stat", "oracle"])
@pytest.mark.parametrize("projection", ["full", "low_rank", "diagonal", "split"])
def test_what_does_not_route_by_learning_trains_by_ranking(
    kind: str, projection: str, data: TextData, random_top: Top
) -> None:
    attention = {"kind": "maw", "depths": 4, "projection": {"kind": projection}, "strength": 0.5}
    first, again = (
        controlled(data, random_top(), attention=attention, router={"kind": kind}) for _ in range(2)
    )
    assert have_equal_weights(first, again)
    vectors, depths, chances = embed(first.model, data.documents, torch.arange(20))
    alone = [embed(first.model, data.documents, torch.tensor([row])) for row in range(20)]
    torch.testing.assert_close(vectors, torch.cat([v for v, _, _ in alone]), rtol=0, atol=1e-5)
    if kind in ("random", "oracle"):
        assert depths.tolist() == [int(d) for _, d, _ in alone]
        assert len(set(depths.tolist())) > 1
        assert chances.min() > 0.99


@pytest.mark.parametrize("kind", ["supervised", "grpo"])
def test_depths_open_one_after_another(kind: str, data: TextData, random_top: Top) -> None:
    system = {
        "attention": {"kind": "maw", "depths": 4, "grow": 0.5},
        "router": {"kind": kind},
        "objective": {"kind": kind},
    }
    model = train_small(data, random_top(), system=system, evaluations=4).model
    opened = []
    for step in range(1, 9):
        model.open_depths(step / 8)
        opened.append(model.n_open)
    assert opened == [1, 2, 3, 4, 4, 4, 4, 4]
    model.open_depths(0.2)
    x, mask = data.queries.padded(torch.arange(13))
    assert model.route(x, mask).shape == (13, 2)


FORMS: list[dict[str, Any]] = [
    {
        "attention": {"kind": "maw", "depths": 2, "projection": {"kind": kind}},
        "router": {"kind": "uniform"},
    }
    for kind in ("full", "diagonal", "low_rank", "split")
] + [
    {"attention": {**MAW, "strength": 0.5}, "router": {"kind": "stat"}},
    {
        "attention": MAW,
        "router": {"kind": "supervised"},
        "objective": {"kind": "supervised", "estimator": "all_depths"},
    },
]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_form_of_attention_trains_in_bfloat16_and_with_few_texts_at_a_time(
    form: dict[str, Any],
    data: TextData,
    random_top: Top,
    small_device: Callable[[int], None],
) -> None:
    small_device(5)
    trained = train_small(
        data,
        random_top(layers=2),
        system={**RANKING, **form},
        training=RECIPE.model_copy(update={"precision": "bfloat16"}),
        learning_rate=1e-3,
        evaluations=1,
        warn=lambda line: None,
    )
    assert trained.model.at_once == 4
    assert math.isfinite(trained.curve[0]["loss"])
    assert all(parameter.isfinite().all() for parameter in trained.model.parameters())

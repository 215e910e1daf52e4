"""Each projection's parameters: how many, how noisy, which of them get a gradient."""

import pytest
import torch

from maw.errors import InputError
from maw.settings import registry
from tests.models.attention.literal_cases import (
    KINDS,
    assert_near,
    backbone_tensors,
    case,
    example,
    standard,
)

EXTRA = {"full": 3 * 2 * 65 * 64, "low_rank": 4 * 4 * 64 * 8, "diagonal": 4 * 2 * 64, "split": 0}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_adds_the_parameters_that_it_says(kind: str) -> None:
    # E = 64, D = 4, r = 8: (D - 1)·2E(E + 1), 4DEr, 2DE, none
    def n_parameters(D: int, kind: str) -> int:
        sample = case([2], [0], H=4, h=16, D=D, kind=kind)
        return sum(parameter.numel() for parameter in sample.attention.parameters())

    assert n_parameters(4, kind) - n_parameters(1, "full") == EXTRA[kind]


@pytest.mark.parametrize("kind", ["low_rank", "diagonal"])
def test_the_noise_of_the_other_depths_is_relative_to_the_weight(kind: str) -> None:
    sample = case([2], [0], H=8, h=32, D=3, kind=kind, noise=0.05)
    E = 256
    x = torch.eye(E, dtype=torch.float64)[None]
    begun = sample.attention.begin(x, torch.ones(1, E, dtype=torch.bool))
    (own, keys), (far, theirs) = begun.project(0), begun.project(2)
    difference = far - own  # x = 1: the projections are the weights and the bias
    if kind == "low_rank":
        W = sample.attention.learned["base"][0]
        assert difference.std().item() == pytest.approx(0.05 * W.std().item(), rel=0.1)
        assert (theirs - keys).std().item() == pytest.approx(0.05 * W.std().item(), rel=0.1)
    else:  # both scales stand on the queries: 1.05 and 1.05, independent
        ratio = (far / own)[own.abs() > 1e-6]
        assert ratio.std().item() == pytest.approx(0.05 * 2**0.5, rel=0.2)


@pytest.mark.parametrize("kind", ["full", "low_rank", "diagonal"])
def test_a_depth_that_no_text_chose_gets_no_gradient_at_all(kind: str) -> None:
    sample = case([4, 20, 3, 6], [2, 0, 2, 3], D=5, kind=kind)
    sample.attention(sample.x, sample.mask, sample.depth).sum().backward()
    for tensors in sample.attention.learned.values():
        if len(tensors) > 1:
            unchosen = [d for d, parameter in enumerate(tensors) if parameter.grad is None]
            assert unchosen == [1, 4]


def test_a_projection_is_chosen_in_the_configuration() -> None:
    low = registry.parse(
        "attention",
        {
            "kind": "maw",
            "depths": 3,
            "projection": {"kind": "low_rank", "rank": 2},
            "strength": 0.5,
        },
    )
    built = registry.module_of(low).build(low, backbone_tensors(example().attention), n_heads=2)
    assert [tuple(down.shape) for down in built.learned["down"]] == [(4, 6)] * 3
    assert built.strength == 0.5
    assert registry.dump(low)["projection"] == {"kind": "low_rank", "rank": 2}


def test_split_is_the_backbone_at_one_depth_only() -> None:
    whole = case([5, 20], [0, 0], D=1, kind="split")
    assert_near(whole.attention(whole.x, whole.mask, whole.depth), standard(whole))
    cut = case([5, 20], [0, 0], D=2, kind="split")
    assert (cut.attention(cut.x, cut.mask, cut.depth) - standard(cut)).abs().max() > 1e-3


def test_split_wants_depths_that_divide_the_head() -> None:
    with pytest.raises(InputError, match="split: 3 depths do not divide the head's size 4"):
        case([2], [0], D=3, kind="split")

"""The statistics of a depth's attention and the source's formula that scores depths by them."""

import math

import pytest
import torch

from maw.models.attention.statistics import stat_logits, statistics_of
from tests.models.attention.literal_cases import case, literally


def test_the_statistics_are_those_of_the_literal_tensor() -> None:
    sample = case([7, 20, 1, 4], [0, 0, 0, 0], D=3)
    _, A = literally(sample, sample.chosen)
    begun = sample.attention.begin(sample.x, sample.mask)
    for d in range(3):
        actual = statistics_of(*begun.project(d), mask=sample.mask)
        for b, n in enumerate(sample.lengths):
            own = A[b, :, :n, :n, d]
            expected = [
                own.var(-1, correction=0),
                own.amax(-1),
                own.square().sum(-1),
                torch.special.entr(own).sum(-1),
            ]
            torch.testing.assert_close(actual[b], torch.stack([part.mean() for part in expected]))


def test_the_formula_by_hand() -> None:
    # two depths: variance, maximum and index larger in the first, entropy in the second
    #   normalised (1, 1, 1, 0) and (0, 0, 0, 1): scores .5 + .3 + .2 = 1 and -.4
    # s = .15: (1 + 1.5)·score = 2.5 and -1; s = 1: 11 and -4.4
    two = torch.tensor([[[0.2, 0.9, 0.8, 0.5], [0.1, 0.3, 0.4, 1.5]]])
    torch.testing.assert_close(stat_logits(two, strength=0.15), torch.tensor([[2.5, -1.0]]))
    torch.testing.assert_close(stat_logits(two, strength=1.0), torch.tensor([[11.0, -4.4]]))
    # a third between them: variance .15 and index .6 halfway, maximum .6 and entropy 1 too
    three = torch.cat([two, torch.tensor([[[0.15, 0.6, 0.6, 1.0]]])], 1)
    between = stat_logits(three, strength=0.0)[0, 2]
    assert between.item() == pytest.approx(0.5 * (0.5 + 0.3 + 0.2 - 0.4), abs=1e-6)


def test_depths_that_differ_by_rounding_only_count_the_same() -> None:
    same = torch.tensor([[[0.2, 0.9, 0.8, 0.5]] * 3])
    nearly = same + 1e-7 * torch.randn(1, 3, 4)
    assert stat_logits(nearly, strength=1.0).tolist() == [[0.0] * 3]
    assert math.isfinite(stat_logits(torch.zeros(1, 3, 4), strength=1.0).sum())

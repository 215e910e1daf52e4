"""A classification head scores the first token or the mean of the real tokens."""

import pytest
import torch
from torch.nn.functional import layer_norm, linear

from maw.models.encoders.head import Head

E = 4
TENSORS = {
    name: torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    for seed, (name, shape) in enumerate(
        {
            "dense.weight": (E, E),
            "dense.bias": (E,),
            "norm.weight": (E,),
            "out.weight": (1, E),
        }.items()
    )
}
X = torch.randn(2, 3, E, generator=torch.Generator().manual_seed(9))
MASK = torch.tensor([[True, True, True], [True, False, False]])


@pytest.mark.parametrize("mean", [False, True])
@pytest.mark.parametrize("normed", [False, True])
def test_scores_by_hand(mean: bool, normed: bool) -> None:
    tensors = {name: t for name, t in TENSORS.items() if normed or not name.startswith("norm")}
    head = Head(tensors, activation="relu", mean=mean, eps=0.01)
    pooled = torch.stack([X[0].mean(0), X[1, 0]]) if mean else X[:, 0]
    hidden = linear(pooled, TENSORS["dense.weight"], TENSORS["dense.bias"]).relu()
    if normed:
        hidden = layer_norm(hidden, (E,), weight=TENSORS["norm.weight"], eps=0.01)
    torch.testing.assert_close(head(X, MASK), linear(hidden, TENSORS["out.weight"]))

"""A cross-encoder scores a pair by its first token, alone finished in the last layer."""

from pathlib import Path
from typing import Any

import pytest
import torch

from maw.models.attention.routing import Routing
from maw.models.encoders.cross_encoder import CrossEncoder
from maw.models.encoders.pairs import compute_pair_trunk, tokenise_pairs
from maw.settings import registry
from maw.settings.sections import Backbone

QUERIES = ["sort an array", "sort an array", "mean"]


DOCUMENTS = ["returns a sorted copy", "the inverse of a matrix, if there is one", "average"]


@pytest.mark.parametrize("trained_layers", [1, 2])
def test_trunk_and_layers_are_the_backbone_with_segments(
    tiny_bert: Any, tiny_folder: Path, trained_layers: int
) -> None:
    backbone = Backbone(name=str(tiny_folder), trained_layers=trained_layers)
    trunk = compute_pair_trunk(QUERIES, DOCUMENTS, backbone=backbone, advance=lambda n: None)
    standard = registry.parse("attention", {"kind": "standard"})
    torch.manual_seed(5)
    model = CrossEncoder(trunk.top, attention=standard, router=None)
    x, mask = trunk.texts("pair").padded(torch.arange(3))
    ids, segments = tokenise_pairs(QUERIES, DOCUMENTS, folder=tiny_folder, backbone=backbone)
    with torch.no_grad():
        scores = model(x, mask, model.decide(model.route(x, mask)))
        for row, (one, types) in enumerate(zip(ids, segments, strict=True)):
            given = {"input_ids": torch.tensor([one]), "token_type_ids": torch.tensor([types])}
            last = tiny_bert(**given).last_hidden_state
            expected = model.head(last, torch.ones(1, len(one), dtype=torch.bool))[0, 0]
            torch.testing.assert_close(scores[row], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("router", ["grpo", "supervised", "random", "uniform"])
def test_only_the_first_token_is_finished_and_nothing_else_changes(
    tiny_folder: Path, router: str
) -> None:
    backbone = Backbone(name=str(tiny_folder), trained_layers=2)
    trunk = compute_pair_trunk(QUERIES, DOCUMENTS, backbone=backbone, advance=lambda n: None)
    torch.manual_seed(5)
    model = CrossEncoder(
        trunk.top,
        attention=registry.parse("attention", {"kind": "maw", "depths": 3, "noise": 0.5}),
        router=registry.parse("routers", {"kind": router}),
    )
    x, mask = trunk.texts("pair").padded(torch.arange(3))
    depth = model.decide(model.route(x, mask)).detach()
    gradients = []
    for whole in (False, True):
        model.zero_grad()
        scores = (
            model.head(model.through(x, Routing(mask, depth)), mask)[:, 0]
            if whole
            else model(x, mask, depth)
        )
        scores.square().sum().backward()
        actual = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
        gradients.append((scores.detach(), actual))
    (fast, of_fast), (slow, of_slow) = gradients
    torch.testing.assert_close(fast, slow, atol=1e-5, rtol=1e-5)
    assert of_fast.keys() == of_slow.keys()
    for name in of_slow:
        torch.testing.assert_close(of_fast[name], of_slow[name], atol=1e-5, rtol=1e-4)

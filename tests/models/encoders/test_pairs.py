"""Pairs are joined as the tokeniser joins them, and read as transformers reads them."""

from pathlib import Path
from typing import Any

import pytest
import torch

from maw.models.encoders.backbone import folder_of
from maw.models.encoders.cross_encoder import CrossEncoder
from maw.models.encoders.pairs import pairs_of, tokenise_pairs, trunk_of_pairs
from maw.models.encoders.trunk import top_of
from maw.settings import registry
from maw.settings.sections import Backbone

QUERIES = ["sort an array", "sort an array", "mean"]
DOCUMENTS = ["returns a sorted copy", "the inverse of a matrix, if there is one", "average"]


def test_short_pairs_are_what_the_tokeniser_makes_of_two_texts() -> None:
    from tokenizers import Tokenizer

    folder = folder_of("minilm")
    ids, segments = tokenise_pairs(QUERIES, DOCUMENTS, folder=folder, backbone=Backbone())
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    whole = tokenizer.encode_batch(list(zip(QUERIES, DOCUMENTS, strict=True)))
    assert ids == [one.ids for one in whole]
    assert segments == [one.type_ids for one in whole]


def test_each_text_is_cut_by_itself() -> None:
    backbone = Backbone(max_query_tokens=6, max_document_tokens=5)
    long = "one two three four five six seven eight nine ten"
    ids, segments = tokenise_pairs([long], [long], folder=folder_of("minilm"), backbone=backbone)
    assert len(ids[0]) == 6 + 5
    assert segments[0] == [0] * 6 + [1] * 5
    assert ids[0][1:5] == ids[0][6:10]  # the first four words of each


@pytest.mark.parametrize("trained_layers", [1, 2])
def test_trunk_and_layers_are_the_backbone_with_segments(
    tiny_bert: Any, tiny_folder: Path, trained_layers: int
) -> None:
    backbone = Backbone(name=str(tiny_folder), trained_layers=trained_layers)
    trunk = trunk_of_pairs(QUERIES, DOCUMENTS, backbone=backbone, advance=lambda n: None)
    standard = registry.parse("attention", {"kind": "standard"})
    torch.manual_seed(5)
    model = CrossEncoder(top_of(trunk), attention=standard, router=None)
    x, mask = pairs_of(trunk).padded(torch.arange(3))
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
    trunk = trunk_of_pairs(QUERIES, DOCUMENTS, backbone=backbone, advance=lambda n: None)
    torch.manual_seed(5)
    model = CrossEncoder(
        top_of(trunk),
        attention=registry.parse("attention", {"kind": "maw", "depths": 3, "noise": 0.5}),
        router=registry.parse("routers", {"kind": router}),
    )
    x, mask = pairs_of(trunk).padded(torch.arange(3))
    depth = model.decide(model.route(x, mask)).detach()
    gradients = []
    for whole in (False, True):
        model.zero_grad()
        scores = (
            model.head(model.through(x, mask, depth), mask)[:, 0]
            if whole
            else model(x, mask, depth)
        )
        scores.square().sum().backward()
        found = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
        gradients.append((scores.detach(), found))
    (fast, of_fast), (slow, of_slow) = gradients
    torch.testing.assert_close(fast, slow, atol=1e-5, rtol=1e-5)
    assert of_fast.keys() == of_slow.keys()
    for name in of_slow:
        torch.testing.assert_close(of_fast[name], of_slow[name], atol=1e-5, rtol=1e-4)

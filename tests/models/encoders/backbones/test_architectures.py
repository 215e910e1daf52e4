"""Trunk and trained layers of every architecture are transformers' model; padding never counts."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from maw.errors import InputError
from maw.models.encoders import backbones
from maw.models.encoders.backbone_files import tokenise
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.cutting import open_model
from maw.models.encoders.frozen import compute_trunk, encode
from maw.models.encoders.ragged import Ragged
from maw.settings import registry
from maw.settings.sections import Backbone, TrainedLayers

TEXTS = [
    "sort the array",
    "a b c d e f g h i j k l m n o p",
    "matrix",
    "z y x w value v u sort t s",
]
VARIANTS = (
    "bert",
    "bert_tanh",
    "roberta",
    "mpnet",
    "deberta",
    "deberta_own",
    "deberta_c2p",
    "deberta_conv",
    "modernbert",
    "modernbert_biased",
)
ONE_EACH = ("bert", "roberta", "mpnet", "deberta", "modernbert")
FORMS: dict[str, dict[str, Any]] = {
    "standard": {"kind": "standard"},
    **{
        f"{kind} {strength}": {
            "kind": "maw",
            "depths": 4,
            "noise": 0.5,
            "projection": {"kind": kind},
            "strength": strength,
        }
        for kind in ("full", "low_rank", "diagonal", "split")
        for strength in (0.0, 0.15, 1.0)
        if kind != "split" or strength == 0
    },
}
ROUTERS = ("grpo", "supervised", "stat", "random")
Make = Callable[..., Any]


def test_families_are_the_files_of_their_folder() -> None:
    folder = Path(backbones.__file__).parent
    files = {path.stem.replace("_", "-") for path in folder.glob("[a-z]*.py")} - {"shared"}
    assert set(backbones.ARCHITECTURES) == files


def whole(model: Any, tokens: list[list[int]]) -> list[Tensor]:
    """transformers' last hidden state of each text, alone."""
    with torch.no_grad():
        return [model(input_ids=torch.tensor([text])).last_hidden_state[0] for text in tokens]


def layered(model: BiEncoder, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
    for layer in model.blocks:
        x = layer.after(x, layer.attention(x, mask, depth))
    return x


def trunk_and_model(
    tiny: Any, form: Mapping[str, Any], *, trained_layers: TrainedLayers, router: str | None = None
) -> tuple[Ragged, BiEncoder, list[list[int]]]:
    frozen, top = open_model(tiny.folder, trained_layers=trained_layers)
    tokens = tokenise(TEXTS, folder=tiny.folder, max_tokens=64)
    texts = encode(frozen, tokens, advance=lambda n: None)
    torch.manual_seed(3)
    chooser: Any = None if router is None else registry.parse("routers", {"kind": router})
    model = BiEncoder(top, attention=registry.parse("attention", form), router=chooser).eval()
    return texts, model, tokens


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", VARIANTS)
def test_trunk_and_trained_layers_are_transformers_model(name: str, form: str, tiny: Make) -> None:
    made = tiny(name)
    if name.startswith("modernbert") and form.startswith("split"):
        with pytest.raises(InputError, match=r"^projection 'split': .*rotary.*; use full, .*$"):
            trunk_and_model(made, FORMS[form], trained_layers=1)
        return
    for trained_layers in (1, 2, 3):
        texts, model, tokens = trunk_and_model(made, FORMS[form], trained_layers=trained_layers)
        x, mask = texts.padded(torch.arange(4))
        with torch.no_grad():
            actual = layered(model, x, mask, torch.zeros(4, dtype=torch.int64))
        for row, known in enumerate(whole(made.model, tokens)):
            torch.testing.assert_close(actual[row, : len(known)], known, rtol=0, atol=1e-5)


@pytest.mark.parametrize("trained_layers", [4, "all"])
@pytest.mark.parametrize("name", [name for name in VARIANTS if name != "deberta_conv"])
def test_all_layers_can_be_trained(name: str, trained_layers: TrainedLayers, tiny: Make) -> None:
    texts, model, tokens = trunk_and_model(
        tiny(name), FORMS["full 1.0"], trained_layers=trained_layers
    )
    assert len(model.blocks) == 4
    x, mask = texts.padded(torch.arange(4))
    actual = layered(model, x, mask, torch.zeros(4, dtype=torch.int64))
    for row, known in enumerate(whole(tiny(name).model, tokens)):
        torch.testing.assert_close(actual[row, : len(known)], known, rtol=0, atol=1e-5)


def test_a_convolution_beside_the_first_layer_stays_frozen(tiny: Make) -> None:
    every: tuple[TrainedLayers, ...] = (4, "all")
    for trained_layers in every:
        with pytest.raises(InputError, match=r"^backbone.trained_layers: .*convolution.*; train f"):
            open_model(tiny("deberta_conv").folder, trained_layers=trained_layers)


@pytest.mark.parametrize("depths", [1, 4])
@pytest.mark.parametrize("name", VARIANTS)
def test_every_trained_parameter_gets_a_finite_gradient(name: str, depths: int, tiny: Make) -> None:
    form = {"kind": "maw", "depths": 4, "strength": 0.5} if depths > 1 else {"kind": "standard"}
    texts, model, _ = trunk_and_model(tiny(name), form, trained_layers=2)
    x, mask = texts.padded(torch.arange(4))
    vectors = model.train()(x, mask, torch.arange(4) % depths)
    (vectors * torch.linspace(-1, 1, vectors.numel()).view_as(vectors)).sum().backward()
    for title, parameter in model.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None, title
            assert parameter.grad.isfinite().all(), title
            assert parameter.grad.abs().max() > 0, title


@pytest.mark.parametrize("router", ROUTERS)
@pytest.mark.parametrize("name", [*ONE_EACH, "deberta_own"])
def test_a_text_alone_is_the_text_in_a_padded_batch(name: str, router: str, tiny: Make) -> None:
    form = {"kind": "maw", "depths": 3, "noise": 1.0}
    texts, model, _ = trunk_and_model(tiny(name), form, trained_layers=2, router=router)
    x, mask = texts.padded(torch.arange(4))
    with torch.no_grad():
        logits = model.route(x, mask)
        vectors = model(x, mask, model.decide(logits))
        for row in range(4):
            alone, all_real = texts.padded(torch.tensor([row]))
            theirs = model.route(alone, all_real)
            torch.testing.assert_close(theirs[0], logits[row], rtol=1e-4, atol=1e-4)
            assert theirs.argmax() == logits[row].argmax()
            vector = model(alone, all_real, model.decide(theirs))[0]
            torch.testing.assert_close(vector, vectors[row], rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ONE_EACH)
def test_the_frozen_part_does_not_see_the_texts_beside(name: str, tiny: Make) -> None:
    made = tiny(name)
    settings = Backbone(name=str(made.folder), trained_layers=2)
    trunk = compute_trunk(TEXTS, TEXTS[:2], backbone=settings, advance=lambda n: None)
    alone = compute_trunk(TEXTS[:1], TEXTS[:1], backbone=settings, advance=lambda n: None)
    hidden, expected = trunk.texts("document").hidden, alone.texts("document").hidden
    torch.testing.assert_close(hidden[: len(expected)], expected, rtol=0, atol=1e-5)
    assert len(trunk.texts("query")) == 2
    assert trunk.top.keys() == alone.top.keys()


def test_nothing_is_said_of_a_plain_bert(tiny: Make) -> None:
    for name in ("bert", "roberta"):
        _, top = open_model(tiny(name).folder, trained_layers=1)
        assert len(top) == 16 + 2  # a layer's tensors, heads and eps
    for name in ("bert_tanh", "mpnet", "deberta", "modernbert"):
        assert "about" in open_model(tiny(name).folder, trained_layers=1)[1]


def test_a_backbone_without_biases_learns_none(tiny: Make) -> None:
    _, model, _ = trunk_and_model(tiny("modernbert"), FORMS["full 1.0"], trained_layers=1)
    learned = {name for name, p in model.named_parameters() if p.requires_grad}
    assert not any(name.endswith("bias") or "bias." in name for name in learned)


def test_a_text_longer_than_the_backbones_places_is_one_line(tiny: Make) -> None:
    model, _ = open_model(tiny("roberta").folder, trained_layers=1)
    with pytest.raises(
        InputError, match=r"^backbone: a text has 63 tokens, but the backbone has 62 positions"
    ):
        encode(model, [[0] * 63], advance=lambda n: None)

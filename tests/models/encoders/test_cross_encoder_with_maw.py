"""The class for Python: without MAW it is transformers' classifier, and it is saved and loaded."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import maw
from maw.errors import InputError

ENDING = "ForSequenceClassification"
VARIANTS = (
    "bert",
    "roberta",
    "mpnet",
    "deberta",
    "deberta_own",
    "deberta_conv",
    "modernbert",
    "modernbert_biased",
)
ONE_EACH = ("bert", "roberta", "mpnet", "deberta", "modernbert")
MODES = ("stat", "uniform", "random", "argmax", "fixed:1", "supervised")
TOKENS = {
    "input_ids": torch.tensor([[0, 5, 6, 7, 2, 9, 4, 2], [0, 9, 2, 8, 2, 1, 1, 1]]),
    "attention_mask": torch.tensor([[1] * 8, [1] * 5 + [0] * 3]),
}
Make = Callable[..., Any]


@pytest.fixture(scope="session")
def classifier(make_tiny: Make) -> Make:
    """Variant -> a classifier with one label in a folder, and transformers' own."""
    made: dict[str, Any] = {}

    def one(name: str) -> Any:
        if name not in made:
            made[name] = make_tiny(name, ENDING, num_labels=1)
        return made[name]

    return one


def fitting(name: str, **more: Any) -> dict[str, Any]:
    """Arguments that the architecture can do: heads of 8 features."""
    projection = "low_rank" if name.startswith("modernbert") else "split"
    return {"depth_dim": 4, "projection": projection, **more}


def backbone_scores(made: Any) -> Tensor:
    """Scores [2] of transformers' own classifier."""
    with torch.no_grad():
        scores: Tensor = made.model(**TOKENS).logits[:, 0]
    return scores


@pytest.mark.parametrize("name", VARIANTS)
def test_without_maw_it_is_transformers_classifier(name: str, classifier: Make) -> None:
    made = classifier(name)
    for more in ({"use_maw": False}, {"maw_strength": 0.0}, {"inject_last_k": 3, "use_maw": False}):
        model = maw.CrossEncoderWithMAW(str(made.folder), **fitting(name, **more)).eval()
        scores = model(**TOKENS)
        assert scores.shape == (2,)
        torch.testing.assert_close(scores, backbone_scores(made), rtol=0, atol=1e-5)
    depth_0 = fitting(name, projection="full", gating_mode="fixed:0")
    scores = maw.CrossEncoderWithMAW(str(made.folder), **depth_0).eval()(**TOKENS)
    torch.testing.assert_close(scores, backbone_scores(made), rtol=0, atol=1e-5)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ONE_EACH)
def test_scores_do_not_depend_on_padding_and_differ_from_the_backbones(
    name: str, mode: str, classifier: Make
) -> None:
    made = classifier(name)
    arguments = fitting(name, gating_mode=mode, inject_last_k=2, maw_strength=0.5, noise=1.0)
    model = maw.CrossEncoderWithMAW(str(made.folder), **arguments).eval()
    scores = model(**TOKENS)
    alone = model(input_ids=TOKENS["input_ids"][1:, :5])
    torch.testing.assert_close(scores[1:], alone, rtol=0, atol=1e-5)
    for dtype in (torch.bool, torch.float32):
        again = model(TOKENS["input_ids"], TOKENS["attention_mask"].to(dtype).long())
        assert torch.equal(again, scores)
    assert (scores - backbone_scores(made)).abs().max() > 1e-3


@pytest.mark.parametrize("mode", ["stat", "argmax"])
@pytest.mark.parametrize("name", ONE_EACH)
def test_everything_is_trained_the_shared_table_of_positions_too(
    name: str, mode: str, classifier: Make
) -> None:
    arguments = fitting(name, gating_mode=mode, inject_last_k=2)
    model = maw.CrossEncoderWithMAW(str(classifier(name).folder), **arguments).train()
    torch.manual_seed(0)
    model(**TOKENS).sum().backward()
    told = {
        title: parameter.grad
        for title, parameter in model.named_parameters()
        if parameter.requires_grad
    }
    without = {title for title, gradient in told.items() if gradient is None}
    # depths that no pair chose get none
    assert not [t for t in without if not re.search(r"\.(up|down)_?\w*\.\d+$", t)], without
    assert all(gradient.isfinite().all() for gradient in told.values() if gradient is not None)
    schemes = [layer.attention.positions for layer in model.upper.blocks]
    if name in ("mpnet", "deberta"):
        own = getattr(
            model.lower.encoder,
            "rel_embeddings" if name == "deberta" else "relative_attention_bias",
        ).weight
        assert all(scheme is not None and scheme.table is own for scheme in schemes)
    if mode == "argmax":
        assert any(g.abs().max() > 0 for t, g in told.items() if "router" in t and g is not None)


def test_a_router_learns_by_its_draws_and_ranks_by_the_likeliest(classifier: Make) -> None:
    arguments = fitting("bert", gating_mode="argmax", maw_strength=1.0)
    model = maw.CrossEncoderWithMAW(str(classifier("bert").folder), **arguments)
    assert torch.equal(model.eval()(**TOKENS), model(**TOKENS))
    for module in model.lower.modules():  # dropout apart, draws alone differ
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    model.train()
    drawn = {tuple(model(**TOKENS).tolist()) for _ in range(20)}
    assert len(drawn) > 1
    torch.manual_seed(5)
    first = model(**TOKENS)
    torch.manual_seed(5)
    assert torch.equal(model(**TOKENS), first)


@pytest.mark.parametrize("mode", ["stat", "argmax", "random"])
@pytest.mark.parametrize("name", ONE_EACH)
def test_what_is_saved_is_loaded_to_the_bit(
    name: str, mode: str, classifier: Make, tmp_path: Path
) -> None:
    arguments = fitting(name, gating_mode=mode, inject_last_k=2)
    model = maw.CrossEncoderWithMAW(str(classifier(name).folder), **arguments).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    model.save_pretrained(tmp_path / "saved")
    loaded = maw.CrossEncoderWithMAW.from_pretrained(tmp_path / "saved")
    assert torch.equal(loaded(**TOKENS), model(**TOKENS))
    assert torch.equal(copy.deepcopy(loaded)(**TOKENS), model(**TOKENS))
    assert {path.name for path in (tmp_path / "saved").iterdir()} == {
        "config.json",
        "maw_cross_encoder.json",
        "model.safetensors",
    }


def test_the_seed_alone_decides_what_is_drawn(make_tiny: Make) -> None:
    folder = str(make_tiny("bert").folder)  # no head of its own
    made = [
        maw.CrossEncoderWithMAW(folder, **fitting("bert", seed=seed)).eval() for seed in (1, 1, 2)
    ]
    one, same, other = (model(**TOKENS) for model in made)
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_head_of_more_labels_is_drawn_anew(make_tiny: Make) -> None:
    folder = str(make_tiny("roberta", ENDING, num_labels=3).folder)
    assert maw.CrossEncoderWithMAW(folder, **fitting("roberta"))(**TOKENS).shape == (2,)


def test_a_random_state_outside_is_left_alone(classifier: Make) -> None:
    folder = str(classifier("bert").folder)  # made here, if first asked for here: that draws
    torch.manual_seed(9)
    expected = torch.rand(1)
    torch.manual_seed(9)
    maw.CrossEncoderWithMAW(folder, **fitting("bert"))
    assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"gating_mode": "stats"}, "gating_mode: unknown 'stats'; did you mean 'stat'?"),
        ({"gating_mode": "oracle"}, "gating_mode: unknown 'oracle'; "),
        ({"inject_last_k": 5}, "inject_last_k is 5, but the backbone has 4 layers; give 1 to 4"),
        ({"inject_last_k": 0}, "inject_last_k is 0, but the backbone has 4 layers; give 1 to 4"),
        ({"projection": "fulll"}, "projections: unknown kind 'fulll'; did you mean 'full'?"),
        ({"backbone_name": "/nowhere"}, "backbone '/nowhere': /nowhere/config.json is missing; "),
    ],
)
def test_a_wrong_argument_is_one_line(
    arguments: dict[str, Any], message: str, classifier: Make
) -> None:
    given = {"backbone_name": str(classifier("bert").folder), "depth_dim": 4, **arguments}
    with pytest.raises(InputError, match=rf"^{re.escape(message)}[^\n]*$"):
        maw.CrossEncoderWithMAW(**given)


def test_modernbert_cannot_be_split(classifier: Make) -> None:
    with pytest.raises(InputError, match=r"^projection 'split': [^\n]*rotary[^\n]*$"):
        maw.CrossEncoderWithMAW(str(classifier("modernbert").folder), depth_dim=4)


def test_a_model_of_the_hub_is_asked_for_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", "/nowhere")
    with pytest.raises(InputError, match=r"^backbone 'hf:mixedbread-ai/mxbai-rerank-xsmall-v1': "):
        maw.CrossEncoderWithMAW()


def test_a_foreign_folder_is_one_line(classifier: Make, tmp_path: Path) -> None:
    load = maw.CrossEncoderWithMAW.from_pretrained
    with pytest.raises(InputError, match=r"^[^\n]*maw_cross_encoder.json: missing; give a folder"):
        load(classifier("bert").folder)
    model = maw.CrossEncoderWithMAW(str(classifier("bert").folder), **fitting("bert"))
    model.save_pretrained(tmp_path)
    manifest = tmp_path / "maw_cross_encoder.json"
    about = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**about, "format": 0}))
    with pytest.raises(
        InputError, match=r"^[^\n]*: written by another version of maw; save it again$"
    ):
        load(tmp_path)
    about["arguments"]["inject_last_k"] = 3
    manifest.write_text(json.dumps(about))
    with pytest.raises(InputError, match=r"^[^\n]*: does not load \([^\n]*\); save it again$"):
        load(tmp_path)
    manifest.write_text("[")
    with pytest.raises(InputError, match=r"^[^\n]*: does not load \([^\n]*\); save it again$"):
        load(tmp_path)


@pytest.mark.parametrize("kind", ["evil.py", "module:evil"])
def test_no_code_is_run_because_a_folder_names_it(
    kind: str, classifier: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    Path("evil.py").write_text("open('ran', 'w').close()\n")
    model = maw.CrossEncoderWithMAW(str(classifier("bert").folder), **fitting("bert"))
    model.arguments["projection"] = {"kind": kind}
    model.save_pretrained(tmp_path / "model")
    message = rf"^[^\n]*maw_cross_encoder.json: asks for the code in '{kind}', [^\n]*entry point$"
    with pytest.raises(InputError, match=message):
        maw.CrossEncoderWithMAW.from_pretrained("model")
    assert not Path("ran").exists()

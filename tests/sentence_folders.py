"""Tiny folders of sentence-transformers: encoders and decoders that differ in how they read texts.

The weights are random and large, so that no two ways of reading a text give nearly the same scores.
Only transformers writes the models; the files of sentence-transformers are written here by hand, as
its versions 2 to 6 write them.
"""

import json
from pathlib import Path
from typing import Any

WORDS = [*"abcdefghijklmnopqrstuvwxyz", "query", "passage", "sort", "array", "matrix", "value"]
NAMES = ["<s>", "<pad>", "</s>", "<unk>", ":", *WORDS]
QUERIES = ["sort the array", "a matrix of value", "Z Y X", "q"]
DOCUMENTS = [
    "sort array value a b c d e f g h i j k l m n o p q r s t u v w x y z",
    "matrix",
    "z y x w value v u sort t s",
    "the value of a matrix is an array",
    "Passage of a QUERY",
]
SIZES = {
    "vocab_size": len(NAMES),
    "hidden_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 3,
    "intermediate_size": 40,
    "initializer_range": 0.3,
    "max_position_embeddings": 64,
    "pad_token_id": 1,
    "bos_token_id": 0,
    "eos_token_id": 2,
}
DECODERS = {"Qwen2": {"num_key_value_heads": 1}, "Mistral": {"num_key_value_heads": 1}}
TYPES = "sentence_transformers.models."
POOLING = {"word_embedding_dimension": 24, "pooling_mode_mean_tokens": False}


def write_folder(
    folder: Path,
    *,
    architecture: str = "Bert",
    pooling: str = "mean",
    modules: tuple[str, ...] = ("Normalize",),
    prompts: dict[str, str] | None = None,
    texts: dict[str, Any] | None = None,
    **about: Any,
) -> Path:
    """Write a tiny model into a new folder and return the folder.

    architecture: transformers' name; a decoder pads on the left. pooling: the key of an older
    config.json without its beginning `pooling_mode_`. modules: after Transformer and Pooling.
    prompts: name -> text. texts: more keys of sentence_bert_config.json. about: more keys of
    config_sentence_transformers.json.
    """
    _write_model(folder, architecture)
    kinds = ("Transformer", "Pooling", *modules)
    paths = ["" if n == 0 else f"{n}_{kind}" for n, kind in enumerate(kinds)]
    steps = [
        {"idx": n, "name": str(n), "path": path, "type": f"{TYPES}{kind}"}
        for n, (path, kind) in enumerate(zip(paths, kinds, strict=True))
    ]
    write_json(folder / "modules.json", steps)
    for path in paths[1:]:
        (folder / path).mkdir()
    mode = {f"pooling_mode_{pooling}": True}
    if pooling == "mean":
        mode = {"pooling_mode_mean_tokens": True}
    write_json(folder / "1_Pooling" / "config.json", {**POOLING, **mode})
    if "Dense" in modules:
        _write_dense(folder / paths[kinds.index("Dense")])
    lower = {"max_seq_length": 16, "do_lower_case": False, **(texts or {})}
    write_json(folder / "sentence_bert_config.json", lower)
    write_json(folder / "config_sentence_transformers.json", {"prompts": prompts or {}, **about})
    return folder


def _write_model(folder: Path, architecture: str) -> None:
    """Write the weights, and a tokeniser of whole words."""
    import torch
    import transformers
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing

    is_decoder = architecture in DECODERS
    sizes = SIZES | DECODERS.get(architecture, {})
    torch.manual_seed(0)
    config = getattr(transformers, f"{architecture}Config")(**sizes)
    getattr(transformers, f"{architecture}Model")(config).save_pretrained(folder)
    numbers = {name: number for number, name in enumerate(NAMES)}
    tokenizer = Tokenizer(WordLevel(numbers, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    single = "$A </s>" if is_decoder else "<s> $A </s>"
    tokenizer.post_processor = TemplateProcessing(
        single=single, pair=f"{single} $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        padding_side="left" if is_decoder else "right",
    ).save_pretrained(folder)


def _write_dense(folder: Path) -> None:
    """Write a head that makes vectors of 8 components of those of 24."""
    import torch
    from safetensors.torch import save_file

    activation = "torch.nn.modules.activation.Tanh"
    sizes = {"in_features": 24, "out_features": 8, "bias": True}
    write_json(folder / "config.json", {**sizes, "activation_function": activation})
    torch.manual_seed(1)
    head = {"linear.weight": torch.randn(8, 24), "linear.bias": torch.randn(8)}
    save_file(head, folder / "model.safetensors")


def write_json(path: Path, content: Any) -> None:
    """Write the content as JSON."""
    path.write_text(json.dumps(content), encoding="utf-8")

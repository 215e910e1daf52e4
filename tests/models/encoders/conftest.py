"""Tiny random models in folders, as a user would give them: a BERT and one per architecture."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

WORDS = [*"abcdefghijklmnopqrstuvwxyz", "sort", "array", "matrix", "value"]
TEXTS = [
    "sort the array",
    "a b c d e f g h i j k l m n o p",
    "matrix",
    "z y x w value v u sort t s",
]
SIZES = {
    "hidden_size": 24,
    "num_hidden_layers": 4,
    "num_attention_heads": 3,
    "intermediate_size": 40,
    "initializer_range": 0.3,
    "max_position_embeddings": 64,
    "pad_token_id": 1,
    "vocab_size": 48,
}
DISENTANGLED = {
    "relative_attention": True,
    "pos_att_type": ["p2c", "c2p"],
    "position_biased_input": False,
    "type_vocab_size": 0,
    "layer_norm_eps": 1e-3,
    "max_relative_positions": 12,
}
# name -> transformers' architecture, and what is unlike its defaults
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("Bert", {}),
    "bert_tanh": ("Bert", {"hidden_act": "gelu_new"}),
    "roberta": ("Roberta", {"layer_norm_eps": 1e-3}),
    "mpnet": ("MPNet", {"layer_norm_eps": 1e-3}),
    "deberta": (
        "DebertaV2",
        {
            **DISENTANGLED,
            "share_att_key": True,
            "position_buckets": 4,
            "norm_rel_ebd": "layer_norm",
        },
    ),
    "deberta_own": ("DebertaV2", DISENTANGLED),
    "deberta_c2p": ("DebertaV2", {**DISENTANGLED, "pos_att_type": ["c2p"]}),
    "deberta_conv": ("DebertaV2", {**DISENTANGLED, "conv_kernel_size": 3, "share_att_key": True}),
    "modernbert": ("ModernBert", {"local_attention": 4, "norm_eps": 1e-3}),
    "modernbert_biased": (
        "ModernBert",
        {
            "local_attention": 4,
            "attention_bias": True,
            "mlp_bias": True,
            "norm_bias": True,
            "hidden_activation": "silu",
            "classifier_pooling": "mean",
        },
    ),
}
ONE_EACH = ("bert", "roberta", "mpnet", "deberta", "modernbert")


@dataclass(frozen=True)
class Tiny:
    """name: of the variant; folder: where it lies; model: transformers' own, in evaluation."""

    name: str
    folder: Path
    model: Any


@pytest.fixture(scope="session")
def tiny_bert() -> Any:
    """Three layers of random weights, large enough that nothing is near zero."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=30522,
        hidden_size=24,
        num_hidden_layers=3,
        num_attention_heads=3,
        intermediate_size=40,
        initializer_range=0.3,
        layer_norm_eps=0.01,  # not the usual one: it must be read
    )
    return BertModel(config, add_pooling_layer=False).eval()


@pytest.fixture(scope="session")
def tiny_folder(tiny_bert: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from maw.models.encoders.backbone_files import folder_of

    folder = tmp_path_factory.mktemp("tiny")
    tiny_bert.save_pretrained(folder)
    shutil.copy(folder_of("minilm") / "tokenizer.json", folder / "tokenizer.json")
    return folder


@pytest.fixture(scope="session")
def tokenizer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokeniser of whole words."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing

    names = ["<s>", "<pad>", "</s>", "<unk>", *WORDS]
    numbers = {name: number for number, name in enumerate(names)}
    tokenizer = Tokenizer(WordLevel(numbers, unk_token="<unk>"))
    tokenizer.add_special_tokens(names[:4])
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.save(str(path))
    return path


def randomise(model: Any) -> Any:
    """Also what transformers starts at zero or one: biases and norms."""
    import torch

    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter += 0.2 * torch.randn(parameter.shape)
    return model.eval()


@pytest.fixture(scope="session")
def make_tiny(
    tmp_path_factory: pytest.TempPathFactory, tokenizer_file: Path
) -> Callable[..., Tiny]:
    """(variant, ending of transformers' class, changes of its configuration) -> Tiny."""
    import torch
    import transformers

    def make(name: str, ending: str = "Model", **changes: Any) -> Tiny:
        architecture, more = VARIANTS[name]
        config = getattr(transformers, f"{architecture}Config")(**{**SIZES, **more, **changes})
        torch.manual_seed(0)
        model = randomise(getattr(transformers, f"{architecture}{ending}")(config))
        folder = tmp_path_factory.mktemp(name)
        model.save_pretrained(folder)
        shutil.copy(tokenizer_file, folder / "tokenizer.json")
        return Tiny(name, folder, model)

    return make


@pytest.fixture(scope="session")
def tiny(make_tiny: Callable[..., Tiny]) -> Callable[[str], Tiny]:
    """Variant -> its only Tiny."""
    made: dict[str, Tiny] = {}

    def one(name: str) -> Tiny:
        if name not in made:
            made[name] = make_tiny(name)
        return made[name]

    return one

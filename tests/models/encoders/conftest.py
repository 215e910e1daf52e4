"""A tiny random BERT in a folder, as a user would give one."""

import shutil
from pathlib import Path
from typing import Any

import pytest


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
    from maw.models.encoders.backbone import folder_of

    folder = tmp_path_factory.mktemp("tiny")
    tiny_bert.save_pretrained(folder)
    shutil.copy(folder_of("minilm") / "tokenizer.json", folder / "tokenizer.json")
    return folder

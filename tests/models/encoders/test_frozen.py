"""The frozen layers: their hidden states, and that trunk and trained layers are the whole model."""

import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from maw.models.encoders import frozen
from maw.models.encoders.backbone_files import folder_of, tokenise
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.cutting import open_model
from maw.models.encoders.frozen import compute_trunk, encode
from maw.models.encoders.trunk import Trunk
from maw.settings import registry
from maw.settings.sections import Backbone

DOCUMENTS = [
    "Return the sorted unique elements of an array.",
    "",
    "Compute the eigenvalues and right eigenvectors of a square array. " * 5,
]


QUERIES = ["find eigenvalues of a matrix", "sort"]


def quiet(n_texts: int) -> None:
    """Nobody is told."""


def test_half_precision_weights_are_computed_with_in_float32(
    tiny_bert: Any, tiny_folder: Path, tmp_path: Path
) -> None:

    deepcopy(tiny_bert).half().save_pretrained(tmp_path)
    shutil.copy(tiny_folder / "tokenizer.json", tmp_path)
    settings = Backbone(name=str(tmp_path))
    trunk = compute_trunk(DOCUMENTS, QUERIES, backbone=settings, advance=quiet)
    tensors = trunk.tensors()
    floating = {tensor.dtype for name, tensor in tensors.items() if tensor.is_floating_point()}
    assert floating == {torch.float32, torch.float64}  # float64: eps alone
    assert tensors["top.eps"].dtype == torch.float64


def test_the_number_of_processes_does_not_change_a_bit(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, _ = open_model(tiny_folder, trained_layers=1)
    tokens = tokenise(DOCUMENTS * 40, folder=tiny_folder, max_tokens=30)  # four batches
    hidden = []
    for n_workers in ("1", "3"):
        monkeypatch.setenv("MAW_WORKERS", n_workers)
        told: list[int] = []
        hidden.append(encode(model, tokens, advance=told.append).hidden)
        assert sum(told) == len(tokens)
    assert torch.equal(*hidden)


def test_hidden_states_do_not_depend_on_the_texts_beside_them(tiny_folder: Path) -> None:
    model, _ = open_model(tiny_folder, trained_layers=1)
    tokens = tokenise(DOCUMENTS * 20, folder=tiny_folder, max_tokens=30)  # more than one batch
    told: list[int] = []
    texts = encode(model, tokens, advance=told.append)
    hidden, offsets = texts.hidden, texts.offsets
    assert sum(told) == len(tokens) == len(texts)
    for row in (0, 1, 2, 59):
        with torch.no_grad():
            alone = model(input_ids=torch.tensor([tokens[row]])).last_hidden_state[0]
        actual = hidden[offsets[row] : offsets[row + 1]]
        torch.testing.assert_close(actual, alone, rtol=0, atol=1e-5)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_reads_texts_as_the_processor_does_and_gives_them_back(tiny_folder: Path) -> None:
    plain, there = (
        compute_trunk(
            DOCUMENTS * 20,
            QUERIES,
            backbone=Backbone(name=str(tiny_folder)),
            advance=quiet,
            device=torch.device(device),
        ).tensors()
        for device in ("cpu", "cuda")
    )
    assert plain.keys() == there.keys()
    for name, tensor in there.items():
        assert tensor.device.type == "cpu"
        torch.testing.assert_close(tensor, plain[name], rtol=0, atol=1e-4)


@pytest.fixture(scope="module")
def minilm() -> Trunk:
    """The trunk of MiniLM below its last two layers."""
    settings = Backbone(max_document_tokens=40, max_query_tokens=16, trained_layers=2)
    return compute_trunk(DOCUMENTS, QUERIES, backbone=settings, advance=quiet)


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    """Mean-pooled unit vectors of transformers' whole model on its own tokens."""
    from transformers import AutoTokenizer, BertModel

    folder = folder_of("minilm")
    model = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    vectors = {}
    for side, texts, limit in (("document", DOCUMENTS, 40), ("query", QUERIES, 16)):
        tokens = tokenizer(
            texts, padding=True, truncation=True, max_length=limit, return_tensors="pt"
        )
        with torch.no_grad():
            hidden = model(**tokens).last_hidden_state
        weight = tokens["attention_mask"][..., None]
        vectors[side] = normalize((hidden * weight).sum(1) / weight.sum(1), dim=-1)
    return vectors


@pytest.mark.parametrize("kind", [{"kind": "standard"}, {"kind": "maw", "depths": 3, "noise": 0.5}])
@pytest.mark.parametrize("side", ["document", "query"])
def test_trunk_and_trained_layers_together_are_the_whole_model(
    kind: dict[str, Any], side: str, minilm: Trunk, published: dict[str, Tensor]
) -> None:
    # MAW with depth 0 forced, and standard attention, are the backbone itself
    model = BiEncoder(minilm.top, attention=registry.parse("attention", kind), router=None).eval()
    texts = minilm.texts(side)
    x, mask = texts.padded(torch.arange(len(texts)))
    with torch.no_grad():
        actual = model(x, mask, torch.zeros(len(texts), dtype=torch.int64))
    torch.testing.assert_close(actual, published[side], rtol=0, atol=1e-5)


def test_the_trunk_counts_the_parameters_that_stay_frozen(minilm: Trunk) -> None:
    # embeddings (30522 + 512 + 2) · 384 + 2 · 384; a layer 4 · (384² + 384) + 2 · 384 · 1536
    #   + 1536 + 384 + 4 · 384
    embeddings, layer = (30522 + 512 + 2) * 384 + 768, 4 * 147840 + 1179648 + 1536 + 384 + 1536
    assert minilm.frozen_parameters == embeddings + 4 * layer


def test_out_of_memory_the_frozen_layers_read_fewer_texts_at_a_time(
    tiny_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frozen, "CHUNK", 7)
    texts = [f"{'Return the eigenvalues. ' * (n % 4)}Sort {n}." for n in range(20)]
    tokens = tokenise(texts, folder=tiny_folder, max_tokens=16)
    model, _ = open_model(tiny_folder, trained_layers=1)
    whole = encode(model, tokens, advance=quiet)
    assert capsys.readouterr().out == ""
    read = []

    def refuse(model: Any, arguments: Any, given: dict[str, Tensor]) -> None:
        read.append(len(given["input_ids"]))
        if read[-1] > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1.00 GiB.")

    model.register_forward_pre_hook(refuse, with_kwargs=True)
    halves = encode(model, tokens, advance=quiet)
    assert read[:3] == [7, 3, 1]
    assert sum(read[2:]) == 20  # it stays at what there was room for
    told = capsys.readouterr().out.splitlines()
    assert told[-1] == "out of memory: from here on 1 texts in memory at a time"
    assert torch.equal(halves.offsets, whole.offsets)
    torch.testing.assert_close(halves.hidden, whole.hidden, rtol=0, atol=1e-6)

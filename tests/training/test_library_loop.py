"""sentence-transformers' losses train on the batches of our bi-encoders."""

from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch

from maw.errors import InputError
from maw.models.encoders.library_model import Adapters, LibraryModel
from maw.settings.sections import Training
from maw.training import library_loop
from maw.training.draws import FIRST, rolled
from maw.training.library_loop import LibraryTraining, TextPairs
from maw.training.texts import TextData, draw_batches
from tests.sentence_folders import DOCUMENTS, QUERIES, write_folder
from tests.training.small_training import RECIPE

LOSS = "MultipleNegativesRankingLoss"


def pairs_of(data: TextData) -> TextPairs:
    """The same pairs with texts, of which there are few."""
    return TextPairs(
        queries=[(name, QUERIES[n % 4]) for n, name in enumerate(data.query_ids)],
        documents=[(name, DOCUMENTS[n % 5]) for n, name in enumerate(data.doc_ids)],
        positives=data.positives,
        negatives=data.negatives,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("folder") / "model", modules=("Dense",))


def opened(folder: Path, adapters: Adapters | None = None) -> LibraryModel:
    prompts = {"query": None, "document": "passage: "}
    model = LibraryModel.opened(str(folder), device="cpu", prompts=prompts, batch_size=8)
    torch.manual_seed(0)
    model.adapt(adapters)
    return model


def trained(
    model: LibraryModel, data: TextData, *, training: Training = RECIPE, loss: str = LOSS, **o: Any
) -> LibraryTraining:
    return library_loop.train(
        model, pairs_of(data), training=training, learning_rate=1e-2, seed=42, loss=loss, options=o
    )


def test_the_batches_of_a_seed_are_those_of_our_bi_encoders(data: TextData) -> None:
    for seed in (42, 43):
        ours = [batch.drawn for batch in islice(draw_batches(data, RECIPE, seed=seed), 7)]
        batches = islice(library_loop._batches(pairs_of(data), RECIPE, seed=seed), 7)
        assert [drawn for _, drawn in batches] == ours


@pytest.mark.parametrize(
    "loss",
    [
        LOSS,
        "CachedMultipleNegativesRankingLoss",
        "TripletLoss",
    ],
)
def test_each_loss_trains_all_weights(loss: str, folder: Path, data: TextData) -> None:
    model = opened(folder)
    before = model.trained()
    result = trained(model, data, loss=loss)
    after = model.trained()
    moved = [name for name, tensor in after.items() if not torch.equal(tensor, before[name])]
    assert "2.linear.weight" in moved  # the head, and every layer below it
    assert len([name for name in moved if ".layer." in name]) > 40
    assert [point["step"] for point in result.curve] == [1, 2, 3, 4]
    drawn = [batch.drawn for batch in islice(draw_batches(data, RECIPE, seed=42), 4)]
    expected = [FIRST]
    for texts in drawn:
        expected.append(rolled(expected[-1], texts))
    assert result.draws == expected[1:]
    assert result.cpu_seconds > 0
    assert result.gpu_seconds_alone is None


def test_lora_trains_narrow_matrices_alone(folder: Path, data: TextData) -> None:
    adapters = Adapters(rank=2, alpha=4, dropout=0.0, target=("query", "value"))
    model = opened(folder, adapters)
    before = model.trained()
    n_layers, E = 3, 24
    assert sum(map(torch.numel, before.values())) == n_layers * 2 * (2 * 2 * E)
    untouched = {name: p.detach().clone() for name, p in model.model.named_parameters()}
    trained(model, data)
    for name, parameter in model.model.named_parameters():
        assert torch.equal(parameter, untouched[name]) is ("lora_" not in name)
    again = opened(folder, adapters)
    again.load(model.trained())
    for side in ("query", "document"):
        vectors = again.encode(DOCUMENTS, side=side)
        torch.testing.assert_close(vectors, model.encode(DOCUMENTS, side=side), rtol=0, atol=0)


def test_a_layer_that_the_model_has_not_is_one_line(folder: Path) -> None:
    with pytest.raises(InputError, match=r"^lora_target: [^\n]*; mend it$"):
        opened(folder, Adapters(rank=2, alpha=4, dropout=0.0, target=("q_proj",)))


def test_the_scale_is_one_by_the_temperature_unless_it_is_given(folder: Path) -> None:
    model = opened(folder)
    usual: Any = library_loop.criterion_of(model, LOSS, options={}, temperature=0.04)
    given: Any = library_loop.criterion_of(model, LOSS, options={"scale": 9}, temperature=0.04)
    assert (usual.scale, given.scale) == (pytest.approx(25), 9)
    with pytest.raises(InputError, match=r"^loss_options: Mult.* does not take them \([^\n]*\); m"):
        library_loop.criterion_of(model, LOSS, options={"margin": 1}, temperature=0.04)


def test_triplets_need_a_negative(folder: Path, data: TextData) -> None:
    without = RECIPE.model_copy(update={"hard_negatives": 0})
    with pytest.raises(InputError, match=r"^loss: TripletLoss needs a hard negative of each query"):
        trained(opened(folder), data, training=without, loss="TripletLoss")


def test_out_of_memory_is_one_line(
    folder: Path, data: TextData, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(torch.nn.Module):
        def forward(self, columns: Any, labels: Any) -> Any:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1.00 GiB.")

    monkeypatch.setattr(library_loop, "criterion_of", lambda *a, **o: Full())
    with pytest.raises(InputError, match=r"memory \(CUDA out of memory\); use the loss Cached"):
        trained(opened(folder), data)

"""The example programs learn from the training side, and rank what they were not shown."""

import json
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.ranking.inputs import RankInputs
from maw.ranking.self_training import TrainedModel, TrainInputs
from maw.settings import registry, traits
from maw.settings.sections import Training

ROOT = Path(__file__).parents[2]
WORDS = [
    *("wing", "flow", "heat", "shock", "drag", "lift", "plate", "layer", "speed", "jet"),
    *("nozzle", "mach", "cone", "wake", "gust", "fin", "gas", "flame", "rotor", "blade"),
]
N = 40  # documents, each with a query of two of its words; half of the queries are trained on


def collection() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return documents of five words, and a query for each with its two rarest words."""
    draw = random.Random(0)
    texts = [draw.sample(WORDS, 5) for _ in range(N)]
    count = {word: sum(word in text for text in texts) for word in WORDS}
    rare = [sorted(text, key=lambda word: count[word])[:2] for text in texts]
    documents = {"doc_id": [f"d{n}" for n in range(N)], "text": [" ".join(t) for t in texts]}
    queries = {"query_id": [f"q{n}" for n in range(N)], "text": [" ".join(t) for t in rare]}
    return pd.DataFrame(documents), pd.DataFrame(queries)


def system(train: str, rank: str) -> Any:
    return registry.parse("systems", {"kind": "command", "train": train, "rank": rank})


def trained(config: Any, *, seed: int, rate: float | None = None) -> TrainedModel:
    """Train on the first half of the queries."""
    documents, queries = collection()
    pairs = pd.DataFrame(
        {
            "query_id": queries["query_id"][: N // 2],
            "doc_id": documents["doc_id"][: N // 2],
            "relevance": 1,
            "rank": 1,
        }
    )
    inputs = TrainInputs(
        name="example",
        documents=documents,
        queries=queries[: N // 2],
        positives=pairs,
        negatives=pairs.assign(doc_id=documents["doc_id"][N // 2 :].tolist()),
        forbidden=pairs,
        training=Training(steps=2, batch_size=4),
        learning_rate=rate,
        seed=seed,
    )
    return registry.module_of(config).train(config, inputs)  # type: ignore[no-any-return]


def ranking(config: Any, model: TrainedModel) -> pd.DataFrame:
    """Rank for the second half of the queries."""
    documents, queries = collection()
    inputs = RankInputs(documents=documents, queries=queries[N // 2 :], seed=1, model=model.tensors)
    ranked: pd.DataFrame = registry.module_of(config).rank(config, inputs).ranking
    return ranked


def first_is_right(ranked: pd.DataFrame) -> float:
    """Return the share of queries whose own document is ranked first."""
    first = ranked.groupby("query_id").head(1)
    return float((first["query_id"].str[1:] == first["doc_id"].str[1:]).mean())


@pytest.fixture(autouse=True)
def _at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_latent_semantic_analysis_is_fitted_with_a_seed_and_ranks() -> None:
    config = system(
        "python examples/lsa.py train {data} {model} {seed}",
        "python examples/lsa.py rank {model} {queries} {out}",
    )
    assert list(traits.fingerprint(config)) == ["examples/lsa.py"]
    model = trained(config, seed=1)
    assert sorted(model.tensors) == ["ids.json", "lsa.npz", "vocabulary.json"]
    ranked = ranking(config, model)
    assert len(ranked) == N // 2 * N
    assert first_is_right(ranked) > 0.5
    other = trained(config, seed=2)
    assert bytes(other.tensors["lsa.npz"].numpy()) != bytes(model.tensors["lsa.npz"].numpy())


def test_bm25_learns_its_two_numbers_from_the_training_queries() -> None:
    config = system(
        "python examples/tuned_bm25.py train {data} {model} {seed}",
        "python examples/tuned_bm25.py rank {data} {model} {queries} {out}",
    )
    model = trained(config, seed=1)
    learned = json.loads(bytes(model.tensors["bm25.json"].numpy()))
    assert learned.keys() == {"k1", "b"}
    ranked = ranking(config, model)
    assert (ranked["score"] > 0).all()
    assert first_is_right(ranked) > 0.5  # of 40 documents; several have both words of a query


@pytest.mark.slow
def test_a_model_of_sentence_transformers_is_fine_tuned() -> None:
    from maw.models.encoders.backbone_files import folder_of

    config = system(
        f"python examples/st_finetune.py train {folder_of('minilm')} {{data}} {{model}} {{seed}} "
        "{learning_rate} {steps}",
        "python examples/st_finetune.py rank {data} {model} {queries} {out}",
    )
    model = trained(config, seed=1, rate=1e-5)
    assert model.steps == 2
    assert "model.safetensors" in model.tensors
    assert first_is_right(ranking(config, model)) > 0.5

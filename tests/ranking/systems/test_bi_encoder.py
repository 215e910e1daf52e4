"""A bi-encoder ranks by cosine, with trec_eval's order of ties, and reports chosen depths."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from maw.models.encoders.ragged import Ragged
from maw.models.encoders.trunk import Trunk
from maw.ranking.inputs import RankInputs
from maw.ranking.systems import bi_encoder
from maw.settings import registry

Make = Callable[..., Any]
QUERY_LENGTHS, DOCUMENT_LENGTHS = [3, 7, 2, 5], [9, 1, 4, 4, 6, 12]
MAW = {"attention": {"kind": "maw", "depths": 4, "noise": 1.0}, "router": {"kind": "grpo"}}


def configured(**options: Any) -> bi_encoder.Config:
    config = registry.parse("systems", {"kind": "bi_encoder", **options})
    assert isinstance(config, bi_encoder.Config)
    return config


@pytest.fixture
def inputs(random_top: Make, random_texts: Make) -> RankInputs:
    """Inputs with three of the trunk's four queries and all of its documents."""
    trunk = Trunk(
        top=random_top(),
        queries=random_texts(QUERY_LENGTHS),
        documents=random_texts(DOCUMENT_LENGTHS),
    )
    return RankInputs(
        documents=pd.DataFrame({"doc_id": list("abcdef"), "row": range(6)}),
        queries=pd.DataFrame({"query_id": ["q3", "q0", "q1"], "row": [3, 0, 1]}),
        seed=1,
        trunk=trunk,
    )


def texts_of(inputs: RankInputs, side: str) -> Ragged:
    assert inputs.trunk is not None
    return inputs.trunk.texts(side)


def test_documents_are_ranked_by_the_cosine_of_the_vectors(
    inputs: RankInputs, random_encoder: Make
) -> None:
    ranking = bi_encoder.rank(configured(), inputs).ranking
    model = random_encoder(depths=1).eval()
    vectors = {}
    for side, rows in (("query", [3, 0, 1]), ("document", range(6))):
        x, mask = texts_of(inputs, side).padded(torch.tensor(rows))
        vectors[side] = model(x, mask, torch.zeros(len(rows), dtype=torch.int64)).detach()
    cosines = vectors["query"] @ vectors["document"].T
    assert ranking["query_id"].tolist() == ["q3"] * 6 + ["q0"] * 6 + ["q1"] * 6
    for position, query in enumerate(["q3", "q0", "q1"]):
        rows = ranking[ranking["query_id"] == query]
        best = cosines[position].argsort(descending=True)
        assert rows["doc_id"].tolist() == ["abcdef"[d] for d in best]
        near = pytest.approx(cosines[position][best].tolist(), abs=1e-6)
        assert rows["score"].tolist() == near
    assert ranking["score"].dtype == "float64"


def test_no_more_than_depth_or_than_there_are(inputs: RankInputs) -> None:
    for depth, n in ((2, 2), (1000, 6)):
        ranking = bi_encoder.rank(configured(), replace(inputs, depth=depth)).ranking
        assert ranking.groupby("query_id").size().tolist() == [n] * 3


@pytest.mark.parametrize("kind", ["grpo", "supervised"])
def test_the_chosen_depths_are_told_with_their_probability(
    kind: str, inputs: RankInputs, random_encoder: Make
) -> None:
    system = configured(**{**MAW, "router": {"kind": kind}})
    trained = random_encoder(router=kind, seed=3).eval()
    ranked = bi_encoder.rank(system, replace(inputs, model=trained.state_dict()))
    depths = ranked.depths
    assert depths is not None
    assert list(depths.columns) == ["query_id", "doc_id", "side", "depth", "probability"]
    assert depths["query_id"].tolist() == ["q3", "q0", "q1", *[None] * 6]
    assert depths["doc_id"].tolist() == [*[None] * 3, *"abcdef"]
    assert depths["side"].tolist() == ["query"] * 3 + ["document"] * 6
    x, mask = texts_of(inputs, "document").padded(torch.arange(6))
    policy = trained.route(x, mask).softmax(-1)
    of_documents = depths[depths["side"] == "document"]
    assert of_documents["depth"].tolist() == policy.argmax(-1).tolist()
    assert of_documents["probability"].tolist() == pytest.approx(policy.amax(-1).tolist(), abs=1e-6)


def test_a_system_without_a_router_has_no_depths(inputs: RankInputs) -> None:
    assert bi_encoder.rank(configured(), inputs).depths is None


def test_each_depth_is_forced_where_that_is_asked_for(
    inputs: RankInputs, random_encoder: Make
) -> None:
    trained = replace(inputs, model=random_encoder(router="grpo", seed=3).state_dict())
    ranked = bi_encoder.rank(configured(**MAW), replace(trained, n_by_depth=6))
    assert ranked.depths is not None
    assert ranked.by_depth is not None
    by_depth = ranked.by_depth()
    assert by_depth.groupby(["query_id", "depth"]).size().tolist() == [6] * 3 * 4
    own = ranked.depths.loc[ranked.depths["side"] == "query", ["query_id", "depth"]].merge(by_depth)
    columns = list(ranked.ranking)
    pd.testing.assert_frame_equal(own[columns], ranked.ranking, check_dtype=False)
    assert bi_encoder.rank(configured(**MAW), trained).by_depth is None


def test_no_depth_is_forced_where_a_router_mixes_them(inputs: RankInputs) -> None:
    mixing = configured(**{**MAW, "router": {"kind": "uniform"}})
    assert bi_encoder.rank(mixing, replace(inputs, n_by_depth=6)).by_depth is None


def test_a_trained_model_is_ranked_with_whatever_the_seed(
    inputs: RankInputs, random_encoder: Make
) -> None:
    trained = replace(inputs, model=random_encoder(router="grpo", seed=3).state_dict())
    first, second, untrained = (
        bi_encoder.rank(configured(**MAW), variant).ranking
        for variant in (trained, replace(trained, seed=2), inputs)
    )
    pd.testing.assert_frame_equal(first, second)
    assert first["score"].tolist() != untrained["score"].tolist()


def test_the_trunk_is_needed(inputs: RankInputs) -> None:
    with pytest.raises(ValueError, match=r"inputs\.trunk is None; a bi-encoder needs the trunk"):
        bi_encoder.rank(configured(), replace(inputs, trunk=None))


def test_an_oracle_asks_another_seeds_model_for_each_querys_depth(
    inputs: RankInputs, random_encoder: Make
) -> None:
    system = configured(
        attention=MAW["attention"], router={"kind": "oracle"}, objective={"kind": "ranking"}
    )
    own, other = (random_encoder(router="oracle", seed=seed).eval() for seed in (3, 4))
    judged = pd.DataFrame(
        {"query_id": ["q0", "q3", "q2"], "doc_id": ["e", "b", "a"], "relevance": 1}
    )
    diagnostic = replace(
        inputs,
        model=own.state_dict(),
        other=other.state_dict(),
        judged=judged,
        measure="RR@10",
    )
    ranked = bi_encoder.rank(system, diagnostic)
    assert ranked.depths is not None
    chosen = ranked.depths[ranked.depths["side"] == "query"]
    assert chosen["probability"].tolist() == [1.0] * 3
    texts, documents = texts_of(inputs, "query"), texts_of(inputs, "document")

    def scores(model: Any, row: int, depth: int) -> Tensor:
        x, mask = documents.padded(torch.arange(6))
        vectors = model(x, mask, model.decide(model.route(x, mask)))
        query: Tensor = model(*texts.padded(torch.tensor([row])), torch.tensor([depth]))
        cosines: Tensor = query @ vectors.T
        return cosines[0]

    for position, (row, relevant) in enumerate(((3, 1), (0, 4), (1, None))):
        depth = chosen["depth"].iloc[position]
        if relevant is None:
            assert depth == 0  # not judged: all depths alike
        else:
            by_depth = [scores(other, row, d) for d in range(4)]
            ranks = [int((cosines > cosines[relevant]).sum()) for cosines in by_depth]
            assert depth == int(np.argmin(ranks))
        ranking = ranked.ranking[ranked.ranking["query_id"] == f"q{row}"]
        best = scores(own, row, depth).argsort(descending=True)
        assert ranking["doc_id"].tolist() == ["abcdef"[d] for d in best]


def test_an_oracle_without_judgements_is_an_error(inputs: RankInputs) -> None:
    system = configured(attention=MAW["attention"], router={"kind": "oracle"})
    with pytest.raises(
        ValueError, match=r"inputs\.other or inputs\.trunk is None; router oracle needs judgements"
    ):
        bi_encoder.rank(system, inputs)


@pytest.mark.parametrize("options", [{}, MAW], ids=["standard", "maw"])
def test_in_bfloat16_the_scores_stay_near_and_do_differ(
    options: dict[str, Any], inputs: RankInputs
) -> None:
    exact, lower = (
        bi_encoder.rank(configured(**options), replace(inputs, precision=precision)).ranking
        for precision in ("float32", "bfloat16")
    )
    both = exact.merge(lower, on=["query_id", "doc_id"], suffixes=("", "_lower"))
    assert len(both) == len(exact) == 18
    off = (both["score"] - both["score_lower"]).abs()
    assert 0 < off.max() < 0.03  # 8 bits of mantissa a product, in cosines

"""A cross-encoder ranks its candidates anew, and only those."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
import torch

from maw.errors import InputError
from maw.models.encoders.cross_encoder import CrossEncoder
from maw.models.encoders.trunk import Trunk
from maw.ranking.inputs import RankInputs
from maw.ranking.systems import cross_encoder
from maw.settings import registry

Make = Callable[..., Any]


def configured(**options: Any) -> cross_encoder.Config:
    entry = {"kind": "cross_encoder", "objective": {"kind": "ranking"}, **options}
    config = registry.parse("systems", entry)
    assert isinstance(config, cross_encoder.Config)
    return config


def test_candidates_are_ranked_by_score_and_ties_by_document(
    random_top: Make, random_texts: Make
) -> None:
    texts = random_texts([3, 7, 2, 5, 9, 1])
    trunk = Trunk(top=random_top(), pairs=texts)
    table = pd.DataFrame(
        {
            "query_id": ["q0", "q1", "q1", "q2", "q1", "q9"],
            "doc_id": ["a", "b", "c", "a", "d", "a"],
            "split": ["train", "test", "test", "test", "test", "dev"],
            "relevant": False,
        }
    )
    config = configured(
        attention={"kind": "maw", "depths": 4, "noise": 1.0},
        router={"kind": "grpo"},
        objective={"kind": "grpo"},
    )
    torch.manual_seed(3)
    model = CrossEncoder(trunk.top, attention=config.attention, router=config.router).eval()
    inputs = RankInputs(
        documents=pd.DataFrame({"doc_id": list("abcd"), "row": range(4)}),
        queries=pd.DataFrame({"query_id": ["q2", "q1"], "row": [2, 1]}),
        seed=1,
        trunk=trunk,
        model=model.state_dict(),
        pairs=table,
    )
    ranked = cross_encoder.rank(config, inputs)
    assert ranked.ranking["query_id"].tolist() == ["q2", "q1", "q1", "q1"]
    x, mask = texts.padded(torch.tensor([3, 1, 2, 4]))
    depth = model.decide(model.route(x, mask))
    scores = dict(zip("abcd", model(x, mask, depth).tolist(), strict=True))
    best = sorted("bcd", key=lambda name: -scores[name])
    assert ranked.ranking["doc_id"].tolist() == ["a", *best]
    assert ranked.ranking["score"].tolist() == pytest.approx(
        [scores[name] for name in ["a", *best]], abs=1e-6
    )
    assert ranked.depths is not None
    assert ranked.depths["query_id"].tolist() == ["q1", "q1", "q2", "q1"]
    assert ranked.depths["doc_id"].tolist() == ["b", "c", "a", "d"]
    assert set(ranked.depths["side"]) == {"pair"}
    assert set(ranked.cost) == {"encode_device", "encode_cpu_seconds", "encode_texts_per_second"}
    assert ranked.cost["encode_device"] == "cpu"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"objective": None}, "starts with a new, untrained head; give it an objective"),
        (
            {"attention": {"kind": "maw"}, "router": {"kind": "oracle"}},
            "use a bi_encoder or another router",
        ),
        ({"trained_layers": 2}, "trained_layers: unknown key"),
        ({"attention": {"kind": "maw"}}, "need each other"),
    ],
)
def test_what_a_cross_encoder_cannot_be_is_one_line(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        configured(**options)
    assert "\n" not in str(caught.value)

"""Each query is ranked and scored under each depth, as the ranking under that depth would be."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import pytest
import torch

from maw.errors import InputError
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.embedding import embed
from maw.models.encoders.ragged import Ragged
from maw.ranking.by_depth import rankings_by_depth, scores_by_depth
from maw.training.development import score_queries

QUERY_ROWS = {"c": 3, "a": 2, "b": 0}
DOCUMENT_ROWS = {f"d{row}": row for row in (1, 5, 0, 2, 4)}
JUDGED = pd.DataFrame({"query_id": ["a", "c"], "doc_id": ["d2", "d1"], "relevance": 1})


@dataclass(frozen=True)
class Case:
    """A model of four depths, four queries and six documents."""

    model: BiEncoder
    queries: Ragged
    documents: Ragged

    @property
    def vectors(self) -> torch.Tensor:
        return embed(self.model, self.documents, torch.tensor(list(DOCUMENT_ROWS.values())))[0]

    def rankings(self, n_documents: int) -> pd.DataFrame:
        return rankings_by_depth(
            self.model,
            queries=self.queries,
            query_rows=QUERY_ROWS,
            vectors=self.vectors,
            doc_ids=list(DOCUMENT_ROWS),
            n_documents=n_documents,
        )


@pytest.fixture
def case(random_encoder: Callable[..., BiEncoder], random_texts: Callable[..., Ragged]) -> Case:
    queries, documents = random_texts([3, 9, 6, 4]), random_texts([4, 7, 2, 5, 8, 3], seed=1)
    return Case(random_encoder(router="random").eval(), queries, documents)


def test_each_depth_ranks_by_the_cosine_of_the_query_under_it(case: Case) -> None:
    rankings = case.rankings(3)
    assert list(rankings) == ["query_id", "depth", "doc_id", "score"]
    assert len(rankings) == 3 * 4 * 3
    model = case.model
    x, mask = case.documents.padded(torch.tensor(list(DOCUMENT_ROWS.values())))
    vectors = model(x, mask, model.decide(model.route(x, mask)))
    for (depth, query), rows in rankings.groupby(["depth", "query_id"], sort=False):
        x, mask = case.queries.padded(torch.tensor([QUERY_ROWS[query]]))
        cosines = (model(x, mask, torch.tensor([depth])) @ vectors.T)[0].detach()
        best = cosines.argsort(descending=True)[:3]
        assert rows["doc_id"].tolist() == [list(DOCUMENT_ROWS)[n] for n in best]
        assert rows["score"].tolist() == pytest.approx(cosines[best].tolist(), abs=1e-6)


@pytest.mark.parametrize(("measure", "n_documents"), [("nDCG@3", 3), ("RR@2", 2), ("AP", 5)])
def test_a_score_is_that_of_all_documents_under_the_depth(
    case: Case, measure: str, n_documents: int
) -> None:
    scores = scores_by_depth(case.rankings(n_documents), JUDGED, measure)
    assert list(scores) == ["query_id", "depth", "value"]
    assert scores["query_id"].tolist() == ["c"] * 4 + ["a"] * 4  # b is not judged
    assert scores["depth"].tolist() == [0, 1, 2, 3] * 2
    rows = torch.tensor(list(QUERY_ROWS.values()))
    for depth, of_depth in scores.groupby("depth"):
        forced = embed(case.model, case.queries, rows, torch.full((3,), depth))[0]
        of_all = score_queries(
            forced @ case.vectors.T,
            query_ids=list(QUERY_ROWS),
            doc_ids=list(DOCUMENT_ROWS),
            judged=JUDGED,
            measure=measure,
        )
        assert of_depth["value"].tolist() == of_all["value"].tolist()
    assert scores["value"].max() > 0


def test_rankings_without_a_judged_query_are_refused(case: Case) -> None:
    with pytest.raises(InputError, match="qrels: none of the 3 queries is judged"):
        scores_by_depth(case.rankings(2), JUDGED.assign(query_id=["x", "y"]), "RR@2")

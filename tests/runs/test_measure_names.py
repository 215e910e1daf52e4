"""A measure is known by each of its usual spellings, and other names stay as they are."""

import pytest

from maw.runs.measure_names import is_measure, measure_name


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        ("nDCG@10", ["nDCG@10", "NDCG@10", "ndcg@10", "ndcg_cut_10", "ndcg_cut.10", "NDCG_CUT_10",
                     "ndcg_at_10", " nDCG@10 "]),
        ("AP", ["AP", "MAP", "map", "ap", "mean_average_precision"]),
        ("AP@100", ["map_cut_100", "map@100", "map_at_100"]),
        ("RR", ["RR", "MRR", "mrr", "recip_rank", "Recip_Rank", "reciprocal_rank"]),
        ("RR@10", ["MRR@10", "mrr@10", "mrr_at_10"]),
        ("P@10", ["P@10", "P_10", "p_10", "precision@10", "Precision@10"]),
        ("R@1000", ["R@1000", "recall_1000", "Recall@1000", "recall_at_1000"]),
        ("Bpref", ["Bpref", "bpref", "BPREF"]),
        ("Rprec", ["Rprec", "rprec", "r-precision", "r_precision"]),
        ("Success@5", ["Success@5", "success_5", "hit_rate@5"]),
        ("F1@10", ["F1@10", "f1@10"]),
        ("AP(rel=2)@100", ["AP(rel=2)@100", "map@100-l2"]),
        ("IPrec@0.1", ["iprec_at_recall_0.10"]),
    ],
)  # fmt: skip
def test_every_usual_spelling_has_the_name_of_ir_measures(name: str, spellings: list[str]) -> None:
    assert {spelling: measure_name(spelling) for spelling in spellings} == dict.fromkeys(
        spellings, name
    )
    assert all(map(is_measure, spellings))


@pytest.mark.parametrize(
    "text",
    ["", "score", "d1", "301", "MED-10", "R_10", "doc_10", "accuracy", "accuracy@10", "err",
     "official", "exact_match,strict-match", "nDCG@10 (condensed)", "hits@5",
     "ndcg_burges@10", "("],
)  # fmt: skip
def test_another_name_stays_as_it_is(text: str) -> None:
    assert measure_name(text) == text
    assert not is_measure(text)


@pytest.mark.parametrize(
    "text", ["gm_map", "11pt_avg", "Rprec_mult_1.00", "runid", "P", "recall", "ndcg@10-l2"]
)
def test_what_ir_measures_lacks_is_a_measure_all_the_same(text: str) -> None:
    assert measure_name(text) == text
    assert is_measure(text)

"""Published figures stand only beside ours of the same protocol; small test sets are warned of."""

from typing import Any

import pandas as pd
import pytest

from maw.reporting.protocol import lines, warnings

MINILM = {"name": "minilm", "max_document_tokens": 128}


def description(**changes: Any) -> dict[str, Any]:
    """Return the content of a dataset.json of TREC DL 2019, but for the changes."""
    return {
        "name": "dl19",
        "ids": ["msmarco-passage/trec-dl-2019/judged"],
        "split": {"kind": "transfer", "source": "msmarco"},
        "source": "ir_datasets msmarco-passage/trec-dl-2019/judged; files verified by MD5",
        "citation": "Craswell2019TrecDl: Overview, 2019",
        "counts": {"test_judged": 43},
        **changes,
    }


def test_all_topics_of_verified_files_have_a_published_figure_and_its_place_beside_them() -> None:
    # regressions-dl19-passage.md of Anserini: nDCG@10, BM25 (default) 0.5058
    text = " ".join(lines(description(), backbone=MINILM))
    assert "nDCG@10 0.5058 (https://github.com/castorini/anserini/" in text
    assert "regressions-dl19-passage.md" in text
    assert "Cite: Craswell2019TrecDl" in text


def test_the_backbones_own_figure_stands_where_every_document_is_ranked_by_it() -> None:
    # MTEB, all-MiniLM-L6-v2 8b3219a, MSMARCO.json, test (TREC DL 2019): ndcg_at_10 0.63685
    text = " ".join(lines(description(), backbone=MINILM))
    assert "minilm without further training, nDCG@10 0.63685" in text
    assert "up to 256 tokens; here they have 128." in text
    for changes, backbone in (
        ({"retrieve": "pool"}, MINILM),
        ({}, {**MINILM, "name": "hf:some/model"}),
        ({"ids": ["msmarco-passage/trec-dl-2020/judged"]}, MINILM),
    ):
        text = " ".join(lines(description(**changes), backbone=backbone))
        assert "without further training" not in text
        assert "BM25 (Lucene" in text


@pytest.mark.parametrize(
    "changes",
    [
        {"split": {"train": 0.6, "dev": 0.1, "test": 0.3, "salt": "maw"}},
        {"split": {"kind": "kfold", "folds": 5, "dev": 0.1, "salt": "maw"}},
        {"source": "ir_datasets x; files not verified"},
    ],
)
def test_another_protocol_is_called_not_comparable_and_shows_no_figure(
    changes: dict[str, Any],
) -> None:
    text = " ".join(lines(description(**changes), backbone=MINILM))
    assert "Not comparable with published figures" in text
    assert "0.5058" not in text


def test_a_collection_of_ones_own_is_compared_with_nothing() -> None:
    split = {"train": 0.6, "dev": 0.1, "test": 0.3, "salt": "maw"}
    protocol = lines(description(ids=[], citation="", split=split), backbone=MINILM)
    assert protocol == [
        "Split by a hash of each query's group: 70/30, that is 60 % train, 10 % dev, and 30 % test "
        "(salt maw)"
    ]


def test_a_small_test_set_is_told_with_the_difference_that_it_would_miss() -> None:
    rows = [
        ("dl19", "confirmatory", 0.09),
        ("dl19", "confirmatory", 0.07),
        ("dl19", "reference", 0),
    ]
    frame = pd.DataFrame(rows, columns=["dataset", "role", "mde"])
    assert warnings(frame, [description()]) == [
        "dl19 tests 43 topics only: a difference below 0.070 would likely be missed."
    ]
    assert warnings(frame.assign(mde=[90.0, 70.0, 0.0]), [description()]) == [
        "dl19 tests 43 topics only: no difference up to 1 would likely be found."
    ]
    assert warnings(frame, [description(counts={"test_judged": 300})]) == []

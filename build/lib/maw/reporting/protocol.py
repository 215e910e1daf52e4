"""Sentences on how a dataset was split, on comparable published scores, and on small test sets.

A published score counts as comparable only where all topics of the published test set are tested
and none is trained on (a split `official` or `transfer`), and the files were verified.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from maw.reporting.wording import beyond_scale, number
from maw.settings.packaged import packaged

SMALL = 50  # topics; a test set with fewer often misses a difference that would matter
SPLITS = {
    "holdout": "Split by a hash of each query's group",
    "official": "Split as published",
    "kfold": "Each query tested once, in folds by a hash of its group",
    "transfer": "All queries tested, by models trained on another dataset",
}
RESULTS = "https://github.com/embeddings-benchmark/results/blob/main/results/{}/{}.json"
PAGES = "https://github.com/castorini/anserini/blob/master/docs/regressions/regressions-{}.md"


def lines(dataset: Mapping[str, Any], *, backbone: Mapping[str, Any]) -> list[str]:
    """Return lines on the dataset's split, on comparable published scores, and on its citation.

    dataset: the content of its `dataset.json`. backbone: `name` and `max_document_tokens`, for the
    published score of the untrained backbone. A dataset that is not from `ir_datasets` has no line
    on scores, one without a citation no line on it.
    """
    split = dataset["split"]
    published = _published(dataset, backbone) if dataset.get("ids") else ()
    citation = [f"Cite: {dataset['citation']}"] if dataset.get("citation") else []
    return [f"{SPLITS[split.get('kind', 'holdout')]}: {_shares(split)}", *published, *citation]


def _shares(split: Mapping[str, Any]) -> str:
    """Return the options of a split; for a holdout split, the shares as they are reported.

    A split of 60/10/30 is reported as 70/30, because nothing of the 70 % is ever tested.
    """
    if split.get("kind", "holdout") != "holdout":
        return ", ".join(f"{name} {option}" for name, option in split.items() if name != "kind")
    train, dev, test = (float(split[name]) for name in ("train", "dev", "test"))
    return (
        f"{100 * (train + dev):.0f}/{100 * test:.0f}, that is {100 * train:.0f} % train, "
        f"{100 * dev:.0f} % dev, and {100 * test:.0f} % test (salt {split['salt']})"
    )


def _published(dataset: Mapping[str, Any], backbone: Mapping[str, Any]) -> Iterator[str]:
    """Yield lines with published scores of BM25 and the backbone, or with why there are none."""
    split, (name, *_) = dataset["split"].get("kind", "holdout"), dataset["ids"]
    if split not in ("official", "transfer"):
        yield "Not comparable with published figures: other topics are tested, or trained on."
        return
    if "not verified" in dataset["source"]:
        yield "Not comparable with published figures: the files were not verified as published."
        return
    figures = packaged("published")
    of_backbone = figures["backbones"].get(backbone["name"], {"ids": {}})
    by_bm25, by_backbone = figures["bm25"].get(name), of_backbone["ids"].get(name)
    if dataset.get("retrieve") == "pool":
        by_backbone = None  # the suite ranks what BM25 retrieves, not every document
    if by_bm25 is None and by_backbone is None:
        yield "The topics are those of a published test set, but no published score is known here."
    if by_bm25 is not None:
        yield (
            f"Published for the same topics: BM25 (Lucene, k1 0.9, b 0.4) nDCG@10 "
            f"{by_bm25['nDCG@10']} ({PAGES.format(by_bm25['page'])}); with another stemmer or stop "
            "list the score differs a little."
        )
    if by_backbone is not None:
        page = RESULTS.format(of_backbone["folder"], by_backbone["file"])
        yield (
            f"Published for the same topics: {backbone['name']} without further training, nDCG@10 "
            f"{by_backbone['nDCG@10']} ({page}), of "
            f"texts up to 256 tokens; here they have {backbone['max_document_tokens']}."
        )


def warnings(comparisons: pd.DataFrame, datasets: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a warning for each `ir_datasets` dataset with claims and fewer than 50 judged topics.

    Only the topics of the test split count. comparisons: columns of `maw.verdicts.decide.COLUMNS`;
    datasets: the content of each `dataset.json`. A warning names the smallest difference that any
    contrast of the claims detects with 80 % power, or says that it is above 1 or not computable.
    """
    sentences = []
    claims = comparisons[comparisons["role"] == "confirmatory"]
    for dataset in datasets:
        rows = claims[claims["dataset"] == dataset["name"]]
        n_topics = dataset["counts"]["test_judged"]
        if n_topics >= SMALL or rows.empty or not dataset.get("ids"):
            continue
        least = rows["mde"].min()
        limit = f"a difference below {number(least)} would likely be missed"
        if pd.isna(least):
            limit = "too few to compute which difference would be found"
        elif beyond_scale(least):
            limit = "no difference up to 1 would likely be found"
        sentences.append(f"{dataset['name']} tests {n_topics} topics only: {limit}.")
    return sentences

"""By which protocol was a dataset tested, and may its figures stand beside published ones?

Only where all of an id's own topics are tested, which a share of them never is.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from maw.reporting.wording import beyond_scale, number
from maw.settings.packaged import packaged

SMALL = 50  # topics; below, a difference worth having is often beyond what can be found
RESULTS = "https://github.com/embeddings-benchmark/results/blob/main/results/{}/{}.json"
PAGES = "https://github.com/castorini/anserini/blob/master/docs/regressions/regressions-{}.md"


def lines(dataset: Mapping[str, Any], *, backbone: Mapping[str, Any]) -> list[str]:
    """For the report: the split, comparability with its source, and what to cite.

    backbone: name and max_document_tokens, whose published figures may stand beside ours too.
    """
    return [*_lines(dataset, backbone)]


def _lines(dataset: Mapping[str, Any], backbone: Mapping[str, Any]) -> Iterator[str]:
    split = dataset["split"]
    shares = ", ".join(f"{name} {share}" for name, share in split.items() if name != "kind")
    names = {
        "holdout": "Split by a hash of each query's group",
        "official": "Split as published",
        "kfold": "Each query tested once, in folds by a hash of its group",
        "transfer": "All queries tested, by models trained on another dataset",
    }
    yield f"{names[split.get('kind', 'holdout')]}: {shares}"
    if dataset.get("ids"):
        yield from _published(dataset, backbone)
    if dataset.get("citation"):
        yield f"Cite: {dataset['citation']}"


def _published(dataset: Mapping[str, Any], backbone: Mapping[str, Any]) -> Iterator[str]:
    """Comparable only where the topics tested are all of the id's, as it was published."""
    split, (name, *_) = dataset["split"].get("kind", "holdout"), dataset["ids"]
    if split not in ("official", "transfer"):
        yield "Not comparable with published figures: other topics are tested, or trained on."
        return
    if "not verified" in dataset["source"]:
        yield "Not comparable with published figures: the files were not verified as published."
        return
    known = packaged("published")
    own = known["backbones"].get(backbone["name"], {"ids": {}})
    by_bm25, by_backbone = known["bm25"].get(name), own["ids"].get(name)
    if dataset.get("retrieve") == "pool":
        by_backbone = None  # ranks what BM25 finds, not every document
    if by_bm25 is None and by_backbone is None:
        yield "The topics are those of published figures; none is known here."
    if by_bm25 is not None:
        yield (
            f"Published for the same topics: BM25 (Lucene, k1 0.9, b 0.4) nDCG@10 "
            f"{by_bm25['nDCG@10']} ({PAGES.format(by_bm25['page'])}); another stemmer or stop list "
            "differs a little."
        )
    if by_backbone is not None:
        yield (
            f"Published for the same topics: {backbone['name']} as it comes, nDCG@10 "
            f"{by_backbone['nDCG@10']} ({RESULTS.format(own['folder'], by_backbone['file'])}), of "
            f"texts up to 256 tokens; here they have {backbone['max_document_tokens']}."
        )


def warnings(comparisons: pd.DataFrame, datasets: list[Mapping[str, Any]]) -> list[str]:
    """A small test set, with the smallest difference that its claims could have found."""
    found = []
    claims = comparisons[comparisons["role"] == "confirmatory"]
    for dataset in datasets:
        rows = claims[claims["dataset"] == dataset["name"]]
        n = dataset["counts"]["test_judged"]
        if n >= SMALL or rows.empty or not dataset.get("ids"):
            continue
        least = rows["mde"].min()
        told = f"a difference below {number(least)} would likely be missed"
        if pd.isna(least):
            told = "nothing can be planned from so few"
        elif beyond_scale(least):
            told = "no difference up to 1 would likely be found"
        found.append(f"{dataset['name']} tests {n} topics only: {told}.")
    return found

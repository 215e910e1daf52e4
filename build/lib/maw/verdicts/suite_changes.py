"""Two finished suites are set side by side: their settings, mean scores and verdicts.

Nothing is tested here. The two suites were not planned as one study, so that a difference between
them is a fact about two results, and no claim on their systems.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

SYSTEM = ["dataset", "system"]
RUN = [*SYSTEM, "seed", "query_id"]
CLAIM = ["dataset", "system", "claim"]
SCORES = [
    *SYSTEM, "n_seeds_a", "n_seeds_b", "mean_a", "mean_b", "difference", "n_scores", "n_equal",
    "largest",
]  # fmt: skip
JUDGED = ["word", "estimate", "lower", "upper", "decided_by"]
VERDICTS = [*CLAIM, *(f"{column}_{side}" for side in "ab" for column in JUDGED), "same_word"]


def setting_changes(a: Mapping[str, Any], b: Mapping[str, Any]) -> pd.DataFrame:
    """Return a row for each setting whose value differs: setting, a, b.

    a, b: nested mappings. setting: the keys from the outside in, joined by dots. Values are JSON;
    None where a suite has no such setting. Rows are sorted by setting.
    """
    first, second = dict(_flat(a)), dict(_flat(b))
    rows = [
        (name, first.get(name), second.get(name))
        for name in sorted(first.keys() | second.keys())
        if first.get(name) != second.get(name)
    ]
    return pd.DataFrame(rows, columns=["setting", "a", "b"], dtype=object)


def _flat(settings: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, str]]:
    """Yield the dotted name and the JSON of each value that is not itself a mapping with keys."""
    for key, value in settings.items():
        name = f"{place}{key}"
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{name}.")
        else:
            yield name, json.dumps(value, ensure_ascii=False, sort_keys=True)


def score_changes(a: pd.DataFrame, b: pd.DataFrame, *, measure: str) -> pd.DataFrame:
    """Return a row with the columns SCORES for each dataset and system of either suite.

    a, b: the scores of the suites, columns dataset, system, seed, query_id, measure and value.
    mean_a, mean_b: means over queries and seeds; difference: mean_b − mean_a. n_scores: number of
    seeds and queries that both suites have; n_equal: those of them with the same score to the last
    bit; largest: the largest absolute difference among them. What one suite lacks is nan.
    """
    sides = [frame[frame["measure"] == measure] for frame in (a, b)]
    means = [
        side.groupby(SYSTEM).agg(mean=("value", "mean"), n_seeds=("seed", "nunique"))
        for side in sides
    ]
    rows = means[0].merge(means[1], how="outer", on=SYSTEM, suffixes=("_a", "_b"))
    rows["difference"] = rows["mean_b"] - rows["mean_a"]
    both = sides[0].merge(sides[1], on=RUN, suffixes=("_a", "_b"))
    both["apart"] = (both["value_b"] - both["value_a"]).abs()
    both["equal"] = both["value_b"] == both["value_a"]
    common = both.groupby(SYSTEM).agg(
        n_scores=("apart", "size"), n_equal=("equal", "sum"), largest=("apart", "max")
    )
    rows = rows.join(common).reset_index()
    counts = ["n_seeds_a", "n_seeds_b", "n_scores", "n_equal"]
    rows[counts] = rows[counts].fillna(0).astype("int64")
    return rows[SCORES]


def verdict_changes(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Return a row with the columns VERDICTS for each claim and dataset of either suite.

    a, b: the claims of the suites, with the columns of `maw.verdicts.claims.CLAIMS`. same_word:
    both suites have the claim, and its word is the same. What one suite lacks is nan.
    """
    sides = [frame.set_index(CLAIM)[JUDGED] for frame in (a, b)]
    rows = sides[0].merge(sides[1], how="outer", on=CLAIM, suffixes=("_a", "_b")).reset_index()
    return rows.assign(same_word=rows["word_a"] == rows["word_b"])[VERDICTS]

"""Systems that share a letter are those that Holm's procedure over all pairs leaves together."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from maw.errors import InputError
from maw.significance import holm
from maw.verdicts.tiers import TIERS, tiers
from tests.scored import plan_of, scored

Q = 40
PLAN = plan_of()


def tables(*shifts: float, n_seeds: int = 1) -> dict[str, np.ndarray]:
    """Return scores [Q, S] of systems a, b, c … that lead a common score by these shifts."""
    generator = np.random.default_rng(7)
    base = generator.uniform(0.2, 0.6, (Q, 1))
    return {
        "abcdef"[n]: base + shift + generator.normal(0, 0.05, (Q, n_seeds))
        for n, shift in enumerate(shifts)
    }


def of(scores: pd.DataFrame, *, trained: bool = False) -> pd.DataFrame:
    names = scores["system"].unique()
    return tiers(scores, plan=PLAN, trained=dict.fromkeys(names, trained), clusters=None)


def test_letters_agree_with_paired_t_tests_of_all_pairs() -> None:
    given = tables(0.0, 0.02, 0.04, 0.12)
    found = of(scored(given))
    assert list(found) == TIERS
    assert found["mean"].is_monotonic_decreasing
    letters_of = dict(zip(found["system"], found["tier"], strict=True))
    pairs = list(combinations(given, 2))
    # scipy.stats.ttest_rel of each pair, then Holm
    p = holm([stats.ttest_rel(given[a][:, 0], given[b][:, 0]).pvalue for a, b in pairs])
    for (a, b), adjusted in zip(pairs, p, strict=True):
        assert bool(set(letters_of[a]) & set(letters_of[b])) == (adjusted >= 0.05), (a, b)
    assert letters_of["d"] == "a"
    assert found["n_pairs"].tolist() == [6] * 4
    assert found["n_pairs_that_differ"].tolist() == [int(np.sum(p < 0.05))] * 4


def test_a_system_between_two_others_has_both_letters() -> None:
    found = of(scored(tables(0.0, 0.025, 0.05)))
    assert found[["system", "tier"]].to_numpy().tolist() == [["c", "a"], ["b", "ab"], ["a", "b"]]


def test_a_trained_system_with_too_few_seeds_is_not_shown_to_differ() -> None:
    given = tables(0.0, 0.3, 0.6, n_seeds=2)
    assert of(scored(given), trained=True)["tier"].tolist() == ["a", "a", "a"]
    enough = tables(0.0, 0.3, 0.6, n_seeds=5)
    assert of(scored(enough), trained=True)["tier"].tolist() == ["a", "b", "c"]


def test_two_systems_have_no_tiers_and_each_dataset_has_its_own() -> None:
    assert of(scored(tables(0.0, 0.3))).empty
    parts = [
        scored(tables(0.0, 0.3, 0.6), dataset="three"),
        scored(tables(0.0, 0.3), dataset="two"),
    ]
    assert set(of(pd.concat(parts))["dataset"]) == {"three"}


def test_systems_with_other_topics_are_an_error() -> None:
    scores = scored(tables(0.0, 0.3, 0.6))
    lacking = scores[~(scores["system"].eq("a") & scores["query_id"].eq("q00"))]
    with pytest.raises(InputError, match="toy/a lacks query q00, which c has"):
        of(lacking)

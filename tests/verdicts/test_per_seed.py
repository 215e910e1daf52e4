"""Runs of independent seeds are all tested against each other, those of shared seeds in pairs."""

import numpy as np
import pytest

from maw.settings.plan import Analysis, PlannedContrast
from maw.settings.planned import SeedsForm
from maw.significance import paired_t
from maw.verdicts.per_seed import SEEDS, per_seed
from tests.scored import scored

Q = 20
GENERATOR = np.random.default_rng(8)
A, B = (GENERATOR.uniform(size=(Q, S)) for S in (3, 2))


def plan(seeds: SeedsForm) -> Analysis:
    """Return the plan of one contrast with this form of seeds."""
    return Analysis(contrasts=(PlannedContrast(system="new", baseline="old", seeds=seeds),))


PLAN = plan("independent")


def test_each_row_is_the_t_test_of_one_pair_on_clusters() -> None:
    clusters = {"toy": {f"q{q:02}": f"c{q // 2}" for q in range(Q)}}
    tests = per_seed(scored({"new": A, "old": B}), plan=PLAN, clusters=clusters)
    assert list(tests.columns) == SEEDS
    assert len(tests) == 6
    row = tests[(tests["seed"] == 44) & (tests["seed_baseline"] == 43)].iloc[0]
    known = paired_t(A[:, 2] - B[:, 1], [q // 2 for q in range(Q)])
    assert (row["difference"], row["p"]) == pytest.approx((known.mean, known.pvalue))
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(known.confidence_interval())


def test_relabelled_seeds_give_the_same_tests() -> None:
    original, relabelled = (
        per_seed(scored({"new": table, "old": B}), plan=PLAN, clusters=None)
        for table in (A, A[:, [2, 0, 1]])
    )
    assert sorted(original["p"]) == pytest.approx(sorted(relabelled["p"]))


def test_shared_seeds_meet_their_own() -> None:
    tests = per_seed(scored({"new": A, "old": B}), plan=plan("shared"), clusters=None)
    assert tests["seed"].tolist() == tests["seed_baseline"].tolist() == [42, 43]


def test_auto_pairs_runs_where_the_scores_say_that_seeds_are_shared() -> None:
    alike = A + GENERATOR.normal(0, 0.01, A.shape)
    for other, n_tests in ((alike, 3), (GENERATOR.uniform(size=A.shape), 9)):
        tests = per_seed(scored({"new": A, "old": other}), plan=plan("auto"), clusters=None)
        assert len(tests) == n_tests

"""Every checkpoint is tested against every other one, because labels of seeds mean nothing."""

import numpy as np
import pytest

from maw.settings.plan import Analysis, PlannedContrast
from maw.significance import paired_t
from maw.verdicts.per_seed import SEEDS, per_seed
from tests.scored import plan_of, scored

Q = 20
GENERATOR = np.random.default_rng(8)
A, B = (GENERATOR.uniform(size=(Q, S)) for S in (3, 2))
PLAN = plan_of(("new", "old"))


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


def test_linked_seeds_meet_their_own() -> None:
    link = PlannedContrast(
        system="new", baseline="old", seeds="linked", reason="new starts from old"
    )
    plan = Analysis(contrasts=(link,))
    tests = per_seed(scored({"new": A[:, :2], "old": B}), plan=plan, clusters=None)
    assert tests["seed"].tolist() == tests["seed_baseline"].tolist() == [42, 43]

"""Every checkpoint against every other: labels of seeds mean nothing."""

import numpy as np
import pytest
from scored import plan_of, scored

from maw.settings.plan import Analysis, PlannedContrast
from maw.significance import paired_t
from maw.verdicts.per_seed import SEEDS, per_seed

Q = 20
GENERATOR = np.random.default_rng(8)
A, B = (GENERATOR.uniform(size=(Q, S)) for S in (3, 2))
PLAN = plan_of(("new", "old"))


def test_each_row_is_the_t_test_of_one_pair_on_clusters() -> None:
    clusters = {"toy": {f"q{q:02}": f"c{q // 2}" for q in range(Q)}}
    found = per_seed(scored({"new": A, "old": B}), plan=PLAN, clusters=clusters)
    assert list(found.columns) == SEEDS
    assert len(found) == 6
    row = found[(found["seed"] == 44) & (found["seed_baseline"] == 43)].iloc[0]
    known = paired_t(A[:, 2] - B[:, 1], [q // 2 for q in range(Q)])
    assert (row["difference"], row["p"]) == pytest.approx((known.mean, known.pvalue))
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(known.confidence_interval())


def test_relabelled_seeds_give_the_same_tests() -> None:
    there, other = (
        per_seed(scored({"new": table, "old": B}), plan=PLAN, clusters=None)
        for table in (A, A[:, [2, 0, 1]])
    )
    assert sorted(there["p"]) == pytest.approx(sorted(other["p"]))


def test_linked_seeds_meet_their_own() -> None:
    link = PlannedContrast(
        system="new", baseline="old", seeds="linked", reason="new starts from old"
    )
    plan = Analysis(contrasts=(link,))
    found = per_seed(scored({"new": A[:, :2], "old": B}), plan=plan, clusters=None)
    assert found["seed"].tolist() == found["seed_baseline"].tolist() == [42, 43]

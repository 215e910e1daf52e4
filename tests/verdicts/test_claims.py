"""The verdict on each claim: its limits, its word, the names of controls, and its p-values."""

from collections.abc import Mapping
from math import inf

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from maw.settings.plan import Analysis, PlannedContrast
from maw.significance import crossed, judge_claim
from maw.significance.clean import Array
from maw.significance.planning import sesoi_flips_at, spreads_outlook
from maw.verdicts.claims import CLAIMS
from maw.verdicts.decide import PlanVerdicts, decide
from tests.scored import plan_of, score_array, scored
from tests.verdicts.five_systems import SCORES, only, routing_plan, scores_of

NDCG = "nDCG@10"
Q = 40
HARD = np.random.default_rng(3).uniform(0.2, 0.7, (Q, 1))


def fixed(name: int, *, lead: float, noise: float = 0.03) -> Array:
    """Return scores [Q, 1] of a single run whose mean lead over HARD is exactly `lead`."""
    values = np.random.default_rng(name).normal(0, noise, (Q, 1))
    return np.asarray(HARD + lead + values - values.mean())


def judged(
    scores: pd.DataFrame, plan: Analysis, *, withheld: Mapping[str, str] | None = None
) -> PlanVerdicts:
    """Judge scores by the primary measure; a system with several seeds is trained."""
    n_seeds = scores.groupby("system")["seed"].nunique()
    trained = {str(name): bool(n > 1 or name in plan.trained) for name, n in n_seeds.items()}
    return decide(
        scores,
        plan=plan,
        trained=trained,
        clusters=None,
        measures=[plan.primary],
        withheld=withheld or {},
    )


def t_limit(a: Array, b: Array, *, tail: float) -> tuple[float, float]:
    """Return the paired t-test's lower and upper limit, each with this probability beyond it."""
    test = stats.ttest_rel(a[:, 0], b[:, 0])
    interval = test.confidence_interval(1 - 2 * tail)
    return float(interval.low), float(interval.high)


def test_a_claim_has_the_limits_of_the_paired_t_test_where_no_system_is_trained() -> None:
    tables = {"new": fixed(1, lead=0.05), "one": fixed(2, lead=0.02), "two": fixed(3, lead=0.0)}
    plan = plan_of(("new", "one"), ("new", "two"), ("one", "two"), sesoi=0.02)
    claims = judged(scored(tables), plan).claims
    assert list(claims.columns) == CLAIMS
    row = only(claims, system="new")
    # scipy's paired t-test; 2 claims: α′ = .025; 2 controls: L at α′/2, U at α′/4, U₂ at α′/2
    alpha = 0.025
    pairs = [(tables["new"], tables[name]) for name in ("one", "two")]
    low, high = (
        min(t_limit(*p, tail=tail)[k] for p in pairs)
        for tail, k in ((alpha / 2, 0), (alpha / 4, 1))
    )
    gain = min(t_limit(*p, tail=alpha / 2)[1] for p in pairs)
    assert (row["lower"], row["upper"], row["upper_gain"]) == pytest.approx((low, high, gain))
    assert row["equivalence_high"] == pytest.approx(
        max(t_limit(*p, tail=alpha / 4)[1] for p in pairs)
    )
    assert (row["estimate"], row["decided_by"]) == (pytest.approx(0.03), "one")
    assert (row["level"], row["n_controls"], row["n_queries"]) == (alpha, 2, Q)
    assert pd.isna(row["n_seeds"])
    assert pd.isna(row["n_clusters"])
    assert row["word"] == "better"
    one = only(claims, system="one")
    # one control: equivalence is read from the difference ± h(α′)
    known = t_limit(tables["one"], tables["two"], tail=alpha)
    assert (one["equivalence_low"], one["equivalence_high"]) == pytest.approx(known)


def test_the_p_of_a_claim_is_from_either_side_and_bonferroni_agrees_with_the_word() -> None:
    tables = {
        "new": fixed(1, lead=0.05), "one": fixed(2, lead=0.03), "two": fixed(3, lead=0.08),
        "three": fixed(4, lead=0.05),
    }  # fmt: skip
    plan = plan_of(("new", "one"), ("new", "two"), ("new", "three"), ("two", "one"))
    claims = judged(scored(tables), plan).claims
    d = [stats.ttest_rel(tables["new"][:, 0], tables[k][:, 0], alternative=side).pvalue
         for side in ("greater", "less") for k in ("one", "two", "three")]  # fmt: skip
    known = min(1, 2 * min(max(d[:3]), min(1, 3 * min(d[3:]))))
    p = claims["p"].to_numpy()
    assert p[0] == pytest.approx(known)
    assert claims["p_bonferroni"].to_numpy() == pytest.approx(np.minimum(1, 2 * p))
    for column, method in (("p_holm", "holm"), ("p_bh", "fdr_bh")):
        assert claims[column].to_numpy() == pytest.approx(multipletests(p, method=method)[1])
    assert claims["word"].tolist() == ["refuted", "better, by at least SESOI"]
    assert (claims["p_bonferroni"] < 0.05).all()
    assert claims["loses_to"].tolist() == ["two", ""]
    assert claims["decided_by"].tolist() == ["two", "one"]


def test_all_controls_that_beat_the_system_are_named_in_the_plans_order() -> None:
    tables = {"new": HARD + 0.0, "z": fixed(2, lead=0.1), "a": fixed(3, lead=0.05)}
    tables["m"] = fixed(4, lead=-0.1)
    (row,) = judged(
        scored(tables), plan_of(("new", "z"), ("new", "m"), ("new", "a"), sesoi=0.04)
    ).claims.to_dict("records")
    assert (row["word"], row["suffix"]) == ("refuted", "by at least SESOI")
    assert (row["loses_to"], row["decided_by"]) == ("z; a", "z")


def test_trained_systems_are_judged_by_the_generalised_p_on_shared_seeds() -> None:
    plan = plan_of(("maw_a", "plain"), ("maw_b", "plain"))
    claims = judged(SCORES[SCORES["measure"] == NDCG], plan).claims
    for row in claims.to_dict("records"):
        a, b = (score_array(SCORES, name) for name in (row["system"], "plain"))
        contrast = crossed(a, b, seeds="shared", trained=(True, True))
        known = judge_claim([contrast], level=0.025, sesoi=0.02)
        assert (row["lower"], row["upper"]) == (known.lower, known.upper)
        assert (row["word"], row["p"]) == (known.word, contrast.pvalue)
        outlook = spreads_outlook([contrast.test.spread], level=0.025, sesoi=0.02)
        assert row["mde"] == pytest.approx(outlook.mde)
        assert row["sesoi_flips_at"] == sesoi_flips_at(known, sesoi=0.02)
        assert (row["seeds"], row["n_seeds"], row["sesoi"]) == ("shared", 5, 0.02)


@pytest.mark.parametrize(
    ("seeds", "word"),
    [(1, "not estimable"), (2, "not controlled"), (3, "better, by at least SESOI")],
)
def test_seeds_decide_what_may_be_said(seeds: int, word: str) -> None:
    scores = scores_of({"plain": 0.0, "maw_a": 0.09}, seeds={"plain": 5, "maw_a": seeds})
    plan = plan_of(("maw_a", "plain"), trained=("maw_a",))
    verdicts = judged(scores[scores["measure"] == NDCG], plan)
    (claim,) = verdicts.claims.to_dict("records")
    row = verdicts.rows.iloc[0]
    assert (claim["word"], row["word"]) == (word, word)
    assert claim["n_seeds"] == seeds
    assert row["p"] < 0.05  # shown all the same
    has_limits = seeds > 2
    assert np.isfinite([claim["lower"], claim["upper"], row["bar_low"]]).all() == has_limits
    assert np.isnan(claim["p"]) != has_limits
    assert np.isnan(claim["mde"]) != has_limits
    assert claim["decided_by"] == ("" if seeds == 1 else "plain")


def test_fewer_than_three_common_seeds_are_not_controlled() -> None:
    tables = {"plain": HARD + np.zeros((1, 5)), "maw_a": HARD + 0.1 + np.zeros((1, 5))}
    noise = np.random.default_rng(9).normal(0, 0.02, (2, Q, 5))
    parts = [scored({name: t + n}) for (name, t), n in zip(tables.items(), noise, strict=True)]
    for n_common in (0, 1, 2, 3):
        moved = parts[1].assign(seed=parts[1]["seed"] + 5 - n_common)
        verdicts = judged(pd.concat([parts[0], moved]), plan_of(("maw_a", "plain")))
        (claim,) = verdicts.claims.to_dict("records")
        word = "better, by at least SESOI" if n_common == 3 else "not controlled"
        assert (claim["word"], claim["n_seeds"], claim["seeds"]) == (word, n_common, "shared")
        told = "maw_a and plain share" in verdicts.rows["note"].iloc[0]
        assert told == (n_common < 3)


def test_the_claim_that_needs_more_controls_includes_the_other() -> None:
    tables = {"maw_a": fixed(1, lead=0.0), "plain": fixed(2, lead=0.05)}
    tables["maw_b"] = fixed(3, lead=-0.05, noise=0.3)
    verdicts = judged(scored(tables), routing_plan())
    inner, outer = verdicts.claims.to_dict("records")
    assert (inner["claim"], outer["claim"]) == ("better", "routing helps")
    assert (inner["n_controls"], outer["n_controls"]) == (1, 2)
    # alone, "routing helps" has its limit at α′/4; with "better" included, at α′/2
    alone = t_limit(tables["maw_a"], tables["plain"], tail=0.025 / 4)[1]
    nested = t_limit(tables["maw_a"], tables["plain"], tail=0.025 / 2)[1]
    assert nested < alone
    assert inner["upper"] == outer["upper"] == pytest.approx(nested)
    assert inner["word"] == outer["word"] == "refuted"
    assert inner["loses_to"] == outer["loses_to"] == "plain"
    # a row shows the first claim that needs its contrast
    rows = verdicts.rows.set_index("baseline")
    assert rows.loc["plain", "bar_high"] == pytest.approx(nested)
    assert "routing helps" not in rows.loc["plain", "note"]
    assert "the verdict is on the claim “routing helps”" in rows.loc["maw_b", "note"]


def test_every_claim_on_every_dataset_shares_the_level() -> None:
    tables = {"new": fixed(1, lead=0.004), "old": HARD}
    both = pd.concat([scored(tables, dataset=name) for name in ("two", "one")])
    claims = judged(both, plan_of(("new", "old"))).claims
    assert claims["dataset"].tolist() == ["one", "two"]
    assert claims["level"].tolist() == [0.025, 0.025]
    assert claims["p_bonferroni"].to_numpy() == pytest.approx(np.minimum(1, 2 * claims["p"]))


def test_declared_shares_of_the_level_decide() -> None:
    tables = {"new": fixed(1, lead=0.004), "other": fixed(2, lead=0.003), "old": HARD}
    shares = {"new": 0.8, "other": 0.2}
    claims = judged(
        scored(tables), plan_of(("new", "old"), ("other", "old"), weights=shares)
    ).claims
    assert claims["level"].to_numpy() == pytest.approx([0.04, 0.01])
    known = np.minimum(1, claims["p"] / np.array([0.8, 0.2]))
    assert claims["p_bonferroni"].to_numpy() == pytest.approx(known)
    low = t_limit(tables["other"], HARD, tail=0.01 / 2)[0]
    assert claims["lower"].to_numpy()[1] == pytest.approx(low)


def not_worse(margin: float) -> Analysis:
    """Return a plan with a claim, and a contrast of non-inferiority that counts beside it."""
    contrast = PlannedContrast(
        system="cheap", baseline="old", role="non-inferiority", margin=margin
    )
    return plan_of(("new", "old")).model_copy(
        update={"contrasts": (*plan_of(("new", "old")).contrasts, contrast)}
    )


def test_a_contrast_is_non_inferior_where_its_lower_limit_is_above_the_margin() -> None:
    tables = {"new": fixed(1, lead=0.05), "cheap": fixed(2, lead=-0.005), "old": HARD}
    low, high = t_limit(tables["cheap"], HARD, tail=0.025 / 2)  # it counts: two tests
    for margin, word in ((-low + 1e-6, "non-inferior"), (-low - 1e-6, "non-inferiority not shown")):
        verdicts = judged(scored(tables), not_worse(margin))
        row = only(verdicts.rows, system="cheap")
        assert (row["role"], row["word"], row["level"]) == ("non-inferiority", word, 0.025)
        assert (row["bar_low"], row["bar_high"]) == pytest.approx((low, high))
        assert f"not worse than old means: by less than {margin:g}" in row["note"]
        # the one-sided p of "worse by the margin", twice, over two tests
        test = stats.ttest_1samp((tables["cheap"] - HARD)[:, 0], -margin, alternative="greater")
        assert row["p_bonferroni"] == pytest.approx(min(1, 4 * test.pvalue))
        assert (row["p_bonferroni"] < 0.05) == (word == "non-inferior")
        assert verdicts.claims["system"].tolist() == ["new"]
        assert verdicts.claims["level"].tolist() == [0.025]


def test_a_clear_loss_is_not_non_inferior() -> None:
    tables = {"new": fixed(1, lead=0.05), "cheap": fixed(2, lead=-0.2), "old": HARD}
    row = only(judged(scored(tables), not_worse(0.01)).rows, system="cheap")
    assert (row["word"], row["p_holm"]) == ("non-inferiority not shown", 1.0)


@pytest.mark.parametrize(("seeds", "word"), [(1, "not estimable"), (2, "not controlled")])
def test_non_inferiority_needs_seeds_too(seeds: int, word: str) -> None:
    noise = np.random.default_rng(4).normal(0, 0.01, (Q, seeds))
    tables = {"new": fixed(1, lead=0.05), "cheap": HARD + 0.1 + noise, "old": HARD}
    plan = not_worse(0.01).model_copy(update={"trained": ("cheap",)})
    row = only(judged(scored(tables), plan).rows, system="cheap")
    assert (row["word"], row["bar_low"], row["bar_high"]) == (word, -inf, inf)
    assert np.isnan(row["p_bonferroni"])


@pytest.mark.parametrize(
    ("lead", "noise", "word"),
    [(0.0, 0.01, "equivalent"), (-0.03, 0.12, "no relevant gain"), (0.1, 0.01, None),
     (0.0, 0.2, "inconclusive"), (-0.1, 0.01, "refuted")],
)  # fmt: skip
def test_a_failed_control_of_the_study_withholds_words_of_absence(
    lead: float, noise: float, word: str | None
) -> None:
    tables = {"new": fixed(1, lead=lead, noise=noise), "old": HARD}
    verdicts = judged(scored(tables), plan_of(("new", "old")), withheld={"toy": "known difference"})
    (claim,) = verdicts.claims.to_dict("records")
    expected = "known difference" if word in ("equivalent", "no relevant gain") else ""
    assert claim["word"] == (word or "better, by at least SESOI")
    assert claim["withheld"] == verdicts.rows["withheld"].iloc[0] == expected
    elsewhere = judged(scored(tables), plan_of(("new", "old")), withheld={"other": "x"})
    assert elsewhere.claims["withheld"].tolist() == [""]


def test_without_a_sesoi_no_word_speaks_of_relevance() -> None:
    tables = {"new": fixed(1, lead=0.0, noise=0.001), "old": HARD}
    (claim,) = judged(scored(tables), plan_of(("new", "old"), sesoi=None)).claims.to_dict("records")
    assert claim["word"] == "inconclusive"
    assert np.isnan([claim["sesoi"], claim["sesoi_flips_at"]]).all()


def test_a_control_without_a_number_leaves_the_others_able_to_refute() -> None:
    tables = {"new": fixed(1, lead=0.0), "far": fixed(2, lead=0.2), "shifted": fixed(1, lead=0.1)}
    (claim,) = judged(scored(tables), plan_of(("new", "far"), ("new", "shifted"))).claims.to_dict(
        "records"
    )
    assert (claim["word"], claim["loses_to"], claim["lower"]) == ("refuted", "far", -inf)
    (alone,) = judged(scored(tables), plan_of(("new", "shifted"))).claims.to_dict("records")
    assert (alone["word"], alone["decided_by"]) == ("not estimable", "")
    assert np.isnan(alone["p"])


def test_systems_that_never_differ_are_not_equivalent_on_few_queries() -> None:
    tables = {"new": HARD[:3], "old": HARD[:3]}
    verdicts = judged(scored(tables), plan_of(("new", "old")))
    (claim,) = verdicts.claims.to_dict("records")
    # R(1 − τ^{1/n}): with one claim and three tied queries, τ = α′ gives 1 − .05^{1/3} = .6316
    limit = 1 - 0.05 ** (1 / 3)
    assert (claim["word"], claim["p"]) == ("inconclusive", 1.0)
    assert (claim["equivalence_low"], claim["equivalence_high"]) == pytest.approx((-limit, limit))
    assert "the systems never differ" in verdicts.rows["note"].iloc[0]

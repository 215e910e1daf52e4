"""The tests of many experiments are those of one, and redrawn scores vary as the user's own."""

from typing import Any

import numpy as np
import pytest

from maw.significance import (
    ANY_CLAIM,
    COVERS,
    COVERS_CHECKPOINTS,
    Planned,
    Rate,
    Reason,
    Settings,
    calibrate,
    copies_never_differ,
    crossed,
    halves,
    paired_t,
    sign_flip,
    sign_test,
    tost,
    variance_components,
    wilcoxon,
)
from maw.significance.calibration import Key
from maw.significance.many_tests import Experiments, unit_means, wilcoxon_pvalues
from maw.significance.score_model import redraw, score_model

BRIEF = Settings(draws=60, resamples=199, sesoi=0.05)


def scores(generator: np.random.Generator, *, Q: int, S: int, sd: tuple) -> np.ndarray:
    """[Q, S] with the given standard deviations of query, seed and error."""
    query, seed, error = (
        generator.normal(0, scale, shape)
        for scale, shape in zip(sd, ((Q, 1), (1, S), (Q, S)), strict=True)
    )
    return 0.5 + query + seed + error


@pytest.fixture
def tables() -> dict[str, np.ndarray]:
    generator = np.random.default_rng(12)
    made = {
        name: scores(generator, Q=40, S=S, sd=(0.1, 0.02, 0.1))
        for name, S in (("maw", 4), ("random", 5), ("non_maw", 9))
    }
    return made | {"bm25": scores(generator, Q=40, S=1, sd=(0.2, 0, 0))}


@pytest.mark.parametrize("clusters", [None, np.arange(60) // 4])
@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("effect", [0.0, 0.03])
def test_each_experiment_has_the_p_of_the_single_tests(
    clusters: Any, linked: bool, effect: float
) -> None:
    generator = np.random.default_rng(1)
    a, b = (
        np.stack([scores(generator, Q=60, S=4, sd=(0.1, 0.05, 0.1)) for _ in range(5)])
        for _ in "ab"
    )
    codes = np.arange(60) if clusters is None else clusters
    experiments = Experiments(
        a, b, codes=codes, linked=linked, generator=np.random.default_rng(2), resamples=19_999
    )
    found = dict(experiments.pvalues(effect, sesoi=0.05))
    ends = dict(experiments.intervals(level=0.9))
    for i in range(5):
        d = (a[i] + effect).mean(axis=1) - b[i].mean(axis=1)
        e2, e1 = crossed(a[i] + effect, b[i], clusters, linked=linked), paired_t(d, clusters)
        equivalence = tost(e2.mean, standard_error=e2.standard_error, df=e2.df, sesoi=0.05)
        assert found["E2"][i] == pytest.approx(e2.pvalue, rel=1e-9)
        assert found["TOST"][i] == pytest.approx(equivalence.pvalue, rel=1e-9)
        assert found["t"][i] == pytest.approx(e1.pvalue, rel=1e-9)
        assert found["Wilcoxon"][i] == pytest.approx(wilcoxon(d, clusters).pvalue, rel=1e-9)
        assert found["sign"][i] == pytest.approx(sign_test(d, clusters).pvalue, rel=1e-9)
        known = sign_flip(d, clusters, seed=0, resamples=19_999).pvalue
        assert found["sign-flip"][i] == pytest.approx(known, abs=0.02)
        interval = crossed(a[i], b[i], clusters, linked=linked).confidence_interval(0.9)
        assert (ends["E2"].low[i], ends["E2"].high[i]) == pytest.approx(interval)
        interval = paired_t(d - effect, clusters).confidence_interval(0.9)
        assert (ends["t"].low[i], ends["t"].high[i]) == pytest.approx(interval)
        assert ends["BCa"].low[i] == pytest.approx(interval.low, abs=0.01)


@pytest.mark.parametrize("Q", [9, 50, 51, 70])
def test_ties_zeros_and_few_queries_keep_wilcoxons_p(Q: int) -> None:
    d = np.random.default_rng(Q).integers(-9, 10, (6, Q)) / 10
    d[0] = np.arange(1, Q + 1) / 100 * np.where(np.arange(Q) % 3, 1, -1)  # neither
    d[1] = 0
    units = unit_means(d, np.arange(Q))
    found = wilcoxon_pvalues(units)
    for row, p in zip(d, found, strict=True):
        assert p == pytest.approx(wilcoxon(row).pvalue, rel=1e-9)


@pytest.mark.parametrize("clusters", [None, np.arange(60) // 3])
def test_redrawn_tables_vary_as_the_users_own(clusters: Any) -> None:
    # means over 400 redrawn tables; a naive two-way resample would give σ²_q + σ²_e/S for σ²_q
    generator = np.random.default_rng(3)
    common = own_effect = 0.0
    if clusters is not None:
        common, own_effect = (generator.normal(0, 0.2, (20, 1))[clusters] for _ in "ab")
    a = common + own_effect + scores(generator, Q=60, S=5, sd=(0.1, 0.04, 0.15))
    b = common + scores(generator, Q=60, S=1, sd=(0.1, 0, 0))
    model = score_model([a, b], clusters)
    drawn = redraw(model, 400, generator=generator, seeds="estimate")
    own = variance_components(a, clusters)
    again = [variance_components(t, clusters) for t in drawn.tables[0]]
    for part, tolerance in (("query", 0.1), ("seed", 0.25), ("error", 0.02)):
        known = max(0.0, getattr(own, part).value)
        mean = np.mean([getattr(c, part).value for c in again])
        assert mean == pytest.approx(known, rel=tolerance, abs=4e-4)
    # what the systems have in common stays: V_q of the difference
    known = crossed(a.mean(axis=1, keepdims=True), b, clusters).variance
    found = np.mean(
        [
            crossed(x.mean(axis=1, keepdims=True), y, clusters).variance
            for x, y in zip(*drawn.tables, strict=True)
        ]
    )
    assert found == pytest.approx(known, rel=0.1)


def test_there_is_no_effect_in_redrawn_tables() -> None:
    generator = np.random.default_rng(4)
    a, b = (scores(generator, Q=50, S=4, sd=(0.1, 0.02, 0.1)) + x for x in (0.3, 0.0))
    drawn = redraw(score_model([a, b]), 2_000, generator=generator, seeds="estimate")
    for tables in drawn.tables:
        error = tables.mean(axis=(1, 2)).std() / np.sqrt(2_000)
        assert abs(tables.mean()) < 4 * error


def test_the_upper_limit_draws_wider_seeds() -> None:
    generator = np.random.default_rng(5)
    table = scores(generator, Q=50, S=5, sd=(0.1, 0.05, 0.05))
    model = score_model([table, table[:, :1]])
    seed = variance_components(table).seed
    for level, variance in (("estimate", seed.value), ("upper", seed.upper_limit(0.8))):
        drawn = redraw(model, 4_000, generator=generator, seeds=level)
        assert drawn.seed_means[:, 0].var() * 5 == pytest.approx(variance, rel=0.1)
        assert not drawn.seed_means[:, 1].any()


def test_linked_seeds_stay_linked() -> None:
    generator = np.random.default_rng(6)
    common = generator.normal(0, 0.1, (1, 8)) + generator.normal(0, 0.1, (50, 8))
    a, b = (common + generator.normal(0, 0.01, (50, 8)) for _ in "ab")
    for linked, correlation in ((True, 1), (False, 0)):
        model = score_model([a, b], linked=linked)
        drawn = redraw(model, 500, generator=generator, seeds="estimate")
        found = np.corrcoef(drawn.seed_means.T)[0, 1]
        assert found == pytest.approx(correlation, abs=0.15)
        spread = np.std(drawn.tables[0] - drawn.tables[1])
        assert bool(spread < 0.05) is linked
    with pytest.raises(ValueError, match="linked ones pair up"):
        score_model([a, b[:, :5]], linked=True)


def test_the_plan_is_counted_whole(tables: dict) -> None:
    contrasts = [
        Planned("maw", "non_maw", ("maw",)),
        Planned("maw", "random", ("maw",)),
        Planned("random", "non_maw", ("random",)),
        Planned("non_maw", "bm25"),
    ]
    found = calibrate(tables, contrasts, settings=BRIEF)
    tests = {rate.key.test for rate in found.rates}
    assert tests == {
        *("E2", "t", "Wilcoxon", "sign", "sign-flip", "BCa", "TOST"),
        *("E2, Holm", "TOST, Holm"),
    }
    for multiple in (0.0, 1.0, 2.0):
        for seeds in ("estimate", "upper"):
            for contrast in contrasts:
                assert found.rate(contrast.name, "E2", multiple=multiple, seeds=seeds).draws == 60
            any_claim = found.rate(ANY_CLAIM, "E2, Holm", multiple=multiple, seeds=seeds).rate
            for claim in ("maw", "random"):
                one = found.rate(claim, "E2, Holm", multiple=multiple, seeds=seeds).rate
                assert one <= any_claim
    name = contrasts[0].name
    assert found.rate(name, "E2").rate < 0.2 < found.rate(name, "E2", multiple=2).rate
    assert found.rate(name, "E2", COVERS).rate == pytest.approx(1 - found.rate(name, "E2").rate)
    assert found.rate(name, "t", COVERS_CHECKPOINTS).rate > 0.8
    assert found.copies_never_differ
    assert list(found.halves) == ["non_maw"]
    assert found.flags == ()


def test_the_interval_of_a_systems_own_mean_is_counted_too(tables: dict) -> None:
    told: list[int] = []
    found = calibrate(tables, [Planned("maw", "bm25")], settings=BRIEF, advance=told.append)
    for name in tables:
        assert found.rate(name, "BCa", COVERS_CHECKPOINTS).rate > 0.75
    assert sum(told) == 2 * BRIEF.draws


def test_rates_depend_on_no_order_and_on_the_seed(tables: dict) -> None:
    clusters = np.arange(40) // 2
    plan = [Planned("maw", "non_maw", ("maw",)), Planned("random", "bm25", ("random",))]
    here = calibrate(tables, plan, clusters, settings=BRIEF)
    random = np.random.default_rng(7)
    rows = random.permutation(40)
    shuffled = {
        name: tables[name][rows][:, random.permutation(tables[name].shape[1])]
        for name in reversed(tables)
    }
    there = calibrate(shuffled, plan[::-1], 99 - clusters[rows], settings=BRIEF)
    assert there.rates == here.rates
    other = Settings(draws=60, resamples=199, sesoi=0.05, seed=1)
    assert calibrate(tables, plan, clusters, settings=other).rates != here.rates


def test_linked_seeds_are_calibrated_as_linked_whatever_their_order() -> None:
    generator = np.random.default_rng(13)
    shared = generator.normal(0, 0.2, (1, 6)) + generator.normal(0, 0.1, (40, 6))
    a, b = (shared + generator.normal(0, 0.02, (40, 6)) for _ in "ab")
    plan, order = [Planned("a", "b")], generator.permutation(6)
    here = calibrate({"a": a, "b": b}, plan, settings=BRIEF, linked=True)
    there = calibrate({"a": a[:, order], "b": b[:, order]}, plan, settings=BRIEF, linked=True)
    assert there.rates == here.rates
    # linked, .05 stands out against a spread of .02; taken as unlinked, it drowns in .2
    unlinked = calibrate({"a": a, "b": b}, plan, settings=BRIEF)
    assert here.rate("a - b", "E2", multiple=1).rate > 0.95
    assert unlinked.rate("a - b", "E2", multiple=1).rate < 0.5


def test_without_a_margin_only_no_effect_is_redrawn(tables: dict) -> None:
    found = calibrate(tables, [Planned("maw", "bm25")], settings=Settings(draws=20, resamples=99))
    assert {rate.key.multiple for rate in found.rates} == {0.0}
    assert "TOST" not in {rate.key.test for rate in found.rates}


def test_one_seed_of_a_trained_system_is_flagged(tables: dict) -> None:
    found = calibrate(
        {"once": tables["bm25"], "few": tables["maw"][:, :3]},
        [Planned("few", "once")],
        settings=BRIEF,
        trained={"once": True, "few": True},
    )
    assert {flag.reason for flag in found.flags} == {Reason.ONE_SEED, Reason.FEW_SEEDS}


def test_systems_that_never_differ_are_never_told_apart() -> None:
    same = np.full((12, 4), 0.25)
    found = calibrate({"a": same, "b": same}, [Planned("a", "b")], settings=BRIEF)
    for test in ("E2", "t", "Wilcoxon", "sign", "sign-flip"):
        assert found.rate("a - b", test).rate == 0
    assert found.rate("a - b", "E2", COVERS).rate == 1


def test_the_error_of_a_share_is_binomial_and_never_zero() -> None:
    key = Key("a - b", "E2", "rejects", 0.0, "estimate")
    assert Rate(key, 0.05, 2_000).error == pytest.approx(0.00487, abs=2e-5)
    assert Rate(key, 0.0, 100).error > 0


def test_a_copy_never_differs_and_halves_need_eight_seeds() -> None:
    table = scores(np.random.default_rng(8), Q=30, S=8, sd=(0.2, 0.0, 0.1))
    assert copies_never_differ(table, np.arange(30) // 2)
    assert halves(table[:, :7], alpha=0.05, seed=0) is None
    assert 0 <= halves(table, alpha=0.05, seed=0) <= 0.3
    shifted = np.hstack([table[:, :4], table[:, :4] + 1e-9])  # pairs of seeds, each in every way
    assert halves(shifted, alpha=0.05, seed=0) < 0.2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"alpha": 5}, "alpha is 5"),
        ({"sesoi": 0}, "sesoi is 0"),
        ({"draws": 0}, "draws and resamples must be at least 1"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Settings(**settings)


def test_a_system_without_scores_is_named(tables: dict) -> None:
    with pytest.raises(ValueError, match=r"no table of \['nobody'\]"):
        calibrate(tables, [Planned("maw", "nobody")], settings=BRIEF)
    uneven = {"a": tables["maw"], "b": tables["bm25"][:30]}
    with pytest.raises(ValueError, match="use the same queries"):
        calibrate(uneven, [Planned("a", "b")], settings=BRIEF)

"""A comparison is a frozen result; it shows itself, prints nothing and writes no file."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import maw
from maw.comparison import Comparison, conclude
from maw.reporting.frames import ComparisonFrames
from maw.runs.evidence import Evidence
from maw.settings.plan import Analysis
from maw.significance import crossed, judge_claim
from tests.scored import plan_of, scored
from tests.small_rankings import MEASURES, N_TOPICS, SEEDED, STRONG, WEAK, ranking, small_qrels


@pytest.fixture(scope="module")
def known() -> Comparison:
    runs = {"weak": WEAK, "strong": STRONG}
    return maw.compare(runs, small_qrels(), measures=MEASURES, sesoi=0.01)


def seed_table(scores: pd.DataFrame, system: str) -> pd.DataFrame:
    """Return the nDCG@10 of one system, topics × seeds."""
    rows = scores[(scores["measure"] == "nDCG@10") & (scores["system"] == system)]
    return rows.pivot(index="query_id", columns="seed", values="value")


def test_several_seeds_are_judged_as_a_procedure() -> None:
    runs = {"weak": WEAK, "trained": SEEDED}
    comparison = maw.compare(runs, small_qrels(), measures=MEASURES, sesoi=0.01)
    (verdict,) = comparison.verdicts
    a, b = (seed_table(comparison.scores, name) for name in ("trained", "weak"))
    contrast = crossed(a, b, trained=(True, False))
    known = judge_claim([contrast], level=0.05, sesoi=0.01)
    assert (verdict.p, verdict.p_bonferroni) == pytest.approx((contrast.pvalue,) * 2)
    assert (verdict.lower, verdict.upper) == pytest.approx((known.lower, known.upper))
    assert (verdict.word, verdict.suffix, verdict.claim) == (known.word, known.suffix, "better")
    assert (verdict.controls, verdict.decided_by) == (("weak",), "weak")
    assert (verdict.seeds, verdict.n_seeds, verdict.n_queries) == ("independent", 5, N_TOPICS)
    assert comparison.trained == {"trained": True, "weak": False}
    assert comparison.comparisons["estimand"].tolist() == ["E2"] * len(MEASURES)
    singles = next(notice for notice in comparison.warnings if notice.code == "single-runs")
    assert singles.count == 1  # only the weak one is taken as fixed


def test_single_runs_are_fixed_unless_a_plan_declares_them_trained() -> None:
    runs = {"weak": WEAK, "strong": STRONG}
    fixed = maw.compare(runs, small_qrels(), measures=MEASURES)
    assert (fixed.verdicts[0].word, fixed.verdicts[0].n_seeds) == ("better", None)
    (notice,) = (n for n in fixed.warnings if n.code == "single-runs")
    assert "nothing is known about training them again" in notice.text
    plan = {"contrasts": [{"system": "strong", "baseline": "weak"}], "trained": ["strong"]}
    (verdict,) = maw.compare(runs, small_qrels(), plan=plan, measures=MEASURES).verdicts
    assert verdict.word == "not estimable"


def test_seeds_are_shared_where_the_plan_or_the_scores_say_so() -> None:
    other = [ranking(1.2, seed=seed) for seed in range(30, 35)]
    runs = {"y": other, "x": SEEDED}
    plan = {"contrasts": [{"system": "x", "baseline": "y"}]}
    comparison = maw.compare(runs, small_qrels(), plan=plan)
    a, b = (seed_table(comparison.scores, name) for name in "xy")
    row = comparison.to_frame().iloc[0]
    # STATISTICS.md, shared seeds: the table is D[q, s] = A[q, s] − B[q, s]
    known = crossed((a - b).to_numpy(), np.zeros((N_TOPICS, 1)))
    assert (row["p"], row["df"]) == pytest.approx((known.pvalue, known.df))
    assert row["var_seed"] == pytest.approx(known.components.a.seed)
    assert (row["seeds"], np.isnan(row["var_seed_baseline"])) == ("shared", True)
    unplanned = maw.compare(runs, small_qrels()).to_frame().iloc[0]
    assert unplanned["p"] == pytest.approx(crossed(a, b).pvalue)
    assert "seeds are taken as independent: errors of one seed correlate" in unplanned["note"]
    fewer = maw.compare({"y": other[:2], "x": SEEDED}, small_qrels(), plan=plan)
    assert fewer.verdicts[0].word == "not controlled"
    assert "the 2 that both have are compared" in fewer.verdicts[0].note


def test_clusters_are_the_unit_where_they_are_given() -> None:
    clusters = {str(q): q % 6 for q in range(1, N_TOPICS + 1)}
    comparison = maw.compare({"weak": WEAK, "strong": STRONG}, small_qrels(), clusters=clusters)
    assert comparison.to_frame()["n_clusters"].tolist() == [6] * 5


def test_the_result_is_frozen_and_copies_what_it_hands_out(known: Comparison) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        known.plan = None  # type: ignore[misc, assignment]
    with pytest.raises(dataclasses.FrozenInstanceError):
        known.verdicts[0].p = 0.0  # type: ignore[misc]
    copy = known.to_frame()
    copy["p"] = 0.5
    assert (known.to_frame()["p"] != 0.5).all()


def test_it_shows_itself_and_writes_and_prints_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    runs = {"<b>weak": WEAK, "strong": STRONG}
    comparison = maw.compare(runs, small_qrels(), measures=MEASURES)
    page, fragment = comparison.to_html(), comparison._repr_html_()
    assert {"fig-forest", "fig-leaderboard"} <= set(re.findall(r'id="(fig-[a-z]+)"', page))
    assert "<script" not in page
    for html in (page, fragment):
        assert "&lt;b&gt;weak" in html
        assert "<b>weak" not in html
        assert all(str(notice.text)[:30] in html for notice in comparison.warnings)
    assert r"\begin{table" in comparison.to_latex()
    assert json.loads(comparison.to_json())["claims"][0]["controls"] == ["<b>weak"]
    assert r"\<b\>weak" in comparison.to_markdown()
    assert comparison.plot().to_dict()["layer"]
    assert "\n  strong against <b>weak on topics: better (nDCG@10 +0." in repr(comparison)
    assert not list(tmp_path.iterdir())
    assert capsys.readouterr() == ("", "")


def test_the_statistics_beside_the_verdicts_are_computed_once(known: Comparison) -> None:
    assert isinstance(known.frames, ComparisonFrames)
    assert known.frames is known.frames
    assert len(known.frames.components) == 2
    assert len(known.frames.seeds) == 1


def test_systems_that_no_contrast_names_are_told() -> None:
    plan = Analysis.checked(
        {"contrasts": [{"system": "strong", "baseline": "weak"}]}, source="test"
    )
    runs = {"weak": WEAK, "strong": STRONG, "x": SEEDED[0]}
    comparison = maw.compare(runs, small_qrels(), plan=plan)
    (notice,) = (n for n in comparison.warnings if n.code == "not-planned")
    assert (notice.count, "'x'" in notice.text) == (1, True)
    assert len(comparison.verdicts) == 1


def test_verdicts_are_those_of_claims_and_the_largest_estimate_comes_first() -> None:
    generator = np.random.default_rng(4)
    base = generator.uniform(0.2, 0.7, (20, 1))
    tables = {name: base + shift for name, shift in (("a", 0.1), ("b", 0.2), ("c", 0.3), ("d", 0))}
    tables = {name: values + generator.normal(0, 0.01, (20, 1)) for name, values in tables.items()}
    plan = plan_of(("c", "d", "reference"), ("a", "d"), ("b", "d"), ("b", "c"))
    comparison = conclude(Evidence(scored(tables), ("nDCG@10",), ()), plan=plan)
    assert [verdict.system for verdict in comparison.verdicts] == ["a", "b"]
    better, refuted = comparison.verdicts
    assert better.p_holm == comparison.claims["p_holm"].iloc[0]
    assert (refuted.word, refuted.controls, refuted.loses_to) == ("refuted", ("d", "c"), ("c",))
    (reference,) = comparison.other_contrasts
    assert (reference.system, reference.role, reference.word) == ("c", "reference", "reference")
    assert str(reference) in repr(comparison)

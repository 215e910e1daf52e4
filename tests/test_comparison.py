"""A comparison is a frozen result; it shows itself, prints nothing and writes no file."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import maw
from maw.comparison import Comparison, conclude
from maw.errors import InputError
from maw.reporting.frames import ComparisonFrames
from maw.runs.evidence import Evidence
from maw.settings.plan import Analysis
from maw.significance import crossed
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
    comparison = maw.compare(runs, small_qrels(), measures=MEASURES)
    (verdict,) = comparison.verdicts
    a, b = (seed_table(comparison.scores, name) for name in ("trained", "weak"))
    assert verdict.estimand == "E2"
    assert verdict.p == pytest.approx(crossed(a, b).pvalue)
    assert comparison.trained == {"trained": True, "weak": False}
    singles = next(notice for notice in comparison.warnings if notice.code == "single-runs")
    assert singles.count == 1  # only the weak one is taken as fixed


def test_single_runs_are_fixed_unless_a_plan_declares_them_trained() -> None:
    runs = {"weak": WEAK, "strong": STRONG}
    fixed = maw.compare(runs, small_qrels(), measures=MEASURES)
    assert (fixed.verdicts[0].estimand, fixed.verdicts[0].verdict) == ("E1", "better")
    (notice,) = (n for n in fixed.warnings if n.code == "single-runs")
    assert "nothing is known about training them again" in notice.text
    plan = {"contrasts": [{"system": "strong", "baseline": "weak"}], "trained": ["strong"]}
    (verdict,) = maw.compare(runs, small_qrels(), plan=plan, measures=MEASURES).verdicts
    assert verdict.verdict == "not estimable"


def test_linked_seeds_are_tested_on_their_differences() -> None:
    other = [ranking(1.2, seed=seed) for seed in range(30, 35)]
    contrast = {"system": "x", "baseline": "y", "seeds": "linked", "reason": "x starts from y"}
    plan = {"contrasts": [contrast]}
    comparison = maw.compare({"x": SEEDED, "y": other}, small_qrels(), plan=plan)
    a, b = (seed_table(comparison.scores, name) for name in "xy")
    # STATISTICS.md, linked: the same with mean squares of d[q, s]
    d = (a - b).to_numpy()
    known = crossed(d, np.zeros((N_TOPICS, 1)))
    row = comparison.to_frame().iloc[0]
    assert (row["p"], row["df"]) == pytest.approx((known.pvalue, known.df))
    assert known.components.a is not None
    assert row["var_seed"] == pytest.approx(known.components.a.seed)
    assert np.isnan(row["var_seed_baseline"])
    assert "linked" in row["note"]
    with pytest.raises(InputError, match="linked seeds, but on topics seeds"):
        maw.compare({"x": SEEDED, "y": other[1:]}, small_qrels(), plan=plan)


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
    assert page.count("<svg") == 2
    assert "<script" not in page
    for html in (page, fragment):
        assert "&lt;b&gt;weak" in html
        assert "<b>weak" not in html
        assert all(str(notice.text)[:30] in html for notice in comparison.warnings)
    assert r"\begin{table" in comparison.to_latex()
    assert comparison.plot().to_dict()["layer"]
    assert "strong against <b>weak on topics: better" in repr(comparison)
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


def test_verdicts_come_claims_first_and_the_largest_difference_first() -> None:
    generator = np.random.default_rng(4)
    base = generator.uniform(0.2, 0.7, (20, 1))
    tables = {name: base + shift for name, shift in (("a", 0.1), ("b", 0.2), ("c", 0.3), ("d", 0))}
    tables = {name: values + generator.normal(0, 0.01, (20, 1)) for name, values in tables.items()}
    plan = plan_of(("c", "d", "reference"), ("a", "d"), ("b", "d"))
    comparison = conclude(Evidence(scored(tables), ("nDCG@10",), ()), plan=plan)
    assert [verdict.system for verdict in comparison.verdicts] == ["b", "a", "c"]
    assert comparison.verdicts[0].p == comparison.comparisons["p_holm"].iloc[2]

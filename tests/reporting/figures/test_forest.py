"""The forest plot: whoever knows only the protocol reads each word from the SVG's geometry."""

from dataclasses import replace
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from maw.reporting.figures.forest import described, forest
from maw.reporting.figures.forest_rows import forest_rows
from maw.reporting.figures.registry import svg_of
from maw.reporting.frames import VerdictFrames
from maw.settings.plan import Analysis
from maw.verdicts.decide import decide
from tests.reporting.figures.stranger import words_in
from tests.reporting.small_suite import comparison_frames, random_tables
from tests.reporting.test_answer import BOARD, frames_of, plan_of
from tests.scored import plan_of as plan_with_roles
from tests.scored import scored

UNKNOWN = {
    "lower": -inf, "upper": inf, "upper_gain": inf, "equivalence_low": -inf,
    "equivalence_high": inf,
}  # fmt: skip


def limits(low: float, high: float, thick: tuple[float, float], **row: Any) -> dict[str, Any]:
    """Return a claim against one control; U₂ is the upper end of the limits of equivalence."""
    return {
        "estimate": (low + high) / 2, "lower": low, "upper": high, "upper_gain": thick[1],
        "equivalence_low": thick[0], "equivalence_high": thick[1], **row,
    }  # fmt: skip


# Δ is 0.02; each word with limits that give it by STATISTICS.md, some near its border
EACH_WORD = [
    limits(0.0205, 0.060, (0.025, 0.055), word="better, by at least SESOI"),
    limits(0.001, 0.021, (0.003, 0.0195), word="better, but by less than SESOI"),
    limits(0.001, 0.050, (0.004, 0.045), word="better"),
    limits(-0.055, -0.0205, (-0.05, -0.025), word="refuted", suffix="by at least SESOI"),
    limits(-0.0195, -0.001, (-0.018, -0.003), word="refuted", suffix="by less than SESOI"),
    limits(-0.050, -0.001, (-0.045, -0.005), word="refuted"),
    limits(-0.0215, 0.0215, (-0.0195, 0.0195), word="equivalent"),
    limits(-0.040, 0.0215, (-0.035, 0.0195), word="no relevant gain"),
    limits(-0.010, 0.025, (-0.005, 0.0205), word="inconclusive"),
    limits(-0.010, 0.010, (-0.005, 0.005), word="equivalent", withheld="planted loss"),
    {**UNKNOWN, "word": "not controlled"},
    {**UNKNOWN, "word": "not estimable"},
]


def with_roles(frames: VerdictFrames) -> VerdictFrames:
    rows = frames.comparisons.assign(role="confirmatory", n_clusters=nan)
    return replace(frames, comparisons=rows)


def systems_of(claims: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**claim, "system": f"s{n:02}"} for n, claim in enumerate(claims)]


def drawn(*claims: dict[str, Any], plan: Analysis, extra: tuple[Any, ...] = ()) -> Any:
    """Return the plot of claims as `frames_of` makes them."""
    return forest(with_roles(frames_of(*claims, extra=extra)), plan)


def rows_drawn(chart: Any) -> list[dict[str, Any]]:
    """Return the rows behind a plot, by which its bars, points and words are drawn."""
    datasets = chart.to_dict()["datasets"].values()
    return next(rows for rows in datasets if rows and "label" in rows[0])


def test_a_stranger_reads_every_word_from_the_geometry() -> None:
    claims = systems_of(EACH_WORD)
    plan = plan_of(*(claim["system"] for claim in claims))
    read = words_in(svg_of("forest", with_roles(frames_of(*claims)), plan=plan))
    said = [
        "withheld" if claim.get("withheld") else ", ".join(
            filter(None, [claim["word"], claim.get("suffix")])
        )
        for claim in claims
    ]  # fmt: skip
    assert [row.by_geometry for row in read] == said
    assert [row.written for row in read] == said
    assert [row.label for row in read] == [f"s{n:02} − C" for n in range(12)]


def test_a_stranger_reads_verdicts_over_several_controls() -> None:
    # decided from scores, so that the words are the harness's own
    generator = np.random.default_rng(17)
    queries = generator.uniform(0.3, 0.5, size=(30, 1))
    leads = {"much": 0.2, "same": 0.0, "loses": -0.1, "c1": 0.0, "c2": 0.002}
    tables = {
        name: queries + lead + generator.normal(0, 0.01, size=(30, 5))
        for name, lead in leads.items()
    }
    pairs = [(name, control) for name in ("much", "same", "loses") for control in ("c1", "c2")]
    plan = plan_with_roles(*pairs, ("c1", "c2", "reference"))
    decided = decide(
        scored(tables), measures=["nDCG@10"], plan=plan, trained=dict.fromkeys(tables, True),
        clusters=None,
    )  # fmt: skip
    frames = VerdictFrames(comparisons=decided.rows, claims=decided.claims, leaderboard=BOARD)
    read = words_in(svg_of("forest", frames, plan=plan))
    assert [row.by_geometry for row in read] == [row.written for row in read]
    assert {row.label: row.written for row in read} == {
        "much, 2 controls": "better, by at least SESOI",
        "same, 2 controls": "equivalent",
        "loses, 2 controls": "refuted, by at least SESOI",
    }


def test_one_control_has_one_bar_with_tick_thick_part_and_word() -> None:
    (row,) = rows_drawn(drawn({"word": "equivalent"}, plan=plan_of("S")))
    assert row["label"] == "S − C"
    assert (row["low"], row["x"], row["high"]) == (-0.008, 0.010, 0.028)
    assert (row["gain"], row["thick_low"], row["thick_high"]) == (0.026, -0.005, 0.025)
    assert (row["word"], row["end"]) == ("equivalent", 0.028)


def test_a_plan_without_claims_shows_exploratory_contrasts_first_and_no_key_of_claims() -> None:
    roles = (("a", "b", "reference"), ("c", "b", "exploratory"))
    queries = np.random.default_rng(3).uniform(0.3, 0.5, size=(30, 1))
    tables = {name: queries + np.zeros((1, 5)) for name in "abc"}
    plan = plan_with_roles(*roles)
    decided = decide(
        scored(tables), measures=["nDCG@10"], plan=plan, trained=dict.fromkeys(tables, True),
        clusters=None,
    )  # fmt: skip
    frames = VerdictFrames(comparisons=decided.rows, claims=decided.claims, leaderboard=BOARD)
    assert forest_rows(frames, plan)["block"].tolist() == ["exploratory", "reference"]
    assert "Thick" not in svg_of("forest", frames, plan=plan)


def test_a_control_of_two_claims_has_its_bar_below_the_first() -> None:
    contrasts = [
        {"system": "S", "baseline": "C", "claims": ["better", "routing helps"]},
        {"system": "S", "baseline": "C2", "claims": ["routing helps"]},
        {"system": "S", "baseline": "C3", "claims": ["routing helps"]},
    ]
    plan = Analysis.model_validate({"contrasts": contrasts})
    extra = tuple(
        {"dataset": "D", "system": "S", "baseline": name, "difference": lead, "bar_low": lead - 0.1,
         "bar_high": lead + 0.1}
        for name, lead in {"C2": 0.03, "C3": -0.02}.items()
    )  # fmt: skip
    both = {"claim": "routing helps", "n_controls": 3}
    chart = drawn({"claim": "better"}, both, plan=plan, extra=extra)
    labels = [row["label"] for row in rows_drawn(chart)]
    assert labels == ["S: better − C", "S: routing helps, 3 controls", "− C3", "− C2"]


def test_several_controls_have_bars_below_the_claims_the_worst_first() -> None:
    contrasts = [{"system": "S", "baseline": name} for name in ("C", "C2")]
    plan = Analysis.model_validate({"contrasts": contrasts})
    second = {
        "dataset": "D", "system": "S", "baseline": "C2", "difference": -0.05, "bar_low": -0.09,
        "bar_high": -0.01,
    }  # fmt: skip
    claim, worst, other = rows_drawn(drawn({"n_controls": 2}, plan=plan, extra=(second,)))
    assert claim["label"] == "S, 2 controls"
    assert claim["thick_low"] is None
    assert (worst["label"], worst["low"], worst["high"]) == ("− C2", -0.09, -0.01)
    assert (other["label"], other["word"]) == ("− C", "")
    assert claim["width"] > worst["width"]
    assert claim["colour"] != worst["colour"]


@pytest.mark.parametrize("missing", [inf, nan])
def test_a_claim_without_limits_has_a_hollow_point_and_its_word(missing: float) -> None:
    unknown = {name: -missing if value < 0 else missing for name, value in UNKNOWN.items()}
    plan = plan_of("S", sesoi=None)
    (row,) = rows_drawn(drawn({"word": "not controlled", **unknown}, plan=plan))
    assert (row["low"], row["high"], row["gain"], row["thick_low"]) == (None, None, None, None)
    assert (row["word"], row["end"]) == ("not controlled", 0.010)
    assert row["fill"] != row["colour"]


def test_names_and_datasets_are_told_where_there_are_several() -> None:
    rows = [{"dataset": name, "claim": claim} for name in ("D", "E") for claim in ("a", "b")]
    chart = drawn(*rows, plan=plan_of("S", claims=("a", "b")))
    assert [row["label"] for row in rows_drawn(chart)] == [
        "S: a − C (D)", "S: b − C (D)", "S: a − C (E)", "S: b − C (E)"
    ]  # fmt: skip


def test_contrasts_for_scale_stand_under_a_rule_and_far_ones_end_in_an_arrow() -> None:
    plan = plan_with_roles(
        ("new", "old"), ("old", "random", "reference"), ("new", "random", "exploratory")
    )
    frames = comparison_frames(random_tables(), plan)
    far = frames.comparisons["role"] == "reference"
    compared = frames.comparisons.assign(
        ci_low=frames.comparisons["ci_low"].mask(far, -0.99),
        ci_high=frames.comparisons["ci_high"].mask(far, -0.97),
        difference=frames.comparisons["difference"].mask(far, -0.98),
    )
    svg = svg_of("forest", replace(frames, comparisons=compared), plan=plan)
    assert svg.count("for scale, decides nothing: 95 % intervals") == 1
    assert "exploratory, no verdict: intervals at the false coverage rate" in svg
    assert svg.count("limits at 95 %") == 1  # the level of the claims is stated once
    chart = forest(replace(frames, comparisons=compared), plan)
    claim, scale, exploratory = rows_drawn(chart)
    assert claim["arrow_low"] is None
    assert (scale["low"], scale["high"], scale["x"]) == (scale["arrow_low"],) * 2 + (None,)
    assert scale["word"] == "−.980 [−.990, −.970]"
    assert exploratory["y"] > scale["y"] > claim["y"]


def test_non_inferiority_has_its_bar_its_margin_and_its_word() -> None:
    contrasts = [{"system": "new", "baseline": "old", "role": "non-inferiority", "margin": 0.5}]
    plan = Analysis.model_validate({"contrasts": contrasts})
    frames = comparison_frames(random_tables(), plan)
    (row,) = rows_drawn(forest(frames, plan))
    (compared,) = frames.comparisons.to_dict("records")
    assert row["margin"] == -0.5
    assert row["low"] == pytest.approx(compared["bar_low"])
    (read,) = words_in(svg_of("forest", frames, plan=plan))
    assert read.by_geometry == read.written == compared["word"] == "non-inferior"


def test_the_description_has_the_numbers_of_every_claim() -> None:
    frames = with_roles(frames_of({"word": "equivalent"}))
    assert described(frames, plan_of("S")) == "S − C: +.010 [−.008, +.028], equivalent."


def test_without_contrasts_there_is_no_forest() -> None:
    assert drawn(plan=plan_of()) is None
